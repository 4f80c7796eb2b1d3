"""Where SpiffWorkflow 3.2.0 is wrong in silence, shown on the library itself, and the same diagram here.

A test that fails after an upgrade says that a correction may go.
"""

from datetime import datetime

import pytest
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.util.task import TaskState

from service.engine.model import Unsupported
from service.engine.types import EngineError, ProcessSource
from tests.unit.engine.builder import (
    COMPENSATE,
    ERROR,
    ESCALATION,
    boundary,
    catch,
    chain,
    end,
    event_sub,
    flow,
    gateway,
    process,
    start,
    sub,
    tag,
    throw,
    timer,
    undo,
    user,
)
from tests.unit.engine.plain_library import complete, done, library


def loop() -> ProcessSource:
    return process(
        start(),
        gateway("exclusive", "m"),
        user("a"),
        gateway("exclusive", "x", default="x_e"),
        end(),
        chain("s", "m", "a", "x"),
        flow("x", "m", "n < 600"),
        flow("x", "e"),
    )


def test_a_long_loop_is_reported_as_completed(play):
    workflow, rounds = library(loop(), n=0), 0
    while workflow.get_next_task(state=TaskState.READY, spec_name="a"):
        rounds += 1
        complete(workflow, "a", n=rounds)
    assert rounds < 600
    assert workflow.is_completed()
    assert "e" not in done(workflow)

    game = play(loop(), {"n": 0})
    for n in range(1, 601):
        game.complete("a", {"n": n})
    assert game.completed
    assert game.states("e") == ["ACTIVE", "COMPLETED"]


def blocks(count: int) -> ProcessSource:
    parts, previous = [], "s"
    for n in range(count):
        parts += [
            gateway("parallel", f"x{n}"),
            user(f"a{n}"),
            user(f"b{n}"),
            gateway("parallel", f"j{n}"),
            chain(previous, f"x{n}", f"a{n}", f"j{n}"),
            chain(f"x{n}", f"b{n}", f"j{n}"),
        ]
        previous = f"j{n}"
    return process(start(), *parts, end(), chain(previous, "e"))


def test_parallel_blocks_in_series_explode(play):
    assert len(library(blocks(8)).tasks) > 1_500  # 4 * 2**n; 32,765 for twelve

    assert len(play(blocks(12)).waits) == 2


def fork() -> ProcessSource:
    return process(
        start(),
        gateway("parallel", "g"),
        user("a"),
        user("b"),
        gateway("parallel", "j"),
        user("z"),
        end(),
        chain("s", "g", "a", "j", "z", "e"),
        chain("g", "b", "j"),
    )


def test_a_branch_overwrites_what_another_has_done(play):
    workflow = library(fork(), score=10)
    complete(workflow, "a", score=87)
    complete(workflow, "b")
    assert workflow.get_next_task(spec_name="z").data["score"] == 10

    game = play(fork(), {"score": 10})
    game.complete("a", {"score": 87})
    game.complete("b")
    assert game.step.variables["score"] == 87


def test_unknown_definitions_become_none(play):
    parts = [start(), user("a"), throw("x", COMPENSATE), user("b"), end(), chain("s", "a", "x", "b", "e")]
    workflow = library(process(*parts))  # it cannot read the boundary event, and lets the throw event pass
    complete(workflow, "a")
    assert "x" in done(workflow)

    game = play(process(*parts, undo("a")))
    game.complete("a")
    assert game.tasks == ["una"]


def test_an_event_sub_process_with_an_error_start_runs_at_once(play):
    handler = event_sub("h", ERROR, user("hu"), end("he"), chain("h_start", "hu", "he"))
    source = process(start(), user("a"), end(), chain("s", "a", "e"), handler)
    workflow = library(source)
    assert workflow.get_next_task(state=TaskState.READY, spec_name="hu")  # beside "a"

    assert play(source).tasks == ["a"]


def test_several_flows_out_of_a_task_are_an_error(play):
    source = process(start(), user("a"), user("b"), user("c"), end(), chain("s", "a", "b", "e"), chain("a", "c", "e"))
    with pytest.raises(ValidationException):
        library(source)

    game = play(source)
    game.complete("a")
    assert game.tasks == ["b", "c"]


def test_conditions_on_flows_out_of_a_task_are_ignored(play):
    source = process(start(), user("a"), user("b"), end(), chain("s", "a"), flow("a", "b", "1 > 2"), chain("b", "e"))
    workflow = library(source)
    complete(workflow, "a")
    assert workflow.get_next_task(state=TaskState.READY, spec_name="b")

    with pytest.raises(EngineError):
        play(source).complete("a")


@pytest.mark.parametrize("nothing", ["None", "0", '""'])
def test_a_condition_that_is_null_counts_as_false(play, nothing):
    def source(condition: str) -> ProcessSource:
        return process(
            start(),
            gateway("exclusive", "x", default="x_e"),
            user("a"),
            end(),
            chain("s", "x"),
            flow("x", "a", condition),
            flow("x", "e"),
            chain("a", "e"),
        )

    assert library(source(nothing)).is_completed()

    with pytest.raises(EngineError):
        play(source(nothing.replace("None", "null")))


def test_ids_and_times_are_random():
    first, second = library(fork()), library(fork())
    assert set(first.tasks).isdisjoint(second.tasks)
    assert first.last_task.last_state_change != second.last_task.last_state_change


def test_a_timer_is_a_python_expression(play):
    source = process(
        start(), catch("t", timer("str(__import__('decimal').Decimal(2)) and 'PT1H'")), end(), chain("s", "t", "e")
    )
    [waiting] = library(source).waiting_events()
    assert datetime.fromisoformat(waiting.value)  # it was run

    with pytest.raises(Unsupported):
        play(source)


def test_a_receive_task_without_a_message_completes_at_once(play):
    source = process(start(), tag("receiveTask", id="r"), end(), chain("s", "r", "e"))
    assert library(source).is_completed()

    with pytest.raises(Unsupported):
        play(source)


def test_an_uncaught_error_ends_quietly(play):
    source = process(start(), user("a"), end("e", ERROR), chain("s", "a", "e"))
    workflow = library(source)
    complete(workflow, "a")
    assert workflow.is_completed()

    with pytest.raises(EngineError):
        play(source).complete("a")


def test_an_interrupting_event_loses_against_work_in_its_scope(play):
    """The escalation interrupts the sub-process, whose remaining events the library runs to the end first."""
    inside = sub("p1", start("t"), throw("x", ESCALATION), throw("n"), end("f"), chain("t", "x", "n", "f"))
    source = process(
        start(),
        inside,
        boundary("b", "p1", ESCALATION),
        user("late"),
        end(),
        chain("s", "p1", "e"),
        chain("b", "late", "e"),
    )
    assert {"n", "f", "p1"} <= done(library(source))

    game = play(source)
    assert game.tasks == ["late"]
    assert game.states("n") == []
    assert game.states("p1") == ["ACTIVE", "TERMINATED"]
