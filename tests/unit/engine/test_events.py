"""Messages, signals, timers, boundary events, event-based gateways, thrown events."""

from datetime import timedelta
from decimal import Decimal

import pytest

from service.engine.types import ActImpossible, EngineError, FireTimer, MessageWait, ThrowEscalation
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    ESCALATION,
    SIGNAL,
    TERMINATE,
    boundary,
    catch,
    chain,
    end,
    extensions,
    gateway,
    mapping,
    process,
    start,
    sub,
    tag,
    throw,
    timer,
    user,
    zeebe,
)

D = Decimal


def test_a_message_is_waited_for_by_name_and_key(play):
    source = process(
        start(), catch("c", CATCH_MESSAGE, mapping(outputs={"got": "=m"})), user("a"), end(), chain("s", "c", "a", "e")
    )
    game = play(source, {"key": 4711})
    wait = game.wait("c")
    assert (wait.name, wait.correlation_key) == ("msg", "4711")

    game.correlate("c", {"m": 1, "junk": 2})

    assert game.step.variables == {"key": D(4711), "got": D(1)}
    assert game.tasks == ["a"]
    assert game.step.closed == (wait.id,)


def test_a_missing_correlation_key_is_an_incident(play):
    with pytest.raises(EngineError) as caught:
        play(process(start(), catch("c", CATCH_MESSAGE), end(), chain("s", "c", "e")), {"key": None})
    assert caught.value.element_id == "c"


def test_a_receive_task_waits_too(play):
    game = play(
        process(start(), tag("receiveTask", id="r", messageRef="ms"), end(), chain("s", "r", "e")), {"key": "k"}
    )
    assert isinstance(game.wait("r"), MessageWait)
    game.correlate("r", {"x": 1})
    assert game.completed
    assert game.step.variables["x"] == 1


def test_a_signal_is_waited_for_by_name(play):
    game = play(process(start(), catch("c", SIGNAL), end(), chain("s", "c", "e")))
    assert game.wait("c").name == "sig"
    game.signal("c", {"x": 1})
    assert game.completed
    assert game.step.variables == {"x": D(1)}


def test_an_interrupting_boundary_event_ends_its_activity(play):
    game = play(
        process(
            start(),
            user("a"),
            boundary("b", "a", timer("PT5M")),
            user("late"),
            end(),
            chain("s", "a", "e"),
            chain("b", "late", "e"),
        )
    )
    game.fire("b")

    assert game.open == ["late"]
    assert game.states("a") == ["ACTIVE", "TERMINATED"]
    assert game.states("b") == ["ACTIVE", "COMPLETED"]
    game.complete("late")
    assert game.completed


def test_a_boundary_event_beats_what_is_due_inside(play):
    inside = sub(
        "p1",
        start("t"),
        gateway("parallel", "g"),
        user("u"),
        catch("tt", timer("PT10M")),
        user("after"),
        end("f"),
        chain("t", "g", "u", "f"),
        chain("g", "tt", "after", "f"),
    )
    game = play(
        process(
            start(),
            inside,
            boundary("b", "p1", timer("PT20M")),
            user("late"),
            end(),
            chain("s", "p1", "e"),
            chain("b", "late", "e"),
        )
    )
    game.now += timedelta(minutes=30)

    game.do(FireTimer(game.wait("b").id))

    assert game.tasks == ["late"]
    assert game.states("after") == []
    assert not [wait for wait in game.waits if wait.element_id == "tt"]


def test_a_non_interrupting_boundary_event_leaves_its_activity_alone(play):
    game = play(
        process(
            start(),
            user("a"),
            boundary("b", "a", CATCH_MESSAGE, interrupting=False),
            user("extra"),
            end(),
            chain("s", "a", "e"),
            chain("b", "extra", "e"),
        ),
        {"key": "k"},
    )
    game.correlate("b", {"n": 1})
    game.correlate("b", {"n": 2})
    assert game.tasks == ["a", "extra", "extra"]

    game.complete("a")
    assert game.open == ["extra", "extra"]
    game.complete("extra")
    game.complete("extra")
    assert game.completed
    assert game.step.variables["n"] == 2


def test_a_reminder_repeats_and_ends_with_its_activity(play):
    game = play(
        process(
            start(),
            user("a"),
            boundary("b", "a", timer(cycle="R3/P1D"), interrupting=False),
            end(),
            end("e2"),
            chain("s", "a", "e"),
            chain("b", "e2"),
        )
    )
    begun = game.now
    for round, left in enumerate((3, 2, 1), 1):
        wait = game.wait("b")
        assert wait.repetitions == left
        assert wait.due_at == begun + timedelta(days=round)
        game.fire("b")
        if left > 1:  # moved: closed and opened under its id
            assert game.step.closed == (wait.id,)
            assert [opened.id for opened in game.step.opened] == [wait.id]
    assert game.open == ["a"]
    game.complete("a")
    assert game.completed


def test_the_first_event_behind_an_event_based_gateway_wins(play):
    source = process(
        start(),
        gateway("eventBased", "g"),
        catch("m", CATCH_MESSAGE),
        catch("t", timer("PT1H")),
        user("a"),
        user("b"),
        end(),
        chain("s", "g", "m", "a", "e"),
        chain("g", "t", "b", "e"),
    )
    game = play(source, {"key": "k"})
    assert game.open == ["m", "t"]
    game.correlate("m", {"x": 1})
    assert game.open == ["a"]
    assert game.step.variables["x"] == 1
    assert game.states("t") == []
    assert game.flows == ["s_g", "g_m", "m_a"]

    game = play(source, {"key": "k"})
    game.fire("t")
    assert game.open == ["b"]


def test_thrown_messages_and_signals_are_in_the_step(play):
    published = zeebe("publishMessage", correlationKey='="K" + id', timeToLive="PT1H")
    source = process(
        start(),
        throw("t", CATCH_MESSAGE, published, mapping({"body": "=id"})),
        tag("sendTask", extensions(published), id="st", messageRef="ms"),
        throw("g", SIGNAL, mapping({"why": '="x"'})),
        end("e", SIGNAL),
        chain("s", "t", "st", "g", "e"),
    )
    game = play(source, {"id": "7"})

    first, second = game.step.messages
    assert (first.name, first.correlation_key, first.ttl_ms, first.variables) == ("msg", "K7", 3_600_000, {"body": "7"})
    assert second.variables == {}
    assert [(signal.name, signal.variables) for signal in game.step.signals] == [("sig", {"why": "x"}), ("sig", {})]
    assert game.completed


@pytest.mark.parametrize("event", ["intermediateThrowEvent", "endEvent"])
def test_a_job_that_sends_needs_no_message(play, event):
    """As the modeler of Camunda 8 writes it: what is sent is the worker's business."""
    sent = tag(event, extensions(zeebe("taskDefinition", type="mail")) + tag("messageEventDefinition"), id="x")
    rest = end() + chain("s", "x", "e") if event == "intermediateThrowEvent" else chain("s", "x")
    game = play(process(start(), sent, rest))
    assert game.tasks == ["x"]
    game.complete("x")
    assert game.completed


def test_a_message_may_be_sent_by_a_job(play):
    game = play(
        process(
            start(),
            tag("endEvent", extensions(zeebe("taskDefinition", type="mail")) + CATCH_MESSAGE, id="e"),
            chain("s", "e"),
        )
    )
    assert game.wait("e").type == "mail"
    game.complete("e")
    assert game.completed


def test_terminate_ends_its_scope_only(play):
    inside = sub(
        "p1",
        start("t"),
        gateway("parallel", "g"),
        user("a"),
        user("b"),
        end("x", TERMINATE),
        end("f"),
        chain("t", "g", "a", "x"),
        chain("g", "b", "f"),
    )
    game = play(process(start(), inside, user("z"), end(), chain("s", "p1", "z", "e")))
    game.complete("a")
    assert game.tasks == ["z"]
    assert game.states("b") == ["ACTIVE", "TERMINATED"]
    assert game.states("p1") == ["ACTIVE", "COMPLETED"]


def test_terminate_ends_the_process(play):
    game = play(
        process(
            start(),
            gateway("parallel", "g"),
            user("a"),
            user("b"),
            end("x", TERMINATE),
            end(),
            chain("s", "g", "a", "x"),
            chain("g", "b", "e"),
        )
    )
    game.complete("a")
    assert game.completed


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_reaches_the_boundary_of_its_scope(play, interrupting):
    inside = sub("p1", start("t"), throw("x", ESCALATION), user("u"), end("f"), chain("t", "x", "u", "f"))
    game = play(
        process(
            start(),
            inside,
            boundary("b", "p1", ESCALATION, interrupting=interrupting),
            user("h"),
            end(),
            chain("s", "p1", "e"),
            chain("b", "h", "e"),
        )
    )
    assert game.tasks == (["h"] if interrupting else ["h", "u"])
    assert game.states("x")[-1] == ("TERMINATED" if interrupting else "COMPLETED")
    assert not game.step.escalations


def test_an_uncaught_escalation_leaves_the_instance(play):
    game = play(process(start(), throw("x", ESCALATION), end("e", ESCALATION), chain("s", "x", "e")))
    assert [(each.element_id, each.code) for each in game.step.escalations] == [("x", "X1"), ("e", "X1")]
    assert game.completed


def test_a_called_instance_may_escalate(play):
    from tests.unit.engine.builder import call

    game = play(
        process(
            start(),
            call("c", "child"),
            boundary("b", "c", ESCALATION, interrupting=False),
            user("h"),
            end(),
            chain("s", "c", "e"),
            chain("b", "h", "e"),
        )
    )
    game.do(ThrowEscalation(game.wait("c").id, "X1"))
    assert game.open == ["c", "h"]


def test_instances_begin_at_the_start_that_is_asked_for(play):
    source = process(
        start(),
        start(
            "m", extensions(mapping(outputs={"n": "=raw + 1"})) + tag("messageEventDefinition", messageRef="start_ms")
        ),
        start("t", timer(cycle="R/P1D")),
        user("a"),
        user("b"),
        user("c"),
        end(),
        chain("s", "a", "e"),
        chain("m", "b", "e"),
        chain("t", "c", "e"),
    )
    assert play(source).tasks == ["a"]
    game = play(source, {"raw": 1}, at="m")
    assert game.tasks == ["b"]
    assert game.step.variables == {"n": D(2)}
    assert play(source, at="t").tasks == ["c"]
    with pytest.raises(ActImpossible):
        play(source, at="a")


def test_cancelling_ends_everything(play):
    inside = sub("p1", start("t"), user("u"), end("f"), chain("t", "u", "f"))
    game = play(
        process(start(), inside, boundary("b", "p1", timer("P1D")), end(), chain("s", "p1", "e"), chain("b", "e"))
    )
    waits = {wait.id for wait in game.waits}
    step = game.cancel()
    assert step.status == "TERMINATED"
    assert set(step.closed) == waits
    assert [(each.element_id, each.state) for each in step.changes] == [("u", "TERMINATED"), ("p1", "TERMINATED")]
    with pytest.raises(ActImpossible):
        game.cancel()
