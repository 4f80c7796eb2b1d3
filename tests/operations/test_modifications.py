"""Operators move tokens by hand: rows, jobs, children and history follow, or nothing is changed."""

import pytest
from sqlalchemy import select

from service.errors import BadArgument, Forbidden, InstanceEnded, NotFound
from service.models import ElementInstance, Incident, Job, ProcessInstance, Subscription, UserTask
from service.operations import modifications
from service.operations.modifications import Activate, Instructions, ModificationRefused, Relocate, Terminate, WouldStop
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

LINE = b.process(
    b.start(), b.user("a"), b.user("b"), b.script("x", "=missing + 1", "y"), b.end(), b.chain("s", "a", "b", "x", "e"),
    id="line",
)  # fmt: skip


def modify(desk, key, *, user=None, activate=(), move=(), terminate=()):
    with desk.office.database.writing() as session:
        instructions = Instructions(activate, move, terminate)
        modifications.modify_instance(session, key, instructions, user or desk.ada, now=desk.now)
        session.commit()
    desk.drain(key)


def element_key(desk, key, element_id):
    [found] = desk.look(select(ElementInstance.key).filter_by(instance_key=key, element_id=element_id, state="ACTIVE"))
    return found


def test_a_token_is_moved_and_the_history_runs_again(desk):
    desk.deploy(LINE)
    key = desk.start("line")

    modify(desk, key, move=[Relocate(Terminate("a"), "b", variables=[("", {"note": "x"})])])
    assert desk.open_elements(key) == ["b"]
    modify(desk, key, activate=[Activate("a")], terminate=[Terminate(key=element_key(desk, key, "b"))])
    assert desk.open_elements(key) == ["a"]

    states = desk.look(select(ElementInstance.state).filter_by(instance_key=key, element_id="a"))
    assert states == ["TERMINATED", "ACTIVE"]
    assert desk.events(key) == ["INSTANCE_STARTED", "INSTANCE_MODIFIED", "INSTANCE_MODIFIED"]
    assert desk.runs_again(key)


def test_an_instance_of_which_nothing_is_left_has_ended(desk):
    desk.deploy(LINE)
    key = desk.start("line")

    modify(desk, key, terminate=[Terminate("a")])

    assert desk.status(key) == "TERMINATED"
    assert desk.look(select(UserTask.key).filter_by(instance_key=key, ended_at=None)) == []
    with pytest.raises(InstanceEnded):
        modify(desk, key, activate=[Activate("a")])
    assert desk.runs_again(key)


def test_a_called_instance_ends_with_its_call(desk):
    child = b.process(b.start(), b.user("work"), b.end(), b.chain("s", "work", "e"), id="child")
    parent = b.process(
        b.start(), b.call("c", "child"), b.user("after"), b.end(), b.chain("s", "c", "after", "e"), id="parent"
    )
    desk.deploy(parent, child)
    key = desk.start("parent")
    [called] = desk.look(select(ProcessInstance.key).filter_by(parent_key=key))
    with pytest.raises(ModificationRefused) as refusal:
        modify(desk, called, terminate=[Terminate("work")])
    assert refusal.value.errors[0].code == "ENDS_CALLED_INSTANCE"

    modify(desk, key, move=[Relocate(Terminate("c"), "c")])

    assert desk.status(called) == "TERMINATED"
    assert desk.open_elements(key) == ["work"]
    desk.complete(key, "work")
    assert desk.open_elements(key) == ["after"]
    assert all(desk.runs_again(each) for each in desk.look(select(ProcessInstance.key).filter_by(root_key=key)))


def test_timers_and_subscriptions_of_what_is_ended_are_gone(desk):
    guarded = b.process(
        b.start(), b.user("a"), b.boundary("t", "a", b.timer("P1D")), b.boundary("m", "a", b.CATCH_MESSAGE),
        b.user("z"), b.end(), b.end("e2"), b.end("e3"), b.chain("s", "a", "z", "e"), b.chain("t", "e2"),
        b.chain("m", "e3"), id="guarded",
    )  # fmt: skip
    desk.deploy(guarded)
    key = desk.start("guarded", key="k")

    modify(desk, key, move=[Relocate(Terminate("a"), "z")])

    assert desk.look(select(Job.key).filter_by(instance_key=key)) == []
    assert desk.look(select(Subscription.state).filter_by(instance_key=key)) == ["DELETED"]


def test_an_incident_of_what_was_taken_away_is_settled(desk):
    stuck = b.process(
        b.start(), b.catch("t", b.timer("PT0S")), b.script("x", "=missing + 1", "y"), b.user("z"), b.end(),
        b.chain("s", "t", "x", "z", "e"), id="stuck",
    )  # fmt: skip
    desk.deploy(stuck)
    key = desk.start("stuck")
    desk.work()
    assert desk.look(select(ProcessInstance.incidents).filter_by(key=key)) == [1]

    modify(desk, key, move=[Relocate(Terminate("t"), "z")])

    assert desk.look(select(ProcessInstance.incidents).filter_by(key=key)) == [0]
    assert desk.look(select(Incident.resolved_at).filter_by(instance_key=key)) == [desk.now]


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ({"activate": [Activate("nobody")]}, [("activateInstructions[0]", "UNKNOWN_ELEMENT")]),
        ({"activate": [Activate("s")]}, [("activateInstructions[0]", "NOT_TO_BE_ACTIVATED")]),
        ({"activate": [Activate("a", ancestor_key=77)]}, [("activateInstructions[0]", "NO_ANCESTOR")]),
        (
            {"terminate": [Terminate("b"), Terminate(key=77)]},
            [("terminateInstructions[0]", "NONE_ACTIVE"), ("terminateInstructions[1]", "NOT_ACTIVE")],
        ),
        ({"move": [Relocate(Terminate("b"), "a")]}, [("moveInstructions[0]", "NONE_ACTIVE")]),
        ({"move": [Relocate(Terminate("a"), "s")]}, [("moveInstructions[0]", "NOT_TO_BE_ACTIVATED")]),
    ],
)
def test_what_cannot_be_done_is_refused_by_place_and_changes_nothing(desk, asked, faults):
    desk.deploy(LINE)
    key = desk.start("line")

    with pytest.raises(ModificationRefused) as refusal:
        modify(desk, key, **asked)

    assert [(each.path, each.code) for each in refusal.value.errors] == faults
    assert desk.open_elements(key) == ["a"]
    assert desk.events(key) == ["INSTANCE_STARTED"]


def test_where_the_procedure_would_stop_nothing_is_changed_and_no_incident_raised(desk):
    desk.deploy(LINE)
    key = desk.start("line")

    with pytest.raises(WouldStop, match="x"):
        modify(desk, key, activate=[Activate("x")])

    assert desk.look(select(ProcessInstance.incidents).filter_by(key=key)) == [0]
    assert desk.events(key) == ["INSTANCE_STARTED"]


def test_only_who_operates_modifies_and_something_must_be_asked(desk):
    desk.deploy(LINE)
    key = desk.start("line")
    with pytest.raises(NotFound):
        modify(desk, key, user=desk.office.user("noah"), activate=[Activate("a")])
    with pytest.raises(Forbidden):
        modify(desk, key, user=desk.office.user("audrey"), activate=[Activate("a")])
    with pytest.raises(BadArgument):
        modify(desk, key)


def test_a_move_within_one_of_several_scopes_stays_in_it(desk):
    many = b.sub(
        "m", b.each(), b.start("begin"), b.user("i"), b.user("j"), b.end("me"), b.chain("begin", "i", "j", "me")
    )
    desk.deploy(b.process(b.start(), many, b.end(), b.chain("s", "m", "e"), id="many"))
    key = desk.start("many")

    modify(desk, key, move=[Relocate(Terminate("i"), "j", ancestor="inferred")])
    assert desk.open_elements(key) == ["j", "j", "j"]
    modify(desk, key, move=[Relocate(Terminate("j"), "i", ancestor="sourceParent")])

    assert desk.open_elements(key) == ["i", "i", "i"]
    assert desk.runs_again(key)


@pytest.mark.parametrize(("ancestor", "scopes"), [("inferred", 2), ("nearest", 1), ("direct", 1)])
def test_a_move_into_a_scope_that_is_active_elsewhere(desk, ancestor, scopes):
    inside = b.sub("q", b.start("begin"), b.user("i"), b.user("j"), b.end("qe"), b.chain("begin", "i", "j", "qe"))
    desk.deploy(
        b.process(
            b.start(), b.gateway("parallel", "g"), b.user("a"), inside, b.end(), b.end("e2"),
            b.chain("s", "g", "a", "e"), b.chain("g", "q", "e2"), id="beside",
        )
    )  # fmt: skip
    key = desk.start("beside")

    modify(desk, key, move=[Relocate(Terminate("a"), "j", ancestor=ancestor)])

    active = select(ElementInstance.key).filter_by(instance_key=key, element_id="q", state="ACTIVE")
    assert len(desk.look(active)) == scopes
    assert desk.open_elements(key) == ["i", "j"]
