"""State: deterministic, small, bound to its definition, and nothing that runs."""

import pytest
import zstandard

from service.engine import codec
from service.engine.compiled import compiled
from service.engine.execution import ENGINE_BUILD, Execution, run, warm
from service.engine.types import ActImpossible, CompleteTask, ProcessSource, Setting, Start, StateUnreadable
from tests.unit.engine.builder import (
    chain,
    each,
    end,
    flow,
    gateway,
    mapping,
    process,
    script,
    service,
    start,
    user,
)
from tests.unit.engine.corpus import FOLDER, read
from tests.unit.engine.game import MONDAY, Shelf, calendar
from tests.unit.engine.stories import everything, one_of_each, undone


@pytest.mark.parametrize("story", [everything, undone])
def test_every_kind_of_wait_survives_and_is_the_same_elsewhere(play, story):
    game = story(play)
    assert game.completed
    game.replay_elsewhere()


def test_ids_are_counted_within_the_instance(play):
    game = play(one_of_each(), {"key": "k"})
    ids = sorted({change.id for change in game.changes} | {wait.id for wait in game.waits})
    assert ids == list(range(1, ids[-1] + 1))


def test_the_state_of_a_long_instance_does_not_grow(play):
    source = process(
        start(),
        gateway("exclusive", "m"),
        user("a"),
        gateway("exclusive", "x", default="x_e"),
        end(),
        chain("s", "m", "a", "x"),
        '<bpmn:sequenceFlow id="x_m" sourceRef="x" targetRef="m"><bpmn:conditionExpression>=n &lt; 600'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>",
        chain("x", "e"),
    )
    game = play(source, {"n": 0})
    first = len(game.step.state)
    for n in range(1, 600):
        game.complete("a", {"n": n})
        assert game.tasks == ["a"]
    assert len(game.step.state) < first + 40
    game.complete("a", {"n": 600})
    assert game.completed
    assert sum(change.element_id == "a" for change in game.changes) == 1200


def test_twelve_parallel_blocks_have_two_tokens(play):
    parts, previous = [], "s"
    for n in range(12):
        parts += [
            gateway("parallel", f"x{n}"),
            user(f"a{n}"),
            user(f"b{n}"),
            gateway("parallel", f"j{n}"),
            chain(previous, f"x{n}", f"a{n}", f"j{n}"),
            chain(f"x{n}", f"b{n}", f"j{n}"),
        ]
        previous = f"j{n}"
    game = play(process(start(), *parts, end(), chain(previous, "e")))
    for n in range(12):
        assert game.tasks == [f"a{n}", f"b{n}"]
        assert len(game.step.state) < 400
        game.complete(f"b{n}")
        game.complete(f"a{n}")
    assert game.completed


def setting():
    return Setting(MONDAY, calendar(), Shelf())


def simple(task="a"):
    return process(start(), user(task), end(), chain("s", task, "e"))


def test_a_state_belongs_to_its_definition():
    state = run(simple(), None, [Start({})], setting()).state
    with pytest.raises(StateUnreadable, match="another definition"):
        Execution.resume(simple("b"), state, setting())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda state: b"",
        lambda state: b"PSS",
        lambda state: state[:40],
        lambda state: b"PSS\x63" + state[4:],
        lambda state: state[:-3],
        lambda state: state[:60] + bytes([state[60] ^ 1]) + state[61:],
        lambda state: state[:36] + zstandard.compress(b"[]"),
        lambda state: state[:36] + zstandard.compress(b'{"process": "other"}'),
        lambda state: state[:36] + zstandard.compress(b"x" * (codec._MAX_BYTES + 1)),
        lambda state: state[:36] + zstandard.compress(zstandard.decompress(state[36:]).replace(b'"a"', b'"nobody"')),
    ],
)
def test_a_state_that_is_not_ours_is_unreadable(spoil):
    state = run(simple(), None, [Start({})], setting()).state
    with pytest.raises(StateUnreadable):
        Execution.resume(simple(), spoil(state), setting())


def test_a_definition_that_was_altered_does_not_run():
    source = simple()
    altered = ProcessSource(source.process_id, source.xml.replace(b'"a"', b'"b"'), source.hash[::-1])
    with pytest.raises(StateUnreadable):
        Execution.begin(altered, Start({}), setting())


def test_an_act_that_is_impossible_leaves_everything_as_it_was():
    source = simple()
    execution = Execution.begin(source, Start({}), setting())
    before = execution.step()
    with pytest.raises(ActImpossible):
        execution.apply(CompleteTask(99, {}))
    with pytest.raises(ActImpossible):
        execution.apply(Start({}))
    assert execution.step() == before


def test_jobs_can_be_done_within_one_step():
    """In-step connectors: what opens is answered at once, and only the outcome is in the step."""
    source = process(start(), service("a"), service("b"), user("c"), end(), chain("s", "a", "b", "c", "e"))
    execution = Execution.begin(source, Start({}), setting())
    for element_id in "ab":
        [job] = execution.opened()
        assert job.element_id == element_id
        execution.apply(CompleteTask(job.id, {element_id: True}))
    step = execution.step()
    assert [wait.element_id for wait in step.opened] == ["c"]
    assert step.closed == ()
    assert step.variables == {"a": True, "b": True}
    assert [change.element_id for change in step.changes].count("a") == 2


def test_warming_reads_every_expression():
    source = process(
        start(),
        user("a", mapping({"x": "=n + 1"}, {"y": "=x"}), inner=each("=rows", condition="=done")),
        script("b", "=y * 2", "z"),
        gateway("exclusive", "g", default="g_e"),
        end(),
        chain("s", "a", "b", "g"),
        flow("g", "a", "y > 1"),
        flow("g", "e"),
    )
    assert set(compiled(source).definition.expressions()) == {"n + 1", "x", "rows", "done", "y * 2", "y > 1"}
    warm(source)


def test_the_build_names_everything_that_decides_the_outcome():
    assert all(part in ENGINE_BUILD for part in ("spiffworkflow-3.2.0", "normaliser-", "state-", "zstd-", "feel-"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_stored_states_are_read_for_ever_and_acts_give_them_again(path):
    source, played = read(path)
    before = None
    for act, setting, state in played:
        Execution.resume(source, state, setting).open_waits()
        assert run(source, before, [act], setting).state == state, f"{act} gives another state than when it was stored"
        before = state


def test_the_present_version_has_stored_states():
    assert list((FOLDER / f"version_{codec.STATE_VERSION}").glob("*.json"))
