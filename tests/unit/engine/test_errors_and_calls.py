"""Errors and who catches them; call activities."""

from decimal import Decimal

import pytest

from service.engine.types import ActImpossible, EngineError, InstanceState, ThrowError
from tests.unit.engine.builder import (
    ANY_ERROR,
    ERROR,
    boundary,
    call,
    chain,
    end,
    event_sub,
    mapping,
    process,
    service,
    start,
    sub,
    user,
)

D = Decimal


def guarded(*boundaries):
    return process(
        start(),
        service("a"),
        *boundaries,
        user("one"),
        user("any"),
        end(),
        chain("s", "a", "e"),
        chain("b1", "one", "e") if boundaries else chain("one", "e"),
        chain("b2", "any", "e") if len(boundaries) > 1 else chain("any", "e"),
    )


def test_the_code_decides_who_catches(play):
    source = guarded(boundary("b1", "a", ERROR), boundary("b2", "a", ANY_ERROR))
    game = play(source)
    game.throw("a", "E1", {"why": "x"})
    assert game.tasks == ["one"]
    assert game.step.variables == {"why": "x"}
    assert game.states("a") == ["ACTIVE", "TERMINATED"]

    game = play(source)
    game.throw("a", "E9")
    assert game.tasks == ["any"]


def test_an_error_goes_outwards_until_somebody_catches_it(play):
    inner = sub("q", start("t2"), service("a"), end("f2"), chain("t2", "a", "f2"), boundary_free())
    outer = sub("p1", start("t"), inner, end("f"), chain("t", "q", "f"))
    game = play(
        process(
            start(), outer, boundary("b", "p1", ERROR), user("h"), end(), chain("s", "p1", "e"), chain("b", "h", "e")
        )
    )
    game.throw("a", "E1")
    assert game.tasks == ["h"]
    assert game.states("q") == ["ACTIVE", "TERMINATED"]


def boundary_free():
    return event_sub(
        "other", '<bpmn:errorEventDefinition errorRef="er2"/>', user("no"), end("oe"), chain("other_start", "no", "oe")
    )


def test_uncaught_in_a_root_is_an_incident(play):
    game = play(guarded())
    with pytest.raises(EngineError) as caught:
        game.throw("a", "E1")
    assert (caught.value.kind, caught.value.element_id) == ("UNHANDLED_ERROR_EVENT", "a")
    assert game.tasks == ["a"]  # nothing happened

    game = play(process(start(), user("u"), end("e", ERROR), chain("s", "u", "e")))
    with pytest.raises(EngineError, match="E1"):
        game.complete("u")


def test_uncaught_in_a_called_instance_ends_it(play):
    game = play(process(start(), user("u"), end("e", ERROR), chain("s", "u", "e")), called=True)
    game.complete("u")
    assert game.step.status is InstanceState.TERMINATED
    assert game.step.error == ("E1", "", {})
    assert not game.waits


def test_a_call_hands_over_and_takes_back(play):
    source = process(
        start(),
        call("c", "=kind", mapping({"k": "=n * 2"}, {"res": "=r"})),
        user("z"),
        end(),
        chain("s", "c", "z", "e"),
    )
    game = play(source, {"n": 4, "kind": "child"})
    wait = game.wait("c")
    assert (wait.process_id, wait.binding, wait.propagate_all) == ("child", "deployment", True)
    assert wait.variables == {"n": D(4), "kind": "child", "k": D(8)}

    game.finish("c", {"r": 99, "junk": 1})

    assert game.step.variables == {"n": D(4), "kind": "child", "res": D(99)}
    assert game.step.closed == (wait.id,)


@pytest.mark.parametrize(("attributes", "back"), [({}, {"r": D(1)}), ({"propagateAllChildVariables": "false"}, {})])
def test_whether_everything_comes_back(play, attributes, back):
    game = play(process(start(), call("c", "child", **attributes), end(), chain("s", "c", "e")))
    game.finish("c", {"r": 1})
    assert game.step.variables == back


def test_only_inputs_go_out_when_asked(play):
    game = play(
        process(
            start(),
            call("c", "child", mapping({"k": "=n"}), propagateAllParentVariables="false"),
            end(),
            chain("s", "c", "e"),
        ),
        {"n": 1, "secret": 2},
    )
    assert game.wait("c").variables == {"k": D(1)}


def test_the_error_of_a_child_is_caught_at_its_call(play):
    game = play(
        process(
            start(),
            call("c", "child"),
            boundary("b", "c", ERROR),
            user("h"),
            end(),
            chain("s", "c", "e"),
            chain("b", "h", "e"),
        )
    )
    call_id = game.wait("c").id
    game.throw("c", "E1")
    assert game.tasks == ["h"]
    assert game.step.closed == (call_id,)
    with pytest.raises(ActImpossible):
        game.do(ThrowError(call_id, "E1"))
