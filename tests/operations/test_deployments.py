"""Deployments beside one another: what is carried over, what is gone, what nothing has changed in."""

import pytest
from sqlalchemy import select

from service.cli.deploy import deploy_tree
from service.models import Job, ProcessInstance, Subscription
from service.operations import deployments, messages
from service.releases import newest
from tests.support.leave import MONDAY, files
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


def begun(id, definition):
    return b.process(b.start("s", definition), b.user("u"), b.end(), b.chain("s", "u", "e"), id=id)


BY_MESSAGE = begun("by_message", b.tag("messageEventDefinition", messageRef="start_ms"))
BY_TIMER = begun("by_timer", b.timer(cycle="R/P1D"))
PLAIN = b.process(b.start(), b.end(), b.chain("s", "e"), id="plain")


def deploy(office, files, *, whole=False):
    with office.database.writing() as session:
        result = deployments.deploy(session, files, office.user("dora"), now=MONDAY, whole=whole)
        session.flush()
        session.expunge_all()  # the rows are looked at when the session is closed
        session.commit()
    return result


def bpmn(*sources):
    return {f"{source.process_id}.bpmn": source.xml for source in sources}


def waiting(desk):
    subscribed = desk.look(select(Subscription.process_id).filter_by(ended_at=None, instance_key=None))
    timed = desk.look(select(Job.type).filter_by(kind="start_timer"))
    return set(subscribed) | set(timed)


def test_a_process_that_the_whole_tree_no_longer_has_starts_no_more(desk):
    office = desk.office
    deploy(office, bpmn(BY_MESSAGE, BY_TIMER, PLAIN), whole=True)
    assert waiting(desk) == {"by_message", "by_timer"}

    result = deploy(office, bpmn(PLAIN), whole=True)

    assert result.new
    assert waiting(desk) == set()
    with office.database.writing() as session:
        messages.publish(session, "begin", "", {}, now=MONDAY)
        session.commit()
    desk.work()
    assert desk.look(select(ProcessInstance.key).filter_by(process_id="by_message")) == []


def test_a_part_of_the_tree_leaves_the_rest_as_it_is(desk):
    deploy(desk.office, files() | bpmn(BY_MESSAGE, BY_TIMER), whole=True)

    result = deploy(desk.office, bpmn(PLAIN))

    assert [r.resource_id for r in result.resources] == ["plain"]
    assert waiting(desk) == {"by_message", "by_timer"}
    with desk.office.database.reading() as session:
        held = newest(session)
        assert held.key == result.release_key
        assert {r.resource_id for r in held.all("process")} == {"leave_request", "by_message", "by_timer", "plain"}
        assert held.get("decision", "leave_days") is not None


def test_nothing_changed_is_no_deployment(desk):
    first = deploy(desk.office, bpmn(BY_MESSAGE, PLAIN), whole=True)

    again = deploy(desk.office, bpmn(BY_MESSAGE, PLAIN), whole=True)
    part = deploy(desk.office, bpmn(PLAIN))

    assert (again.new, part.new) == (False, False)
    assert again.release_key == part.release_key == first.release_key
    assert [r.key for r in part.resources] == [r.key for r in first.resources if r.resource_id == "plain"]


def test_anything_changed_gives_everything_in_the_request_a_new_version(desk):
    deploy(desk.office, bpmn(BY_MESSAGE, PLAIN), whole=True)
    changed = begun("by_message", b.tag("messageEventDefinition", messageRef="start_ms") + "\n")

    result = deploy(desk.office, bpmn(changed, PLAIN))

    assert result.new
    assert len({r.release_key for r in result.resources}) == 1
    assert all(r.release_key == result.release_key for r in result.resources)


def test_a_tree_that_was_deployed_before_leaves_what_came_since(office, tmp_path):
    folder = tmp_path / "processes"
    folder.mkdir()
    for name, data in files().items():
        (folder / name).write_bytes(data)
    deploy_tree(office.url, tmp_path, once=True)
    edited = {"leave_request.bpmn": files()["leave_request.bpmn"].replace("审批".encode(), "批准".encode())}
    with office.database.writing() as session:
        newer = deployments.deploy(session, edited, office.user("dora"), now=MONDAY).release_key
        session.commit()

    assert not deploy_tree(office.url, tmp_path, once=True)
    with office.database.reading() as session:
        assert newest(session).key == newer
    assert deploy_tree(office.url, tmp_path)
