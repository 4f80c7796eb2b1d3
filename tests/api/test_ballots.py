"""A ballot over HTTP leaves nothing of itself, however it is sent."""

from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from service.models import IdempotencyKey, Urn, UserTask
from service.operations import deployments
from service.operations.instances import start_instance
from service.releases import latest
from tests.support.leave import MONDAY, basic, files

BALLOT = b'{"variables": {"motion": "no"}}'


@pytest.fixture
def ballot(office):
    """A ballot among three, open; the key of anna's task."""
    with office.database.writing() as session:
        deployments.deploy(session, files("rooms"), office.user("dora"), now=MONDAY)
        variables = {"box": "motion", "voters": ["anna", "ben", "grace"]}
        instance = start_instance(
            session, latest(session, "process", "ballot"), variables, office.user("ada"), now=MONDAY
        )
        task = session.scalars(select(UserTask).filter_by(instance_key=instance.key, assignee="anna")).one()
        session.commit()
        return task.key


def test_a_repeated_ballot_counts_once_and_its_body_is_not_kept_as_a_hash_either(client, office, ballot):
    headers = {**basic("anna"), "Idempotency-Key": "once", "Content-Type": "application/json"}

    answers = [client.post(f"/v2/user-tasks/{ballot}/completion", data=BALLOT, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    with office.database.reading() as session:
        kept = session.scalars(select(IdempotencyKey)).one()
        assert session.scalars(select(Urn.voted)).one() == ["anna"]
        assert (kept.status, kept.body_hash) == (204, "")
    stored = b"".join(path.read_bytes() for path in files_of(office.url))
    assert sha256(BALLOT).hexdigest().encode() not in stored


def files_of(url):
    """The SQLite file with its write-ahead log: rows that were overwritten are still in there."""
    path = Path(url.removeprefix("sqlite:///"))
    return [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
