"""What a commit leaves to be done: children, messages, signals, timers; drained by a request or done by the worker."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.models import Event, Incident, Job, ProcessInstance
from service.operations import histories, incidents, instances, messages, signals
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

PARENT = b.process(
    b.start(), b.call("c", "child"), b.user("after"), b.end(), b.chain("s", "c", "after", "e"), id="parent"
)
CHILD = b.process(b.start(), b.user("work"), b.end(), b.chain("s", "work", "e"), id="child")


def test_a_call_starts_a_child_and_its_end_moves_the_parent(desk):
    desk.deploy(PARENT, CHILD)
    key = desk.start("parent")
    assert desk.open_elements(key) == ["work"]

    desk.complete(key, "work", result="done")

    assert desk.open_elements(key) == ["after"]
    [child] = desk.look(select(ProcessInstance).filter_by(parent_key=key))
    assert (child.status, child.root_key, child.process_id) == ("COMPLETED", key, "child")


def test_a_cancelled_parent_ends_its_children(desk):
    desk.deploy(PARENT, CHILD)
    key = desk.start("parent")

    with desk.office.database.writing() as session:
        instances.cancel_instance(session, key, desk.ada, now=desk.now)
        session.commit()
    desk.drain(key)

    assert desk.look(select(ProcessInstance.status).filter_by(root_key=key)) == ["TERMINATED", "TERMINATED"]
    assert desk.open_elements(key) == []


def test_a_call_for_each_of_many_counts_them_all(desk):
    many = b.process(
        b.start(),
        b.call("c", "quick", inner=b.each("=for n in 1..30 return n")),
        b.end(),
        b.chain("s", "c", "e"),
        id="many",
    )
    quick = b.process(b.start(), b.script("x", "=i * 2", "twice"), b.end(), b.chain("s", "x", "e"), id="quick")
    desk.deploy(many, quick)

    key = desk.start("many")

    assert desk.status(key) == "COMPLETED"
    assert len(desk.look(select(ProcessInstance).filter_by(parent_key=key, status="COMPLETED"))) == 30


WAITING = b.process(
    b.start(), b.catch("m", b.CATCH_MESSAGE), b.user("then"), b.end(), b.chain("s", "m", "then", "e"), id="waiting"
)


def publish(desk, name, key, *, ttl=0, **variables):
    with desk.office.database.writing() as session:
        messages.publish(session, name, key, variables, now=desk.now, ttl_ms=ttl)
        session.commit()
    desk.work()


def test_a_message_reaches_the_instance_with_its_key_only(desk):
    desk.deploy(WAITING)
    first, second = desk.start("waiting", key="a"), desk.start("waiting", key="b")

    publish(desk, "msg", "b", answer=42)

    assert (desk.open_elements(first), desk.open_elements(second)) == ([], ["then"])


def test_a_message_that_came_too_early_is_taken_while_it_lives(desk):
    desk.deploy(WAITING)
    publish(desk, "msg", "early", ttl=60_000)
    publish(desk, "msg", "lost")

    early, lost = desk.start("waiting", key="early"), desk.start("waiting", key="lost")

    assert (desk.open_elements(early), desk.open_elements(lost)) == (["then"], [])


def test_a_message_is_taken_once_by_each_process(desk):
    desk.deploy(WAITING)
    first, second = desk.start("waiting", key="same"), desk.start("waiting", key="same")

    publish(desk, "msg", "same", ttl=60_000)

    assert sorted([desk.open_elements(first), desk.open_elements(second)]) == [[], ["then"]]


def test_a_start_message_starts_the_newest_version(desk):
    begun = b.process(
        b.start("s", b.tag("messageEventDefinition", messageRef="start_ms")),
        b.user("u"),
        b.end(),
        b.chain("s", "u", "e"),
        id="begun",
    )
    desk.deploy(begun)

    publish(desk, "begin", "", from_message=True)

    [instance] = desk.look(select(ProcessInstance).filter_by(process_id="begun"))
    assert desk.open_elements(instance.key) == ["u"]


def test_a_signal_reaches_everybody(desk):
    listening = b.process(
        b.start(), b.catch("c", b.SIGNAL), b.user("then"), b.end(), b.chain("s", "c", "then", "e"), id="listening"
    )
    calling = b.process(b.start(), b.throw("t", b.SIGNAL), b.end(), b.chain("s", "t", "e"), id="calling")
    desk.deploy(listening, calling)
    keys = [desk.start("listening") for _ in range(3)]

    desk.start("calling")
    desk.work()

    assert [desk.open_elements(key) for key in keys] == [["then"]] * 3


def test_a_signal_is_not_heard_by_who_begins_to_listen_after_it(desk):
    """The thrower's own instance gets it in the engine, at once; the broadcast is for the others."""
    own = b.process(
        b.start(), b.gateway("parallel", "g"), b.user("a"), b.boundary("x", "a", b.SIGNAL, interrupting=False),
        b.user("n"), b.throw("t", b.SIGNAL), b.catch("c", b.SIGNAL), b.end(), b.user("w"),
        b.chain("s", "g", "a", "e"), b.chain("g", "w", "t", "c", "e"), b.chain("x", "n", "e"), id="own",
    )  # fmt: skip
    desk.deploy(own)
    key, other = desk.start("own"), desk.start("own")

    desk.complete(key, "w")
    desk.work()

    assert desk.open_elements(key) == ["a", "n"]  # once, and `c` still waits
    assert desk.open_elements(other) == ["a", "n", "w"]
    assert desk.status(key) == "ACTIVE"
    assert desk.runs_again(key)


def test_a_child_s_last_signal_reaches_its_parent_before_its_end_does(desk):
    child = b.process(b.start(), b.end("e", b.SIGNAL), b.chain("s", "e"), id="crier")
    parent = b.process(
        b.start(), b.call("c", "crier"), b.boundary("x", "c", b.SIGNAL), b.user("late"), b.user("after"), b.end(),
        b.chain("s", "c", "after", "e"), b.chain("x", "late", "e"), id="hearer",
    )  # fmt: skip
    desk.deploy(parent, child)

    key = desk.start("hearer")
    desk.work()

    assert desk.open_elements(key) == ["late"]
    assert desk.runs_again(key)


def test_a_start_event_of_several_kinds_begins_by_each(desk):
    kinds = b.SIGNAL + b.tag("messageEventDefinition", messageRef="start_ms") + b.timer("P1D")
    desk.deploy(b.process(b.start("s", kinds), b.user("u"), b.end(), b.chain("s", "u", "e"), id="manifold"))

    publish(desk, "begin", "", from_message=True)
    with desk.office.database.writing() as session:
        signals.broadcast(session, "sig", {}, now=desk.now)
        session.commit()
    desk.work()
    desk.now = MONDAY + timedelta(days=1)
    desk.work()

    keys = desk.look(select(ProcessInstance.key).filter_by(process_id="manifold"))
    assert [desk.open_elements(key) for key in keys] == [["u"]] * 3


TIMED = b.process(
    b.start(), b.catch("t", b.timer("P1D")), b.user("then"), b.end(), b.chain("s", "t", "then", "e"), id="timed"
)


def test_a_timer_fires_when_it_is_due_and_not_before(desk):
    desk.deploy(TIMED)
    key = desk.start("timed")

    desk.now = MONDAY + timedelta(hours=23)
    desk.work()
    before = desk.open_elements(key)
    desk.now = MONDAY + timedelta(days=1, seconds=1)
    desk.work()

    assert (before, desk.open_elements(key)) == ([], ["then"])
    assert desk.look(select(Job.key).filter_by(instance_key=key)) == []


def test_an_act_that_fails_in_the_worker_becomes_an_incident_and_can_be_mended(desk):
    gate = b.process(
        b.start(),
        b.catch("t", b.timer("P1D")),
        b.gateway("exclusive", "x", default="x_e"),
        b.user("u"),
        b.end(),
        b.chain("s", "t", "x"),
        b.flow("x", "u", "=answer > 5"),
        b.flow("x", "e"),
        b.chain("u", "e"),
        id="gate",
    )
    desk.deploy(gate)
    key = desk.start("gate")
    desk.now = MONDAY + timedelta(days=2)
    desk.work()
    [incident] = desk.look(select(Incident).filter_by(instance_key=key))
    assert (incident.element_id, incident.type) == ("x", "CONDITION_ERROR")
    assert "answer" in incident.message

    with desk.office.database.writing() as session:
        instances.set_variables(session, key, {"answer": 7}, desk.ada, now=desk.now)
        incidents.resolve(session, incident.key, desk.ada, now=desk.now)
        session.commit()
    desk.work()

    assert desk.open_elements(key) == ["u"]
    assert desk.look(select(ProcessInstance.incidents).filter_by(key=key)) == [0]


def test_every_history_of_a_tree_is_whole_and_runs_again(desk):
    desk.deploy(PARENT, CHILD)
    key = desk.start("parent")
    desk.complete(key, "work", result="done")
    desk.complete(key, "after")

    with desk.office.database.reading() as session:
        for instance in session.scalars(select(ProcessInstance).filter_by(root_key=key)):
            assert instance.status == "COMPLETED"
            assert histories.verify(session, instance).valid
            assert histories.replay(session, instance).same
            assert session.scalars(select(Event.seq).filter_by(instance_key=instance.key)).all()


def test_timers_that_are_overdue_together_fire_in_the_order_of_their_times(desk):
    reminded = b.process(
        b.start(),
        b.user("work"),
        b.boundary("remind", "work", b.timer(cycle="R/PT1H"), interrupting=False),
        b.boundary("late", "work", b.timer("PT3H30M")),
        b.user("reminder"),
        b.end(),
        b.chain("s", "work", "e"),
        b.chain("remind", "reminder", "e"),
        b.chain("late", "e"),
        id="reminded",
    )
    desk.deploy(reminded)
    key = desk.start("reminded")

    desk.now += timedelta(hours=9)
    desk.work()

    assert desk.open_elements(key) == ["reminder"] * 3
