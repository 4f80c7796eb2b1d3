"""Run the tests in stages, each with its share of the 20 minutes, and sum up.

    .venv/bin/python tools/stages.py [STAGE …] [-- PYTEST OPTIONS]

All stages run even when one fails, so that one run shows everything; the exit code is 1 if any did.
A stage that takes five times its share is ended: something hangs.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
#: Folders of tests that are run by other commands: the figures by `make bench`.
ELSEWHERE = {"bench"}
#: Folders that hold no tests, but what tests use.
NO_TESTS = {"support", "diagrams"}
STORE = ("operations", "api", "pages")
NO_TESTS_COLLECTED = 5


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
    Stage("unit", 2.5, ("unit", "contract", "conformance", "catalogue")),
    Stage("award", 3, ("processes",), ("--database=sqlite",)),
    Stage("sqlite", 2.5, STORE, ("--database=sqlite",)),
    Stage("postgresql", 2, STORE, ("--database=postgresql", "-m", "both_databases")),
    Stage("clients", 0.5, ("clients",)),
    Stage("browser", 1.5, ("e2e",)),
    Stage("chaos", 1, ("chaos",)),
    Stage("rehearsal", 3.5, ("rehearsal",)),
    Stage("install", 3.5, ("install",)),
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
    outcomes = [run(stage, options) for stage in STAGES if not names or stage.name in names]
    total, share = sum(outcome.seconds for outcome in outcomes), sum(outcome.stage.minutes for outcome in outcomes)
    print("\nStages", *(outcome.line() for outcome in outcomes), sep="\n")
    print(f"  {'total':<24} {total:6.1f} s of {share * 60:4.0f} s", flush=True)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def folders_of_no_stage() -> set[str]:
    """Folders with tests that would never be run."""
    with_tests = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
    return with_tests - {folder for stage in STAGES for folder in stage.folders} - ELSEWHERE - NO_TESTS


def run(stage: Stage, options: list[str]) -> Outcome:
    """Run one stage with its plain output shown."""
    print(f"\n== {stage.name} ({stage.minutes:g} min): {' '.join(stage.folders)}", flush=True)
    if not stage.has_tests():
        return Outcome(stage, 0, "no tests yet", ok=True)
    folders = [f"tests/{folder}" for folder in stage.folders if (TESTS / folder).is_dir()]
    command = [sys.executable, "-m", "pytest", "-q", "--durations=5", "--durations-min=1"]
    started = time.monotonic()
    # A group of its own, so that a hanging stage can be ended with what it started.
    process = subprocess.Popen([*command, *stage.options, *options, *folders], cwd=ROOT, start_new_session=True)
    try:
        code = process.wait(timeout=stage.minutes * 60 * 5)
    except BaseException as reason:  # the time is up, or Ctrl-C
        end(process)
        if not isinstance(reason, subprocess.TimeoutExpired):
            raise
        return Outcome(stage, time.monotonic() - started, "HANGS", ok=False)
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
