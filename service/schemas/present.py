"""From rows to what the result schemas write."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import values
from service.models import ElementInstance, Incident, Job, ProcessInstance, Resource, Subscription, UserTask, Variable
from service.releases import Deployed, resource

#: Longer values are cut in lists.
TRUNCATED_AT = 8191


def user_task(session: Session, task: UserTask, instance: ProcessInstance) -> dict[str, Any]:
    """A user task with its instance."""
    definition = resource(session, task.definition_key)
    state = "CREATED" if task.ended_at is None else "COMPLETED" if task.completed_by else "CANCELED"
    return {
        "user_task_key": task.key,
        "element_instance_key": task.key,
        "element_id": task.element_id,
        "name": task.name or None,
        "state": state,
        "assignee": task.assignee,
        "candidate_groups": task.candidate_groups,
        "candidate_users": task.candidate_users,
        "creation_date": task.created_at,
        "completion_date": task.ended_at,
        "due_date": task.due_at,
        "follow_up_date": task.follow_up_at,
        "priority": task.priority,
        **_process(definition, instance),
        "process_definition_version": definition.version if definition else 0,
        "process_name": definition.name if definition else None,
        "form_key": task.form_key,
        "custom_headers": task.headers,
        "business_id": instance.business_id,
        "tags": instance.tags,
    }


def process_instance(session: Session, instance: ProcessInstance) -> dict[str, Any]:
    """A process instance."""
    definition = resource(session, instance.definition_key)
    parent_element = None
    if instance.parent_key is not None and instance.parent_call is not None:
        parent_element = instance.parent_key + instance.parent_call
    return {
        **_process(definition, instance),
        "process_definition_name": definition.name if definition else None,
        "process_definition_version": definition.version if definition else 0,
        "process_definition_version_tag": definition.facts.get("version_tag") if definition else None,
        "parent_process_instance_key": instance.parent_key,
        "parent_element_instance_key": parent_element,
        "start_date": instance.started_at,
        "end_date": instance.ended_at,
        "state": instance.status,
        "has_incident": instance.incidents > 0,
        "tags": instance.tags,
        "business_id": instance.business_id,
    }


def process_definition(row: Resource) -> dict[str, Any]:
    """A version of a process."""
    return {
        "process_definition_key": row.key,
        "process_definition_id": row.resource_id,
        "name": row.name or None,
        "resource_name": row.file_name,
        "version": row.version,
        "version_tag": row.facts.get("version_tag"),
        "has_start_form": bool(row.facts.get("start_form_id")),
    }


def element_instance(
    session: Session, element: ElementInstance, instance: ProcessInstance, incident: int | None
) -> dict[str, Any]:
    """A visit of an element; `incident` is the key of an open one at it."""
    return {
        "element_instance_key": element.key,
        "element_id": element.element_id,
        "element_name": element.name or element.element_id,
        "type": element.type,
        "state": element.state,
        "start_date": element.started_at,
        "end_date": element.ended_at,
        "has_incident": incident is not None,
        "incident_key": incident,
        **_process(resource(session, instance.definition_key), instance),
    }


def variable(row: Variable, instance: ProcessInstance, *, truncate: bool) -> dict[str, Any]:
    """A variable; in a list a long value may be cut."""
    cut = truncate and len(row.value) > TRUNCATED_AT
    return {
        "variable_key": row.key,
        "name": row.name,
        "value": row.value[:TRUNCATED_AT] if cut else row.value,
        "is_truncated": cut,
        "scope_key": row.scope_key,
        "process_instance_key": row.instance_key,
        "root_process_instance_key": instance.root_key,
    }


def job(session: Session, row: Job, instance: ProcessInstance) -> dict[str, Any]:
    """A job of a worker, as searches show it."""
    return {
        "job_key": row.key,
        "type": row.type,
        "state": row.state,
        "worker": row.worker or "",
        "retries": row.retries,
        "deadline": row.lease_until,
        "custom_headers": row.data.get("headers", {}),
        "element_id": row.element_id,
        "element_instance_key": row.key,
        **_process(resource(session, instance.definition_key), instance),
        "business_id": instance.business_id,
        "creation_time": row.created_at,
        "last_update_time": row.ended_at or row.created_at,
        "end_time": row.ended_at,
        "error_code": row.data.get("errorCode"),
        "error_message": row.error_message,
        "has_failed_with_retries_left": row.state == "FAILED" and row.retries > 0,
    }


def activated_job(session: Session, row: Job, instance: ProcessInstance, fetch: list[str] | None) -> dict[str, Any]:
    """A job as handed to a worker; `fetch` names the variables that it wants, None: all."""
    definition = resource(session, instance.definition_key)
    given: Mapping[str, Any] = row.data.get("variables", {})
    return {
        "job_key": row.key,
        "type": row.type,
        "worker": row.worker or "",
        "retries": row.retries,
        "deadline": int(row.lease_until.timestamp() * 1000) if row.lease_until else 0,
        "custom_headers": row.data.get("headers", {}),
        "variables": {name: value for name, value in given.items() if not fetch or name in fetch},
        "element_id": row.element_id,
        "element_instance_key": row.key,
        **_process(definition, instance),
        "process_definition_version": definition.version if definition else 0,
        "business_id": instance.business_id,
        "tags": instance.tags,
    }


def incident(session: Session, row: Incident, instance: ProcessInstance) -> dict[str, Any]:
    """An incident."""
    return {
        "incident_key": row.key,
        "error_type": row.type,
        "error_message": row.message,
        "element_id": row.element_id or instance.process_id,
        "element_instance_key": row.element_instance_key or row.instance_key,
        "creation_time": row.created_at,
        "state": "RESOLVED" if row.resolved_at else "ACTIVE",
        "job_key": row.job_key,
        **_process(resource(session, instance.definition_key), instance),
    }


def message_subscription(session: Session, row: Subscription, instance: ProcessInstance | None) -> dict[str, Any]:
    """A message subscription of an instance or a start event."""
    definition = resource(session, instance.definition_key if instance else row.definition_key or 0)
    return {
        "message_subscription_key": row.key,
        "message_subscription_state": row.state,
        "message_subscription_type": "START_EVENT" if row.instance_key is None else "PROCESS_EVENT",
        "message_name": row.name,
        "correlation_key": row.correlation_key or None,
        "last_updated_date": row.ended_at or row.created_at,
        "element_id": row.element_id,
        "element_instance_key": row.element_instance_key,
        "process_definition_id": row.process_id,
        "process_definition_key": definition.key if definition else None,
        "process_definition_name": definition.name if definition else None,
        "process_definition_version": definition.version if definition else None,
        "process_instance_key": row.instance_key,
        "root_process_instance_key": instance.root_key if instance else None,
        "business_id": instance.business_id if instance else None,
        "tool_properties": {},
    }


def decision_definition(row: Resource) -> dict[str, Any]:
    """A version of a decision."""
    return {
        "decision_definition_key": row.key,
        "decision_definition_id": row.resource_id,
        "name": row.name,
        "version": row.version,
        "decision_requirements_id": row.file_name.rsplit("/", 1)[-1].removesuffix(".dmn"),
        "decision_requirements_key": row.key,
        "decision_requirements_name": row.file_name.rsplit("/", 1)[-1],
        "decision_requirements_version": row.version,
    }


def form(found: Deployed) -> dict[str, Any]:
    """A form."""
    return {
        "form_key": found.key,
        "form_id": found.resource_id,
        "version": found.version,
        "schema": values.to_json(values.from_json(found.data)).decode(),
    }


def _process(definition: Deployed | None, instance: ProcessInstance) -> dict[str, Any]:
    return {
        "process_definition_id": instance.process_id,
        "process_definition_key": definition.key if definition else instance.definition_key,
        "process_instance_key": instance.key,
        "root_process_instance_key": instance.root_key,
    }
