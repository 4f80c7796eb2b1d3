"""A browser before the award in the middle of its year, and before the small office of the browser tests."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.cli.rehearsal.indoors import indoor_stage
from service.cli.rehearsal.player import Player
from service.cli.rehearsal.script import read
from tests.e2e.conftest import enter, town
from tests.support.server import ROOT, Server, running_server

__all__ = ["enter", "town"]
SCRIPT = ROOT / "processes" / "rehearsals" / "year_2026.json"
#: Before which step the play stops: the assessors are at work, letters were sent, nothing is decided.
STOP = {"do": "score", "as": "assessor3"}


@pytest.fixture(scope="session")
def award(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service with the award's year, stopped in the middle of it."""
    script = read(SCRIPT, {})
    stops = [number for number, step in enumerate(script.steps) if step.items() >= STOP.items()]
    part = replace(script, steps=script.steps[: stops[1]])
    folder = tmp_path_factory.mktemp("award")
    url = f"sqlite:///{folder / 'award.db'}"
    with indoor_stage(ROOT, script.starts_at, url) as stage:
        Player(part, stage, print).play()
        data = Path(os.environ["PINGSHEN_DATA"])
        with running_server(url, data, worker=False) as server:
            yield server
