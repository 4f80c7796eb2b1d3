"""Numbers keep every digit on every way into a process and out of it: none is a double on its way."""

import json
from random import Random

import pytest

from service.app import create_app
from service.operations import deployments, runner
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b
from tests.unit.engine.dmn import decision, literal, model

#: No double holds one of these.
LONG = "1234567890123456789012345678901.234"
TINY = "0.1000000000000000055511151231257827"
LARGE = "9007199254740993"

#: Each way in sets one variable to a list of the three; a script counts with all of them at the end.
PROCESS = b.process(
    b.start(),
    b.user("form"),
    b.service("job", type="digits"),
    b.catch("wait", b.CATCH_MESSAGE),
    b.script(
        "count", "=[started[1] + 0, form[1] + job[1] + message[1] + put[1], 0.1 + 0.2, started[3] + 1]", "counted"
    ),
    b.user("last"),
    b.end(),
    b.chain("s", "form", "job", "wait", "count", "last", "e"),
    id="digits",
)
THREE = f"[{LONG}, {TINY}, {LARGE}]"
COUNTED = f"[{LONG},4938271560493827156049382715604.936,0.3,9007199254740994]"


@pytest.fixture(scope="module")
def ask(office):
    client = create_app().test_client()
    with office.database.writing() as session:
        doubled = decision("doubled", literal("[given[1] * 2, given[2], given[3] + 1]"))
        files = {"digits.bpmn": PROCESS.xml, "doubled.dmn": model(doubled)}
        deployments.deploy(session, files, office.user("dora"), now=MONDAY)
        session.commit()

    def request(method, path, body="{}", who="ada"):
        answer = client.open(path, method=method, data=body, content_type="application/json", headers=basic(who))
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    return request


@pytest.fixture(scope="module")
def key(ask, office):
    """An instance that numbers were brought to in all ways, at its last task."""
    started = ask(
        "POST",
        "/v2/process-instances",
        f'{{"processDefinitionId": "digits", "variables": {{"started": {THREE}, "key": "k1"}}}}',
    )
    key = json.loads(started)["processInstanceKey"]
    ask("PUT", f"/v2/element-instances/{key}/variables", f'{{"variables": {{"put": {THREE}}}}}')
    found = json.loads(ask("POST", "/v2/user-tasks/search", f'{{"filter": {{"processInstanceKey": "{key}"}}}}'))
    task = found["items"][0]["userTaskKey"]
    ask("POST", f"/v2/user-tasks/{task}/assignment", '{"assignee": "ada"}')
    ask("POST", f"/v2/user-tasks/{task}/completion", f'{{"variables": {{"form": {THREE}}}}}')
    jobs = ask("POST", "/v2/jobs/activation", '{"type": "digits", "maxJobsToActivate": 1, "timeout": 60000}')
    assert all(number in jobs for number in (LONG, TINY, LARGE))
    ask("POST", f"/v2/jobs/{json.loads(jobs)['jobs'][0]['jobKey']}/completion", f'{{"variables": {{"job": {THREE}}}}}')
    message = f'{{"name": "msg", "correlationKey": "k1", "timeToLive": 1000, "variables": {{"message": {THREE}}}}}'
    ask("POST", "/v2/messages/publication", message)
    while runner.work(office.database, "test", Random(1)):
        pass
    return key


@pytest.mark.parametrize("name", ["started", "put", "form", "job", "message"])
def test_a_number_comes_back_as_it_went_in(ask, key, name):
    found = json.loads(
        ask("POST", "/v2/variables/search", json.dumps({"filter": {"name": name, "processInstanceKey": key}}))
    )

    [variable] = found["items"]
    assert variable["value"].replace(" ", "") == THREE.replace(" ", "")


def test_expressions_count_with_every_digit(ask, key):
    found = json.loads(
        ask("POST", "/v2/variables/search", json.dumps({"filter": {"name": "counted", "processInstanceKey": key}}))
    )

    assert found["items"][0]["value"].replace(" ", "") == COUNTED


def test_the_history_has_every_digit(ask, key):
    history = ask("GET", f"/api/v1/process-instances/{key}/history", who="audrey")

    assert all(number in history for number in (LONG, TINY, LARGE))
    assert "0.30000000000000004" not in history


def test_a_decision_answers_with_every_digit(ask):
    said = ask(
        "POST",
        "/v2/decision-definitions/evaluation",
        f'{{"decisionDefinitionId": "doubled", "variables": {{"given": {THREE}}}}}',
    )

    assert (
        json.loads(said)["output"].replace(" ", "") == f"[2469135780246913578024691357802.468,{TINY},9007199254740994]"
    )


@pytest.mark.parametrize("number", ["1e400000", "-1e7000", "1" * 35, "0." + "1" * 35, "NaN", "Infinity", "1e-7000"])
def test_what_is_no_quantity_is_refused_by_name(ask, client, number):
    body = f'{{"processDefinitionId": "digits", "variables": {{"n": {number}, "key": "x"}}}}'

    answer = client.post("/v2/process-instances", data=body, content_type="application/json", headers=basic("ada"))

    assert answer.status_code == 400
    said = answer.get_json()
    assert number in said["detail"] or said["errors"][0]["path"] == "variables.n"
