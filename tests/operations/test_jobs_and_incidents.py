"""Jobs of outside workers: what became of each, and what of their incidents."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import zstandard
from sqlalchemy import select

from service.engine.types import EngineError
from service.errors import JobClosed, Overloaded
from service.models import Incident, Job, ProcessInstance, Subscription, UserTask
from service.models.instances import NUMBERS_PER_INSTANCE
from service.operations import incidents, instances, jobs, messages, states
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

WORKING = b.process(b.start(), b.service("work"), b.user("then"), b.end(), b.chain("s", "work", "then", "e"), id="p1")
#: Whoever is done first ends it all.
RACING = b.process(
    b.start(),
    b.gateway("parallel", "x"),
    b.service("fast", type="fast"),
    b.service("slow", type="slow"),
    b.end("e1", b.TERMINATE),
    b.end("e2"),
    b.chain("s", "x", "fast", "e1"),
    b.chain("x", "slow", "e2"),
    id="p2",
)


@pytest.fixture
def wanda(office):
    return office.user("wanda")


def job_of(desk, key, element_id):
    return desk.look(select(Job).filter_by(instance_key=key, element_id=element_id))[0]


def fail(desk, wanda, key, retries=0):
    with desk.office.database.writing() as session:
        jobs.fail(session, key, retries, "no paper", timedelta(0), wanda, now=MONDAY)
        session.commit()


def complete(desk, wanda, key):
    with desk.office.database.writing() as session:
        jobs.complete(session, key, {}, wanda, now=MONDAY)
        session.commit()


def incidents_of(desk, key):
    found = desk.look(select(Incident).filter_by(instance_key=key))
    return desk.look(select(ProcessInstance.incidents).filter_by(key=key))[0], found


def test_a_job_is_completed_and_one_that_is_no_longer_needed_withdrawn(desk, wanda):
    desk.deploy(RACING)
    key = desk.start("p2")

    complete(desk, wanda, job_of(desk, key, "fast").key)

    fast, slow = job_of(desk, key, "fast"), job_of(desk, key, "slow")
    assert (fast.state, slow.state) == ("COMPLETED", "CANCELED")
    assert fast.due_at is slow.due_at is None
    with desk.office.database.writing() as session, pytest.raises(JobClosed):
        jobs.complete(session, slow.key, {}, wanda, now=MONDAY)
    assert desk.runs_again(key)


def test_no_retries_left_is_an_incident_at_the_element_and_goes_with_the_job(desk, wanda):
    desk.deploy(WORKING)
    key = desk.start("p1")
    job = job_of(desk, key, "work").key

    fail(desk, wanda, job)
    count, [incident] = incidents_of(desk, key)
    assert (count, incident.element_id, incident.element_instance_key, incident.job_key) == (1, "work", job, job)
    complete(desk, wanda, job)

    count, [incident] = incidents_of(desk, key)
    assert count == 0
    assert incident.resolved_at is not None
    assert job_of(desk, key, "work").state == "COMPLETED"
    assert desk.open_elements(key) == ["then"]


def test_a_resolved_incident_gives_its_job_one_more_try(desk, wanda):
    desk.deploy(WORKING)
    key = desk.start("p1")
    job = job_of(desk, key, "work").key
    fail(desk, wanda, job)
    _, [incident] = incidents_of(desk, key)

    with desk.office.database.writing() as session:
        incidents.resolve(session, incident.key, desk.office.user("olga"), now=MONDAY)
        session.commit()

    again = job_of(desk, key, "work")
    assert (again.retries, again.state, incidents_of(desk, key)[0]) == (1, "CREATED", 0)


def test_an_instance_that_can_go_no_further_shows_it(desk):
    joined = b.process(
        b.start(),
        b.gateway("inclusive", "x", **{"default": "x_a"}),
        b.user("a"),
        b.user("o"),
        b.gateway("parallel", "j"),
        b.end(),
        b.chain("s", "x", "a", "j", "e"),
        b.flow("x", "o", "=1 > 2"),
        b.chain("o", "j"),
        id="p4",
    )
    desk.deploy(joined)
    key = desk.start("p4")

    desk.complete(key, "a")

    count, [incident] = incidents_of(desk, key)
    assert (count, incident.element_id, incident.type) == (1, "j", "UNKNOWN")
    assert "cannot come" in incident.message
    assert desk.look(select(ProcessInstance.status).filter_by(key=key)) == ["ACTIVE"]
    assert desk.runs_again(key)


@pytest.mark.parametrize("left", [0, 1, 2, 3])
def test_an_instance_that_has_used_up_its_numbers_stops(desk, left):
    """A round needs two: one for the task, one for its timer."""
    again = b.process(
        b.start(),
        b.user("a"),
        b.boundary("t", "a", b.timer("P1D"), interrupting=False),
        b.end(),
        b.chain("s", "a", "a"),
        b.chain("t", "e"),
        id="p5",
    )
    desk.deploy(again)
    key = desk.start("p5")
    with desk.office.database.writing() as session:
        instance = session.get_one(ProcessInstance, key)
        plain = states.unseal(instance.state, key=key, version=instance.version, definition=again.hash)
        content = json.loads(zstandard.ZstdDecompressor().decompress(plain[36:]))
        content["counter"] = NUMBERS_PER_INSTANCE - 1 - left
        plain = plain[:36] + zstandard.compress(json.dumps(content).encode())
        instance.state = states.seal(plain, key=key, version=instance.version, definition=again.hash)
        session.commit()

    if left >= 2:
        desk.complete(key, "a")
    else:
        with pytest.raises(EngineError, match="too many element instances"):
            desk.complete(key, "a")
    assert desk.open_elements(key) == ["a"]


def test_the_incidents_of_a_cancelled_instance_are_over(desk, wanda):
    desk.deploy(WORKING)
    key = desk.start("p1")
    fail(desk, wanda, job_of(desk, key, "work").key)

    with desk.office.database.writing() as session:
        instances.cancel_instance(session, key, desk.ada, now=MONDAY)
        session.commit()

    count, [incident] = incidents_of(desk, key)
    assert count == 0
    assert incident.resolved_at == MONDAY


def test_of_two_subscriptions_the_one_that_was_used_is_correlated(desk):
    choosing = b.process(
        b.start(),
        b.gateway("eventBased", "x"),
        b.catch("m", b.CATCH_MESSAGE),
        b.catch("c", b.SIGNAL),
        b.end("e1"),
        b.end("e2"),
        b.chain("s", "x", "m", "e1"),
        b.chain("x", "c", "e2"),
        id="p3",
    )
    desk.deploy(choosing)
    key = desk.start("p3", key="a")

    with desk.office.database.writing() as session:
        messages.publish(session, "msg", "a", {}, now=MONDAY)
        session.commit()
    desk.work()

    rows = desk.look(select(Subscription).filter_by(instance_key=key))
    assert {row.kind: row.state for row in rows} == {"message": "CORRELATED", "signal": "DELETED"}
    assert desk.runs_again(key)


GATE = b.process(
    b.start(),
    b.user("u"),
    b.gateway("exclusive", "x", default="x_e"),
    b.end(),
    b.end("e2"),
    b.chain("s", "u", "x"),
    b.flow("x", "e2", "=answer > 5"),
    b.flow("x", "e"),
    id="gate",
)
GATE_FIRST = b.process(
    b.start(),
    b.gateway("exclusive", "x", default="x_e"),
    b.end(),
    b.end("e2"),
    b.chain("s", "x"),
    b.flow("x", "e2", "=answer > 5"),
    b.flow("x", "e"),
    id="gate_first",
)


def test_a_person_at_the_button_is_told_where_the_procedure_stopped_and_an_incident_stays(desk, client):
    desk.deploy(GATE)
    key = desk.start("gate")
    [task] = desk.look(select(UserTask.key).filter_by(instance_key=key))
    ada = basic("ada")
    client.post(f"/v2/user-tasks/{task}/assignment", json={"assignee": "ada"}, headers=ada)

    answers = [client.post(f"/v2/user-tasks/{task}/completion", json={}, headers=ada) for _ in range(2)]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(409, "INCIDENT")}
    assert "x" in answers[0].json["detail"]
    count, [incident] = incidents_of(desk, key)  # the same trouble is one incident
    assert (count, incident.element_id, incident.type) == (1, "x", "CONDITION_ERROR")
    assert desk.open_elements(key) == ["u"]
    with desk.office.database.writing() as session:
        instances.set_variables(session, key, {"answer": 7}, desk.ada, now=MONDAY)
        session.commit()
    assert client.post(f"/v2/user-tasks/{task}/completion", json={}, headers=ada).status_code == 204
    assert (desk.status(key), incidents_of(desk, key)[0]) == ("COMPLETED", 0)


def test_a_start_that_fails_stores_nothing_and_is_logged(desk, client, caplog):
    desk.deploy(GATE_FIRST)

    with caplog.at_level("ERROR", logger="service.web"):
        answer = client.post("/v2/process-instances", json={"processDefinitionId": "gate_first"}, headers=basic("ada"))

    assert (answer.status_code, answer.json["code"]) == (409, "INCIDENT")
    assert desk.look(select(ProcessInstance.key).filter_by(process_id="gate_first")) == []
    assert "a process could not begin" in caplog.messages


def test_a_quarter_of_the_threads_may_wait_for_jobs_and_the_next_is_told_to_come_again(desk, wanda):
    def ask(wait):
        database = desk.office.database
        return jobs.activate(
            database,
            wanda,
            type="nothing",
            worker="w",
            lease=timedelta(minutes=1),
            limit=1,
            wait=timedelta(seconds=wait),
        )

    with ThreadPoolExecutor(2) as crowd:  # a quarter of the eight threads of a web process
        waiting = [crowd.submit(ask, 1.5) for _ in range(2)]
        time.sleep(0.5)
        with pytest.raises(Overloaded):
            ask(1)
        assert ask(0) == []
        assert [answer.result() for answer in waiting] == [[], []]
    assert ask(0.1) == []
