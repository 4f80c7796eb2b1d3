"""What runs: user tasks, process instances, element instances, variables."""

from dataclasses import replace

from sqlalchemy import case, func, select

from service.access import User
from service.models import ElementInstance, Incident, ProcessInstance, Resource, UserTask, Variable
from service.operations import blindness
from service.operations.nouns import filters
from service.operations.search import Field, Noun

TASK_STATE = case(
    (UserTask.ended_at.is_(None), "CREATED"), (UserTask.completed_by.is_not(None), "COMPLETED"), else_="CANCELED"
)
USER_TASKS = Noun(
    "user tasks",
    select(UserTask, ProcessInstance).join(ProcessInstance, ProcessInstance.key == UserTask.instance_key),
    UserTask.key,
    {
        "userTaskKey": filters.one_key(UserTask.key),
        "elementId": Field("plain", UserTask.element_id),
        "elementInstanceKey": filters.one_key(UserTask.key),
        "name": Field("string", UserTask.name),
        "state": Field("enum", TASK_STATE),
        "assignee": Field("string", UserTask.assignee),
        "candidateGroup": filters.candidate("group"),
        "candidateUser": filters.candidate("user"),
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
        "processInstanceVariables": filters.variables(UserTask.instance_key),
        "tags": filters.tags(ProcessInstance.tags),
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
    options=(filters.STATELESS,),
)


def user_tasks(user: User) -> Noun:
    """`USER_TASKS` as this user may filter them: what is hidden from them cannot be found out by asking either."""
    seen = {
        "assignee": Field("string", blindness.assignee_seen_by(user)),
        "candidateUser": filters.candidate("user", seen_by=user),
    }
    return replace(USER_TASKS, fields={**USER_TASKS.fields, **seen})


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
        "hasIncident": filters.flag(ProcessInstance.incidents > 0),
        "processDefinitionName": Field("string", filters.of_definition(Resource.name)),
        "processDefinitionVersion": Field("number", filters.of_definition(Resource.version)),
        "processDefinitionVersionTag": Field("string", filters.of_definition(filters.fact("version_tag"))),
        "elementId": filters.is_at(ProcessInstance.key),
        "tags": filters.tags(ProcessInstance.tags),
        "variables": filters.variables(ProcessInstance.key),
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
        "hasIncident": case((ProcessInstance.incidents > 0, 1), else_=0),
        "processDefinitionName": filters.of_definition(Resource.name),
        "processDefinitionVersion": filters.of_definition(Resource.version),
    },
    alternatives=True,
    options=(filters.STATELESS,),
)
_INCIDENT_AT = (
    select(Incident.key)
    .where(
        Incident.instance_key == ElementInstance.instance_key,
        Incident.element_id == ElementInstance.element_id,
        Incident.resolved_at.is_(None),
        ElementInstance.state == "ACTIVE",
    )
    .limit(1)
    .correlate(ElementInstance)
)
ELEMENT_INSTANCES = Noun(
    "element instances",
    select(ElementInstance, ProcessInstance).join(ProcessInstance, ProcessInstance.key == ElementInstance.instance_key),
    ElementInstance.key,
    {
        "elementInstanceKey": filters.one_key(ElementInstance.key),
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
        "hasIncident": filters.flag(_INCIDENT_AT.exists()),
        "incidentKey": filters.one_key(_INCIDENT_AT.scalar_subquery()),
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
    options=(filters.STATELESS,),
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
    options=(filters.STATELESS,),
)
