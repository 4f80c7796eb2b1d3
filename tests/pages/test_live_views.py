"""The page of a record that is being worked on: open tasks of its case, its variables, who has not voted yet."""

import json
from random import Random

import pytest
from sqlalchemy import select

from service.models import UserTask
from service.operations import deployments, instances, runner
from service.operations.user_tasks import assign_user_task, complete_user_task
from service.releases import latest
from service.values import variables
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

GATHERINGS = {
    "id": "gatherings", "title": "会议", "idField": "name", "readGroups": ["staff"],
    "fields": [{"key": "name", "title": "名称", "type": "text", "required": True}],
}  # fmt: skip
VIEW = {
    "id": "gathering_page", "kind": "table", "title": "会议", "groups": ["staff"], "register": "gatherings",
    "live": True, "work": True,
    "with": [{"name": "held", "case": ["least"]}, {"name": "boxes", "ballots": "box-"}],
    "columns": [{"title": "名称", "value": "=record.name", "link": True}],
    "detail": [{"title": "至少", "value": '="至少" + string(held.least) + "人"'},
               {"title": "尚未投票", "value": "=flatten(for each in boxes return each.waiting)", "type": "person"}],
}  # fmt: skip
MEETING = b.process(
    b.start(),
    b.service("keep", b.mapping({"register": '="gatherings"', "values": "={name: title}"}), type="register.create"),
    b.service(
        "box",
        b.mapping({"name": '="box-1"', "electorate": '=["anna", "olga"]', "choices": '={vote: ["同意", "不同意"]}'}),
        type="urn.open",
    ),
    b.user("greet", b.zeebe("assignmentDefinition", candidateGroups="staff"), name="问候来人"),
    b.user("count", b.zeebe("assignmentDefinition", candidateGroups="managers"), name="点数"),
    b.end(),
    b.chain("s", "keep", "box", "greet", "count", "e"),
    id="meeting",
)


@pytest.fixture(scope="module")
def house(office):
    files = {
        "meeting.bpmn": MEETING.xml,
        "gatherings.register.json": json.dumps(GATHERINGS, ensure_ascii=False).encode(),
        "gathering_page.view.json": json.dumps(VIEW, ensure_ascii=False).encode(),
    }
    with office.database.writing() as session:
        deployments.deploy(session, files, office.user("dora"), now=MONDAY)
        session.commit()
    with office.database.writing() as session:
        given = variables({"title": "例会", "least": 2})
        key = instances.start_instance(
            session, latest(session, "process", "meeting"), given, office.user("ada"), now=MONDAY
        ).key
        session.commit()
    runner.drain(office.database, key, Random(1), jobs=50, seconds=20)
    return office


def test_the_page_leads_to_what_is_to_be_done_and_says_who_has_not_voted(reader, house):
    anna = reader("anna")

    page = anna.open("/views/gathering_page/例会")

    assert 'data-refresh="/views/gathering_page/' in page
    assert "至少2人" in page
    assert "安娜" in page.split("尚未投票")[1]
    with house.database.writing() as session:
        task = session.scalars(select(UserTask).filter_by(element_id="greet")).one()
        assert f'href="/tasks/{task.key}">问候来人</a>' in page
        assign_user_task(session, task.key, "anna", house.user("anna"), now=MONDAY)
        complete_user_task(session, task.key, {}, house.user("anna"), now=MONDAY)
        session.commit()
    # What follows is another group's: she may not know of it.
    later = anna.open("/views/gathering_page/例会")
    assert "问候来人" not in later
    assert "点数" not in later
    assert "没有您可以看到的待办" in later
