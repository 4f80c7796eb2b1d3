"""Compensation: which handlers run, in which order, what they see, and what waits for them."""

import pytest

from service.engine.types import EngineError, SetVariables
from tests.unit.engine.builder import (
    COMPENSATE,
    ERROR,
    ESCALATION,
    SIGNAL,
    TERMINATE,
    boundary,
    call,
    chain,
    compensate,
    each,
    end,
    event_sub,
    extensions,
    flow,
    gateway,
    mapping,
    process,
    script,
    service,
    start,
    sub,
    throw,
    undo,
    user,
)


def two(thrown=COMPENSATE):
    """a and b, each with a handler, then a throw event."""
    return process(
        start(), user("a"), user("b"), throw("t", thrown), end(), chain("s", "a", "b", "t", "e"), undo("a"), undo("b")
    )  # fmt: skip


def handlers(game):
    """What was compensated, in order."""
    return [c.element_id for c in game.changes if c.element_id.startswith("un") and c.state == "COMPLETED"]


def test_the_newest_activity_is_compensated_first_and_the_throw_waits(play):
    game = play(two())
    game.complete("a")
    game.complete("b")
    assert game.tasks == ["unb"]
    assert game.states("t") == ["ACTIVE"]
    game.complete("unb")
    assert game.tasks == ["una"]
    game.complete("una")
    assert game.completed
    assert handlers(game) == ["unb", "una"]
    assert game.states("t") == ["ACTIVE", "COMPLETED"]
    assert game.states("b_undo") == ["ACTIVE", "COMPLETED"]
    assert game.flows == ["s_a", "a_b", "b_t", "t_e"]


def test_one_activity_by_name(play):
    game = play(two(compensate("a")))
    game.complete("a")
    game.complete("b")
    assert game.tasks == ["una"]
    game.complete("una")
    assert game.completed


def test_a_throw_that_does_not_wait(play):
    source = process(
        start(), user("a"), user("b"), throw("t", compensate(waits=False)), user("c"), end(),
        chain("s", "a", "b", "t", "c", "e"), undo("a"), undo("b"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.complete("b")
    assert game.tasks == ["c", "unb"]
    game.complete("c")
    assert not game.completed  # the handlers belong to the process
    game.complete("unb")
    game.complete("una")
    assert game.completed


def test_an_end_event_compensates_too(play):
    game = play(process(start(), user("a"), end("e", COMPENSATE), chain("s", "a", "e"), undo("a")))
    game.complete("a")
    assert game.tasks == ["una"]
    game.complete("una")
    assert game.completed
    assert game.states("e") == ["ACTIVE", "COMPLETED"]


def test_nothing_to_compensate_is_passed_through(play):
    game = play(process(start(), throw("t", COMPENSATE), user("a"), end(), chain("s", "t", "a", "e"), undo("a")))
    assert game.tasks == ["a"]
    game.complete("a")
    assert game.completed


def test_an_activity_that_is_not_done_is_not_compensated(play):
    source = process(
        start(), gateway("parallel", "g"), user("a"), user("b"), throw("t", COMPENSATE), user("c"), end(),
        chain("s", "g", "a", "t", "c", "e"), chain("g", "b", "e"), undo("a"), undo("b"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    assert game.tasks == ["b", "una"]
    game.complete("una")
    game.complete("b")
    game.complete("c")
    assert game.completed
    assert handlers(game) == ["una"]


def test_an_activity_that_was_interrupted_is_not_compensated(play):
    source = process(
        start(), user("a"), boundary("x", "a", SIGNAL), throw("t", COMPENSATE), end(), chain("s", "a", "e"),
        chain("x", "t", "e"), undo("a"),
    )  # fmt: skip
    game = play(source)
    game.signal("x")
    assert game.completed
    assert handlers(game) == []


def test_each_activity_is_compensated_once(play):
    source = process(
        start(), user("a"), throw("t", COMPENSATE), throw("t2", COMPENSATE), end("e", COMPENSATE),
        chain("s", "a", "t", "t2", "e"), undo("a"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.complete("una")
    assert game.completed
    assert handlers(game) == ["una"]


def test_after_a_loop_every_round_is_compensated(play):
    source = process(
        start(), gateway("exclusive", "m"), user("a"), gateway("exclusive", "x", default="x_t"),
        throw("t", COMPENSATE), end(), chain("s", "m", "a", "x", "t", "e"), flow("x", "m", "=again"), undo("a"),
    )  # fmt: skip
    game = play(source)
    game.complete("a", {"again": True})
    game.complete("a", {"again": True})
    game.complete("a", {"again": False})
    for _ in range(3):
        game.complete("una")
    assert game.completed


def test_an_activity_done_again_after_its_compensation_is_compensated_again(play):
    source = process(
        start(), gateway("exclusive", "m"), user("a"), throw("t", COMPENSATE), gateway("exclusive", "x", default="x_e"),
        end(), chain("s", "m", "a", "t", "x", "e"), flow("x", "m", "=again"), undo("a"),
    )  # fmt: skip
    game = play(source, {"again": True})
    game.complete("a")
    game.complete("una")
    game.complete("a", {"again": False})
    game.complete("una")
    assert game.completed


@pytest.mark.parametrize("sequential", [True, False])
def test_each_instance_of_a_multi_instance_activity(play, sequential):
    handler = service("una", isForCompensation="true")
    source = process(
        start(), user("a", inner=each(sequential=sequential)), throw("t", COMPENSATE), end(), chain("s", "a", "t", "e"),
        undo("a", handler),
    )  # fmt: skip
    game = play(source)
    for _ in range(3):
        game.complete("a")
    assert game.tasks == (["una"] if sequential else ["una"] * 3)
    seen = []
    while game.tasks:
        seen.append((int(game.wait("una").variables["i"]), int(game.wait("una").variables["loopCounter"])))
        game.complete("una")
    assert seen == [(3, 3), (2, 2), (1, 1)]
    assert game.completed


def test_a_multi_instance_activity_that_is_not_done_is_not_compensated(play):
    source = process(
        start(), user("a", inner=each()), boundary("x", "a", SIGNAL), throw("t", COMPENSATE), end(),
        chain("s", "a", "e"), chain("x", "t", "e"), undo("a"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.signal("x")
    assert game.completed


def nested(*more, thrown=COMPENSATE):
    inside = sub("p1", start("i"), user("a"), user("b"), end("f"), chain("i", "a", "b", "f"), undo("a"), *more)
    return process(
        start(), inside, user("c"), throw("t", thrown), end(), chain("s", "p1", "c", "t", "e"), undo("c"),
    )  # fmt: skip


def test_the_activities_of_a_sub_process_that_is_done(play):
    game = play(nested(undo("b")))
    for task in ("a", "b", "c"):
        game.complete(task)
    for task in ("unc", "unb", "una"):
        assert game.tasks == [task]
        game.complete(task)
    assert game.completed


def test_a_sub_process_by_name(play):
    game = play(nested(undo("b"), thrown=compensate("p1")))
    for task in ("a", "b", "c", "unb", "una"):
        game.complete(task)
    assert game.completed


def test_a_sub_process_that_is_running_is_not_compensated(play):
    source = process(
        start(), gateway("parallel", "g"),
        sub("p1", start("i"), user("a"), user("b"), end("f"), chain("i", "a", "b", "f"), undo("a")),
        user("c"), throw("t", COMPENSATE), end(), chain("s", "g", "p1", "e"), chain("g", "c", "t", "e"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.complete("c")
    assert game.tasks == ["b"]
    game.complete("b")
    assert game.completed


def test_a_throw_in_a_sub_process_compensates_that_only(play):
    inside = sub(
        "p1", start("i"), user("b"), throw("t", COMPENSATE), end("f"), chain("i", "b", "t", "f"), undo("b")
    )  # fmt: skip
    game = play(process(start(), user("a"), inside, user("c"), end(), chain("s", "a", "p1", "c", "e"), undo("a")))
    for task in ("a", "b", "unb"):
        game.complete(task)
    assert game.tasks == ["c"]
    game.complete("c")
    assert game.completed


def test_a_handler_of_the_sub_process_itself_replaces_those_inside(play):
    inside = sub("p1", start("i"), user("a"), end("f"), chain("i", "a", "f"), undo("a"))
    game = play(
        process(start(), inside, throw("t", COMPENSATE), end(), chain("s", "p1", "t", "e"), undo("p1"))
    )  # fmt: skip
    game.complete("a")
    assert game.tasks == ["unp1"]
    game.complete("unp1")
    assert game.completed


def test_a_compensation_event_sub_process_replaces_the_default(play):
    own = event_sub("es", COMPENSATE, user("x"), throw("t2", compensate("a")), user("y"), end("g"),
                    chain("es_start", "x", "t2", "y", "g"))  # fmt: skip
    game = play(nested(undo("b"), own))
    for task in ("a", "b", "c", "unc", "x", "una", "y"):
        assert game.tasks == [task]
        game.complete(task)
    assert game.completed
    assert game.states("es") == ["ACTIVE", "COMPLETED"]


def test_handlers_inside_a_sub_process_see_its_variables_as_they_were(play):
    inside = sub(
        "p1", extensions(mapping({"n": "=order", "own": "=1"})), start("i"), user("a"), end("f"), chain("i", "a", "f"),
        undo("a", service("una", mapping(outputs={"undone": "=n"}), isForCompensation="true")),
    )  # fmt: skip
    game = play(
        process(start(), inside, user("b"), throw("t", COMPENSATE), end(), chain("s", "p1", "b", "t", "e")),
        {"order": 7, "now": 1},
    )
    game.complete("a", {"own": 2})
    game.complete("b", {"order": 8, "now": 2})
    seen = game.wait("una").variables
    assert {name: int(value) for name, value in seen.items()} == {"n": 7, "own": 2, "order": 8, "now": 2}
    game.complete("una")
    assert game.step.variables["undone"] == 7


def test_a_multi_instance_sub_process(play):
    inside = sub("p1", start("i0"), user("a"), user("b"), end("f"), chain("i0", "a", "b", "f"),
                 undo("a", service("una", isForCompensation="true")), undo("b"), each("=[1,2]"))  # fmt: skip
    game = play(process(start(), inside, throw("t", COMPENSATE), end(), chain("s", "p1", "t", "e")))
    for _ in range(2):
        game.complete("a")
    for _ in range(2):
        game.complete("b")
    assert game.tasks == ["unb", "unb"]  # the instances at once, each of them backwards
    game.complete("unb")
    assert game.tasks == ["una", "unb"]
    assert game.wait("una").variables["i"] == 2
    game.complete("una")
    game.complete("unb")
    game.complete("una")
    assert game.completed


def test_a_called_process_is_compensated_by_its_handler(play):
    source = process(
        start(), call("a", "child"), throw("t", COMPENSATE), end(), chain("s", "a", "t", "e"),
        undo("a", call("una", "undo_child").replace('id="una"', 'id="una" isForCompensation="true"')),
    )  # fmt: skip
    game = play(source)
    game.finish("a", {"number": 3})
    assert game.wait("una").variables == {"number": 3}
    game.finish("una")
    assert game.completed


def test_a_sub_process_as_handler(play):
    handler = sub("una", start("h"), user("x"), script("y", "=n + 1", "n"), end("k"), chain("h", "x", "y", "k"),
                  isForCompensation="true")  # fmt: skip
    game = play(
        process(start(), user("a"), throw("t", COMPENSATE), user("z"), end(), chain("s", "a", "t", "z", "e"),
                undo("a", handler)), {"n": 1},
    )  # fmt: skip
    game.complete("a")
    game.complete("x")
    assert game.tasks == ["z"]
    assert game.step.variables["n"] == 2


def test_a_multi_instance_handler(play):
    handler = user("una", inner=each(sequential=True), isForCompensation="true")
    game = play(process(start(), user("a"), throw("t", COMPENSATE), end(), chain("s", "a", "t", "e"),
                        undo("a", handler)))  # fmt: skip
    game.complete("a")
    for _ in range(3):
        game.complete("una")
    assert game.completed


def test_an_error_event_sub_process_compensates_the_scope_around_it(play):
    rescue = event_sub("es", ERROR, throw("t", COMPENSATE), end("g"), chain("es_start", "t", "g"))
    inside = sub("p1", start("i"), user("b"), service("c"), end("f"), chain("i", "b", "c", "f"), undo("b"), rescue)
    game = play(process(start(), user("a"), inside, user("d"), end(), chain("s", "a", "p1", "d", "e"), undo("a")))
    game.complete("a")
    game.complete("b")
    game.throw("c", "E1")
    assert game.tasks == ["unb"]
    game.complete("unb")
    assert game.tasks == ["d"]
    game.complete("d")
    assert game.completed
    assert handlers(game) == ["unb"]


def test_an_event_sub_process_that_does_not_interrupt_compensates_what_is_done(play):
    rescue = event_sub("es", SIGNAL, user("r"), throw("t", COMPENSATE), end("g"), chain("es_start", "r", "t", "g"),
                       undo("r"), interrupting=False)  # fmt: skip
    game = play(process(start(), user("a"), user("b"), end(), chain("s", "a", "b", "e"), undo("a"), undo("b"), rescue))
    game.signal("es_start")
    game.complete("a")
    game.complete("r")
    assert game.tasks == ["b", "unr"]
    game.complete("unr")
    assert game.tasks == ["b", "una"]
    game.complete("b")
    game.complete("una")
    assert game.completed


def test_an_error_handler_compensates_what_was_done_before(play):
    inside = sub("p1", start("i"), user("b"), service("c"), end("f"), chain("i", "b", "c", "f"), undo("b"))
    source = process(
        start(), user("a"), inside, boundary("x", "p1", ERROR), throw("t", COMPENSATE), end(),
        chain("s", "a", "p1", "e"), chain("x", "t", "e"), undo("a"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.complete("b")
    game.throw("c", "E1")
    assert game.tasks == ["una"]  # p1 did not complete, so nothing in it is undone
    game.complete("una")
    assert game.completed


def test_an_error_in_a_handler_goes_outwards(play):
    inside = sub(
        "p1", start("i"), user("a"), throw("t", COMPENSATE), end("f"), chain("i", "a", "t", "f"),
        undo("a", service("una", isForCompensation="true")),
    )  # fmt: skip
    game = play(process(start(), inside, boundary("x", "p1", ERROR), user("y"), end(), chain("s", "p1", "e"),
                        chain("x", "y", "e")))  # fmt: skip
    game.complete("a")
    game.throw("una", "E1")
    assert game.tasks == ["y"]
    assert game.states("t") == ["ACTIVE", "TERMINATED"]
    game.complete("y")
    assert game.completed


def test_a_handler_that_is_interrupted_is_over(play):
    handler = service("una", isForCompensation="true") + boundary("x", "una", ERROR) + user("y")
    source = process(
        start(), user("b"), user("a"), throw("t", COMPENSATE), user("z"), end(), chain("s", "b", "a", "t", "z", "e"),
        undo("a", handler), undo("b"), chain("x", "y", "e"),
    )  # fmt: skip
    game = play(source)
    game.complete("b")
    game.complete("a")
    game.throw("una", "E1")
    assert game.tasks == ["unb", "y"]
    game.complete("unb")
    assert game.tasks == ["y", "z"]


def test_cancelling_while_compensating(play):
    game = play(two())
    game.complete("a")
    game.complete("b")
    game.cancel()
    assert game.step.status == "TERMINATED"
    assert game.waits == ()
    assert game.states("unb") == ["ACTIVE", "TERMINATED"]
    assert game.states("t") == ["ACTIVE", "TERMINATED"]


def test_ending_the_scope_while_compensating(play):
    source = process(
        start(), gateway("parallel", "g"), user("a"), throw("t", COMPENSATE), user("b"), end("e", TERMINATE), end("f"),
        chain("s", "g", "a", "t", "f"), chain("g", "b", "e"), undo("a"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.complete("b")
    assert game.completed
    assert game.states("una") == ["ACTIVE", "TERMINATED"]


def test_what_ends_the_thrower_ends_its_handlers(play):
    """The throw event waits in an event sub-process, its handler in the scope around that."""
    rescue = event_sub(
        "es", SIGNAL, gateway("parallel", "k"), throw("t", COMPENSATE), user("r"), end("g", TERMINATE),
        chain("es_start", "k", "t", "g"), chain("k", "r", "g"), interrupting=False,
    )  # fmt: skip
    game = play(process(start(), user("a"), user("b"), end(), chain("s", "a", "b", "e"), undo("a"), rescue))
    game.complete("a")
    game.signal("es_start")
    assert game.tasks == ["b", "r", "una"]
    game.complete("r")
    assert game.tasks == ["b"]
    assert game.states("una") == ["ACTIVE", "TERMINATED"]
    game.complete("b")
    assert game.completed


def test_a_scope_that_ended_before_its_time_forgets(play):
    """Round two of a sub-process does not compensate what round one, which was interrupted, had done."""
    inside = sub("p1", start("i"), user("a"), user("b"), throw("t", COMPENSATE), end("f"),
                 chain("i", "a", "b", "t", "f"), undo("a"))  # fmt: skip
    source = process(
        start(), gateway("exclusive", "m"), inside, boundary("x", "p1", SIGNAL), end(), chain("s", "m", "p1", "e"),
        chain("x", "m"),
    )  # fmt: skip
    game = play(source)
    game.complete("a")
    game.signal("x")
    game.complete("a")
    game.complete("b")
    game.complete("una")
    assert game.completed
    assert handlers(game) == ["una"]


def test_the_handler_s_results_go_out(play):
    handler = script("una", "=n * 2", "n").replace('id="una"', 'id="una" isForCompensation="true"')
    game = play(process(start(), user("a"), throw("t", COMPENSATE), user("z"), end(), chain("s", "a", "t", "z", "e"),
                        undo("a", handler)), {"n": 4})  # fmt: skip
    game.complete("a")
    assert game.step.variables["n"] == 8


def test_an_incident_in_a_handler_leaves_everything_as_it_was(play):
    handler = script("una", "=n * 2", "n").replace('id="una"', 'id="una" isForCompensation="true"')
    game = play(process(start(), user("a"), throw("t", COMPENSATE), end(), chain("s", "a", "t", "e"),
                        undo("a", handler)), {"n": "x"})  # fmt: skip
    with pytest.raises(EngineError):
        game.complete("a")
    assert game.tasks == ["a"]
    game.do(SetVariables(0, {"n": None}))


def test_an_escalation_end_event_in_a_handler(play):
    handler = sub("una", start("h"), end("k", ESCALATION), chain("h", "k"), isForCompensation="true")
    game = play(process(start(), user("a"), throw("t", COMPENSATE), user("z"), end(), chain("s", "a", "t", "z", "e"),
                        undo("a", handler)))  # fmt: skip
    game.complete("a")
    assert [each.code for each in game.step.escalations] == ["X1"]
    assert game.tasks == ["z"]


def test_a_message_task_as_handler_waits(play):
    handler = '<bpmn:receiveTask id="una" messageRef="ms" isForCompensation="true"/>'
    game = play(process(start(), user("a"), throw("t", COMPENSATE), end(), chain("s", "a", "t", "e"),
                        undo("a", handler)), {"key": "k"})  # fmt: skip
    game.complete("a")
    game.correlate("una")
    assert game.completed
