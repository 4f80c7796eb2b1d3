"""Guessing passwords: counted however they are sent, whole also when many are sent at once, and without a trace of who
there is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from service.models import FailedSignIn
from service.operations import accounts
from tests.support.leave import MONDAY, basic

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def forgiven(office):
    """Nobody has failed yet."""
    accounts._remembered.clear()
    with office.database.writing() as session:
        session.execute(delete(FailedSignIn))
        session.commit()


def failures(office, who):
    with office.database.reading() as session:
        return session.scalar(select(FailedSignIn.failures).filter_by(who=who)) or 0


@pytest.mark.parametrize("username", ["anna", "nobody"])
def test_wrong_passwords_of_basic_authentication_are_counted_and_end_in_waiting(office, client, username):
    answers = [client.get("/v2/authentication/me", headers=basic(username, "guess")).json for _ in range(5)]
    later = client.get("/v2/authentication/me", headers=basic(username)).json

    assert {answer["code"] for answer in answers} == {"SIGN_IN_FAILED"}
    assert failures(office, f"account:{username}") == 5
    assert later["code"] == "SIGN_IN_WAIT"


def test_right_passwords_of_basic_authentication_write_nothing(office, client):
    client.get("/v2/authentication/me", headers=basic("ben", "guess"))

    assert client.get("/v2/authentication/me", headers=basic("ben")).status_code == 200
    assert failures(office, "account:ben") == 1


def test_attempts_at_the_same_moment_are_all_counted(office):
    def attempt(_):
        with office.database.writing() as session:
            accounts.count_failure(session, "grace", "::1", at=MONDAY)
            session.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(40)))

    assert failures(office, "account:grace") == failures(office, "address:::1") == 40


def test_failures_of_long_ago_are_forgiven(office):
    for at in (MONDAY, MONDAY + timedelta(minutes=1), MONDAY + timedelta(hours=1)):
        with office.database.writing() as session:
            accounts.count_failure(session, "henry", "::2", at=at)
            session.commit()

    assert failures(office, "account:henry") == 1
