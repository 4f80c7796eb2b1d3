"""Cases of the catalogue over HTTP against the running service: deployed, played and looked at as a client does."""

import pytest

from tests.api.counter import Counter, HttpPlay
from tests.catalogue.cases import Case, cases
from tests.support.server import running_server

pytestmark = pytest.mark.both_databases
CHOSEN = cases("http")


@pytest.fixture(scope="module")
def counter(office, database_url, data_folder):
    """Two web processes; the worker is asked here, so that nothing is due any more when the next act is sent."""
    with running_server(database_url, data_folder, worker=False) as server:
        yield Counter(office, server.port)


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_a_case_does_the_same_over_the_api(counter: Counter, case: Case):
    HttpPlay(counter, case).play()


def test_enough_cases_are_played_over_the_api():
    assert len(CHOSEN) >= 30
