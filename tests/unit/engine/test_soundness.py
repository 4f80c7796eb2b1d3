"""Diagrams made up at random from sound blocks, played at random: nothing gets lost, and they come to their end.

`PINGSHEN_EXAMPLES=5000 python -m pytest tests/unit/engine/test_soundness.py` looks longer, and elsewhere. Free-form
diagrams: `test_token_game.py`.
"""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from SpiffWorkflow.util.task import TaskState

from service.engine.execution import run
from service.engine.lint import lint_bpmn
from service.engine.lint_rules.texts import severity_of
from service.engine.types import (
    CallWait,
    CompleteTask,
    Correlate,
    EngineError,
    FinishCall,
    FireTimer,
    JobWait,
    MessageWait,
    Signal,
    SignalWait,
    ThrowError,
    TimerWait,
    UserTaskWait,
)
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    ERROR,
    ESCALATION,
    SIGNAL,
    TERMINATE,
    boundary,
    call,
    catch,
    chain,
    each,
    end,
    event_sub,
    flow,
    gateway,
    process,
    script,
    service,
    start,
    sub,
    tag,
    throw,
    timer,
    user,
)
from tests.unit.engine.game import Game
from tests.unit.engine.plain_library import complete, library
from tests.unit.engine.random_diagrams import examples
from tests.unit.engine.shelf import Shelf


class Maker:
    """Builds blocks with one way in and one way out; `parts` collects the XML of the scope."""

    def __init__(self, random: Random) -> None:
        self.random, self.count = random, 0

    def id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def block(self, parts: list[str], depth: int) -> tuple[str, str]:
        kinds = [self.leaf] if depth == 0 else [self.leaf, self.series, self.fork, self.choice, self.loop, self.scope]
        return self.random.choice(kinds)(parts, depth - 1)

    def leaf(self, parts: list[str], _: int) -> tuple[str, str]:
        new = self.id("n")
        many = self.many()
        make = self.random.choice([
            lambda: user(new, inner=many), lambda: service(new, inner=many), lambda: call(new, "child", inner=many),
            lambda: script(new, "=1", "r"), lambda: catch(new, timer("PT1H")), lambda: catch(new, CATCH_MESSAGE),
            lambda: throw(new, ESCALATION), lambda: throw(new),
        ])  # fmt: skip
        parts.append(make())
        if parts[-1].startswith(("<bpmn:userTask", "<bpmn:serviceTask", "<bpmn:callActivity")):
            return new, self.guard(parts, new)
        return new, new

    def many(self) -> str:
        """Perhaps several times."""
        sequential = str(self.random.random() < 0.5).lower()
        before, most = str(self.random.random() < 0.5).lower(), str(self.random.randint(-1, 3))
        counted = tag("loopCardinality", str(self.random.randint(0, 3)))
        early = tag("completionCondition", "=numberOfCompletedInstances >= 2")
        asked = tag("loopCondition", "=loopCounter &lt; 2")
        return self.random.choice([
            "", "", "", each(sequential=sequential == "true", outputCollection="o", outputElement="=i"),
            tag("multiInstanceLoopCharacteristics", counted + early, isSequential=sequential),
            tag("standardLoopCharacteristics", asked, testBefore=before),
            tag("standardLoopCharacteristics", loopMaximum=most, testBefore=before),
        ])  # fmt: skip

    def guard(self, parts: list[str], host: str) -> str:
        """Perhaps a boundary event, whose way meets the other one again."""
        if self.random.random() < 0.6:
            return host
        event, after = self.id("b"), self.id("m")
        interrupting = self.random.random() < 0.5
        parts.append(
            boundary(
                event,
                host,
                self.random.choice([timer("PT2H"), CATCH_MESSAGE, SIGNAL, ESCALATION]),
                interrupting=interrupting,
            )
        )
        if not interrupting:
            parts += [end(after), chain(event, after)]
            return host
        parts += [gateway("exclusive", after), chain(host, after), chain(event, after)]
        return after

    def series(self, parts: list[str], depth: int) -> tuple[str, str]:
        first, second = self.block(parts, depth), self.block(parts, depth)
        parts.append(chain(first[1], second[0]))
        return first[0], second[1]

    def fork(self, parts: list[str], depth: int) -> tuple[str, str]:
        kind = self.random.choice(["parallel", "inclusive"])
        into, out = self.id("g"), self.id("j")
        branches = [self.block(parts, depth) for _ in range(self.random.randint(2, 3))]
        parts += [gateway(kind, into), gateway(kind, out)]
        for index, (first, last) in enumerate(branches):
            condition = "" if kind == "parallel" else "=true" if index == 0 else self.random.choice(["=true", "=false"])
            parts += [flow(into, first, condition), chain(last, out)]
        return into, out

    def choice(self, parts: list[str], depth: int) -> tuple[str, str]:
        into, out = self.id("x"), self.id("m")
        one, other = self.block(parts, depth), self.block(parts, depth)
        parts += [gateway("exclusive", into, default=f"{into}_{other[0]}"), gateway("exclusive", out)]
        parts += [flow(into, one[0], self.random.choice(["=true", "=false"])), chain(into, other[0])]
        parts += [chain(one[1], out), chain(other[1], out)]
        return into, out

    def loop(self, parts: list[str], depth: int) -> tuple[str, str]:
        into, out = self.id("m"), self.id("x")
        count = f"rounds_{into}"
        step, inner = self.id("n"), self.block(parts, depth)
        parts += [gateway("exclusive", into), script(step, f"=get or else({count}, 0) + 1", count)]
        parts += [gateway("exclusive", out, default=f"{out}_done_{out}"), throw(f"done_{out}")]
        parts += [chain(into, inner[0]), chain(inner[1], step, out), flow(out, into, f"={count} < 3")]
        parts.append(chain(out, f"done_{out}"))
        return into, f"done_{out}"

    def scope(self, parts: list[str], depth: int) -> tuple[str, str]:
        new, begin, finish = self.id("p"), self.id("s"), self.id("e")
        inside: list[str] = [start(begin), end(finish)]
        first, last = self.block(inside, depth)
        inside.append(chain(last, finish))
        if self.random.random() < 0.5:
            handler, task, stop = self.id("h"), self.id("n"), self.id("e")
            definition = self.random.choice([SIGNAL, timer("PT3H"), ESCALATION, ERROR])
            interrupting = definition == ERROR or self.random.random() < 0.5
            body = [user(task), end(stop), chain(f"{handler}_start", task, stop)]
            inside.append(event_sub(handler, definition, *body, interrupting=interrupting))
        inside.insert(0, self.many())
        if self.random.random() < 0.2:
            # A branch that ends it all: whoever is first.
            fork, ends, task = self.id("g"), self.id("e"), self.id("n")
            inside += [gateway("parallel", fork), user(task), end(ends, TERMINATE), chain(begin, fork, task, ends)]
            inside.append(chain(fork, first))
        else:
            inside.append(chain(begin, first))
        parts.append(sub(new, *inside))
        return new, self.guard(parts, new)


class Plain(Maker):
    """What the library does right too: tasks, exclusive and parallel blocks, sub-processes."""

    def leaf(self, parts: list[str], _: int) -> tuple[str, str]:
        new = self.id("n")
        parts.append(user(new))
        return new, new

    def fork(self, parts: list[str], depth: int) -> tuple[str, str]:
        into, out = self.id("g"), self.id("j")
        parts += [gateway("parallel", into), gateway("parallel", out)]
        for first, last in [self.block(parts, depth) for _ in range(self.random.randint(2, 3))]:
            parts += [chain(into, first), chain(last, out)]
        return into, out

    def choice(self, parts: list[str], depth: int) -> tuple[str, str]:
        into, out = self.id("x"), self.id("m")
        one, other = self.block(parts, depth), self.block(parts, depth)
        parts += [gateway("exclusive", into, default=f"{into}_{other[0]}"), gateway("exclusive", out)]
        parts += [flow(into, one[0], self.random.choice(["1 < 2", "2 < 1"])), chain(into, other[0])]
        parts += [chain(one[1], out), chain(other[1], out)]
        return into, out

    def loop(self, parts: list[str], depth: int) -> tuple[str, str]:
        return self.series(parts, depth)

    def scope(self, parts: list[str], depth: int) -> tuple[str, str]:
        new, begin, finish = self.id("p"), self.id("s"), self.id("e")
        inside: list[str] = [start(begin), end(finish)]
        first, last = self.block(inside, depth)
        parts.append(sub(new, *inside, chain(begin, first), chain(last, finish)))
        return new, new


@examples(40)
@given(random=st.randoms(use_true_random=False))
def test_where_the_library_is_right_we_agree_with_it(random):
    parts: list[str] = [start("s"), end("e")]
    first, last = Plain(random).block(parts, 4)
    source = process(*parts, chain("s", first), chain(last, "e"))
    game, workflow = Game(source), library(source)

    while not game.completed:
        ready = sorted(task.task_spec.name for task in workflow.get_tasks(state=TaskState.READY, manual=True))
        assert game.tasks == ready
        task = random.choice(ready)
        game.complete(task)
        complete(workflow, task)
    assert workflow.is_completed()
    game.replay()


@examples(110)
@given(random=st.randoms(use_true_random=False))
def test_a_sound_diagram_comes_to_its_end(random):
    parts: list[str] = [start("s"), end("e")]
    first, last = Maker(random).block(parts, 3)
    game = Game(process(*parts, chain("s", first), chain(last, "e")), {"key": "k"})

    moves = 0
    sound(game)
    while game.step.status == "ACTIVE":
        moves += 1
        # Signals and repeated messages could go on for ever; after a while only what ends things is done.
        endings = [wait for wait in game.waits if isinstance(wait, UserTaskWait | JobWait | CallWait)]
        wait = random.choice(endings if endings and moves > 30 else list(game.waits))
        if random.random() < 0.01:
            game.cancel()
        else:
            act(game, wait, random)
        sound(game)
        assert moves < 400
    game.replay()


def sound(game):
    """Nothing is lost, doubled or left behind, and the history says what the state says."""
    entered = Counter(change.id for change in game.changes if change.state == "ACTIVE")
    left = Counter(change.id for change in game.changes if change.state != "ACTIVE")
    assert all(count == 1 for count in (*entered.values(), *left.values()))
    active = game.active
    alive = {each.id for each in active if each.entered}
    assert entered.keys() - left.keys() == alive
    assert left.keys() <= entered.keys()
    assert {each.scope_id for each in active} <= alive | {0}
    if game.step.status == "ACTIVE":
        assert game.waits, "nothing to wait for, and not at the end"
        assert not game.step.stuck
    else:
        assert not active
        assert not game.waits
    for wait in game.waits:
        assert getattr(wait, "element_instance_id", wait.id) in alive | {0}


def act(game, wait, random):
    if isinstance(wait, JobWait) and random.random() < 0.2 and caught(game, wait):
        game.do(ThrowError(wait.id, "E1", "", {}))
    elif isinstance(wait, UserTaskWait | JobWait):
        game.do(CompleteTask(wait.id, {"v": str(random.random())}))
    elif isinstance(wait, CallWait):
        game.do(FinishCall(wait.id, {}))
    elif isinstance(wait, TimerWait):
        game.now = max(game.now, wait.due_at)
        game.do(FireTimer(wait.id))
    elif isinstance(wait, MessageWait):
        game.do(Correlate(wait.id, {"got": "x"}))
    else:
        assert isinstance(wait, SignalWait)
        game.do(Signal(wait.id, {}))


def caught(game, wait):
    """Whether something in the diagram could catch an error of this job; if nothing does, the act has no effect."""
    before = game.step.state
    try:
        run(game.source, before, [ThrowError(wait.id, "E1", "", {})], game.played[-1][1])
    except EngineError as error:
        if error.kind != "UNHANDLED_ERROR_EVENT":
            raise
        return False
    return True


@examples(30)
@given(random=st.randoms(use_true_random=False))
def test_the_lint_lets_a_sound_diagram_pass(random):
    parts: list[str] = [start("s"), end("e")]
    first, last = Maker(random).block(parts, 3)
    source = process(*parts, chain("s", first), chain(last, "e"))
    found = {each.rule for each in lint_bpmn(source.xml, Shelf())}
    assert not {rule for rule in found if severity_of(rule) == "error"} - {"PROCESS_UNKNOWN"}
    assert "JOIN_STUCK" not in found
