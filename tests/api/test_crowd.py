"""Many people at the same moment, over gunicorn with several processes: nobody is lost, nobody is served twice."""

import http.client
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import insert, select

from service.models import Account, Event, Membership, ProcessInstance, UserTask
from service.operations import accounts, deployments
from tests.support.leave import MONDAY, Office, furnish
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases
PEOPLE = [f"assessor{number:02}" for number in range(50)]
OFFER = b.zeebe("assignmentDefinition", candidateGroups="assessors")
PANEL = b.process(
    b.start(),
    b.user("score", b.zeebe("assignmentDefinition", assignee="=i"), inner=b.each("=people")),
    b.user("sum_up", OFFER),
    b.end(),
    b.chain("s", "score", "sum_up", "e"),
    id="panel",
)
SINGLE = b.process(b.start(), b.user("one", OFFER), b.end(), b.chain("s", "one", "e"), id="single")


@pytest.fixture(scope="module")
def hall(database_url, server):
    """Fifty assessors with tokens, two processes, and the running service."""
    office = Office(database_url)
    furnish(office)
    with office.database.writing() as session:
        accounts.ensure_groups(session, [("assessors", "评审员")])
        session.commit()
    with office.database.writing() as session:
        session.execute(insert(Account), [account(name) for name in PEOPLE])
        session.execute(insert(Membership), [{"username": name, "group_name": "assessors"} for name in PEOPLE])
        files = {f"{source.process_id}.bpmn": source.xml for source in (PANEL, SINGLE)}
        deployments.deploy(session, files, office.user("dora"), now=MONDAY)
        session.commit()
    yield Hall(office, server)
    office.database.dispose()


def account(name):
    return {
        "username": name,
        "name": name,
        "email": None,
        "password_hash": None,
        "identity": name,
        "language": "zh-CN",
        "active": True,
        "created_at": MONDAY,
    }


class Hall:
    def __init__(self, office, server):
        self.office, self.port = office, server.port
        with office.database.writing() as session:
            self.tokens = {
                name: accounts.create_token(session, office.user(name), "t", now=MONDAY)[1] for name in PEOPLE
            }
            self.tokens["ada"] = accounts.create_token(session, office.user("ada"), "t", now=MONDAY)[1]
            session.commit()

    def start(self, process_id, **given):
        body = {"processDefinitionId": process_id, "variables": given}
        return int(json.loads(self.ask("ada", "POST", "/v2/process-instances", body)[1])["processInstanceKey"])

    def look(self, query):
        with self.office.database.reading() as session:
            return session.execute(query).all()

    def ask(self, username, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"Bearer {self.tokens[username]}", "Content-Type": "application/json", **headers}
        connection.request(method, path, json.dumps(body or {}), sent)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def together(self, requests):
        """The answers to requests that set off at the same moment."""
        barrier = Barrier(len(requests))

        def one(request):
            barrier.wait()
            return self.ask(*request)

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(one, requests))


def statuses(answers):
    return Counter(status for status, _ in answers)


def test_fifty_people_complete_their_parallel_tasks_at_the_same_moment(hall):
    key = hall.start("panel", people=PEOPLE)
    tasks = hall.look(select(UserTask.key, UserTask.assignee).filter_by(instance_key=key, ended_at=None))
    assert sorted(task.assignee for task in tasks) == PEOPLE

    answers = hall.together(
        [(task.assignee, "POST", f"/v2/user-tasks/{task.key}/completion", {"variables": {}}) for task in tasks]
    )

    assert statuses(answers) == {204: 50}
    [last] = hall.look(select(UserTask.key, UserTask.element_id).filter_by(instance_key=key, ended_at=None))
    assert last.element_id == "sum_up"
    done = hall.look(select(Event.actor).filter_by(instance_key=key, kind="USER_TASK_COMPLETED"))
    assert sorted(actor for (actor,) in done) == PEOPLE


def test_of_twenty_completions_of_one_task_one_counts(hall):
    key = hall.start("single")
    [(task,)] = hall.look(select(UserTask.key).filter_by(instance_key=key))
    assert hall.ask(PEOPLE[0], "POST", f"/api/v1/user-tasks/{task}/claim")[0] == 204

    answers = hall.together([(PEOPLE[0], "POST", f"/v2/user-tasks/{task}/completion")] * 20)

    assert statuses(answers) == {204: 1, 409: 19}
    assert {json.loads(body)["code"] for status, body in answers if status == 409} == {"TASK_NOT_OPEN"}
    assert hall.look(select(ProcessInstance.status).filter_by(key=key)) == [("COMPLETED",)]


def test_of_twenty_who_claim_one_task_one_gets_it(hall):
    key = hall.start("single")
    [(task,)] = hall.look(select(UserTask.key).filter_by(instance_key=key))

    answers = hall.together([(name, "POST", f"/api/v1/user-tasks/{task}/claim") for name in PEOPLE[:20]])

    assert statuses(answers) == {204: 1, 409: 19}
    winner = PEOPLE[[status for status, _ in answers].index(204)]
    assert hall.look(select(UserTask.assignee).filter_by(key=task)) == [(winner,)]


def test_a_request_sent_again_gets_the_same_answer_and_does_nothing_again(hall):
    body, key = {"processDefinitionId": "single"}, {"Idempotency-Key": "start-once"}
    before = len(hall.look(select(ProcessInstance.key).filter_by(process_id="single")))

    first, second = (hall.ask("ada", "POST", "/v2/process-instances", body, **key) for _ in range(2))
    other = hall.ask("ada", "POST", "/v2/process-instances", {"processDefinitionId": "panel"}, **key)

    assert first == second
    assert first[0] == 200
    # Under /v2 only statuses that its clients read are answered; the code says what it is.
    assert (other[0], json.loads(other[1])["code"]) == (400, "IDEMPOTENCY_KEY_REUSED")
    assert len(hall.look(select(ProcessInstance.key).filter_by(process_id="single"))) == before + 1


def test_an_own_endpoint_says_that_a_key_was_used_for_another_request(hall):
    key = {"Idempotency-Key": "token-once"}

    first, second = (hall.ask("ada", "POST", "/api/v1/api-tokens", {"title": "one"}, **key) for _ in range(2))
    other = hall.ask("ada", "POST", "/api/v1/api-tokens", {"title": "two"}, **key)

    assert (first[0], other[0]) == (201, 422)
    assert first == second
