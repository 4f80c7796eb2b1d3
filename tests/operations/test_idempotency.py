"""The same request again: the same answer and nothing done again; a refusal leaves the key free."""

import threading

import pytest
from sqlalchemy import func, select

from service.models import IdempotencyKey, ProcessInstance
from service.operations import instances
from tests.support.leave import basic

pytestmark = pytest.mark.both_databases

BODY = {"processDefinitionId": "leave_request"}


def start(client, key, body=None):
    return client.post("/v2/process-instances", json=body or BODY, headers=basic("ada") | {"Idempotency-Key": key})


def started(office):
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ProcessInstance))


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(office, client):
    first = start(client, "a")
    count = started(office)

    again = start(client, "a")

    assert (again.status_code, again.json) == (first.status_code, first.json) == (200, first.json)
    assert started(office) == count


def test_another_request_with_the_key_is_refused(client):
    start(client, "b")

    assert start(client, "b", BODY | {"tags": ["other"]}).json["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_refused_request_leaves_its_key_free(office, client):
    assert start(client, "c", {"processDefinitionId": "nowhere"}).status_code == 404
    with office.database.reading() as session:
        assert session.scalar(select(IdempotencyKey.id).filter_by(key="c")) is None

    assert start(client, "c").status_code == 200


def test_while_the_first_is_running_the_second_is_told_so_or_waits(office, client, database, monkeypatch):
    """PostgreSQL says 409 at once; on SQLite the second writer waits for the first and gets its answer."""
    begun, go_on, answers = threading.Event(), threading.Event(), []
    original = instances.start_instance

    def slow(*args, **kwargs):
        begun.set()
        go_on.wait(10)
        return original(*args, **kwargs)

    monkeypatch.setattr(instances, "start_instance", slow)
    first = threading.Thread(target=lambda: answers.append(start(client.application.test_client(), "d")))
    first.start()
    begun.wait(10)
    second = threading.Thread(target=lambda: answers.append(start(client.application.test_client(), "d")))
    second.start()
    second.join(2)
    waited = second.is_alive()
    go_on.set()
    first.join(20)
    second.join(20)

    assert waited == (database == "sqlite")
    assert sorted(answer.status_code for answer in answers) == ([200, 200] if waited else [200, 409])
    if waited:
        assert answers[0].json == answers[1].json
    assert start(client, "d").status_code == 200
