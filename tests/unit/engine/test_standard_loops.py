"""Standard loops: the activity again and again, tested before or after, bounded, cancelled."""

from decimal import Decimal

import pytest

from service.engine.types import EngineError
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    ERROR,
    SIGNAL,
    TERMINATE,
    boundary,
    call,
    chain,
    each,
    end,
    extensions,
    mapping,
    process,
    script,
    service,
    start,
    sub,
    tag,
    timer,
    user,
    zeebe,
)

D = Decimal


def loop(condition="", *, before=None, maximum=None):
    given = {"testBefore": before, "loopMaximum": maximum}
    inner = tag("loopCondition", condition.replace("<", "&lt;")) if condition else ""
    return tag(
        "standardLoopCharacteristics", inner, **{key: value for key, value in given.items() if value is not None}
    )


def line(element, *more):
    return process(start(), element, user("z"), end(), chain("s", "m", "z", "e"), *more)


def counting(*args, **kwargs):
    """A script that counts its rounds in `n`."""
    return script("m", "=get or else(n, 0) + 1", "n").replace("</bpmn:script", loop(*args, **kwargs) + "</bpmn:script")


@pytest.mark.parametrize(
    ("condition", "before", "maximum", "rounds"),
    [
        ("=n < 3", "false", None, 3),
        ("=n < 3", "true", None, 3),
        ("=n < 3", None, None, 3),  # tested after, if nothing is said
        ("=n < 3", "1", None, 3),
        ("=false", "true", None, 0),
        ("=false", "false", None, 1),
        ("=true", "false", "4", 4),
        ("=true", "true", "4", 4),
        ("", "false", "4", 4),
        ("", "true", "4", 4),
        ("=n < 3", "true", "2", 2),
        ("=n < 3", "false", "2", 2),
        ("=n < 3", "false", "9", 3),
        ("=true", "true", "1", 1),
        ("=true", "false", "1", 1),
        ("=true", "true", "0", 0),
        ("=true", "false", "0", 0),
        ("", "false", "0", 0),
        ("=true", "true", "-1", 0),
        ("=true", "false", "-7", 0),
        ("=loopCounter < 3", "true", None, 3),
        ("=loopCounter < 3", "false", None, 3),
    ],
)
def test_how_many_rounds(play, condition, before, maximum, rounds):
    game = play(line(counting(condition, before=before, maximum=maximum)), {"n": 0})
    assert game.tasks == ["z"]
    assert game.step.variables == {"n": D(rounds)}
    inner = [change for change in game.changes if change.type == "SCRIPT_TASK" and change.state == "COMPLETED"]
    assert len(inner) == rounds
    assert game.states("m")[0], game.states("m")[-1] == ("ACTIVE", "COMPLETED")
    assert game.flows == ["s_m", "m_z"]


def test_a_round_waits_and_hands_over_what_the_condition_reads(play):
    game = play(line(user("m", mapping({"mine": "=loopCounter"}), inner=loop("=not(good)"))))
    for n in (1, 2, 3):
        assert game.tasks == ["m"]
        seen = game.variables(game.wait("m").id)
        assert (seen["loopCounter"], seen["mine"]) == (n, n)
        game.complete("m", {"good": n == 3})
    assert game.tasks == ["z"]
    assert game.step.variables == {"good": True}


def test_what_is_local_to_a_round_is_not_the_condition_s(play):
    game = play(line(user("m", mapping({"mine": "=1"}), inner=loop("=mine < 3"))))
    with pytest.raises(EngineError) as caught:
        game.complete("m")
    assert (caught.value.kind, caught.value.element_id) == ("CONDITION_ERROR", "m")


def test_a_condition_before_the_first_round_that_is_null_is_an_incident(play):
    with pytest.raises(EngineError) as caught:
        play(line(user("m", inner=loop("=null", before="true"))))
    assert caught.value.kind == "CONDITION_ERROR"


LOOPED = {
    "task": (tag("task", loop("=loopCounter < 2"), id="m"), None),
    "manual": (tag("manualTask", loop("=loopCounter < 2"), id="m"), None),
    "job": (service("m", inner=loop("=loopCounter < 2")), lambda game: game.complete("m")),
    "call": (call("m", "child", inner=loop("=loopCounter < 2")), lambda game: game.finish("m")),
    "receive": (
        tag("receiveTask", loop("=loopCounter < 2"), id="m", messageRef="ms"),
        lambda game: game.correlate("m"),
    ),
    "send": (
        tag(
            "sendTask",
            extensions(zeebe("publishMessage", correlationKey="=key")) + loop("=loopCounter < 2"),
            id="m",
            messageRef="ms",
        ),
        None,
    ),
    "sub-process": (
        sub("m", loop("=loopCounter < 2"), start("t"), user("u"), end("f"), chain("t", "u", "f")),
        lambda game: game.complete("u"),
    ),
}


@pytest.mark.parametrize("kind", LOOPED)
def test_every_kind_of_activity(play, kind):
    element, act = LOOPED[kind]
    game = play(line(element), {"key": "k"})
    for _ in range(2 if act else 0):
        assert game.tasks != ["z"]
        act(game)
    assert game.tasks == ["z"]
    assert game.states("m").count("COMPLETED") == 3  # two rounds and the whole
    assert len(game.step.messages) == (2 if kind == "send" else 0)


@pytest.mark.parametrize("definition", [timer("P1D"), SIGNAL, CATCH_MESSAGE])
def test_an_interrupting_boundary_event_ends_round_and_loop(play, definition):
    game = play(
        line(user("m", inner=loop("=true")), boundary("b", "m", definition), user("h"), chain("b", "h", "e")),
        {"key": "k"},
    )
    game.complete("m")
    wait = [each for each in game.waits if each.element_id == "b"]
    assert len(wait) == 1  # one for the whole loop, not one a round
    {"TimerWait": game.fire, "SignalWait": game.signal, "MessageWait": game.correlate}[type(wait[0]).__name__]("b")
    assert game.open == ["h"]
    assert game.states("m").count("TERMINATED") == 2  # the open round and the loop


def test_a_boundary_event_that_does_not_interrupt_leaves_the_loop(play):
    game = play(
        line(
            user("m", inner=loop("=true", maximum="2")),
            boundary("b", "m", SIGNAL, interrupting=False),
            user("h"),
            chain("b", "h", "e"),
        )
    )
    game.signal("b")
    game.complete("m")
    game.signal("b")
    game.complete("m")
    assert game.open == ["h", "h", "z"]


def test_an_error_in_a_round_ends_the_loop(play):
    game = play(line(service("m", inner=loop("=true")), boundary("b", "m", ERROR), user("h"), chain("b", "h", "e")))
    game.complete("m")
    game.throw("m", "E1")
    assert game.open == ["h"]


def test_terminate_in_a_round_ends_the_round_only(play):
    game = play(
        line(sub("m", loop("=true", maximum="2"), start("t"), user("u"), end("f", TERMINATE), chain("t", "u", "f")))
    )
    game.complete("u")
    assert game.open == ["u"]
    game.complete("u")
    assert game.open == ["z"]


def test_a_loop_in_a_loop_and_around_it_a_way_back(play):
    inner = user("u", inner=loop("", maximum="2"))
    game = play(line(sub("m", loop("", maximum="2"), start("t"), inner, end("f"), chain("t", "u", "f"))))
    for _ in range(4):
        assert game.open == ["u"]
        game.complete("u")
    assert game.open == ["z"]


def test_an_instance_that_is_cancelled_in_a_round_is_gone(play):
    game = play(line(user("m", inner=loop("=true"))))
    game.complete("m")
    game.cancel()
    assert game.step.status == "TERMINATED"
    assert not game.waits


def test_a_loop_that_does_not_wait_and_does_not_end_is_stopped(play):
    with pytest.raises(EngineError, match="too many steps"):
        play(line(counting("=true")))


@pytest.mark.parametrize("language", ["FEEL", "https://www.omg.org/spec/DMN/20191111/FEEL/"])
def test_a_condition_in_feel_needs_no_sign_where_its_language_is_named(play, language):
    named = f"<bpmn:loopCondition language='{language}'>"
    source = line(counting("n < 3").replace("<bpmn:loopCondition>", named))
    assert play(source).step.variables == {"n": D(3)}


def test_a_round_that_an_operator_ends_ends_the_loop(play):
    game = play(line(user("m", inner=loop("=true"))))
    game.complete("m")
    game.modify("z", end=[game.wait("m").id])
    assert game.open == ["z"]
    assert game.states("m").count("TERMINATED") == 2


def test_a_loop_goes_over_to_another_definition_with_its_rounds(play):
    game = play(line(user("m", inner=loop("=true"))))
    game.complete("m")
    for other in (each(), ""):
        assert game.check(line(user("m", inner=other)), {"m": "m"}) == [("LOOP_CHANGED", "m")]
    game.migrate(line(user("m", inner=loop("=loopCounter < 2"))), {"m": "m"})
    game.complete("m")
    assert game.open == ["z"]
