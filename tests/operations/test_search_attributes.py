"""Search attributes: computed with the steps, inherited by calls, found by index, shown in the list of cases."""

import json

import pytest
from sqlalchemy import select

from service.models import ProcessInstance, UserTask
from service.operations import attributes
from service.operations.user_tasks import assign_user_task, complete_user_task
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

SHOWN = [
    {"name": "who", "title": "Applicant", "expression": "name"},
    {"name": "sum", "title": "Sum", "expression": "amount * 2"},
    {"name": "odd", "title": "Odd", "expression": "[name]"},
]
CHILD = b.process(
    b.start(),
    b.user("look", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.end(),
    b.chain("s", "look", "e"),
    id="child",
)
CASE = b.process(
    b.extensions(b.properties(searchAttributes=json.dumps(SHOWN), readGroups="staff")),
    b.start(),
    b.script("named", '="Blue Sky"', "name"),
    b.call("c", "child"),
    b.script("priced", "=21", "amount"),
    b.user("after", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.end(),
    b.chain("s", "named", "c", "priced", "after", "e"),
    id="case",
)


def complete(desk, root):
    user = desk.office.user("anna")
    [key] = desk.look(select(UserTask.key).filter_by(root_key=root, ended_at=None))
    with desk.office.database.writing() as session:
        assign_user_task(session, key, "anna", user, now=MONDAY)
        complete_user_task(session, key, {}, user, now=MONDAY)
        session.commit()
    desk.drain(root)


def test_attributes_follow_the_variables_and_find_the_case(desk, client):
    desk.deploy(CHILD, CASE)
    root = desk.start("case")
    named = {"title": "Applicant", "value": "Blue Sky"}
    rows = desk.look(select(ProcessInstance.attributes).order_by(ProcessInstance.key))
    assert rows == [{"who": named}, {"who": named}], "a called instance begins with those of its caller"
    complete(desk, root)
    [mine] = desk.look(select(ProcessInstance.attributes).filter_by(key=root))
    assert mine == {"who": named, "sum": {"title": "Sum", "value": "42"}}, "what is no single value is left out"

    def found(*clauses):
        return desk.look(select(ProcessInstance.key).where(*clauses))

    assert found(*attributes.with_value({"who": "Blue Sky", "sum": "42"})) == [root]
    assert found(*attributes.with_value({"sum": "4"})) == []
    page = client.get("/instances?case=e+Sk&state=all", headers=basic("anna")).text
    assert "Blue Sky" in page
    assert "Blue Sky" not in client.get("/instances?case=e%25k&state=all", headers=basic("anna")).text
