"""Instances that meet everything, for tests that look at state."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from service.engine.types import ProcessSource, SetVariables
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    COMPENSATE,
    SIGNAL,
    boundary,
    call,
    catch,
    chain,
    conditional,
    each,
    end,
    event_sub,
    flow,
    gateway,
    mapping,
    process,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    undo,
    user,
)
from tests.unit.engine.game import Game

Begin = Callable[..., Game]


def one_of_each() -> ProcessSource:
    """One wait of each kind, scopes, joins and bodies."""
    inside = sub(
        "p1",
        start("t"),
        user("u", mapping({"x": "=1"})),
        end("f"),
        chain("t", "u", "f"),
        event_sub("es", SIGNAL, user("h"), end("he"), chain("es_start", "h", "he"), interrupting=False),
    )
    return process(
        start(),
        gateway("parallel", "g"),
        inside,
        user("m", inner=each(outputCollection="o", outputElement="=i")),
        user("n", inner=each(sequential=True)),
        service("w"),
        call("c", "child"),
        catch("k", CATCH_MESSAGE),
        gateway("parallel", "j"),
        gateway("inclusive", "i"),
        end(),
        boundary("b", "p1", timer("P1D"), interrupting=False),
        end("be"),
        chain("b", "be"),
        chain("s", "g"),
        *(chain("g", task, "j") for task in ("p1", "m", "n", "w")),
        *(chain("g", task, "i") for task in ("c", "k")),
        chain("i", "j", "e"),
    )


def everything(begin: Begin) -> Game:
    """From the first wait of each kind to the end."""
    game = begin(one_of_each(), {"key": "k", "名字": "质量", "n": 3})
    game.complete("w", {"done": True})
    game.complete("m", nth=1)
    game.complete("n")
    game.correlate("k", {"found": [1, None]})
    game.signal("es_start")
    game.fire("b")
    for task in ("h", "u", "m", "m", "n", "n"):
        game.complete(task)
    assert game.open == ["c"]
    game.finish("c")
    return game


def undone(begin: Begin) -> Game:
    """Everything that a state holds of compensation and conditions: runs within runs, what is done, what is awaited."""
    inside = sub(
        "p1",
        start("t"),
        user("u"),
        user("v"),
        end("f"),
        chain("t", "u", "v", "f"),
        undo("u", user("unu", inner=each("=[1,2]", sequential=True), isForCompensation="true")),
        undo("v"),
        each("=[1,2]"),
    )
    source = process(
        start(),
        user("a"),
        inside,
        throw("x", COMPENSATE),
        catch("k", CATCH_MESSAGE + conditional("=n > 5") + timer("P1D") + timer("P2D")),
        end(),
        chain("s", "a", "p1", "x", "k", "e"),
        undo("a"),
        event_sub("es", conditional("=n < 0"), user("h"), end("he"), chain("es_start", "h", "he"), interrupting=False),
    )
    game = begin(source, {"key": "k", "n": 1})
    for task in ("a", "u", "u", "v", "v", "unv", "unu", "unu", "unv", "unu", "unu", "una"):
        game.complete(task)
    game.do(SetVariables(0, {"n": Decimal(-1)}))
    game.complete("h")
    game.do(SetVariables(0, {"n": Decimal(6)}))
    return game


def long_way(begin: Begin, random: Random) -> Game:
    """Numbers, texts and nothing, gathered over a loop with a reminder."""
    source = process(
        start(),
        gateway("exclusive", "m"),
        user("a", mapping(outputs={"total": "=total + score", "notes.last": "=note"})),
        boundary("b", "a", timer(cycle="R/PT6H"), interrupting=False),
        script("r", "=reminders + 1", "reminders"),
        end("be"),
        gateway("exclusive", "x", default="x_e"),
        end(),
        chain("s", "m", "a", "x"),
        chain("b", "r", "be"),
        flow("x", "m", "=total < 500"),
        flow("x", "e"),
    )
    game = begin(source, {"total": 0, "reminders": 0, "notes": {"first": None}})
    while not game.completed:
        if random.random() < 0.3:
            game.fire("b")
        else:
            game.complete("a", {"score": random.randint(1, 999) / 10, "note": "评" * random.randint(0, 5)})
    return game
