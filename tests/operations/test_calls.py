"""Calls between instances where something does not go straight: errors, cancellation, acts that are moot."""

import pytest
from sqlalchemy import func, select

from service.engine.types import ActImpossible
from service.errors import InvalidState
from service.models import CancelledCall, Incident, Job, ProcessInstance
from service.operations import follow_ups, instances
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

PARENT = b.process(
    b.start(), b.call("c", "child"), b.user("after"), b.end(), b.chain("s", "c", "after", "e"), id="parent"
)
CHILD = b.process(b.start(), b.user("work"), b.end(), b.chain("s", "work", "e"), id="child")


def test_a_called_instance_is_not_cancelled_alone(desk):
    desk.deploy(PARENT, CHILD)
    key = desk.start("parent")
    [child] = desk.look(select(ProcessInstance.key).filter_by(parent_key=key))

    with desk.office.database.writing() as session, pytest.raises(InvalidState, match=str(key)):
        instances.cancel_instance(session, child, desk.ada, now=MONDAY)

    desk.complete(key, "work")
    assert desk.open_elements(key) == ["after"]


def test_an_error_that_a_called_instance_does_not_catch_is_caught_at_the_call(desk):
    failing = b.process(b.start(), b.user("work"), b.end("e", b.ERROR), b.chain("s", "work", "e"), id="failing")
    catching = b.process(
        b.start(),
        b.call("c", "failing"),
        b.boundary("caught", "c", b.ERROR),
        b.user("mend"),
        b.end(),
        b.end("e2"),
        b.chain("s", "c", "e"),
        b.chain("caught", "mend", "e2"),
        id="catching",
    )
    desk.deploy(failing, catching)
    key = desk.start("catching")

    desk.complete(key, "work")

    assert desk.open_elements(key) == ["mend"]
    assert all(desk.runs_again(each) for each in desk.look(select(ProcessInstance.key).filter_by(root_key=key)))


def test_a_call_of_a_process_without_a_plain_start_is_an_incident(desk):
    calling = b.process(b.start(), b.call("c", "=which"), b.end(), b.chain("s", "c", "e"), id="calling")
    posted = b.process(b.start("s", b.CATCH_MESSAGE), b.end(), b.chain("s", "e"), id="posted")
    desk.deploy(calling, posted)

    key = desk.start("calling", which="posted")

    [incident] = desk.look(select(Incident).filter_by(instance_key=key))
    assert (incident.element_id, incident.type) == ("c", "CALLED_ELEMENT_ERROR")
    assert "posted" in incident.message


def test_a_process_that_calls_itself_without_end_stops_with_an_incident(desk, monkeypatch):
    monkeypatch.setattr(follow_ups, "MAX_CALL_DEPTH", 4)
    desk.deploy(b.process(b.start(), b.call("c", "endless"), b.end(), b.chain("s", "c", "e"), id="endless"))

    key = desk.start("endless")
    desk.work()

    tree = desk.look(select(ProcessInstance.key).filter_by(root_key=key))
    [incident] = desk.look(select(Incident).where(Incident.instance_key.in_(tree)))
    assert (len(tree), incident.element_id, incident.type) == (4, "c", "CALLED_ELEMENT_ERROR")


def test_cancelling_leaves_nothing_behind(desk):
    desk.deploy(PARENT, CHILD)
    key = desk.start("parent")
    with desk.office.database.writing() as session:
        instances.cancel_instance(session, key, desk.ada, now=MONDAY)
        session.commit()
    desk.drain(key)

    [child] = desk.look(select(ProcessInstance.key).filter_by(parent_key=key))
    assert desk.events(child)[-1] == desk.events(key)[-1] == "INSTANCE_CANCELED"
    assert desk.look(select(CancelledCall.call).filter_by(parent_key=key)) == []
    assert desk.look(select(Job.key).filter_by(root_key=key)) == []


def test_what_a_moot_job_had_begun_is_not_stored(desk, monkeypatch):
    desk.deploy(PARENT, CHILD)
    with desk.office.database.reading() as session:
        count = session.scalar(select(func.count()).select_from(ProcessInstance))

    def half(session, job, *, now, answer=None):
        instances_of = follow_ups.resource(session, session.scalar(select(ProcessInstance.definition_key)))
        instances.start_instance(session, instances_of, {}, None, now=now)
        raise ActImpossible("the other half is gone")

    monkeypatch.setattr(follow_ups, "run", half)
    key = desk.start("parent")  # leaves the start of a child

    assert desk.look(select(func.count()).select_from(ProcessInstance)) == [count + 1]
    assert desk.look(select(Job.key).filter_by(root_key=key)) == []
