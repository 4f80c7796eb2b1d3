"""The theatre that all tests of the award's processes share, so that the award is prepared once."""

import pytest

from tests.processes.theatre import Theatre


@pytest.fixture(scope="session")
def theatre(tmp_path_factory):
    return Theatre(tmp_path_factory.mktemp("theatre"))
