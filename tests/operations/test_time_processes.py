"""One pinned time in all processes: gunicorn with two of them, and the worker."""

import json
import time
import urllib.request
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.models import ProcessInstance, UserTask
from service.operations import deployments
from tests.support.leave import MONDAY, Office, basic, furnish
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

TIMED = b.process(
    b.start(), b.catch("t", b.timer("P30D")), b.user("then"), b.end(), b.chain("s", "t", "then", "e"), id="timed"
)
DUE = MONDAY + timedelta(days=30)
INSTANCES = 6


@pytest.fixture
def crowd(database_url):
    """People in the server's database, and a process that waits for thirty days."""
    office = Office(database_url)
    furnish(office)
    with office.database.writing() as session:
        deployments.deploy(session, {"timed.bpmn": TIMED.xml}, office.user("dora"), now=MONDAY)
        session.commit()
    yield office
    office.database.dispose()


def ask(server, method, path, body):
    """What the server answers ada."""
    headers = basic("ada") | {"Content-Type": "application/json"}
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def pin(server, moment):
    ask(server, "PUT", "/v2/clock", {"timestamp": round(moment.timestamp() * 1000)})


def look(office, query):
    with office.database.reading() as session:
        return list(session.scalars(query))


def test_the_time_stands_everywhere_and_timers_fire_when_it_is_moved(server, crowd):
    opened = select(UserTask.created_at).filter_by(element_id="then")
    pin(server, MONDAY)
    for _ in range(INSTANCES):
        ask(server, "POST", "/v2/process-instances", {"processDefinitionId": "timed"})

    pin(server, DUE - timedelta(milliseconds=1))
    time.sleep(2)  # the worker looks every second at most
    early = look(crowd, opened)
    pin(server, DUE)
    end = time.monotonic() + 20
    while len(look(crowd, opened)) < INSTANCES and time.monotonic() < end:
        time.sleep(0.1)

    assert look(crowd, select(ProcessInstance.started_at).filter_by(process_id="timed")) == [MONDAY] * INSTANCES
    assert (early, look(crowd, opened)) == ([], [DUE] * INSTANCES)
