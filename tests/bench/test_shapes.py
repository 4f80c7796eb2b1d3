"""The engine on diagrams whose shape could make it slow: many rounds, blocks in series, many instances, depth, width.

Times are CPU time, so that what else the machine does counts less. What is promised is a growth: the cost of a step
does not depend on how many rounds there were, and grows no faster than what is open at the time.
"""

from time import process_time

import pytest

from service.engine.calendar import from_days
from service.engine.execution import Execution, run
from service.engine.types import CompleteTask, DecisionSource, EngineError, ProcessSource, Setting, Start
from service.values import variables
from tests.bench.figures import report
from tests.support.leave import MONDAY
from tests.unit.engine.builder import chain, each, end, flow, gateway, process, script, start, sub, user


class NoLibrary:
    def decision(self, decision_id: str) -> DecisionSource | None:
        return None

    def process(self, process_id: str) -> ProcessSource | None:
        return None


SETTING = Setting(MONDAY, from_days({}), NoLibrary())


class Played:
    """An instance that is played on by completing whatever opened first; `times` are the acts' CPU times in ms."""

    def __init__(self, source: ProcessSource, **given: object) -> None:
        self.source, self.times = source, []
        self.step = self._timed(None, Start(variables(given)))
        self.largest = len(self.step.state)

    def complete(self, wait_id: int, **given: object) -> None:
        self.step = self._timed(self.step.state, CompleteTask(wait_id, variables(given)))
        self.largest = max(self.largest, len(self.step.state))

    def first(self) -> int:
        return Execution.resume(self.source, self.step.state, SETTING).open_waits()[0].id

    def _timed(self, state, act):
        before = process_time()
        step = run(self.source, state, [act], SETTING)
        self.times.append((process_time() - before) * 1000)
        return step

    def median(self, share: slice) -> float:
        chosen = sorted(self.times[share])
        return chosen[len(chosen) // 2]


def loop(rounds: int, *body: str) -> ProcessSource:
    way = chain("s", "g", "a", "x")
    back = flow("x", "g", f"=n < {rounds}")
    return process(
        start(),
        gateway("exclusive", "g"),
        *body,
        gateway("exclusive", "x", default="x_e"),
        end(),
        way,
        back,
        flow("x", "e"),
    )


def test_a_rework_loop_of_five_thousand_rounds():
    played = Played(loop(5_000, user("a")), n=0)
    for round in range(1, 5_001):
        played.complete(played.first(), n=round)
    assert played.step.status == "COMPLETED"
    early, late = played.median(slice(1, 500)), played.median(slice(-500, None))
    report(
        "a rework loop of 5,000 rounds",
        seconds=f"{sum(played.times) / 1000:.1f}",
        ms_early=f"{early:.2f}",
        ms_late=f"{late:.2f}",
        state_bytes=played.largest,
    )
    assert late < 2 * early
    assert played.largest < 500


def test_an_automatic_loop_of_three_thousand_rounds_in_one_act():
    body = script("a", "=n + 1", "n")
    played = Played(loop(3_000, body), n=0)
    assert played.step.status == "COMPLETED"
    before = process_time()
    with pytest.raises(EngineError, match="too many steps"):
        Played(loop(1_000_000, body), n=0)
    endless = process_time() - before
    report("an automatic loop of 3,000 rounds", ms=f"{played.times[0]:.0f}", endless_until_incident_s=f"{endless:.1f}")


def test_thirty_parallel_diamonds_in_series():
    parts, previous = [], "s"
    for n in range(30):
        parts += [gateway("parallel", f"x{n}"), gateway("parallel", f"j{n}"), user(f"a{n}"), user(f"b{n}")]
        parts += [chain(previous, f"x{n}", f"a{n}", f"j{n}"), chain(f"x{n}", f"b{n}", f"j{n}")]
        previous = f"j{n}"
    played = Played(process(start(), *parts, end(), chain(previous, "e")))
    while played.step.status == "ACTIVE":
        played.complete(played.first())
    assert played.step.status == "COMPLETED"
    early, late = played.median(slice(2, 20)), played.median(slice(-20, None))
    report("30 parallel diamonds in series", ms_early=f"{early:.2f}", ms_late=f"{late:.2f}", state_bytes=played.largest)
    assert late < 2 * early


@pytest.mark.parametrize("count", [300, 3_000])
def test_parallel_instances_of_a_user_task(count):
    source = process(start(), user("m", inner=each(f"=for k in 1..{count} return k")), end(), chain("s", "m", "e"))
    played = Played(source)
    ids = [wait.id for wait in played.step.opened]
    assert len(ids) == count
    for wait_id in ids:
        played.complete(wait_id)
    assert played.step.status == "COMPLETED"
    first = played.median(slice(1, 30))
    report(
        f"{count} parallel instances of a user task",
        open_ms=f"{played.times[0]:.0f}",
        all_s=f"{sum(played.times[1:]) / 1000:.1f}",
        ms_with_all_open=f"{first:.2f}",
        microseconds_an_open_one=f"{first * 1000 / count:.0f}",
        state_bytes=played.largest,
    )
    # What is open is loaded and stored again in each act, and nothing else grows with it.
    assert first < 0.2 * count


def test_depth_and_width():
    body = start("t0") + user("u") + end("f0") + chain("t0", "u", "f0")
    for n in range(1, 51):
        body = start(f"t{n}") + sub(f"p{n}", body) + end(f"f{n}") + chain(f"t{n}", f"p{n}", f"f{n}")
    deep = Played(process(body))
    deep.complete(deep.first())
    assert deep.step.status == "COMPLETED"

    ways = [part for n in range(500) for part in (user(f"u{n}"), chain("g", f"u{n}", "j"))]
    wide = Played(
        process(
            start(), gateway("parallel", "g"), gateway("parallel", "j"), end(), chain("s", "g"), chain("j", "e"), *ways
        )
    )
    for wait in wide.step.opened:
        wide.complete(wait.id)
    assert wide.step.status == "COMPLETED"
    report(
        "50 sub-processes in each other; a split of 500",
        deep_ms=f"{deep.times[0]:.1f} and {deep.times[1]:.1f}",
        wide_open_ms=f"{wide.times[0]:.0f}",
        wide_ms_an_act=f"{wide.median(slice(1, None)):.1f}",
    )
