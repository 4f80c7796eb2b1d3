"""The clock that stands where an administrator put it: for every process, and never in production."""

from datetime import timedelta

import pytest

from service import keys
from service.models import ProcessInstance
from service.operations import clocks, moments
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

CLOSING = MONDAY + timedelta(days=30)


def milliseconds(moment):
    return {"timestamp": round(moment.timestamp() * 1000)}


def pinned(office):
    with office.database.reading() as session:
        return moments.platform(session).pinned_at


@pytest.fixture
def running(office):
    """The clock goes on after the test."""
    yield
    with office.database.writing() as session:
        clocks.pin(session, None)
        session.commit()


@pytest.mark.usefixtures("running")
def test_an_administrator_lets_the_time_stand_and_go_on(client, office):
    put = client.put("/v2/clock", json=milliseconds(CLOSING), headers=basic("ada"))
    stands = pinned(office)
    reset = client.post("/v2/clock/reset", headers=basic("ada"))

    assert (put.status_code, stands, reset.status_code, pinned(office)) == (204, CLOSING, 204, None)


@pytest.mark.parametrize("username", ["anna", "olga", "dora", "audrey", "wanda", "noah"])
def test_nobody_else_touches_the_clock(client, office, username):
    answers = [
        client.put("/v2/clock", json=milliseconds(CLOSING), headers=basic(username)),
        client.post("/v2/clock/reset", headers=basic(username)),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert pinned(office) is None


def test_in_production_the_clock_is_the_real_one(client, office, monkeypatch):
    """A service in production does not even start where pinning is allowed (`tests/unit/test_config.py`)."""
    monkeypatch.delenv("PINGSHEN_CLOCK_PIN")
    keys.config.cache_clear()

    answer = client.put("/v2/clock", json=milliseconds(CLOSING), headers=basic("ada"))

    keys.config.cache_clear()
    assert (answer.status_code, pinned(office)) == (403, None)


@pytest.mark.parametrize("body", [{}, {"timestamp": "tomorrow"}, {"timestamp": -1}, {"timestamp": 10**18}, []])
def test_what_is_no_time_is_refused(client, office, body):
    answer = client.put("/v2/clock", json=body, headers=basic("ada"))

    assert (answer.status_code, pinned(office)) == (400, None)


@pytest.mark.usefixtures("running")
def test_acts_happen_at_the_pinned_time(client, office):
    client.put("/v2/clock", json=milliseconds(CLOSING), headers=basic("ada"))

    answer = client.post("/v2/process-instances", json={"processDefinitionId": "leave_request"}, headers=basic("ada"))

    with office.database.reading() as session:
        started = session.get_one(ProcessInstance, int(answer.json["processInstanceKey"])).started_at
    assert started == CLOSING


@pytest.mark.usefixtures("running")
def test_a_pinned_deadline_needs_no_grace(desk):
    """Nobody queues while the time stands: what is due at this instant fires at it."""
    closing = b.process(
        b.start(),
        b.catch("t", b.timer("P30D"), b.properties(deadline="closing")),
        b.user("u"),
        b.end(),
        b.chain("s", "t", "u", "e"),
        id="closing",
    )
    desk.deploy(closing)
    key = desk.start("closing")

    for moment, expected in ((CLOSING - timedelta(milliseconds=1), []), (CLOSING, ["u"])):
        with desk.office.database.writing() as session:
            clocks.pin(session, moment)
            session.commit()
        desk.work()
        assert desk.open_elements(key) == expected
