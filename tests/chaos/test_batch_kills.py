"""`kill -9` of workers in the middle of a batch: every instance is moved once."""

import sys
import time
from collections import Counter

import pytest
from sqlalchemy import select

from service.clock import machine_now
from service.models import BatchItem, BatchOperation, Event, ProcessInstance
from service.operations import batches, deployments, instances
from service.releases import latest
from tests.chaos.arena import MORTAL_WORKER
from tests.chaos.invariants import violations
from tests.support.server import Server
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases
#: Two workers, each of which lives for at most fifteen passes of one of these points: one must die to move them all.
INSTANCES, REST_S = 40, 90
PASSED_BY_EACH = "lease taken,in record,before commit,after commit"


def line(*names):
    steps = [b.user(name) for name in names]
    late = b.boundary("late", "a", b.timer("P9D"))
    return b.process(
        b.start(), *steps, late, b.end(), b.end("e2"), b.chain("s", *names, "e"), b.chain("late", "e2"), id="batched"
    )


def deploy(office, source):
    with office.database.writing() as session:
        deployments.deploy(session, {"batched.bpmn": source.xml}, office.user("dora"), now=machine_now())
        session.commit()


def test_a_batch_that_is_killed_again_and_again_moves_each_instance_once(office, data_folder):
    deploy(office, line("a", "z"))
    with office.database.writing() as session:
        process = latest(session, "process", "batched")
        for _ in range(INSTANCES):
            instances.start_instance(session, process, {}, office.user("ada"), now=machine_now())
        session.commit()
    deploy(office, line("a", "new", "z"))
    with office.database.writing() as session:
        target = latest(session, "process", "batched")
        plan = {"target": str(target.key), "mapping": [["a", "a"], ["late", "late"]]}
        wanted = {"processDefinitionId": "batched"}
        key = batches.create(session, batches.MIGRATE, plan, wanted, office.user("olga"), now=machine_now()).key
        session.commit()

    deaths = data_folder / "deaths"
    deaths.touch()
    server = Server(office.url, data_folder, {"MORTAL_LOG": str(deaths), "MORTAL_AT": PASSED_BY_EACH})
    for number in range(2):
        server.spawn(f"worker{number}", [sys.executable, *MORTAL_WORKER])
    end = time.monotonic() + REST_S
    while state(office, key) != "COMPLETED" and time.monotonic() < end:
        time.sleep(0.1)
    server.kill()

    with office.database.reading() as session:
        assert state(office, key) == "COMPLETED"
        assert deaths.read_text().splitlines()
        items = Counter(session.scalars(select(BatchItem.state).filter_by(batch_key=key)))
        assert items == {"COMPLETED": INSTANCES}
        moved = Counter(session.scalars(select(Event.instance_key).filter_by(kind="INSTANCE_MIGRATED")))
        assert set(moved.values()) == {1}
        assert len(moved) == INSTANCES
        assert set(session.scalars(select(ProcessInstance.definition_key).filter_by(process_id="batched"))) == {
            target.key
        }
        assert violations(session, now=machine_now()) == []


def state(office, key):
    with office.database.reading() as session:
        return session.get_one(BatchOperation, key).state
