"""Whose variable is whose: scopes, mappings, propagation, limits."""

from decimal import Decimal

import pytest

from service.engine.types import ActImpossible, CompleteTask, EngineError, SetVariables
from tests.unit.engine.builder import chain, end, mapping, process, script, service, start, sub, user

D = Decimal


def line(*elements, ids):
    return process(start(), *elements, end(), chain("s", *ids, "e"))


def test_what_a_task_brings_becomes_a_process_variable(play):
    game = play(line(user("a"), ids=["a"]), {"n": 1})

    game.complete("a", {"n": 2, "m": {"x": [1.5, None, True]}})

    assert game.step.variables == {"n": D(2), "m": {"x": [D("1.5"), None, True]}}


def test_inputs_are_local_and_see_earlier_ones(play):
    game = play(line(user("a", mapping({"x": "=n + 1", "y": "=x * 10"})), user("b"), ids=["a", "b"]), {"n": 1})
    task = game.wait("a")

    assert game.variables(task.id) == {"n": D(1), "x": D(2), "y": D(20)}
    assert game.variables() == {"n": D(1)}

    game.complete("a", {"x": 99, "z": 5})

    assert game.step.variables == {"n": D(1), "z": D(5)}


def test_with_outputs_only_their_targets_leave(play):
    game = play(line(user("a", mapping(outputs={"total": "=p + q", "double": "=total * 2"})), ids=["a"]), {"p": 0})

    game.complete("a", {"p": 1, "q": 2})

    assert game.step.variables == {"p": D(0), "total": D(3), "double": D(6)}


def test_a_literal_mapping_is_a_text(play):
    game = play(line(user("a", mapping({"x": "plain words"})), ids=["a"]))

    assert game.variables(game.wait("a").id) == {"x": "plain words"}


def test_dotted_targets_set_entries_and_keep_the_others(play):
    game = play(
        line(user("a", mapping({"given.a": "=1", "given.b": "=2"}, {"case.total": "=given.a + given.b"})), ids=["a"]),
        {"case": {"id": "K1"}},
    )
    assert game.variables(game.wait("a").id)["given"] == {"a": D(1), "b": D(2)}

    game.complete("a")

    assert game.step.variables == {"case": {"id": "K1", "total": D(3)}}


def test_a_script_in_a_sub_process_writes_where_the_name_exists(play):
    body = [
        start("t"),
        user("b", mapping({"own": "=1"})),
        script("c", "=local + 1", "local"),
        script("d", "=1", "fresh"),
        end("f"),
        chain("t", "b", "c", "d", "f"),
    ]
    source = line(sub("a", mapped(mapping({"local": "=10"}, {"result": "=local"})), *body), user("z"), ids=["a", "z"])
    game = play(source)

    game.complete("b")

    assert game.step.variables == {"fresh": D(1), "result": D(11)}


def mapped(io):
    return f"<bpmn:extensionElements>{io}</bpmn:extensionElements>"


def test_a_sub_process_without_outputs_takes_its_locals_with_it(play):
    body = [start("t"), user("b"), end("f"), chain("t", "b", "f")]
    game = play(line(sub("a", mapped(mapping({"local": "=10"})), *body), ids=["a"]))

    game.complete("b", {"local": 11, "other": 1})

    assert game.step.variables == {"other": D(1)}


def test_a_job_sees_its_inputs_or_else_everything(play):
    game = play(line(service("a"), ids=["a"]), {"n": 1})
    assert game.wait("a").variables == {"n": D(1)}

    game = play(line(service("a", mapping({"x": "=n"})), ids=["a"]), {"n": 1})
    assert game.wait("a").variables == {"x": D(1)}


def test_parallel_branches_do_not_overwrite_each_other(play):
    from tests.unit.engine.builder import gateway

    source = process(
        start(),
        gateway("parallel", "g"),
        user("a"),
        user("b"),
        gateway("parallel", "j"),
        end(),
        chain("s", "g", "a", "j", "e"),
        chain("g", "b", "j"),
    )
    game = play(source, {"score": 10})

    game.complete("a", {"score": 87})
    game.complete("b", {"other": 1})

    assert game.step.variables == {"score": D(87), "other": D(1)}


def test_an_operator_writes_into_a_scope_or_where_the_name_exists(play):
    game = play(line(user("a", mapping({"x": "=1"})), ids=["a"]), {"n": 1})
    task = game.wait("a").id

    game.do(SetVariables(task, {"x": D(2), "n": D(3)}))
    game.do(SetVariables(task, {"n": D(4)}, local=True))

    assert game.variables(task) == {"x": D(2), "n": D(4)}
    assert game.variables() == {"n": D(3)}
    with pytest.raises(ActImpossible):
        game.do(SetVariables(999, {"n": D(3)}))


def test_a_change_is_reported_once_and_only_if_it_is_one(play):
    game = play(line(user("a"), user("b"), ids=["a", "b"]), {"n": 1, "m": 1})

    step = game.complete("a", {"n": 1, "m": 2})

    assert [(change.scope_id, change.name, change.value) for change in step.set_variables] == [(0, "m", D(2))]


def test_an_unknown_variable_in_a_mapping_is_an_incident(play):
    with pytest.raises(EngineError) as caught:
        play(line(user("a", mapping({"x": "=missing + 1"})), ids=["a"]))

    assert (caught.value.kind, caught.value.element_id) == ("IO_MAPPING_ERROR", "a")
    assert caught.value.expression == "=missing + 1"


@pytest.mark.parametrize(("count", "size"), [(1, 256_001), (5, 240_000)])
def test_variables_have_a_size(play, count, size):
    game = play(line(user("a"), ids=["a"]))
    state = game.step.state

    with pytest.raises(EngineError) as caught:
        game.complete("a", {f"v{n}": "x" * size for n in range(count)})

    assert caught.value.kind == "MESSAGE_SIZE_EXCEEDED"
    assert game.step.state == state


def test_chinese_text_counts_in_bytes(play):
    game = play(line(user("a"), ids=["a"]))
    with pytest.raises(EngineError):
        game.complete("a", {"v": "奖" * 90_000})


def deep(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [deep(101), deep(300), "\ud800"])
def test_what_cannot_be_kept_is_refused(play, value):
    game = play(line(user("a"), ids=["a"]))
    with pytest.raises(EngineError, match="cannot be kept"):
        game.complete("a", {"v": value})
    game.complete("a", {"v": deep(100)})
    assert game.completed


def test_a_name_with_a_dot_is_a_name(play):
    game = play(line(user("a"), ids=["a"]))
    game.complete("a", {"a.b": 1})
    assert game.step.variables == {"a.b": D(1)}


def test_a_task_is_completed_once(play):
    game = play(line(user("a"), user("b"), ids=["a", "b"]))
    task = game.wait("a").id
    game.complete("a")

    with pytest.raises(ActImpossible):
        game.do(CompleteTask(task, {}))
