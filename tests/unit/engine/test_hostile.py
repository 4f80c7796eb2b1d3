"""Diagrams and values that are meant to hurt."""

from time import process_time

import pytest

from service.engine.types import EngineError
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    SIGNAL,
    boundary,
    chain,
    each,
    end,
    event_sub,
    flow,
    gateway,
    process,
    script,
    start,
    sub,
    throw,
    user,
)


def line(element):
    return process(start(), element, end(), chain("s", "x", "e"))


@pytest.mark.parametrize(
    "expression",
    [
        "=for a in 1..1000, b in 1..1000, c in 1..1000 return a",
        '=string join(for a in 1..1000000 return "xxxxxxxxxx")',
        "=2 ** 99999999",
        "=" + "(" * 1900 + "1" + ")" * 1900,
        "=__proto__.constructor",
        "=random number()",
        '=matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")',
        "=" + "1+" * 3000 + "1",
    ],
)
def test_an_expression_that_never_ends_is_an_incident(play, expression):
    with pytest.raises(EngineError) as caught:
        play(line(script("x", expression, "r")))
    assert caught.value.element_id == "x"
    assert play(line(script("x", "=1 + 1", "r"))).step.variables == {"r": 2}


def test_python_in_a_diagram_is_text(play):
    with pytest.raises(EngineError):
        play(line(script("x", "=__import__('os').system('true')", "r")))


def test_sub_processes_in_sub_processes(play):
    inner = user("u")
    name = "u"
    for level in range(40):
        inner = sub(f"p{level}", start(f"s{level}"), inner, end(f"e{level}"), chain(f"s{level}", name, f"e{level}"))
        name = f"p{level}"
    game = play(process(start(), inner, end(), chain("s", name, "e")))
    assert game.tasks == ["u"]
    game.complete("u")
    assert game.completed


def test_a_thousand_elements_in_a_row(play):
    ids = [f"n{n}" for n in range(1000)]
    begun = process_time()
    game = play(process(start(), *map(throw, ids), user("u"), end(), chain("s", *ids, "u", "e")))
    assert game.tasks == ["u"]
    assert process_time() - begun < 5


def test_a_collection_that_is_too_long(play):
    with pytest.raises(EngineError, match="too many steps"):
        play(line(user("x", inner=each("=for n in 1..11000 return n"))))


def test_two_hundred_branches(play):
    ids = [f"n{n}" for n in range(200)]
    game = play(
        process(
            start(),
            gateway("inclusive", "g"),
            *map(user, ids),
            gateway("inclusive", "j"),
            end(),
            chain("s", "g"),
            *(flow("g", id, "=true") + chain(id, "j") for id in ids),
            chain("j", "e"),
        )
    )
    assert len(game.waits) == 200
    for id in ids[:5]:
        game.complete(id)
    assert len(game.waits) == 195


def test_a_message_that_starts_itself_without_end(play):
    """Two hundred handlers side by side, each with its own scope."""
    body = [user("h"), end("he"), chain("x_start", "h", "he")]
    game = play(
        process(
            start(), user("u"), end(), chain("s", "u", "e"), event_sub("x", CATCH_MESSAGE, *body, interrupting=False)
        ),
        {"key": "k"},
    )
    for _ in range(100):
        game.correlate("x_start")
    assert game.tasks == ["h"] * 100 + ["u"]
    assert len(game.step.state) < 3_000


def test_a_signal_that_begins_itself_is_stopped(play):
    body = [throw("again", SIGNAL), end("he"), chain("x_start", "again", "he")]
    handler = event_sub("x", SIGNAL, *body, interrupting=False)
    with pytest.raises(EngineError, match="too many steps"):
        play(process(start(), throw("t", SIGNAL), end(), chain("s", "t", "e"), handler))


def test_many_boundary_events(play):
    events = [boundary(f"b{n}", "x", CATCH_MESSAGE, interrupting=False) for n in range(200)]
    ways = [end(f"e{n}") + chain(f"b{n}", f"e{n}") for n in range(200)]
    game = play(process(start(), user("x"), *events, *ways, end(), chain("s", "x", "e")), {"key": "k"})
    game.correlate("b199")
    game.complete("x")
    assert game.completed
