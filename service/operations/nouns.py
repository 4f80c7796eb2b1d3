"""The nouns that can be searched, as tables: field → kind and column."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, select, true

from service import values
from service.errors import BadArgument
from service.models import (
    Candidate,
    DecisionInstance,
    ElementInstance,
    Event,
    Incident,
    Job,
    ProcessInstance,
    Resource,
    Subscription,
    UserTask,
    Variable,
)
from service.operations.search import Field, Noun, negate


def _candidate(prefix: str) -> Field:
    def clause(wanted: Any) -> ColumnElement[bool]:
        operations = wanted if isinstance(wanted, dict) else {"$eq": wanted}
        names = [operations["$eq"]] if "$eq" in operations else operations.get("$in")
        if not isinstance(names, list) or set(operations) - {"$eq", "$in"}:
            raise BadArgument(reason="a candidate is filtered by $eq or $in")
        offered = Candidate.who.in_([f"{prefix}:{name}" for name in names])
        return exists().where(Candidate.task_key == UserTask.key, offered)

    return Field("string", clause=clause)


def _variables(instance_key: Any) -> Field:
    """`[{name, value}]`: every one of them must be among the instance's variables, as JSON text."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        if not isinstance(wanted, list):
            raise BadArgument(reason="variables must be a list of {name, value}")
        found = [exists().where(Variable.instance_key == instance_key, *_variable_is(each)) for each in wanted]
        return and_(true(), *found)

    return Field("plain", clause=clause)


def _variable_is(each: Any) -> list[ColumnElement[bool]]:
    """Name and JSON text of one wanted variable; the text is spelled as the mirror spells it."""
    value = each.get("value") if isinstance(each, dict) else None
    value = value.get("$eq") if isinstance(value, dict) else value
    if not isinstance(value, str):
        raise BadArgument(reason="a variable is compared with JSON text")
    try:
        text = values.to_json(values.from_json(value)).decode()
    except ValueError:
        raise BadArgument(reason=f"{value!r} is no JSON text") from None
    return [Variable.name == each.get("name"), Variable.value == text]


def _is_latest(kind: str) -> Field:
    other = Resource.__table__.alias("newer")

    def clause(wanted: Any) -> ColumnElement[bool]:
        newer = exists().where(
            other.c.kind == Resource.kind,
            other.c.resource_id == Resource.resource_id,
            other.c.version > Resource.version,
        )
        return negate(newer, not wanted)

    return Field("boolean", clause=clause)


TASK_STATE = case(
    (UserTask.ended_at.is_(None), "CREATED"), (UserTask.completed_by.is_not(None), "COMPLETED"), else_="CANCELED"
)
USER_TASKS = Noun(
    "user tasks",
    select(UserTask, ProcessInstance).join(ProcessInstance, ProcessInstance.key == UserTask.instance_key),
    UserTask.key,
    {
        "userTaskKey": Field("plain", clause=lambda v: UserTask.key == _key(v)),
        "elementId": Field("plain", UserTask.element_id),
        "elementInstanceKey": Field("plain", clause=lambda v: UserTask.key == _key(v)),
        "name": Field("string", UserTask.name),
        "state": Field("enum", TASK_STATE),
        "assignee": Field("string", UserTask.assignee),
        "candidateGroup": _candidate("group"),
        "candidateUser": _candidate("user"),
        "priority": Field("number", UserTask.priority),
        "dueDate": Field("date", UserTask.due_at),
        "followUpDate": Field("date", UserTask.follow_up_at),
        "creationDate": Field("date", UserTask.created_at),
        "completionDate": Field("date", UserTask.ended_at),
        "processDefinitionId": Field("string", UserTask.process_id),
        "bpmnProcessId": Field("string", UserTask.process_id),
        "processDefinitionKey": Field("key", UserTask.definition_key),
        "processInstanceKey": Field("key", UserTask.instance_key),
        "rootProcessInstanceKey": Field("key", UserTask.root_key),
        "businessId": Field("string", ProcessInstance.business_id),
        "processInstanceVariables": _variables(UserTask.instance_key),
    },
    {
        "creationDate": UserTask.created_at,
        "completionDate": UserTask.ended_at,
        "followUpDate": UserTask.follow_up_at,
        "dueDate": UserTask.due_at,
        "priority": UserTask.priority,
        "name": UserTask.name,
        "businessId": ProcessInstance.business_id,
    },
    alternatives=True,
)
PROCESS_INSTANCES = Noun(
    "process instances",
    select(ProcessInstance),
    ProcessInstance.key,
    {
        "processInstanceKey": Field("key", ProcessInstance.key),
        "processDefinitionId": Field("string", ProcessInstance.process_id),
        "processDefinitionKey": Field("key", ProcessInstance.definition_key),
        "parentProcessInstanceKey": Field("key", ProcessInstance.parent_key),
        "rootProcessInstanceKey": Field("key", ProcessInstance.root_key),
        "state": Field("enum", ProcessInstance.status),
        "startDate": Field("date", ProcessInstance.started_at),
        "endDate": Field("date", ProcessInstance.ended_at),
        "businessId": Field("string", ProcessInstance.business_id),
        "hasIncident": Field("boolean", clause=lambda v: negate(ProcessInstance.incidents > 0, bool(v))),
        "variables": _variables(ProcessInstance.key),
    },
    {
        "processInstanceKey": ProcessInstance.key,
        "processDefinitionId": ProcessInstance.process_id,
        "processDefinitionKey": ProcessInstance.definition_key,
        "parentProcessInstanceKey": func.coalesce(ProcessInstance.parent_key, 0),
        "startDate": ProcessInstance.started_at,
        "endDate": ProcessInstance.ended_at,
        "state": ProcessInstance.status,
        "businessId": ProcessInstance.business_id,
    },
    alternatives=True,
)
ELEMENT_INSTANCES = Noun(
    "element instances",
    select(ElementInstance, ProcessInstance).join(ProcessInstance, ProcessInstance.key == ElementInstance.instance_key),
    ElementInstance.key,
    {
        "elementInstanceKey": Field("plain", clause=lambda v: ElementInstance.key == _key(v)),
        "processInstanceKey": Field("key", ElementInstance.instance_key),
        "processDefinitionId": Field("string", ProcessInstance.process_id),
        "processDefinitionKey": Field("key", ProcessInstance.definition_key),
        "elementInstanceScopeKey": Field("key", ElementInstance.scope_key),
        "elementId": Field("string", ElementInstance.element_id),
        "elementName": Field("string", ElementInstance.name),
        "type": Field("enum", ElementInstance.type),
        "state": Field("enum", ElementInstance.state),
        "startDate": Field("date", ElementInstance.started_at),
        "endDate": Field("date", ElementInstance.ended_at),
        "rootProcessInstanceKey": Field("key", ProcessInstance.root_key),
    },
    {
        "elementInstanceKey": ElementInstance.key,
        "processInstanceKey": ElementInstance.instance_key,
        "elementId": ElementInstance.element_id,
        "elementName": ElementInstance.name,
        "type": ElementInstance.type,
        "state": ElementInstance.state,
        "startDate": ElementInstance.started_at,
        "endDate": ElementInstance.ended_at,
    },
    alternatives=True,
)
VARIABLES = Noun(
    "variables",
    select(Variable, ProcessInstance).join(ProcessInstance, ProcessInstance.key == Variable.instance_key),
    Variable.key,
    {
        "variableKey": Field("key", Variable.key),
        "name": Field("string", Variable.name),
        "value": Field("string", Variable.value),
        "scopeKey": Field("key", Variable.scope_key),
        "processInstanceKey": Field("key", Variable.instance_key),
        "rootProcessInstanceKey": Field("key", ProcessInstance.root_key),
    },
    {
        "variableKey": Variable.key,
        "name": Variable.name,
        "value": Variable.value,
        "scopeKey": Variable.scope_key,
        "processInstanceKey": Variable.instance_key,
    },
)
JOBS = Noun(
    "jobs",
    select(Job, ProcessInstance)
    .join(ProcessInstance, ProcessInstance.key == Job.instance_key)
    .where(Job.kind == "service"),
    Job.key,
    {
        "jobKey": Field("key", Job.key),
        "type": Field("string", Job.type),
        "worker": Field("string", func.coalesce(Job.worker, "")),
        "state": Field("enum", Job.state),
        "retries": Field("number", Job.retries),
        "elementId": Field("string", Job.element_id),
        "elementInstanceKey": Field("key", Job.key),
        "processInstanceKey": Field("key", Job.instance_key),
        "rootProcessInstanceKey": Field("key", Job.root_key),
        "processDefinitionId": Field("string", ProcessInstance.process_id),
        "processDefinitionKey": Field("key", ProcessInstance.definition_key),
        "errorMessage": Field("string", Job.error_message),
        "deadline": Field("date", Job.lease_until),
        "creationTime": Field("date", Job.created_at),
        "endTime": Field("date", Job.ended_at),
    },
    {
        "jobKey": Job.key,
        "type": Job.type,
        "state": Job.state,
        "retries": Job.retries,
        "elementId": Job.element_id,
        "processInstanceKey": Job.instance_key,
        "creationTime": Job.created_at,
        "endTime": Job.ended_at,
        "deadline": Job.lease_until,
    },
)
INCIDENTS = Noun(
    "incidents",
    select(Incident, ProcessInstance).join(ProcessInstance, ProcessInstance.key == Incident.instance_key),
    Incident.key,
    {
        "incidentKey": Field("key", Incident.key),
        "processInstanceKey": Field("key", Incident.instance_key),
        "rootProcessInstanceKey": Field("key", Incident.root_key),
        "processDefinitionId": Field("string", ProcessInstance.process_id),
        "processDefinitionKey": Field("key", ProcessInstance.definition_key),
        "elementId": Field("string", Incident.element_id),
        "jobKey": Field("key", Incident.job_key),
        "errorType": Field("enum", Incident.type),
        "errorMessage": Field("string", Incident.message),
        "creationTime": Field("date", Incident.created_at),
        "state": Field("enum", case((Incident.resolved_at.is_(None), "ACTIVE"), else_="RESOLVED")),
    },
    {
        "incidentKey": Incident.key,
        "creationTime": Incident.created_at,
        "elementId": Incident.element_id,
        "errorType": Incident.type,
        "processInstanceKey": Incident.instance_key,
    },
)
MESSAGE_SUBSCRIPTIONS = Noun(
    "message subscriptions",
    select(Subscription).where(Subscription.kind == "message"),
    Subscription.key,
    {
        "messageSubscriptionKey": Field("key", Subscription.key),
        "messageName": Field("string", Subscription.name),
        "correlationKey": Field("string", Subscription.correlation_key),
        "processInstanceKey": Field("key", Subscription.instance_key),
        "processDefinitionId": Field("string", Subscription.process_id),
        "elementId": Field("string", Subscription.element_id),
        "elementInstanceKey": Field("key", Subscription.element_instance_key),
        "messageSubscriptionState": Field("enum", Subscription.state),
        "lastUpdatedDate": Field("date", func.coalesce(Subscription.ended_at, Subscription.created_at)),
    },
    {
        "messageSubscriptionKey": Subscription.key,
        "messageName": Subscription.name,
        "correlationKey": Subscription.correlation_key,
        "elementId": Subscription.element_id,
        "processInstanceKey": func.coalesce(Subscription.instance_key, 0),
    },
)
AUDIT_LOGS = Noun(
    "audit logs",
    select(Event, ProcessInstance).join(ProcessInstance, ProcessInstance.key == Event.instance_key),
    Event.key,
    {
        "auditLogKey": Field("key", Event.key),
        "actorId": Field("string", Event.actor),
        "processInstanceKey": Field("key", Event.instance_key),
        "rootProcessInstanceKey": Field("key", ProcessInstance.root_key),
        "processDefinitionId": Field("string", ProcessInstance.process_id),
        "processDefinitionKey": Field("key", ProcessInstance.definition_key),
        "elementInstanceKey": Field("key", Event.element_instance_key),
        "userTaskKey": Field(
            "key",
            case((Event.kind.like("USER_TASK%"), Event.element_instance_key)),
        ),
        "timestamp": Field("date", Event.at),
    },
    {"auditLogKey": Event.key, "timestamp": Event.at, "actorId": Event.actor, "processInstanceKey": Event.instance_key},
    default=(Event.at, Event.seq),
)


def definitions(kind: str, name: str, id_field: str, key_field: str) -> Noun:
    """Deployed resources of a kind; each version is a row."""
    return Noun(
        name,
        select(Resource).where(Resource.kind == kind),
        Resource.key,
        {
            key_field: Field("key", Resource.key),
            id_field: Field("string", Resource.resource_id),
            "name": Field("string", Resource.name),
            "version": Field("number", Resource.version),
            "resourceName": Field("string", Resource.file_name),
            "isLatestVersion": _is_latest(kind),
        },
        {key_field: Resource.key, id_field: Resource.resource_id, "name": Resource.name, "version": Resource.version},
    )


PROCESS_DEFINITIONS = definitions("process", "process definitions", "processDefinitionId", "processDefinitionKey")
DECISION_DEFINITIONS = definitions("decision", "decision definitions", "decisionDefinitionId", "decisionDefinitionKey")
DECISION_INSTANCES = Noun(
    "decision instances",
    select(DecisionInstance, Resource).join(Resource, Resource.key == DecisionInstance.definition_key),
    DecisionInstance.key,
    {
        "decisionEvaluationInstanceKey": Field("plain", clause=lambda v: DecisionInstance.key == _key(v)),
        "decisionEvaluationKey": Field("plain", clause=lambda v: DecisionInstance.evaluation_key == _key(v)),
        "decisionDefinitionId": Field("string", DecisionInstance.decision_id),
        "decisionDefinitionKey": Field("key", DecisionInstance.definition_key),
        "processInstanceKey": Field("key", DecisionInstance.instance_key),
        "elementInstanceKey": Field("key", DecisionInstance.element_instance_key),
        "evaluationDate": Field("date", DecisionInstance.evaluated_at),
    },
    {
        "decisionEvaluationInstanceKey": DecisionInstance.key,
        "decisionDefinitionId": DecisionInstance.decision_id,
        "evaluationDate": DecisionInstance.evaluated_at,
    },
)


def _key(value: Any) -> int:
    if not isinstance(value, str) or not value.lstrip("-").isdigit():
        raise BadArgument(reason="a key is a text of digits")
    return int(value)
