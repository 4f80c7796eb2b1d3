"""The official Python client of the Camunda 8 REST API, unmodified, against gunicorn."""

import json

import pytest
from camunda_orchestration_sdk import models

from tests.support.leave import DIAGRAMS, LONG_LEAVE

pytestmark = pytest.mark.both_databases


def open_tasks(client, instance_key):
    filters = models.UserTaskFilter(state=models.UserTaskStateExactMatch.CREATED, process_instance_key=instance_key)
    return client.search_user_tasks(data=models.UserTaskSearchQuery(filter_=filters)).items


def take_and_complete(client, username, task, answers):
    request = models.UserTaskAssignmentRequest(assignee=username, allow_override=False)
    client.assign_user_task(task.user_task_key, data=request)
    variables = models.UserTaskCompletionRequestVariables.from_dict(answers)
    client.complete_user_task(task.user_task_key, data=models.UserTaskCompletionRequest(variables=variables))


def start(client):
    return client.create_process_instance(
        data=models.ProcessCreationById(process_definition_id="leave_request")
    ).process_instance_key


def test_deploying_the_same_again_is_the_same_deployment(people):
    folder = DIAGRAMS / "leave_request"
    paths = sorted(path for path in folder.iterdir() if path.suffix != ".md")

    first, second = (people["dora"].deploy_resources_from_files(paths) for _ in range(2))

    assert first.deployment_key == second.deployment_key
    assert [process.process_definition_id for process in first.processes] == ["leave_request"]


def test_a_leave_request_from_start_to_end(people):
    key = start(people["ada"])

    [request] = open_tasks(people["anna"], key)
    form = people["anna"].get_user_task_form(request.user_task_key)
    assert "days" in {component.get("key") for component in json.loads(form.schema)["components"]}
    take_and_complete(people["anna"], "anna", request, LONG_LEAVE)

    [approval] = open_tasks(people["grace"], key)
    assert (approval.element_id, approval.candidate_groups) == ("approve", ["managers"])
    take_and_complete(people["grace"], "grace", approval, {"approved": True, "comment": ""})

    assert people["ada"].get_process_instance(key).state == "COMPLETED"
    found = people["audrey"].search_variables(
        data=models.VariableSearchQuery(filter_=models.VariableFilter(process_instance_key=key, name="leave"))
    )
    assert json.loads(found.items[0].value) == {"outcome": "granted", "days": 2.5}


def test_a_refused_form_says_which_field(people):
    key = start(people["ada"])
    [request] = open_tasks(people["anna"], key)

    with pytest.raises(Exception, match="400") as refusal:
        take_and_complete(people["anna"], "anna", request, {"days": 99})

    assert "FORM_INVALID" in str(getattr(refusal.value, "body", refusal.value)) or refusal.value.status_code == 400


def test_the_audit_log_names_who_did_what(people):
    key = start(people["ada"])
    [request] = open_tasks(people["anna"], key)
    take_and_complete(people["anna"], "anna", request, {**LONG_LEAVE, "days": 1})

    entries = (
        people["audrey"]
        .search_audit_logs(
            data=models.AuditLogSearchQueryRequest(filter_=models.AuditLogFilter(process_instance_key=key))
        )
        .items
    )

    assert [(entry.actor_id, entry.operation_type) for entry in entries] == [
        ("ada", "CREATE"),
        ("anna", "ASSIGN"),
        ("anna", "COMPLETE"),
    ]


def test_what_one_may_not_know_of_is_not_found(people):
    key = start(people["ada"])

    with pytest.raises(Exception, match=r"404|Not Found|NotFound") as refusal:
        people["grace"].get_process_instance(key)

    assert refusal.value.status_code == 404
