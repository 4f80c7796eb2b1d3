"""The official Python client: jobs, incidents, messages, signals, decisions, documents, and looking on."""

import io
import json
import time
from datetime import UTC, datetime

import pytest
from camunda_orchestration_sdk import errors, models
from camunda_orchestration_sdk.types import File

from tests.support.leave import DIAGRAMS

pytestmark = pytest.mark.both_databases


def start(client, process_id, **variables):
    given = models.ProcessInstanceCreationInstructionBaseVariables.from_dict(variables)
    return client.create_process_instance(
        data=models.ProcessCreationById(process_definition_id=process_id, variables=given)
    ).process_instance_key


def activate(client, *, limit=10, wait=-1):
    request = models.JobActivationRequest(
        type_="prepare", timeout=60_000, max_jobs_to_activate=limit, worker="bench", request_timeout=wait
    )
    return client.activate_jobs(data=request).jobs


def open_elements(client, instance_key):
    query = models.UserTaskSearchQuery.from_dict({"filter": {"processInstanceKey": instance_key, "state": "CREATED"}})
    return [task.element_id for task in client.search_user_tasks(data=query).items]


def soon(look, wanted):
    """Wait for what the worker does after the answer: deliveries of messages and signals."""
    deadline = time.monotonic() + 10
    while look() != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    assert look() == wanted


def finish_all(people):
    """Leave no job of another test behind."""
    for job in activate(people["wanda"], limit=100):
        people["wanda"].complete_job(job.job_key)


def test_a_worker_completes_a_job(people):
    finish_all(people)
    key = start(people["ada"], "order", size=3.5)

    [job] = activate(people["wanda"])
    assert (job.process_instance_key, job.custom_headers.to_dict(), job.worker) == (key, {"bench": "2"}, "bench")
    assert job.variables.to_dict() == {"size": 3.5}
    result = models.JobCompletionRequestVariables.from_dict({"ready": True})
    people["wanda"].complete_job(job.job_key, data=models.JobCompletionRequest(variables=result))

    assert open_elements(people["ada"], key) == ["check"]
    query = models.JobSearchQuery.from_dict({"filter": {"processInstanceKey": key}})
    [found] = people["audrey"].search_jobs(data=query).items
    assert (found.state, found.type_) == ("COMPLETED", "prepare")


def test_an_idle_worker_waits_for_the_next_job(people):
    finish_all(people)
    before = datetime.now(UTC)

    assert activate(people["wanda"], wait=600) == []

    assert (datetime.now(UTC) - before).total_seconds() >= 0.6


def test_a_job_without_retries_becomes_an_incident_and_comes_back_when_it_is_resolved(people):
    finish_all(people)
    key = start(people["ada"], "order")
    [job] = activate(people["wanda"])

    people["wanda"].fail_job(job.job_key, data=models.JobFailRequest(retries=0, error_message="no wood"))

    query = models.IncidentSearchQuery.from_dict({"filter": {"processInstanceKey": key, "state": "ACTIVE"}})
    [incident] = people["audrey"].search_incidents(data=query).items
    assert (incident.error_type, incident.job_key, incident.element_id) == ("JOB_NO_RETRIES", job.job_key, "prepare")
    assert "no wood" in people["audrey"].get_incident(incident.incident_key).error_message
    assert people["audrey"].get_process_instance(key).has_incident
    assert activate(people["wanda"]) == []

    people["ada"].resolve_incident(incident.incident_key)
    [again] = activate(people["wanda"], wait=5000)
    people["wanda"].complete_job(again.job_key)

    assert again.job_key == job.job_key
    assert people["audrey"].search_incidents(data=query).items == []
    assert not people["audrey"].get_process_instance(key).has_incident


def test_an_error_of_a_worker_goes_to_the_boundary_event(people):
    finish_all(people)
    key = start(people["ada"], "order")
    [job] = activate(people["wanda"])

    people["wanda"].throw_job_error(job.job_key, data=models.JobErrorRequest(error_code="E1", error_message="broken"))

    assert open_elements(people["ada"], key) == ["scrap"]
    with pytest.raises(errors.ApiError) as refusal:
        people["wanda"].complete_job(job.job_key)
    assert refusal.value.status_code == 409


def test_a_message_reaches_who_waits_for_it(people):
    first, second = start(people["ada"], "waiting", key="m-1"), start(people["ada"], "waiting", key="m-2")
    query = models.MessageSubscriptionSearchQuery.from_dict({"filter": {"processInstanceKey": first}})
    [waiting] = people["audrey"].search_message_subscriptions(data=query).items
    assert (waiting.message_name, waiting.correlation_key) == ("msg", "m-1")

    correlated = people["wanda"].correlate_message(
        data=models.MessageCorrelationRequest(name="msg", correlation_key="m-1")
    )
    variables = models.MessagePublicationRequestVariables.from_dict({"answer": "yes"})
    published = models.MessagePublicationRequest(
        name="msg", correlation_key="m-2", message_id="once", time_to_live=60_000, variables=variables
    )
    people["wanda"].publish_message(data=published)

    assert correlated.process_instance_key == first
    assert open_elements(people["ada"], first) == ["then"]
    soon(lambda: open_elements(people["ada"], second), ["then"])
    with pytest.raises(errors.NotFoundError):
        people["wanda"].correlate_message(data=models.MessageCorrelationRequest(name="msg", correlation_key="m-1"))
    with pytest.raises(errors.ApiError) as refusal:
        people["wanda"].publish_message(data=published)
    assert refusal.value.status_code == 409


def test_a_signal_reaches_everybody(people):
    keys = [start(people["ada"], "listening") for _ in range(3)]

    people["ada"].broadcast_signal(data=models.SignalBroadcastRequest(signal_name="sig"))

    soon(lambda: [open_elements(people["ada"], key) for key in keys], [["heard"]] * 3)


def test_the_end_of_an_instance_may_be_waited_for(people):
    given = models.ProcessInstanceCreationInstructionBaseVariables.from_dict({"a": 0.1, "b": 0.2})
    request = models.ProcessCreationById(
        process_definition_id="sum", variables=given, await_completion=True, fetch_variables=["total"]
    )

    assert people["ada"].create_process_instance(data=request).variables.to_dict() == {"total": 0.3}


def test_a_decision_is_evaluated_and_found_again(people):
    variables = models.DecisionEvaluationByIdVariables.from_dict({"days": 12, "kind": "annual"})
    evaluated = people["ada"].evaluate_decision(
        data=models.DecisionEvaluationByID(decision_definition_id="leave_days", variables=variables)
    )
    query = models.DecisionInstanceSearchQuery.from_dict(
        {"filter": {"decisionEvaluationKey": evaluated.decision_evaluation_key}}
    )
    [found] = people["audrey"].search_decision_instances(data=query).items
    whole = people["audrey"].get_decision_instance(found.decision_evaluation_instance_key)
    definition = people["anna"].get_decision_definition(evaluated.decision_definition_key)

    assert json.loads(evaluated.output)["needs_approval"] is True
    assert {each.input_name for each in whole.evaluated_inputs}
    assert len(whole.matched_rules) == 1
    assert definition.decision_definition_id == "leave_days"
    assert "<definitions" in people["anna"].get_decision_definition_xml(definition.decision_definition_key)


def test_what_happened_inside_an_instance_can_be_looked_at(people):
    key = start(people["ada"], "leave_request")
    query = models.ElementInstanceSearchQuery.from_dict({"filter": {"processInstanceKey": key, "state": "ACTIVE"}})
    visits = {visit.element_id: visit for visit in people["audrey"].search_element_instances(data=query).items}
    one = people["audrey"].get_element_instance(visits["request"].element_instance_key)
    statistics = {each.element_id: each for each in people["audrey"].get_process_instance_statistics(key).items}
    flows = people["audrey"].get_process_instance_sequence_flows(key).items

    assert (one.type_, one.state) == ("USER_TASK", "ACTIVE")
    assert (statistics["request"].active, statistics["start"].completed) == (1, 1)
    assert [flow.element_id for flow in flows] == ["to_request"]

    people["ada"].cancel_process_instance(key, data=models.CancelProcessInstanceRequest())

    assert people["ada"].get_process_instance(key).state == "TERMINATED"
    entries = people["audrey"].search_audit_logs(
        data=models.AuditLogSearchQueryRequest.from_dict(
            {"filter": {"processInstanceKey": key, "operationType": "CANCEL"}}
        )
    )
    assert people["audrey"].get_audit_log(entries.items[0].audit_log_key).actor_id == "ada"


def test_variables_are_set_and_read(people):
    key = start(people["ada"], "leave_request")
    changes = models.SetVariableRequestVariables.from_dict({"long": "长" * 9000, "price": 12.50})

    people["ada"].create_element_instance_variables(key, data=models.SetVariableRequest(variables=changes))

    query = models.VariableSearchQuery.from_dict({"filter": {"processInstanceKey": key, "name": {"$in": ["long"]}}})
    [cut] = people["audrey"].search_variables(data=query).items
    whole = people["audrey"].get_variable(cut.variable_key)
    assert cut.is_truncated
    assert json.loads(whole.value) == "长" * 9000
    task_query = models.UserTaskSearchQuery.from_dict({"filter": {"processInstanceKey": key}})
    [task] = people["ada"].search_user_tasks(data=task_query).items
    names = {each.name for each in people["ada"].search_user_task_effective_variables(task.user_task_key).items}
    assert {"long", "price"} <= names
    assert people["anna"].search_user_task_variables(task.user_task_key).items == []  # her form names neither


def test_a_task_is_changed_and_given_back(people):
    key = start(people["ada"], "leave_request")
    query = models.UserTaskSearchQuery.from_dict({"filter": {"processInstanceKey": key}})
    [task] = people["ada"].search_user_tasks(data=query).items
    due = datetime(2026, 12, 24, 9, tzinfo=UTC)

    people["anna"].assign_user_task(
        task.user_task_key, data=models.UserTaskAssignmentRequest(assignee="anna", allow_override=False)
    )
    people["anna"].unassign_user_task(task.user_task_key)
    people["ada"].update_user_task(
        task.user_task_key,
        data=models.UserTaskUpdateRequest(
            changeset=models.Changeset(due_date=due, priority=80, candidate_users=["ben"])
        ),
    )

    changed = people["ada"].get_user_task(task.user_task_key)
    assert (changed.assignee, changed.due_date, changed.priority) == (None, due, 80)
    assert (changed.candidate_users, changed.candidate_groups) == (["ben"], ["staff"])
    logs = people["ada"].search_user_task_audit_logs(task.user_task_key).items
    assert [entry.operation_type for entry in logs] == ["ASSIGN", "UNASSIGN", "UPDATE"]


def test_a_document_is_kept_read_and_taken_back(people):
    data = models.CreateDocumentData(file=File(payload=io.BytesIO(b"plain words"), file_name="note.txt"))

    kept = people["anna"].create_document(data=data)

    assert (kept.metadata.file_name, kept.metadata.size) == ("note.txt", 11)
    assert people["anna"].get_document(kept.document_id).payload.read() == b"plain words"
    with pytest.raises(errors.NotFoundError):
        people["grace"].get_document(kept.document_id)
    people["anna"].delete_document(kept.document_id)
    with pytest.raises(errors.NotFoundError):
        people["anna"].get_document(kept.document_id)


def test_definitions_are_listed_with_their_files(people):
    query = models.ProcessDefinitionSearchQuery.from_dict(
        {"filter": {"processDefinitionId": "leave_request", "isLatestVersion": True}}
    )

    [definition] = people["anna"].search_process_definitions(data=query).items

    deployed = (DIAGRAMS / "leave_request" / "leave_request.bpmn").read_text()
    assert people["anna"].get_process_definition(definition.process_definition_key).name == "请假"
    assert people["anna"].get_process_definition_xml(definition.process_definition_key) == deployed


def test_what_a_client_asks_first(people):
    assert people["anna"].get_topology().gateway_version.startswith("8.")
    assert people["anna"].get_license().valid_license
    me = people["anna"].get_authentication()
    assert (me.username, me.display_name, me.groups) == ("anna", "安娜", ["staff"])
