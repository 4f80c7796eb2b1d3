"""Transactions: cancelled, they end what runs, compensate what is done, and are left by the cancel boundary event."""

from tests.unit.engine.builder import (
    CANCEL,
    COMPENSATE,
    ERROR,
    boundary,
    chain,
    end,
    event_sub,
    gateway,
    process,
    service,
    start,
    throw,
    transaction,
    undo,
    user,
)


def booking(*inside, flows, more=""):
    return process(
        start(), transaction("t", start("i"), *inside, end("f"), end("c", CANCEL), flows), boundary("x", "t", CANCEL),
        user("after"), user("next"), end(), chain("s", "t", "next", "e"), chain("x", "after", "e"), more,
    )  # fmt: skip


def choice(*more):
    return booking(
        user("a"), user("b"), gateway("exclusive", "g", default="g_f"), undo("a"), undo("b"), *more,
        flows=chain("i", "a", "b", "g", "f")
        + '<bpmn:sequenceFlow id="g_c" sourceRef="g" targetRef="c"><bpmn:conditionExpression>=bad'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )  # fmt: skip


def test_cancelling_compensates_and_leaves_by_the_boundary(play):
    game = play(choice())
    game.complete("a")
    game.complete("b", {"bad": True})
    assert game.tasks == ["unb"]
    game.complete("unb")
    assert game.tasks == ["una"]
    game.complete("una")
    assert game.tasks == ["after"]
    assert game.states("t") == ["ACTIVE", "TERMINATED"]
    game.complete("after")
    assert game.completed


def test_a_transaction_that_is_not_cancelled_is_a_sub_process(play):
    game = play(choice())
    game.complete("a")
    game.complete("b", {"bad": False})
    assert game.tasks == ["next"]
    assert {change.type for change in game.changes if change.element_id == "t"} == {"SUB_PROCESS"}


def test_what_runs_beside_is_ended_before(play):
    source = booking(
        gateway("parallel", "g"), user("a"), user("b"), undo("a"), undo("b"),
        flows=chain("i", "g", "a", "c") + chain("g", "b", "f"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    assert game.tasks == ["una"]
    assert game.states("b") == ["ACTIVE", "TERMINATED"]
    game.complete("una")
    assert game.tasks == ["after"]


def test_with_nothing_to_compensate(play):
    source = booking(
        user("a"), gateway("parallel", "g"), user("b"), flows=chain("i", "g", "a", "c") + chain("g", "b", "f")
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    assert game.tasks == ["after"]


def test_an_error_does_not_compensate(play):
    """What happens then is the hazard boundary's business (BPMN 2.0.2, 10.6)."""
    source = booking(
        user("a"), service("b"), undo("a"), gateway("exclusive", "g", default="g_f"),
        flows=chain("i", "a", "b", "g", "f") + '<bpmn:sequenceFlow id="g_c" sourceRef="g" targetRef="c">'
        "<bpmn:conditionExpression>=false</bpmn:conditionExpression></bpmn:sequenceFlow>",
        more=boundary("h", "t", ERROR) + user("hazard") + chain("h", "hazard", "e"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.throw("b", "E1")
    assert game.tasks == ["hazard"]


def test_a_transaction_that_is_done_can_be_compensated(play):
    source = process(
        start(), transaction("t", start("i"), user("a"), end("f"), chain("i", "a", "f"), undo("a")),
        throw("k", COMPENSATE), end(), chain("s", "t", "k", "e"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.complete("una")
    assert game.completed


def test_cancelling_the_instance_while_a_transaction_is_being_cancelled(play):
    game = play(choice())
    game.complete("a")
    game.complete("b", {"bad": True})
    game.cancel()
    assert game.step.status == "TERMINATED"
    assert game.states("unb") == ["ACTIVE", "TERMINATED"]
    assert game.states("x") == []


def test_an_event_sub_process_hears_nothing_any_more(play):
    rescue = event_sub("es", ERROR, user("r"), end("re"), chain("es_start", "r", "re"))
    source = booking(
        user("a"), undo("a", service("una", isForCompensation="true")), rescue,
        gateway("exclusive", "g", default="g_c"),
        flows=chain("i", "a", "g", "c") + '<bpmn:sequenceFlow id="g_f" sourceRef="g" targetRef="f">'
        "<bpmn:conditionExpression>=false</bpmn:conditionExpression></bpmn:sequenceFlow>",
        more=boundary("h", "t", ERROR) + user("hazard") + chain("h", "hazard", "e"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.throw("una", "E1")
    assert game.tasks == ["hazard"]
