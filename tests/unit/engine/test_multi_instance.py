"""Multi-instance activities: at once and one after the other, over tasks, jobs, sub-processes and calls."""

from decimal import Decimal

import pytest

from service.engine.types import EngineError
from tests.unit.engine.builder import (
    ERROR,
    SIGNAL,
    TERMINATE,
    boundary,
    call,
    chain,
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
    zeebe,
)

D = Decimal
COLLECT = {"outputCollection": "o", "outputElement": "=i * 10"}


def line(element):
    return process(start(), element, user("z"), end(), chain("s", "m", "z", "e"))


def body_of(game):
    return next(change.id for change in game.changes if change.type == "MULTI_INSTANCE_BODY")


def test_all_at_once(play):
    game = play(line(user("m", mapping({"twice": "=i * 2"}), inner=each(**COLLECT))))
    assert game.tasks == ["m", "m", "m"]
    first, second, _ = game.waits
    assert game.variables(second.id) == {"i": D(2), "loopCounter": D(2), "twice": D(4), "o": [None, None, None]}

    game.complete("m", nth=1)
    assert game.variables(first.id)["o"] == [None, D(20), None]
    assert game.variables() == {}
    game.complete("m", nth=1)
    game.complete("m")

    assert game.tasks == ["z"]
    assert game.step.variables == {"o": [D(10), D(20), D(30)]}
    types = [(change.type, change.state.value) for change in game.changes if change.element_id == "m"]
    assert types[0] == ("MULTI_INSTANCE_BODY", "ACTIVE")
    assert types[1:4] == [("USER_TASK", "ACTIVE")] * 3
    assert types[-1] == ("MULTI_INSTANCE_BODY", "COMPLETED")
    assert {change.scope_id for change in game.changes if change.type == "USER_TASK" and change.element_id == "m"} == {
        body_of(game)
    }


def test_one_after_the_other(play):
    game = play(line(user("m", inner=each(sequential=True, outputCollection="o", outputElement="=i * 10 + v"))))
    for round in range(3):
        assert game.tasks == ["m"]
        assert game.variables(game.wait("m").id)["loopCounter"] == round + 1
        game.complete("m", {"v": round})
    assert game.tasks == ["z"]
    assert game.step.variables == {"o": [D(10), D(21), D(32)], "v": D(2)}


@pytest.mark.parametrize("sequential", [True, False])
def test_it_stops_when_the_completion_condition_holds(play, sequential):
    condition = "=numberOfCompletedInstances >= 2 and count(o[item != null]) = numberOfCompletedInstances"
    game = play(line(user("m", inner=each(sequential=sequential, condition=condition, **COLLECT))))
    game.complete("m")
    game.complete("m")
    assert game.tasks == ["z"]
    assert game.step.variables == {"o": [D(10), D(20), None]}
    if not sequential:
        assert game.states("m").count("TERMINATED") == 1


def test_the_numbers_that_a_completion_condition_reads(play):
    condition = (
        "=numberOfInstances = 3 and numberOfActiveInstances = 1 and numberOfCompletedInstances = 2 "
        "and numberOfTerminatedInstances = 0 and loopCounter = 3"
    )
    game = play(line(user("m", inner=each(condition=condition))))
    game.complete("m")
    assert game.tasks == ["m", "m"]
    game.complete("m", nth=1)
    assert game.tasks == ["z"]


def test_the_condition_sees_the_variables_of_the_child_that_has_just_ended(play):
    game = play(line(user("m", mapping({"mine": "=i"}, {"seen": "=verdict"}), inner=each(condition="=mine = 2"))))
    game.complete("m", {"verdict": "x"})
    assert game.tasks == ["m", "m"]
    game.complete("m", {"verdict": "y"})
    assert game.tasks == ["z"]
    assert game.step.variables == {"seen": "y"}


def test_a_condition_that_is_null_is_an_incident(play):
    game = play(line(user("m", inner=each(condition="=null"))))
    with pytest.raises(EngineError) as caught:
        game.complete("m")
    assert (caught.value.kind, caught.value.element_id) == ("CONDITION_ERROR", "m")


@pytest.mark.parametrize("sequential", [True, False])
def test_nothing_to_do(play, sequential):
    game = play(line(user("m", inner=each("=[]", sequential=sequential, **COLLECT))))
    assert game.tasks == ["z"]
    assert game.step.variables == {"o": []}


@pytest.mark.parametrize("collection", ["=null", "=5", "=missing"])
def test_a_collection_that_is_none_is_an_incident(play, collection):
    with pytest.raises(EngineError) as caught:
        play(line(user("m", inner=each(collection))))
    assert caught.value.kind == "EXTRACT_VALUE_ERROR"


@pytest.mark.parametrize("sequential", [True, False])
def test_jobs(play, sequential):
    game = play(line(service("m", mapping({"x": "=i"}), inner=each(sequential=sequential, **COLLECT))))
    assert game.wait("m").variables["x"] == 1
    for _ in range(3):
        game.complete("m")
    assert game.tasks == ["z"]
    assert game.step.variables["o"] == [D(10), D(20), D(30)]


@pytest.mark.parametrize("sequential", [True, False])
def test_sub_processes(play, sequential):
    inner = each(sequential=sequential, outputCollection="o", outputElement="=x + i")
    body = sub("m", inner, start("t"), user("u", mapping(outputs={"x": "=v * 100"})), end("f"), chain("t", "u", "f"))
    game = play(line(body.replace("<bpmn:startEvent", io({"x": "=0"}) + "<bpmn:startEvent", 1)))
    for n in (1, 2, 3):
        game.complete("u", {"v": n})
    assert game.tasks == ["z"]
    assert game.step.variables == {"o": [D(101), D(202), D(303)]}


def io(inputs):
    return f"<bpmn:extensionElements>{mapping(inputs)}</bpmn:extensionElements>"


@pytest.mark.parametrize("sequential", [True, False])
def test_calls(play, sequential):
    inner = each(sequential=sequential, outputCollection="o", outputElement="=r")
    game = play(
        line(
            call(
                "m",
                "child",
                mapping({"case": "=i"}, {"r": "=result"}),
                inner=inner,
                propagateAllParentVariables="false",
            )
        )
    )
    assert game.wait("m").variables == {"i": D(1), "loopCounter": D(1), "case": D(1), "r": None}
    for n in (1, 2, 3):
        game.finish("m", {"result": f"K{n}"})
    assert game.tasks == ["z"]
    assert game.step.variables["o"] == ["K1", "K2", "K3"]


def test_a_boundary_event_ends_them_all(play):
    game = play(
        process(
            start(),
            user("m", inner=each(**COLLECT)),
            boundary("b", "m", timer("P3D")),
            user("late"),
            end(),
            chain("s", "m", "e"),
            chain("b", "late", "e"),
        )
    )
    game.complete("m")
    game.fire("b")
    assert game.open == ["late"]
    assert game.states("m").count("TERMINATED") == 3  # two tasks and the body
    assert game.step.variables == {}


def test_an_error_of_one_child_is_caught_at_the_body(play):
    game = play(
        process(
            start(),
            service("m", inner=each()),
            boundary("b", "m", ERROR),
            user("h"),
            end(),
            chain("s", "m", "e"),
            chain("b", "h", "e"),
        )
    )
    game.throw("m", "E1", {"why": 1})
    assert game.open == ["h"]
    assert game.step.variables == {"why": D(1)}


def test_terminate_and_event_sub_processes_stay_within_one_child(play):
    handler = event_sub("x", SIGNAL, user("h"), end("he"), chain("x_start", "h", "he"))
    game = play(line(sub("m", each(), start("t"), user("u"), end("f"), chain("t", "u", "f"), handler)))
    assert game.open == ["u", "u", "u", "x_start", "x_start", "x_start"]
    game.signal("x_start")
    assert game.open == ["h", "u", "u", "x_start", "x_start"]


def test_nested_multi_instance(play):
    inner = user("u", inner=each("=outer", outputCollection="p", outputElement="=i + outer[1]"))
    body = sub(
        "m",
        each("=[[1,2],[3]]", outputCollection="o", outputElement="=p").replace(
            'inputElement="i"', 'inputElement="outer"'
        ),
        io({"p": "=null"}),
        start("t"),
        inner,
        end("f"),
        chain("t", "u", "f"),
    )
    game = play(line(body))
    for _ in range(3):
        game.complete("u")
    assert game.step.variables == {"o": [[D(2), D(3)], [D(6)]]}


def test_a_loop_back_through_a_multi_instance(play):
    """A completed body with an existing list in the way: the second round begins afresh."""
    game = play(
        process(
            start(),
            gateway("exclusive", "g"),
            user("m", inner=each("=todo", **COLLECT)),
            user("z"),
            gateway("exclusive", "x", default="x_e"),
            end(),
            chain("s", "g", "m", "z", "x"),
            '<bpmn:sequenceFlow id="x_g" sourceRef="x" targetRef="g"><bpmn:conditionExpression>=again'
            "</bpmn:conditionExpression></bpmn:sequenceFlow>",
            chain("x", "e"),
        ),
        {"todo": [1, 2]},
    )
    game.complete("m")
    game.complete("m")
    game.complete("z", {"again": True, "todo": [5]})
    assert game.tasks == ["m"]
    game.complete("m")
    assert game.step.variables["o"] == [D(50)]
    game.complete("z", {"again": False})
    assert game.completed


def test_three_hundred_calls_stay_cheap(play):
    game = play(
        line(
            call(
                "m",
                "child",
                inner=each("=for n in 1..300 return n", outputCollection="o", outputElement="=i"),
                propagateAllParentVariables="false",
            )
        )
    )
    assert len(game.waits) == 300
    assert len(game.step.state) < 14_000
    game.finish("m", nth=299)
    assert game.variables(game.wait("m").id)["o"][299] == 300


def test_scripts_for_each(play):
    game = play(
        line(
            script("m", "=i * i", "square").replace(
                "</bpmn:scriptTask>", each(outputCollection="o", outputElement="=square") + "</bpmn:scriptTask>"
            )
        )
    )
    assert game.step.variables["o"] == [D(1), D(4), D(9)]


def counted(cardinality, *, sequential=False, more=""):
    inner = tag("loopCardinality", cardinality) + more
    return tag("multiInstanceLoopCharacteristics", inner, isSequential=str(sequential).lower())


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("cardinality", ["3", "=3", "=n", "= n + 0"])
def test_a_number_of_instances(play, cardinality, sequential):
    game = play(
        line(user("m", mapping({"mine": "=loopCounter"}), inner=counted(cardinality, sequential=sequential))), {"n": 3}
    )
    for n in (1, 2, 3):
        assert game.tasks == ["m"] * (1 if sequential else 4 - n)
        assert game.variables(game.wait("m").id) == {"n": D(3), "mine": D(n), "loopCounter": D(n)}
        game.complete("m")
    assert game.tasks == ["z"]


@pytest.mark.parametrize("sequential", [True, False])
def test_no_instance_at_all(play, sequential):
    assert play(line(user("m", inner=counted("0", sequential=sequential)))).tasks == ["z"]


@pytest.mark.parametrize("cardinality", ["=-1", "=2.5", "=null", '="3"', "=10001", "=missing"])
def test_a_number_that_is_none_is_an_incident(play, cardinality):
    with pytest.raises(EngineError) as caught:
        play(line(user("m", inner=counted(cardinality))))
    assert (caught.value.kind, caught.value.element_id) == ("EXTRACT_VALUE_ERROR", "m")


def test_a_number_of_instances_with_results_and_a_condition(play):
    more = tag("completionCondition", "=count(o[item = true]) = 2")
    collected = extensions(zeebe("loopCharacteristics", outputCollection="o", outputElement="=vote"))
    game = play(line(user("m", mapping({"vote": "=null"}), inner=counted("5", more=collected + more))))
    for vote in (True, False, True):
        game.complete("m", {"vote": vote}, nth=1)
    assert game.tasks == ["z"]
    assert game.step.variables == {"o": [None, True, False, True, None]}


KINDS = {
    "task": (lambda loop: tag("task", loop, id="m"), None),
    "manual task": (lambda loop: tag("manualTask", loop, id="m"), None),
    "user task": (lambda loop: user("m", inner=loop), lambda game: game.complete("m")),
    "job": (lambda loop: service("m", inner=loop), lambda game: game.complete("m")),
    "call": (lambda loop: call("m", "child", inner=loop), lambda game: game.finish("m")),
    "receive": (
        lambda loop: tag("receiveTask", loop, id="m", messageRef="ms"),
        lambda game: game.correlate("m"),
    ),
    "send": (
        lambda loop: tag(
            "sendTask", extensions(zeebe("publishMessage", correlationKey="=i")) + loop, id="m", messageRef="ms"
        ),
        None,
    ),
    "decision": (
        lambda loop: tag("businessRuleTask", extensions(zeebe("taskDefinition", type="rules")) + loop, id="m"),
        lambda game: game.complete("m"),
    ),
    "sub-process": (
        lambda loop: sub("m", loop, start("t"), user("u"), end("f"), chain("t", "u", "f")),
        lambda game: game.complete("u"),
    ),
}


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_activity(play, kind, sequential):
    make, act = KINDS[kind]
    loop = each('=["a","b","c"]', sequential=sequential, outputCollection="o", outputElement="=i")
    game = play(line(make(loop)), {"key": "k"})
    for _ in range(3 if act else 0):
        assert game.tasks != ["z"]
        act(game)
    assert game.tasks == ["z"]
    assert game.step.variables["o"] == ["a", "b", "c"]
    assert game.states("m").count("COMPLETED") == 4


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("kind", [name for name, (_, act) in KINDS.items() if act])
def test_every_kind_of_activity_is_ended_by_its_boundary_event(play, kind, sequential):
    make, act = KINDS[kind]
    loop = each('=["a","b","c"]', sequential=sequential, outputCollection="o", outputElement="=i")
    parts = make(loop), boundary("b", "m", SIGNAL), user("h"), boundary("n", "m", timer("PT1H"), interrupting=False)
    game = play(
        process(start(), *parts, end(), chain("s", "m", "e"), chain("b", "h", "e"), chain("n", "e")), {"key": "k"}
    )
    act(game)
    game.fire("n")
    game.signal("b")
    assert game.open == ["h"]
    assert game.states("m").count("TERMINATED") == (2 if sequential else 3)


@pytest.mark.parametrize("sequential", [True, False])
def test_terminate_ends_one_child_only(play, sequential):
    loop = each(sequential=sequential)
    body = sub(
        "m", loop, start("t"), gateway("parallel", "g"), user("u"), user("v"), end("f", TERMINATE), end("f2"),
        chain("t", "g", "u", "f"), chain("g", "v", "f2"),
    )  # fmt: skip
    game = play(line(body))
    for left in (2, 1, 0):
        game.complete("u")
        assert game.tasks == (
            ["z"] if not left else ["u", "v"] * (1 if sequential else 0) or ["u"] * left + ["v"] * left
        )


def test_terminate_of_the_process_ends_all_children(play):
    parts = gateway("parallel", "g"), user("m", inner=each()), user("t"), end("x", TERMINATE), end()
    game = play(process(start(), *parts, chain("s", "g", "m", "e"), chain("g", "t", "x")))
    game.complete("m")
    game.complete("t")
    assert game.completed
    assert game.states("m").count("TERMINATED") == 3
