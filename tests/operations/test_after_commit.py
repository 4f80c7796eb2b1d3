"""After-commit connectors: worked out by the worker without a lock, and brought in if somebody still waits for it."""

import json
from random import Random

import pytest
from sqlalchemy import select, text

from service.connectors import AFTER_COMMIT, ConnectorFault
from service.models import Event, Incident, Job, ProcessInstance, Variable
from service.operations import instances, runner
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


def asking(type, **inputs):
    mapping = b.mapping(inputs, {"answer": "=allocation"})
    return b.process(
        b.start(),
        b.service("ask", mapping, type=type),
        b.user("then"),
        b.end(),
        b.chain("s", "ask", "then", "e"),
        id="asking",
    )


ALLOCATION = asking("allocation", people="=people", groups="=groups", size="=2")
PEOPLE = [{"id": name, "skills": [name[0]]} for name in ("ann", "bob", "cy")]
GROUPS = [{"id": "g", "cases": ["mill"], "skills": ["b"]}]


def variable(desk, key, name):
    [found] = desk.look(select(Variable.value).filter_by(instance_key=key, name=name))
    return json.loads(found)


def test_the_worker_works_it_out_and_the_instance_goes_on(desk):
    desk.deploy(ALLOCATION)
    key = desk.start("asking", people=PEOPLE, groups=GROUPS)
    assert desk.open_elements(key) == []
    assert desk.look(select(Job.kind).filter_by(instance_key=key)) == ["connector"]

    desk.work()

    assert desk.open_elements(key) == ["then"]
    assert desk.look(select(Job.key).filter_by(instance_key=key)) == []
    assert desk.look(select(Event.kind).filter_by(instance_key=key, element_id="ask")) == ["JOB_COMPLETED"]
    assert variable(desk, key, "answer")["groups"][0]["experts"] == 1
    assert desk.runs_again(key)


def test_what_is_left_meanwhile_is_not_brought_in(desk, monkeypatch):
    desk.deploy(ALLOCATION)
    key = desk.start("asking", people=PEOPLE, groups=GROUPS)

    def cancelled_meanwhile(call):
        with desk.office.database.writing() as session:
            instances.cancel_instance(session, key, desk.ada, now=MONDAY)
            session.commit()
        return {"allocation": {}}

    monkeypatch.setitem(AFTER_COMMIT, "allocation", cancelled_meanwhile)
    desk.work()

    assert desk.look(select(ProcessInstance.status).filter_by(key=key)) == ["TERMINATED"]
    assert desk.look(select(Incident.key).filter_by(instance_key=key)) == []


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("ann", "“people” must be a list"),
        ([{"id": "ann"}, {"id": "ann"}], "an id stands twice"),
        ([{"name": "ann"}], "needs an “id”"),
    ],
)
def test_a_mistake_of_the_diagram_is_an_incident_at_the_task(desk, people, said):
    desk.deploy(ALLOCATION)
    key = desk.start("asking", people=people, groups=GROUPS)

    desk.work()

    [incident] = desk.look(select(Incident).filter_by(instance_key=key))
    assert (incident.element_id, incident.type) == ("ask", "IO_MAPPING_ERROR")
    assert said in incident.message


def test_another_database_answer_is_asked_for_again_after_the_incident(desk, monkeypatch):
    desk.deploy(ALLOCATION)
    key = desk.start("asking", people=PEOPLE, groups=GROUPS)
    real = AFTER_COMMIT["allocation"]

    def faulty(call):
        raise ConnectorFault("not today")

    monkeypatch.setitem(AFTER_COMMIT, "allocation", faulty)
    desk.work()
    monkeypatch.setitem(AFTER_COMMIT, "allocation", real)
    with desk.office.database.writing() as session:
        session.execute(text("UPDATE jobs SET retries = 1, attempts = 0 WHERE instance_key = :key"), {"key": key})
        session.commit()
    runner.work(desk.office.database, "test", Random(1))

    assert desk.open_elements(key) == ["then"]
