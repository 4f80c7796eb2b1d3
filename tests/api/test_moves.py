"""Modification, migration and batches over the REST interface: refusals by place; what is asked twice is done once."""

import pytest
from sqlalchemy import select

from service.models import BatchOperation, ProcessInstance, UserTask
from service.operations import deployments, instances
from service.releases import latest
from tests.api.test_bad_input import is_chinese, refused
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

INSTANCES = "/v2/process-instances"


def line(*names):
    return b.process(b.start(), *map(b.user, names), b.end(), b.chain("s", *names, "e"), id="line").xml


@pytest.fixture(scope="module")
def asker(office):
    from service.app import create_app

    return create_app().test_client(use_cookies=False)


@pytest.fixture(scope="module")
def versions(office):
    """Keys of two versions of a process, the second with one more task."""
    keys = []
    for source in (line("a", "b"), line("a", "new", "b")):
        with office.database.writing() as session:
            deployments.deploy(session, {"line.bpmn": source}, office.user("dora"), now=MONDAY)
            session.commit()
            keys.append(latest(session, "process", "line").key)
    return keys


@pytest.fixture
def case(office, versions):
    """An instance of the first version, waiting at its first task."""
    with office.database.writing() as session:
        process = instances.definition(session, key=versions[0])
        key = instances.start_instance(session, process, {}, office.user("ada"), now=MONDAY).key
        session.commit()
    return key


def open_tasks(office, key):
    with office.database.reading() as session:
        return sorted(session.scalars(select(UserTask.element_id).filter_by(instance_key=key, ended_at=None)))


def same(*names):
    return [{"sourceElementId": name, "targetElementId": name} for name in names]


#: Body of a modification → the places that are named.
WRONG_MODIFICATIONS = {
    "nothing asked": ({}, set()),
    "an unknown element": ({"activateInstructions": [{"elementId": "x"}]}, {"activateInstructions[0]"}),
    "a start event": ({"activateInstructions": [{"elementId": "s"}]}, {"activateInstructions[0]"}),
    "a foreign ancestor": (
        {"activateInstructions": [{"elementId": "a", "ancestorElementInstanceKey": "12"}]},
        {"activateInstructions[0]"},
    ),
    "a foreign scope": (
        {"activateInstructions": [{"elementId": "a", "variableInstructions": [{"variables": {}, "scopeId": "b"}]}]},
        {"activateInstructions[0]"},
    ),
    "nothing to end": ({"terminateInstructions": [{"elementId": "b"}]}, {"terminateInstructions[0]"}),
    "two ways to end": (
        {"terminateInstructions": [{"elementId": "a", "elementInstanceKey": "1"}]},
        {"terminateInstructions.0"},
    ),
    "no way to end": ({"terminateInstructions": [{}]}, {"terminateInstructions.0"}),
    "a move from nowhere": (
        {"moveInstructions": [{"sourceElementInstruction": {"sourceElementId": "b"}, "targetElementId": "a"}]},
        {"moveInstructions[0]"},
    ),
    "an unknown ancestor scope": (
        {
            "moveInstructions": [
                {
                    "sourceElementInstruction": {"sourceElementId": "a"},
                    "targetElementId": "b",
                    "ancestorScopeInstruction": {"ancestorScopeType": "nearest"},
                }
            ]
        },
        {"moveInstructions.0.ancestorScopeInstruction.ancestorScopeType"},
    ),
    "an unknown field": (
        {"activateInstructions": [{"elementId": "a", "colour": 1}]},
        {"activateInstructions.0.colour"},
    ),
    "no list": ({"activateInstructions": {"elementId": "a"}}, {"activateInstructions.0"}),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", WRONG_MODIFICATIONS)
def test_a_wrong_modification_is_refused_by_place(office, asker, case, name, language):
    body, places = WRONG_MODIFICATIONS[name]

    problem = refused(office, asker, 400, "POST", f"{INSTANCES}/{case}/modification", language=language, json=body)

    if name != "no list":
        assert {fault["path"] for fault in problem.get("errors", [])} == places
    text = " ".join([problem["detail"], *(fault["message"] for fault in problem.get("errors", []))])
    assert is_chinese(text) == (language == "zh"), text
    assert open_tasks(office, case) == ["a"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("mapping", "places"),
    [
        ([], {"a": "NOT_MAPPED"}),
        ([{"sourceElementId": "a", "targetElementId": "x"}], {"a": "UNKNOWN_TARGET"}),
        ([{"sourceElementId": "a", "targetElementId": "s"}], {"a": "TYPE_CHANGED"}),
        ([*same("a"), {"sourceElementId": "a", "targetElementId": "b"}], {"a": "TWICE"}),
    ],
    ids=str,
)
def test_a_migration_that_does_not_fit_is_refused_by_element(office, asker, versions, case, mapping, places, language):
    body = {"targetProcessDefinitionKey": str(versions[1]), "mappingInstructions": mapping}

    problem = refused(office, asker, 409, "POST", f"{INSTANCES}/{case}/migration", language=language, json=body)

    assert problem["code"] == "MIGRATION_REFUSED"
    assert {fault["path"]: fault["code"] for fault in problem["errors"]} == places
    assert all(is_chinese(fault["message"]) == (language == "zh") for fault in problem["errors"])


def test_a_migration_needs_a_version_that_is_there(office, asker, case):
    path = f"{INSTANCES}/{case}/migration"
    unknown = {"targetProcessDefinitionKey": "12", "mappingInstructions": same("a")}
    assert refused(office, asker, 404, "POST", path, json=unknown)["code"] == "TARGET_NOT_FOUND"
    missing = refused(office, asker, 400, "POST", path, json={"mappingInstructions": []})
    assert [fault["path"] for fault in missing["errors"]] == ["targetProcessDefinitionKey"]


def test_the_preview_says_what_would_happen_and_does_nothing(office, asker, versions, case):
    body = {"processInstanceKeys": [str(case)], "targetProcessDefinitionKey": str(versions[1])}
    path = "/api/v1/process-instances/migration-preview"

    [plain] = asker.post(path, json=body, headers=basic("olga")).json["items"]
    [wrong] = asker.post(path, json=body | {"mappingInstructions": []}, headers=basic("olga")).json["items"]

    assert (plain["feasible"], plain["findings"]) == (True, [])
    assert {each["sourceElementId"] for each in plain["mappingInstructions"]} == {"s", "a", "b", "e"}
    assert (wrong["feasible"], [each["code"] for each in wrong["findings"]]) == (False, ["NOT_MAPPED"])
    assert is_chinese(wrong["findings"][0]["message"])
    assert open_tasks(office, case) == ["a"]
    filtered = {"filter": {"processInstanceKey": str(case)}, "targetProcessDefinitionKey": str(versions[1])}
    assert len(asker.post(path, json=filtered, headers=basic("olga")).json["items"]) == 1
    refused(office, asker, 404, "POST", path, json=body | {"processInstanceKeys": ["12"]})
    refused(office, asker, 400, "POST", path, json=body | {"filter": {}})


def test_the_same_request_again_moves_nothing_again(office, asker, versions, case):
    move = {"sourceElementInstruction": {"sourceElementId": "a"}, "targetElementId": "b"}
    again = basic("olga") | {"Idempotency-Key": f"move {case}"}
    answers = [
        asker.post(f"{INSTANCES}/{case}/modification", json={"moveInstructions": [move]}, headers=again) for _ in "12"
    ]
    assert [each.status_code for each in answers] == [204, 204]
    plan = {"targetProcessDefinitionKey": str(versions[1]), "mappingInstructions": same("b")}
    again = basic("olga") | {"Idempotency-Key": f"migrate {case}"}
    answers = [asker.post(f"{INSTANCES}/{case}/migration", json=plan, headers=again) for _ in "12"]
    assert [each.status_code for each in answers] == [204, 204]
    with office.database.reading() as session:
        assert session.get_one(ProcessInstance, case).definition_key == versions[1]
        assert session.get_one(ProcessInstance, case).events == 3


#: Address and body of a batch → the places that are named.
WRONG_BATCHES = {
    "no filter": ("cancellation", {}, {"filter"}),
    "an empty filter": ("cancellation", {"filter": {}}, set()),
    "an unknown field": ("cancellation", {"filter": {"colour": "red"}}, set()),
    "no plan": ("migration", {"filter": {"state": "ACTIVE"}}, {"migrationPlan"}),
    "half a plan": (
        "migration",
        {"filter": {"state": "ACTIVE"}, "migrationPlan": {"targetProcessDefinitionKey": "1"}},
        {"migrationPlan.mappingInstructions"},
    ),
    "no move": ("modification", {"filter": {"state": "ACTIVE"}, "moveInstructions": []}, {"moveInstructions"}),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", WRONG_BATCHES)
def test_a_wrong_batch_is_refused_and_none_begun(office, asker, name, language):
    path, body, places = WRONG_BATCHES[name]

    problem = refused(office, asker, 400, "POST", f"{INSTANCES}/{path}", language=language, json=body)

    assert {fault["path"] for fault in problem.get("errors", [])} == places
    text = " ".join([problem["detail"], *(fault["message"] for fault in problem.get("errors", []))])
    assert is_chinese(text) == (language == "zh"), text


def test_the_same_batch_is_begun_once_and_its_audit_can_be_read(office, asker, case):
    body = {"filter": {"processInstanceKey": str(case)}}
    again = basic("olga") | {"Idempotency-Key": f"batch {case}"}

    first, second = [asker.post(f"{INSTANCES}/cancellation", json=body, headers=again).json for _ in "12"]

    assert first == second
    with office.database.reading() as session:
        assert session.get_one(BatchOperation, int(first["batchOperationKey"])).total == 1
    wanted = {"filter": {"batchOperationKey": first["batchOperationKey"], "state": "ACTIVE"}}
    [item] = asker.post("/v2/batch-operation-items/search", json=wanted, headers=basic("audrey")).json["items"]
    assert (item["processInstanceKey"], item["operationType"]) == (str(case), "CANCEL_PROCESS_INSTANCE")
    nobody = asker.post("/v2/batch-operation-items/search", json=wanted, headers=basic("noah")).json
    assert nobody["items"] == []
    path = f"/v2/batch-operations/{first['batchOperationKey']}"
    assert asker.post(f"{path}/cancellation", headers=basic("olga")).status_code == 204
    assert refused(office, asker, 409, "POST", f"{path}/suspension", user="olga")["code"] == "BATCH_OVER"
