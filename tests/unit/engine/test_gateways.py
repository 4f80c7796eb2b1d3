"""Gateways, flows with conditions, joins."""

import pytest

from service.engine.types import EngineError
from tests.unit.engine.builder import catch, chain, end, flow, gateway, link, process, script, start, throw, user


@pytest.mark.parametrize(("n", "taken"), [(1, "a"), (5, "b"), (9, "c")])
def test_exclusive_takes_the_first_that_holds_or_the_default(play, n, taken):
    source = process(
        start(),
        gateway("exclusive", "x", default="x_c"),
        user("a"),
        user("b"),
        user("c"),
        end(),
        chain("s", "x"),
        flow("x", "a", "=n < 3"),
        flow("x", "b", "=n < 7"),
        flow("x", "c"),
        *(chain(task, "e") for task in "abc"),
    )
    game = play(source, {"n": n})

    assert game.tasks == [taken]
    game.complete(taken)
    assert game.completed
    assert game.flows == ["s_x", f"x_{taken}", f"{taken}_e"]


@pytest.mark.parametrize(
    ("condition", "says"),
    [("=n > 5", "n"), ("=null", "null"), ("=1", "true nor false"), ('="yes"', "true nor false"), ("=f(1)", "f")],
)
def test_a_condition_that_is_not_true_or_false_is_an_incident(play, condition, says):
    source = process(
        start(),
        gateway("exclusive", "x", default="x_e"),
        user("a"),
        end(),
        chain("s", "x"),
        flow("x", "a", condition),
        flow("x", "e"),
        chain("a", "e"),
    )

    with pytest.raises(EngineError) as caught:
        play(source)

    assert caught.value.kind == "CONDITION_ERROR"
    assert caught.value.element_id == "x"
    assert says in caught.value.reason


def test_no_condition_and_no_default_is_an_incident(play):
    source = process(
        start(),
        gateway("exclusive", "x"),
        user("a"),
        user("b"),
        end(),
        chain("s", "x"),
        flow("x", "a", "=false"),
        flow("x", "b", "=false"),
        chain("a", "e"),
        chain("b", "e"),
    )
    with pytest.raises(EngineError, match="no default"):
        play(source)


def test_parallel_waits_for_all(play):
    source = process(
        start(),
        gateway("parallel", "g"),
        user("a"),
        user("b"),
        user("c"),
        gateway("parallel", "j"),
        user("z"),
        end(),
        chain("s", "g", "a", "j", "z", "e"),
        chain("g", "b", "j"),
        chain("g", "c", "j"),
    )
    game = play(source)
    assert game.tasks == ["a", "b", "c"]

    game.complete("b")
    game.complete("a")
    assert game.tasks == ["c"]
    game.complete("c")

    assert game.tasks == ["z"]
    assert game.states("j") == ["ACTIVE", "COMPLETED"]


def test_a_parallel_join_that_nobody_can_fill_never_completes_the_instance(play):
    source = process(
        start(),
        gateway("exclusive", "x", default="x_b"),
        user("a"),
        user("b"),
        gateway("parallel", "j"),
        end(),
        chain("s", "x"),
        flow("x", "a", "=true"),
        flow("x", "b"),
        chain("a", "j", "e"),
        chain("b", "j"),
    )
    game = play(source)

    game.complete("a")

    assert game.step.status == "ACTIVE"
    assert not game.waits
    assert game.step.stuck == ("j",)


def test_excess_tokens_stay_for_the_next_time(play):
    source = process(
        start(),
        gateway("parallel", "g"),
        user("a"),
        user("b"),
        user("c"),
        gateway("exclusive", "m"),
        gateway("parallel", "j"),
        user("z"),
        end(),
        chain("s", "g", "a", "m", "j", "z", "e"),
        chain("g", "b", "m"),
        chain("g", "c", "j"),
    )
    game = play(source)

    game.complete("a")
    game.complete("b")
    game.complete("c")

    assert game.tasks == ["z"]
    game.complete("z")
    assert game.step.status == "ACTIVE"  # the second token from a or b waits at the join


def test_inclusive_takes_all_that_hold_and_joins_those(play):
    source = process(
        start(),
        gateway("inclusive", "g", default="g_c"),
        user("a"),
        user("b"),
        user("c"),
        gateway("inclusive", "j"),
        user("z"),
        end(),
        chain("s", "g"),
        flow("g", "a", "=n > 1"),
        flow("g", "b", "=n > 2"),
        flow("g", "c"),
        *(chain(task, "j") for task in "abc"),
        chain("j", "z", "e"),
    )
    for n, tasks in ((0, ["c"]), (2, ["a"]), (3, ["a", "b"])):
        game = play(source, {"n": n})
        assert game.tasks == tasks
        for task in tasks:
            assert "z" not in game.tasks
            game.complete(task)
        assert game.tasks == ["z"]
        game.complete("z")
        assert game.completed


def test_an_inclusive_join_waits_for_who_is_still_on_the_way(play):
    source = process(
        start(),
        gateway("parallel", "g"),
        user("a"),
        user("b"),
        gateway("exclusive", "x", default="x_e2"),
        gateway("inclusive", "j"),
        user("z"),
        end(),
        end("e2"),
        chain("s", "g", "a", "j", "z", "e"),
        chain("g", "b", "x"),
        flow("x", "j", "=go"),
        flow("x", "e2"),
    )
    game = play(source, {"go": False})
    game.complete("a")
    assert game.tasks == ["b"]

    game.complete("b")  # turns off to e2: nobody is to come any more

    assert game.tasks == ["z"]


def test_an_inclusive_join_in_a_loop(play):
    source = process(
        start(),
        gateway("exclusive", "m"),
        gateway("inclusive", "g", default="g_b"),
        user("a"),
        user("b"),
        gateway("inclusive", "j"),
        gateway("exclusive", "x", default="x_e"),
        end(),
        chain("s", "m", "g"),
        flow("g", "a", "=true"),
        flow("g", "b"),
        chain("a", "j"),
        chain("b", "j", "x"),
        flow("x", "m", "=again"),
        flow("x", "e"),
    )
    game = play(source)
    game.complete("a", {"again": True})
    assert game.tasks == ["a"]
    game.complete("a", {"again": False})
    assert game.completed


def test_several_flows_out_of_a_task_are_a_split(play):
    game = play(
        process(start(), user("a"), user("b"), user("c"), end(), chain("s", "a", "b", "e"), chain("a", "c", "e"))
    )
    game.complete("a")
    assert game.tasks == ["b", "c"]
    game.complete("b")
    assert not game.completed
    game.complete("c")
    assert game.completed
    assert {change.element_id for change in game.changes} == {"s", "a", "b", "c", "e"}


@pytest.mark.parametrize(("v", "tasks"), [(0, ["d"]), (2, ["b", "d"]), (9, ["b", "c", "d"])])
def test_conditions_on_flows_out_of_a_task(play, v, tasks):
    game = play(
        process(
            start(),
            user("a"),
            user("b"),
            user("c"),
            user("d"),
            end(),
            chain("s", "a"),
            flow("a", "b", "=v > 1"),
            flow("a", "c", "=v > 5"),
            flow("a", "d"),
            *(chain(task, "e") for task in "bcd"),
        )
    )
    game.complete("a", {"v": v})
    assert game.tasks == tasks


@pytest.mark.parametrize(("v", "tasks"), [(0, ["d"]), (2, ["b"])])
def test_a_default_flow_out_of_a_task(play, v, tasks):
    game = play(
        process(
            start(),
            user("a", default="a_d"),
            user("b"),
            user("d"),
            end(),
            chain("s", "a"),
            flow("a", "b", "=v > 1"),
            flow("a", "d"),
            chain("b", "e"),
            chain("d", "e"),
        )
    )
    game.complete("a", {"v": v})
    assert game.tasks == tasks


def test_a_single_condition_that_fails_is_an_incident(play):
    game = play(
        process(start(), user("a"), user("b"), end(), chain("s", "a"), flow("a", "b", "=false"), chain("b", "e"))
    )
    with pytest.raises(EngineError, match="no condition holds"):
        game.complete("a")


def test_links_lead_to_their_target(play):
    game = play(
        process(
            start(),
            user("a"),
            throw("t", link("L")),
            catch("c", link("L")),
            user("b"),
            end(),
            chain("s", "a", "t"),
            chain("c", "b", "e"),
        )
    )
    game.complete("a")
    assert game.tasks == ["b"]
    assert game.flows == ["s_a", "a_t", "c_b"]
    assert game.states("c") == ["ACTIVE", "COMPLETED"]


def test_two_flows_between_the_same_elements(play):
    game = play(
        process(
            start(),
            gateway("exclusive", "x", default="two"),
            user("a"),
            end(),
            chain("s", "x"),
            flow("x", "a", "=n", id="one"),
            flow("x", "a", id="two"),
            chain("a", "e"),
        ),
        {"n": False},
    )
    assert game.flows == ["s_x", "two"]


def test_a_path_without_an_end_event_ends(play):
    game = play(process(start(), user("a"), chain("s", "a")))
    game.complete("a")
    assert game.completed


def test_a_loop_without_a_wait_is_stopped(play):
    source = process(
        start(),
        gateway("exclusive", "m"),
        script("a", "=1", "n"),
        gateway("exclusive", "x", default="x_m"),
        end(),
        chain("s", "m", "a", "x"),
        flow("x", "m"),
        flow("x", "e", "=n > 5"),
    )
    with pytest.raises(EngineError, match="too many steps") as caught:
        play(source)
    assert caught.value.kind == "UNKNOWN"
