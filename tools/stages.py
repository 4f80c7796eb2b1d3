"""Run the tests in stages, each with its share of the time, and sum up.

    .venv/bin/python tools/stages.py [STAGE …] [-- PYTEST OPTIONS]

Two stages run side by side where there are two cores, so that thirty minutes of work are done in less than twenty;
what one says is shown when it has ended. One stage alone is shown as it runs. All stages run even when one fails, so
that one run shows everything; the exit code is 1 if any did.
A stage that takes five times its share is ended: something hangs.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
#: Folders of tests that are run by other commands: `make bench`, `make pictures` and `make walk`.
ELSEWHERE = {"bench", "pictures", "walks"}
#: Folders that hold no tests, but what tests use.
NO_TESTS = {"support", "diagrams"}
STORE = ("operations", "api", "pages")
NO_TESTS_COLLECTED = 5
#: More would fight for the cores: a stage has servers and databases of its own, and some measure time.
MOST_AT_ONCE = 2


@dataclass(frozen=True)
class Stage:
    """A part of the tests: its folders, its share of the time, and further options."""

    name: str
    minutes: float
    folders: tuple[str, ...]
    options: tuple[str, ...] = ()

    def has_tests(self) -> bool:
        return any(any((TESTS / folder).rglob("test_*.py")) for folder in self.folders)


STAGES = (
    Stage("unit", 3, ("unit", "contract", "conformance", "catalogue")),
    Stage("award", 5, ("processes",), ("--database=sqlite",)),
    Stage("sqlite", 4, STORE, ("--database=sqlite",)),
    Stage("postgresql", 3, STORE, ("--database=postgresql", "-m", "both_databases")),
    Stage("clients", 1, ("clients",)),
    Stage("browser", 4, ("e2e",)),
    Stage("chaos", 1.5, ("chaos",)),
    Stage("rehearsal", 4.5, ("rehearsal",)),
    Stage("install", 4, ("install",)),
)


@dataclass(frozen=True)
class Outcome:
    """How a stage ended."""

    stage: Stage
    seconds: float
    result: str
    ok: bool

    def line(self) -> str:
        share = self.stage.minutes * 60
        over = f"   over its share of {share:.0f} s" if self.seconds > share else ""
        return f"  {self.stage.name:<11} {self.result:<12} {self.seconds:6.1f} s of {share:4.0f} s{over}"


def main(arguments: list[str]) -> int:
    """Run the stages named, or all. Returns the exit code."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, options = arguments[:cut], arguments[cut + 1 :]
    unknown = set(names) - {stage.name for stage in STAGES}
    if unknown:
        print(f"no such stage: {', '.join(sorted(unknown))}; there are {', '.join(stage.name for stage in STAGES)}")
        return 2
    forgotten = folders_of_no_stage()
    if forgotten:
        print(f"tests in folders that no stage runs: {', '.join(sorted(forgotten))}; name them in tools/stages.py")
        return 2
    started = time.monotonic()
    outcomes = run_all([stage for stage in STAGES if not names or stage.name in names], options)
    total, share = sum(outcome.seconds for outcome in outcomes), sum(outcome.stage.minutes for outcome in outcomes)
    print("\nStages", *(outcome.line() for outcome in outcomes), sep="\n")
    print(f"  {'total':<24} {total:6.1f} s of {share * 60:4.0f} s, in {time.monotonic() - started:.1f} s", flush=True)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def run_all(stages: list[Stage], options: list[str]) -> list[Outcome]:
    """Run stages, the longest first so that none is left over at the end; the outcomes in the order given."""
    at_once = min(MOST_AT_ONCE, os.cpu_count() or 1, len(stages))
    if at_once < MOST_AT_ONCE:
        return [run(stage, options) for stage in stages]
    pool = ThreadPoolExecutor(at_once)
    waiting = [pool.submit(run_aside, stage, options) for stage in sorted(stages, key=lambda each: -each.minutes)]
    outcomes = {}
    try:
        for future in as_completed(waiting):
            outcome, said = future.result()
            outcomes[outcome.stage] = outcome
            print(said, flush=True)
    except BaseException:  # Ctrl-C: each stage gets it too, as all are in threads of this process
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(_running):
            end(process)
        raise
    pool.shutdown()
    return [outcomes[stage] for stage in stages]


def folders_of_no_stage() -> set[str]:
    """Folders with tests that would never be run."""
    with_tests = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
    return with_tests - {folder for stage in STAGES for folder in stage.folders} - ELSEWHERE - NO_TESTS


_running: set["subprocess.Popen[bytes]"] = set()


def run_aside(stage: Stage, options: list[str]) -> tuple[Outcome, str]:
    """Run one stage with its output kept; what it said comes with the outcome."""
    print(f"-- {stage.name} begins", flush=True)
    with tempfile.TemporaryFile() as said:
        outcome = run(stage, options, said)
        said.seek(0)
        return outcome, f"\n== {stage.name}\n{said.read().decode(errors='replace')}"


def run(stage: Stage, options: list[str], output: IO[bytes] | None = None) -> Outcome:
    """Run one stage; what it says goes to `output`, or is shown as it comes."""
    if output is None:
        print(f"\n== {stage.name} ({stage.minutes:g} min): {' '.join(stage.folders)}", flush=True)
    if not stage.has_tests():
        return Outcome(stage, 0, "no tests yet", ok=True)
    folders = [f"tests/{folder}" for folder in stage.folders if (TESTS / folder).is_dir()]
    command = [sys.executable, "-m", "pytest", "-q", "--durations=5", "--durations-min=1"]
    started = time.monotonic()
    # A group of its own, so that a hanging stage can be ended with what it started.
    process = subprocess.Popen(
        [*command, *stage.options, *options, *folders],
        cwd=ROOT,
        start_new_session=True,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )
    _running.add(process)
    try:
        code = process.wait(timeout=stage.minutes * 60 * 5)
    except BaseException as reason:  # the time is up, or Ctrl-C
        end(process)
        if not isinstance(reason, subprocess.TimeoutExpired):
            raise
        return Outcome(stage, time.monotonic() - started, "HANGS", ok=False)
    finally:
        _running.discard(process)
    result = {0: "passed", NO_TESTS_COLLECTED: "NO TESTS"}.get(code, "FAILED")
    return Outcome(stage, time.monotonic() - started, result, ok=code == 0)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a stage: first as Ctrl-C would, so that fixtures take their servers down, then for good."""
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=30)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
