"""Two transactions at the same moment, about rows that are not there yet: nothing is overlooked or there twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from service.errors import AlreadyExists, ServiceError
from service.models import Message, ProcessInstance, Resource
from service.operations import deployments, instances, messages
from service.releases import latest
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

WAITING = b.process(
    b.start(), b.catch("m", b.CATCH_MESSAGE), b.user("then"), b.end(), b.chain("s", "m", "then", "e"), id="waiting"
)


def together(*acts):
    """Run each in a thread and a transaction of its own; what each returned or raised."""

    def run(act):
        try:
            return act()
        except ServiceError as refusal:
            return type(refusal)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_who_begins_to_wait_and_who_publishes_at_that_moment_find_each_other(desk):
    desk.deploy(WAITING)

    def start(key):
        with desk.office.database.writing() as session:
            process = latest(session, "process", "waiting")
            instance = instances.start_instance(session, process, {"key": key}, desk.ada, now=MONDAY)
            session.commit()
            return instance.key

    def publish(key):
        with desk.office.database.writing() as session:
            messages.publish(session, "msg", key, {}, now=MONDAY, ttl_ms=60_000)
            session.commit()

    begun = []
    for round in range(30):
        key, _ = together(lambda r=round: start(f"r{r}"), lambda r=round: publish(f"r{r}"))
        begun.append(key)
    desk.work()

    assert [desk.open_elements(key) for key in begun] == [["then"]] * 30


def test_every_message_reaches_somebody_while_enough_wait_for_it(desk):
    desk.deploy(WAITING)
    keys = [desk.start("waiting", key="same") for _ in range(5)]

    with desk.office.database.writing() as session:
        for _ in range(5):
            messages.publish(session, "msg", "same", {}, now=MONDAY)
        session.commit()
    desk.work()

    assert [desk.open_elements(key) for key in keys] == [["then"]] * 5


def test_a_message_id_counts_once(desk):
    def publish():
        with desk.office.database.writing() as session:
            messages.publish(session, "once", "k", {}, now=MONDAY, ttl_ms=60_000, message_id="m1")
            session.commit()

    outcomes = together(*[publish] * 8)

    assert outcomes.count(AlreadyExists) == 7
    assert desk.look(select(func.count()).select_from(Message).filter_by(name="once")) == [1]


def test_a_business_id_counts_once(desk):
    desk.deploy(WAITING)

    def start():
        with desk.office.database.writing() as session:
            process = latest(session, "process", "waiting")
            instances.start_instance(session, process, {"key": "x"}, desk.ada, now=MONDAY, business_id="B-1")
            session.commit()

    outcomes = together(*[start] * 8)

    assert outcomes.count(AlreadyExists) == 7
    assert desk.look(select(func.count()).select_from(ProcessInstance).filter_by(business_id="B-1")) == [1]


def test_two_deployments_at_the_same_moment_are_two_releases(desk):
    dora = desk.office.user("dora")

    def deploy(task):
        source = b.process(b.start(), b.user(task), b.end(), b.chain("s", task, "e"), id="twice")
        with desk.office.database.writing() as session:
            deployments.deploy(session, {"twice.bpmn": source.xml}, dora, now=MONDAY)
            session.commit()

    outcomes = together(lambda: deploy("one"), lambda: deploy("two"), lambda: deploy("three"))

    assert outcomes == [None] * 3
    versions = desk.look(select(Resource.version).filter_by(resource_id="twice").order_by(Resource.version))
    assert versions == [1, 2, 3]
