"""Conditional events: when their condition is looked at, and what follows when it becomes true."""

from typing import Any

import pytest

from service.engine.types import EngineError, SetVariables
from service.values import variables as values
from tests.unit.engine.builder import (
    SIGNAL,
    boundary,
    catch,
    chain,
    conditional,
    each,
    end,
    event_sub,
    extensions,
    gateway,
    mapping,
    process,
    script,
    service,
    start,
    sub,
    tag,
    timer,
    user,
)

READY = conditional("=ready")


def put(game: Any, scope: int = 0, *, local: bool = False, **variables: Any) -> None:
    game.do(SetVariables(scope, values(variables), local))


def waiting(definition=READY):
    return process(start(), catch("c", definition), user("a"), end(), chain("s", "c", "a", "e"))


def test_a_condition_is_waited_for(play):
    game = play(waiting())
    assert game.tasks == []
    assert game.waits == ()  # nobody outside has to do anything
    put(game, ready=False)
    assert game.tasks == []
    put(game, ready=True)
    assert game.tasks == ["a"]
    assert game.states("c") == ["ACTIVE", "COMPLETED"]


def test_a_condition_that_is_true_already(play):
    game = play(waiting(), {"ready": True})
    assert game.tasks == ["a"]


@pytest.mark.parametrize("condition", ["=n > 5", "n > 5", "= n > 5 or m > 5", "=order.n > 5"])
def test_what_does_not_exist_yet_is_not_true(play, condition):
    game = play(waiting(conditional(condition)))
    put(game, x=1)
    assert game.tasks == []
    put(game, n=6, order={"n": 6})
    assert game.tasks == ["a"]


def test_a_name_that_might_be_an_entry_of_a_list_counts_too(play):
    game = play(waiting(conditional("=count(rows[score > limit]) > 0")), {"rows": [{"score": 5}], "limit": 9})
    assert game.tasks == []
    put(game, limit=3)
    assert game.tasks == ["a"]


def test_a_condition_that_nobody_can_read_is_an_incident(play):
    with pytest.raises(EngineError) as caught:
        play(waiting(conditional("=n >")))
    assert (caught.value.kind, caught.value.element_id) == ("CONDITION_ERROR", "c")


def test_null_is_not_true(play):
    game = play(waiting(), {"ready": None})
    assert game.tasks == []


@pytest.mark.parametrize("value", ["x", 3])
def test_a_condition_of_another_type_is_an_incident(play, value):
    game = play(waiting(conditional("=n")))
    with pytest.raises(EngineError) as caught:
        put(game, n=value)
    assert (caught.value.kind, caught.value.element_id) == ("CONDITION_ERROR", "c")


def test_a_mistake_in_a_condition_is_an_incident(play):
    game = play(waiting(conditional("=n > 5")))
    with pytest.raises(EngineError) as caught:
        put(game, n="many")
    assert (caught.value.kind, caught.value.element_id) == ("CONDITION_ERROR", "c")


def attached(*, interrupting=True, host=None, condition="=n > 5"):
    return process(
        start(), host or user("a"), boundary("b", "a", conditional(condition), interrupting=interrupting), user("x"),
        end(), chain("s", "a", "e"), chain("b", "x", "e"),
    )  # fmt: skip


def test_an_interrupting_boundary_event(play):
    game = play(attached(), {"n": 1})
    assert game.tasks == ["a"]
    put(game, n=6)
    assert game.tasks == ["x"]
    assert game.states("a") == ["ACTIVE", "TERMINATED"]
    game.complete("x")
    assert game.completed


def test_a_boundary_event_that_does_not_interrupt_happens_at_each_edge(play):
    game = play(attached(interrupting=False), {"n": 1})
    put(game, n=6)
    assert game.tasks == ["a", "x"]
    put(game, n=7)  # still true
    assert game.tasks == ["a", "x"]
    put(game, n=2)
    put(game, n=8)
    assert game.tasks == ["a", "x", "x"]
    game.complete("a")
    game.complete("x")
    game.complete("x")
    assert game.completed


def test_a_boundary_event_whose_condition_holds_from_the_beginning(play):
    game = play(attached(), {"n": 9})
    assert game.tasks == ["x"]
    game = play(attached(interrupting=False), {"n": 9})
    assert game.tasks == ["a", "x"]


def test_an_activity_that_would_be_done_at_once_is_interrupted_before(play):
    game = play(attached(host=script("a", "=n + 100", "n")), {"n": 9})
    assert game.tasks == ["x"]
    assert game.step.variables["n"] == 9


def test_a_boundary_event_sees_the_variables_of_its_activity(play):
    host = user("a", mapping({"own": "=1"}))
    game = play(attached(host=host, condition="=own > 5"))
    put(game, own=9)
    assert game.tasks == ["a"]  # another variable of the same name
    put(game, game.wait("a").id, local=True, own=9)
    assert game.tasks == ["x"]


def test_the_results_of_another_branch(play):
    source = process(
        start(), gateway("parallel", "g"), user("a"), user("o"), boundary("b", "a", conditional("=n > 5")), user("x"),
        end(), chain("s", "g", "a", "e"), chain("g", "o", "e"), chain("b", "x", "e"),
    )  # fmt: skip
    game = play(source)
    game.complete("o", {"n": 6})
    assert game.tasks == ["x"]


def test_what_happens_in_between_counts(play):
    """A script sets and the next one takes back, without anybody waiting: the interruption comes first."""
    inside = sub("a", start("i"), user("u"), script("k", "=9", "n"), script("l", "=0", "n"), end("f"),
                 chain("i", "u", "k", "l", "f"))  # fmt: skip
    game = play(attached(host=inside), {"n": 1})
    game.complete("u")
    assert game.tasks == ["x"]
    assert game.step.variables["n"] == 9
    assert game.states("l") == []


@pytest.mark.parametrize("interrupting", [True, False])
def test_the_start_of_an_event_sub_process(play, interrupting):
    rescue = event_sub("es", conditional("=n > 5"), user("x"), end("f"), chain("es_start", "x", "f"),
                       interrupting=interrupting)  # fmt: skip
    game = play(process(start(), user("a"), end(), chain("s", "a", "e"), rescue), {"n": 1})
    assert game.tasks == ["a"]
    put(game, n=6)
    assert game.tasks == (["x"] if interrupting else ["a", "x"])
    put(game, n=1)
    put(game, n=7)
    assert game.tasks == (["x"] if interrupting else ["a", "x", "x"])
    while game.tasks:
        game.complete(game.tasks[0])
    assert game.completed


def test_an_event_sub_process_whose_condition_holds_from_the_beginning(play):
    rescue = event_sub("es", conditional("=n > 5"), user("x"), end("f"), chain("es_start", "x", "f"))
    game = play(process(start(), user("a"), end(), chain("s", "a", "e"), rescue), {"n": 6})
    assert game.tasks == ["x"]
    assert game.states("a") == []


def test_an_event_sub_process_of_a_sub_process_sees_its_variables(play):
    rescue = event_sub("es", conditional("=own > 5"), user("x"), end("g"), chain("es_start", "x", "g"))
    inside = sub("p1", extensions(mapping({"own": "=1"})), start("i"), user("a"), end("f"), chain("i", "a", "f"),
                 rescue)  # fmt: skip
    game = play(process(start(), inside, end(), chain("s", "p1", "e")))
    game.complete("a", {"own": 6})
    # The sub-process had nothing left to do but to end; interrupting comes first.
    assert game.tasks == ["x"]
    game.complete("x")
    assert game.completed


def test_behind_an_event_based_gateway(play):
    source = process(
        start(), gateway("eventBased", "g"), catch("c", READY), catch("t", timer("PT1H")), user("a"), user("b"), end(),
        chain("s", "g", "c", "a", "e"), chain("g", "t", "b", "e"),
    )  # fmt: skip
    game = play(source)
    put(game, ready=True)
    assert game.open == ["a"]
    game = play(source)
    game.fire("t")
    assert game.open == ["b"]
    put(game, ready=True)
    assert game.open == ["b"]


def test_two_conditions_at_once_the_outer_one_wins(play):
    inside = sub("p1", start("i"), user("a"), boundary("b1", "a", READY), user("x1"), end("f"), chain("i", "a", "f"),
                 chain("b1", "x1", "f"))  # fmt: skip
    source = process(start(), inside, boundary("b2", "p1", READY), user("x2"), end(), chain("s", "p1", "e"),
                     chain("b2", "x2", "e"))  # fmt: skip
    game = play(source)
    put(game, ready=True)
    assert game.tasks == ["x2"]
    assert game.states("b1") == []


def test_on_a_multi_instance_activity(play):
    game = play(attached(host=user("a", inner=each())), {"n": 1})
    game.complete("a", {"n": 9})
    assert game.tasks == ["x"]


def test_a_job_s_result_that_makes_it_true(play):
    game = play(attached(host=service("a")), {"n": 1})
    game.complete("a", {"n": 9})
    assert game.completed  # the activity is done, nothing is attached to it any more


def test_a_condition_beside_a_signal(play):
    game = play(waiting(READY + SIGNAL))
    game.signal("c")
    assert game.tasks == ["a"]
    game = play(waiting(READY + SIGNAL))
    put(game, ready=True)
    assert game.open == ["a"]


def test_cancelling_ends_the_waiting(play):
    game = play(waiting())
    game.cancel()
    assert game.step.status == "TERMINATED"


def test_a_start_of_the_process_is_refused(play):
    from service.engine.model import Unsupported

    with pytest.raises(Unsupported):
        play(process(tag("startEvent", READY, id="s"), end(), chain("s", "e")))
