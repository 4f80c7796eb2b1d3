"""The award's year, kept at the moments at which somebody has one of the ten jobs to do."""

import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from service.cli.rehearsal.indoors import indoor_stage
from service.cli.rehearsal.player import Player
from service.cli.rehearsal.script import read
from tests.support.server import ROOT

SCRIPT = ROOT / "processes" / "rehearsals" / "year_2026.json"
#: Before which of the steps that look like this the play is kept. "end": after the last.
MOMENTS = {
    "evidence": ({"do": "collect_evidence", "as": "person_li"}, 0),
    "window": ({"start": "filing_start", "as": "laobian_hospital"}, 0),
    "scoring": ({"do": "score", "as": "assessor1"}, 5),
    "vote": ({"do": "vote"}, 0),
    "notice": ({"do": "draft", "as": "clerk1"}, 0),
    "objection": ({"do": "register", "as": "clerk1"}, 0),
}


@pytest.fixture(scope="session")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """By name of the moment, a folder with the database `award.db` and the service's data as they were then."""
    script = read(SCRIPT, {})
    folder, kept, begun = tmp_path_factory.mktemp("year"), {}, 0
    with indoor_stage(ROOT, script.starts_at, f"sqlite:///{folder / 'play.db'}") as stage:
        for name in (*MOMENTS, "end"):
            until = _step(script.steps, name)
            Player(replace(script, steps=script.steps[begun:until]), stage, print).play()
            kept[name], begun = folder / name, until
            shutil.copytree(os.environ["PINGSHEN_DATA"], kept[name])
            with (
                closing(sqlite3.connect(folder / "play.db")) as played,
                closing(sqlite3.connect(kept[name] / "award.db")) as copy,
            ):
                played.backup(copy)
    return kept


def _step(steps: list, name: str) -> int:
    if name not in MOMENTS:
        return len(steps)
    marks, which = MOMENTS[name]
    return [number for number, step in enumerate(steps) if step.items() >= marks.items()][which]
