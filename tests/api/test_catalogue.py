"""Cases of the catalogue over the REST API: deployed, played and looked at as a client does."""

import pytest

from service.app import create_app
from tests.api.counter import Counter, HttpPlay
from tests.catalogue.cases import Case, cases

pytestmark = pytest.mark.both_databases
CHOSEN = cases("http")


@pytest.fixture(scope="module")
def counter(office):
    return Counter(office, create_app())


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_a_case_does_the_same_over_the_api(counter: Counter, case: Case):
    HttpPlay(counter, case).play()


def test_enough_cases_are_played_over_the_api():
    assert len(CHOSEN) >= 30
