"""Sub-processes and event sub-processes: with every kind of start, interrupting and not."""

from decimal import Decimal

import pytest

from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    ERROR,
    ESCALATION,
    SIGNAL,
    boundary,
    chain,
    end,
    event_sub,
    extensions,
    mapping,
    process,
    script,
    start,
    sub,
    throw,
    timer,
    user,
)

D = Decimal


def handler(definition, *, interrupting=True, extras=""):
    body = [user("h"), end("he"), chain("x_start", "h", "he")]
    return event_sub("x", definition, *body, interrupting=interrupting, extras=extras)


def test_a_sub_process_is_done_when_nothing_is_left_in_it(play):
    inner = sub("q", start("t2"), user("b"), end("f2"), chain("t2", "b", "f2"))
    game = play(
        process(
            start(),
            sub("p1", start("t"), user("a"), inner, end("f"), chain("t", "a", "q", "f")),
            user("z"),
            end(),
            chain("s", "p1", "z", "e"),
        )
    )
    game.complete("a")
    assert game.tasks == ["b"]
    game.complete("b")
    assert game.tasks == ["z"]
    ids = {change.element_id: change for change in game.changes}
    assert ids["b"].scope_id == ids["q"].id
    assert ids["q"].scope_id == ids["p1"].id
    assert ids["p1"].scope_id == 0
    assert game.states("p1") == ["ACTIVE", "COMPLETED"]


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize(
    ("definition", "act"), [(CATCH_MESSAGE, "correlate"), (SIGNAL, "signal"), (timer("P1D"), "fire")]
)
def test_an_event_sub_process_of_the_process(play, definition, act, interrupting):
    game = play(
        process(
            start(),
            user("u"),
            user("v"),
            end(),
            chain("s", "u", "v", "e"),
            handler(definition, interrupting=interrupting),
        ),
        {"key": "k"},
    )
    game.complete("u", {"fresh": 1})

    getattr(game, act)("x_start")

    assert game.tasks == (["h"] if interrupting else ["h", "v"])
    assert game.variables(game.wait("h").id)["fresh"] == 1
    assert {each.element_id: each.type for each in game.changes}["x"] == "EVENT_SUB_PROCESS"
    if not interrupting:
        game.complete("v")
        assert not game.completed
    assert ("x_start" in game.open) == (not interrupting and act != "fire")
    game.complete("h")
    assert game.completed
    assert game.states("v") == ["ACTIVE", "TERMINATED" if interrupting else "COMPLETED"]


def test_a_timer_start_that_repeats(play):
    game = play(
        process(start(), user("u"), end(), chain("s", "u", "e"), handler(timer(cycle="R3/P1D"), interrupting=False))
    )
    for _ in range(3):
        game.fire("x_start")
    assert game.open == ["h", "h", "h", "u"]
    for _ in range(3):
        game.complete("h")
    game.complete("u")
    assert game.completed


def test_an_error_starts_the_event_sub_process_of_its_scope_only_when_thrown(play):
    source = process(start(), user("u"), end("e", ERROR), chain("s", "u", "e"), handler(ERROR))
    game = play(source)
    assert game.tasks == ["u"]
    game.complete("u", {"q": 7})
    assert game.tasks == ["h"]
    assert game.states("e") == ["ACTIVE", "TERMINATED"]
    game.complete("h")
    assert game.completed

    game = play(process(start(), user("u"), end(), chain("s", "u", "e"), handler(ERROR)))
    game.complete("u")
    assert game.completed
    assert game.states("h") == []


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_starts_an_event_sub_process(play, interrupting):
    game = play(
        process(
            start(),
            user("u"),
            throw("t", ESCALATION),
            user("v"),
            end(),
            chain("s", "u", "t", "v", "e"),
            handler(ESCALATION, interrupting=interrupting),
        )
    )
    game.complete("u")
    assert game.tasks == (["h"] if interrupting else ["h", "v"])
    if not interrupting:
        game.complete("v")
        assert not game.completed
    game.complete("h")
    assert game.completed


def test_an_event_sub_process_inside_a_sub_process_ends_only_that(play):
    inside = sub("p1", start("t"), user("u"), end("f"), chain("t", "u", "f"), handler(CATCH_MESSAGE))
    game = play(
        process(
            start(),
            inside,
            boundary("b", "p1", timer("P1D")),
            user("z"),
            end(),
            end("e2"),
            chain("s", "p1", "z", "e"),
            chain("b", "e2"),
        ),
        {"key": "k"},
    )
    assert game.open == ["b", "u", "x_start"]
    game.correlate("x_start", {"m": 1})
    assert game.open == ["b", "h"]
    game.complete("h")
    assert game.open == ["z"]
    assert game.step.variables["m"] == 1


def test_an_interrupted_scope_catches_nothing_more(play):
    """The error of the handler itself goes outwards, not into the other event sub-process of its scope."""
    second = event_sub("y", ERROR, user("never"), end("ye"), chain("y_start", "never", "ye"))
    first = event_sub("x", CATCH_MESSAGE, user("h"), end("he", ERROR), chain("x_start", "h", "he"))
    inside = sub("p1", start("t"), user("u"), end("f"), chain("t", "u", "f"), first, second)
    game = play(
        process(
            start(), inside, boundary("b", "p1", ERROR), user("z"), end(), chain("s", "p1", "e"), chain("b", "z", "e")
        ),
        {"key": "k"},
    )
    game.correlate("x_start")
    game.complete("h")
    assert game.tasks == ["z"]
    assert game.states("never") == []


def test_the_locals_of_a_scope_are_seen_by_its_event_sub_process(play):
    inside = sub(
        "p1",
        extensions(mapping({"local": "=1"})),
        start("t"),
        user("u"),
        end("f"),
        chain("t", "u", "f"),
        event_sub(
            "x",
            SIGNAL,
            script("h", "=local + 1", "local"),
            user("w"),
            end("he"),
            chain("x_start", "h", "w", "he"),
            interrupting=False,
        ),
    )
    game = play(process(start(), inside, end(), chain("s", "p1", "e")))
    game.signal("x_start")
    assert game.variables(game.wait("u").id) == {"local": D(2)}
    assert game.variables() == {}


def test_start_events_of_event_sub_processes_map_what_came(play):
    game = play(
        process(
            start(),
            user("u"),
            end(),
            chain("s", "u", "e"),
            handler(SIGNAL, extras=extensions(mapping(outputs={"reason": "=raw.text"}))),
        )
    )
    game.signal("x_start", {"raw": {"text": "why"}})
    assert game.step.variables == {"reason": "why"}


def test_a_loop_inside_an_event_sub_process_and_again(play):
    """Non-interrupting event sub-processes run side by side, each with its own scope."""
    body = [user("h", mapping({"mine": "=n"})), end("he"), chain("x_start", "h", "he")]
    game = play(
        process(start(), user("u"), end(), chain("s", "u", "e"), event_sub("x", SIGNAL, *body, interrupting=False)),
        {"n": 0},
    )
    game.signal("x_start", {"n": 1})
    game.signal("x_start", {"n": 2})
    assert [game.variables(game.wait("h", nth).id)["mine"] for nth in (0, 1)] == [D(1), D(2)]
    game.complete("h", nth=1)
    assert game.tasks == ["h", "u"]
