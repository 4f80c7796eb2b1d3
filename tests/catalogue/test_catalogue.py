"""Every case of the catalogue: it may be deployed, and it does what the standard says, kept in memory or restored."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from service.engine.lint import lint_dmn
from tests.catalogue.cases import Case, cases
from tests.catalogue.playing import DECISIONS, errors, play

ROOT = Path(__file__).parents[2]
ELSEWHERE = """
import pickle, sys
from service.engine.execution import run
told = []
for source, acts in pickle.load(sys.stdin.buffer):
    state = None
    for act, setting in acts:
        state = run(source, state, [act], setting).state
        told.append(state)
sys.stdout.buffer.write(pickle.dumps(told))
"""


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_diagram_does_what_the_standard_says(case: Case):
    assert not errors(case)

    kept, restored = play(case, restored=False), play(case, restored=True)

    for one, other in zip(kept.instances, restored.instances, strict=True):
        assert one.step.state == other.step.state, "restoring between two acts makes a difference"


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in cases()]
    assert len(names) == len(set(names))


def test_the_decisions_may_be_deployed():
    assert not [each for each in lint_dmn(DECISIONS.read_bytes()) if each.severity == "error"]


def test_a_fresh_process_does_the_same():
    """Another process with another hash seed gives the same bytes, act by act."""
    instances = [each for case in cases("fresh") for each in play(case, restored=True).instances]
    played = [(each.source, [(act, setting) for act, setting, _ in each.played]) for each in instances]
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=pickle.dumps(played),
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
    )
    assert pickle.loads(done.stdout) == [state for each in instances for _, _, state in each.played]
