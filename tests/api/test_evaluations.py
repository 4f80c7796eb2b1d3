"""Evaluations of decisions: stored whole, found by what they are, told with the annotations of the rows that fired."""

import pytest
from sqlalchemy import select

from service.models import UserTask
from service.operations import deployments
from service.operations.instances import start_instance
from service.operations.user_tasks import claim_user_task, complete_user_task
from service.releases import latest
from service.values import variables
from tests.support.leave import LONG_LEAVE, MONDAY, basic
from tests.unit.engine.dmn import decision, literal, model, table

pytestmark = pytest.mark.both_databases
NOTES = ("【法】第三条 不足", "【法】第三条 达到")
ROWS = [("< limit", '"C"'), (">= limit", '"A"')]
GRADES = decision("grade", table("FIRST", ROWS, notes=NOTES, types="number"), "limit").replace(
    'id="r', 'id="G'
) + decision("limit", literal("60"))


@pytest.fixture(scope="module")
def deployed(office):
    with office.database.writing() as session:
        deployments.deploy(session, {"grades.dmn": model(GRADES)}, office.user("dora"), now=MONDAY)
        session.commit()
    return office


@pytest.fixture
def ask(client, deployed):
    def post(path, body=None, who="ada"):
        found = client.post(path, json=body or {}, headers=basic(who))
        return found.status_code, found.get_json()

    return post


def test_a_standalone_evaluation_is_stored_with_its_graph(ask, client):
    status, said = ask(
        "/v2/decision-definitions/evaluation", {"decisionDefinitionId": "grade", "variables": {"score": 72.5}}
    )
    _, found = ask(
        "/v2/decision-instances/search", {"filter": {"decisionEvaluationKey": said["decisionEvaluationKey"]}}
    )

    assert (status, said["output"]) == (200, '"A"')
    assert [item["decisionDefinitionId"] for item in said["evaluatedDecisions"]] == ["limit", "grade"]
    assert {item["rootDecisionDefinitionKey"] for item in found["items"]} == {said["decisionDefinitionKey"]}
    key = next(i["decisionEvaluationInstanceKey"] for i in found["items"] if i["decisionDefinitionId"] == "grade")
    told = client.get(f"/v2/decision-instances/{key}", headers=basic("audrey")).get_json()
    assert told["evaluatedInputs"] == [{"inputId": "in_score", "inputName": "score", "inputValue": "72.5"}]
    [rule] = told["matchedRules"]
    assert (rule["ruleId"], rule["ruleIndex"]) == ("G2", 2)
    assert rule["annotations"] == [{"column": "", "text": "【法】第三条 达到"}]
    assert rule["evaluatedOutputs"][0]["outputValue"] == '"A"'
    assert (told["decisionDefinitionVersion"], told["state"], told["result"]) == (1, "EVALUATED", '"A"')


def test_evaluations_are_found_by_the_rule_that_fired(ask):
    for score in (10, 90):
        ask("/v2/decision-definitions/evaluation", {"decisionDefinitionId": "grade", "variables": {"score": score}})

    _, low = ask("/v2/decision-instances/search", {"filter": {"ruleId": "G1"}})
    _, none = ask("/v2/decision-instances/search", {"filter": {"ruleId": "G"}})
    status, refused = ask("/v2/decision-instances/search", {"filter": {"ruleId": 1}})

    assert {item["result"] for item in low["items"]} == {'"C"'}
    assert none["items"] == []
    assert (status, refused["code"]) == (400, "INVALID_ARGUMENT")


def test_a_process_stores_its_decisions_with_the_element_that_asked(ask, client, deployed):
    with deployed.database.writing() as session:
        process = latest(session, "process", "leave_request")
        instance = start_instance(session, process, {}, deployed.user("ada"), now=MONDAY)
        key = session.scalars(select(UserTask.key).filter_by(instance_key=instance.key)).one()
        anna = deployed.user("anna")
        claim_user_task(session, key, anna, now=MONDAY)
        complete_user_task(session, key, variables(LONG_LEAVE), anna, now=MONDAY)
        instance_key = str(instance.key)
        session.commit()

    _, found = ask("/v2/decision-instances/search", {"filter": {"processInstanceKey": instance_key}})
    [item] = found["items"]
    told = client.get(
        f"/v2/decision-instances/{item['decisionEvaluationInstanceKey']}", headers=basic("ada")
    ).get_json()

    assert item["rootDecisionDefinitionKey"] == item["decisionDefinitionKey"]
    assert told["matchedRules"][0]["annotations"] == [{"column": "", "text": "一至五天"}]


@pytest.mark.parametrize(
    ("given", "piece"),
    [
        ({}, "Grade: input score: there is no variable score"),
        ({"score": "72"}, 'Grade: input score: the value is "72", which does not conform to its type number'),
    ],
)
def test_a_failed_evaluation_says_decision_column_and_value_and_stores_nothing(ask, given, piece):
    _, before = ask("/v2/decision-instances/search")

    status, refused = ask("/v2/decision-definitions/evaluation", {"decisionDefinitionId": "grade", "variables": given})

    _, after = ask("/v2/decision-instances/search")
    assert status == 400
    assert piece in refused["detail"]
    assert before["page"]["totalItems"] == after["page"]["totalItems"]
