"""Every kind of act, played through the store, and its history run again to the same states."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.models import Event, Job, ProcessInstance
from service.operations import histories, instances, jobs, messages, signals
from service.releases import latest
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


def all_of(desk, root):
    """The instances of a tree, each with its kinds of events; every one must be whole and run again."""
    found = desk.look(select(ProcessInstance.key).filter_by(root_key=root).order_by(ProcessInstance.key))
    assert all(desk.runs_again(key) for key in found)
    return {key: desk.events(key) for key in found}


def test_an_outside_worker_with_answer_and_with_error(desk, office):
    wanda = office.user("wanda")
    working = b.process(
        b.start(),
        b.service("first", type="a"),
        b.service("second", type="b"),
        b.boundary("caught", "second", b.ERROR),
        b.end("e"),
        b.end("e2"),
        b.chain("s", "first", "second", "e"),
        b.chain("caught", "e2"),
        id="working",
    )
    desk.deploy(working)
    key = desk.start("working", amount=3)

    with office.database.writing() as session:
        jobs.complete(session, key + _wait(desk, key), {"share": 0.1, "list": [1, "二", None]}, wanda, now=MONDAY)
        session.commit()
    with office.database.writing() as session:
        jobs.throw_error(session, key + _wait(desk, key), "E1", "broken", {"why": "x"}, wanda, now=MONDAY)
        session.commit()

    assert desk.status(key) == "COMPLETED"
    assert all_of(desk, key)[key] == ["INSTANCE_STARTED", "JOB_COMPLETED", "JOB_ERROR_THROWN"]


def _wait(desk, key):
    [wait] = desk.look(select(Job.wait).filter_by(instance_key=key, kind="service", ended_at=None))
    return wait


def test_messages_signals_timers_and_variables_set(desk):
    listening = b.process(
        b.start(),
        b.catch("m", b.CATCH_MESSAGE),
        b.catch("c", b.SIGNAL),
        b.catch("t", b.timer("P1M")),
        b.user("then"),
        b.end(),
        b.chain("s", "m", "c", "t", "then", "e"),
        id="listening",
    )
    desk.deploy(listening)
    key = desk.start("listening", key="k")

    with desk.office.database.writing() as session:
        messages.publish(session, "msg", "k", {"got": 0.3}, now=desk.now)
        session.commit()
    desk.work()
    with desk.office.database.writing() as session:
        signals.broadcast(session, "sig", {"heard": True}, now=desk.now)
        session.commit()
    desk.work()
    with desk.office.database.writing() as session:
        instances.set_variables(session, key, {"got": "1e3", "extra": {"deep": [1.5]}}, desk.ada, now=desk.now)
        session.commit()
    desk.now = MONDAY + timedelta(days=32)
    desk.work()
    desk.complete(key, "then", done=True)

    assert all_of(desk, key)[key] == [
        "INSTANCE_STARTED",
        "MESSAGE_CORRELATED",
        "SIGNAL_RECEIVED",
        "VARIABLES_SET",
        "TIMER_FIRED",
        "USER_TASK_ASSIGNED",
        "USER_TASK_COMPLETED",
    ]


DEADLINE = {"name": '="close"', "at": "=at"}


def connector(id, type, outputs=None, **inputs):
    return b.service(id, b.mapping(inputs, outputs), type=type)


def test_numbers_deadlines_that_move_and_their_timers(desk):
    setting = b.process(
        b.start(), connector("set", "deadline.set", **DEADLINE), b.end(), b.chain("s", "set", "e"), id="setting"
    )
    following = b.process(
        b.start(),
        connector("number", "number.next", {"number": "=number"}, series='="letters"'),
        b.catch("t", b.timer("P1D"), b.properties(deadline="close")),
        b.user("then"),
        b.end(),
        b.chain("s", "number", "t", "then", "e"),
        id="following",
    )
    desk.deploy(setting, following)
    first = (MONDAY + timedelta(days=3)).isoformat()
    later = (MONDAY + timedelta(days=9)).isoformat()
    assert desk.status(desk.start("setting", at=first)) == "COMPLETED"
    key = desk.start("following")
    mover = desk.start("setting", at=later)
    desk.work()

    desk.now = MONDAY + timedelta(days=5)
    desk.work()
    early = desk.open_elements(key)
    desk.now = MONDAY + timedelta(days=10)
    desk.work()

    assert (early, desk.open_elements(key)) == ([], ["then"])
    assert all_of(desk, key)[key] == ["INSTANCE_STARTED", "DEADLINE_MOVED", "TIMER_FIRED"]
    assert all_of(desk, mover)


def test_children_with_escalation_and_cancellation(desk):
    child = b.process(
        b.start(), b.throw("x", b.ESCALATION), b.user("work"), b.end(), b.chain("s", "x", "work", "e"), id="child"
    )
    parent = b.process(
        b.start(),
        b.call("c", "child"),
        b.boundary("told", "c", b.ESCALATION, interrupting=False),
        b.user("note"),
        b.end("e"),
        b.end("e2"),
        b.chain("s", "c", "e"),
        b.chain("told", "note", "e2"),
        id="parent",
    )
    desk.deploy(parent, child)
    done, cancelled = desk.start("parent"), desk.start("parent")

    desk.complete(done, "note")
    desk.complete(done, "work", result=7)
    with desk.office.database.writing() as session:
        instances.cancel_instance(session, cancelled, desk.ada, now=desk.now)
        session.commit()
    desk.drain(cancelled)

    events = all_of(desk, done)
    assert events[done][1] == "ESCALATION_RECEIVED"
    assert "CALL_FINISHED" in events[done]
    assert desk.status(done) == "COMPLETED"
    assert [kinds[-1] for kinds in all_of(desk, cancelled).values()] == ["INSTANCE_CANCELED"] * 2


def test_a_changed_body_and_a_changed_state_are_found(desk):
    desk.deploy(b.process(b.start(), b.user("u"), b.end(), b.chain("s", "u", "e"), id="small"))
    key = desk.start("small", answer=42)

    with desk.office.database.reading() as session:
        instance = session.get_one(ProcessInstance, key)
        [event] = histories.events_of(session, key)
        session.expunge_all()
        event.body = event.body.replace("42", "43")
        assert not histories.chain.verify([(event.seq, event.body, event.previous, event.hash)]).valid
        assert latest(session, "process", "small") is not None
        assert histories.replay(session, instance).same
    assert desk.look(select(Event.actor).filter_by(instance_key=key)) == ["ada"]
