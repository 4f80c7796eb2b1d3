"""`kill -9` of web and worker, at named points and at random, under load: nothing lost, nothing doubled."""

from random import Random

import pytest

from tests.chaos.arena import survive

pytestmark = pytest.mark.both_databases
#: More by `python -m tests.chaos --kills 200`.
KILLS = 20


def test_what_was_acknowledged_is_there_once_whoever_died(office, data_folder):
    report = survive(office, data_folder, KILLS, Random(20261123))

    assert report.kills >= KILLS
    assert report.wrong == []
