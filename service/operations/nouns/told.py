"""What is told: audit logs, definitions, evaluations of decisions."""

from typing import Any

from sqlalchemy import case, func, select

from service.models import Account, DecisionInstance, Event, ProcessInstance, Resource
from service.operations import audit
from service.operations.nouns import filters
from service.operations.search import Field, Noun


def _fits_of(place: int) -> Any:
    """Entity type, operation or category of an event, in SQL."""
    return case({kind: words[place] for kind, words in audit.KINDS.items()}, value=Event.kind, else_=audit.OTHER[place])


_AUDITED = case(
    (Event.kind.like("USER_TASK%") & Event.element_instance_key.is_not(None), Event.element_instance_key),
    else_=Event.instance_key,
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
        "userTaskKey": Field("key", case((Event.kind.like("USER_TASK%"), Event.element_instance_key))),
        "timestamp": Field("date", Event.at),
        "entityType": Field("enum", _fits_of(0)),
        "operationType": Field("enum", _fits_of(1)),
        "category": Field("enum", _fits_of(2)),
        "entityKey": Field("key", _AUDITED),
        "entityDescription": Field("string", Event.kind),
        "result": Field("enum", case((Event.kind == audit.REFUSED, "FAIL"), else_="SUCCESS")),
        "actorType": Field("enum", case((Event.actor.is_not(None), "USER"))),
    },
    {"auditLogKey": Event.key, "timestamp": Event.at, "actorId": Event.actor, "processInstanceKey": Event.instance_key},
    default=(Event.at, Event.seq),
    options=(filters.STATELESS,),
)


def definitions(kind: str, name: str, id_field: str, key_field: str, **further: Field) -> Noun:
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
            "isLatestVersion": filters.is_latest(),
            **further,
        },
        {
            key_field: Resource.key,
            id_field: Resource.resource_id,
            "name": Resource.name,
            "version": Resource.version,
            "resourceName": Resource.file_name,
        },
    )


PROCESS_DEFINITIONS = definitions(
    "process",
    "process definitions",
    "processDefinitionId",
    "processDefinitionKey",
    versionTag=Field("string", filters.fact("version_tag")),
    hasStartForm=filters.flag(func.coalesce(filters.fact("start_form_id"), "") != ""),
    state=filters.constant("ACTIVE"),
)
DECISION_DEFINITIONS = definitions(
    "decision",
    "decision definitions",
    "decisionDefinitionId",
    "decisionDefinitionKey",
    decisionRequirementsKey=Field("key", Resource.key),
    decisionRequirementsVersion=Field("number", Resource.version),
)
DECISION_INSTANCES = Noun(
    "decision instances",
    select(DecisionInstance, Resource, ProcessInstance)
    .join(Resource, Resource.key == DecisionInstance.definition_key)
    .outerjoin(ProcessInstance, ProcessInstance.key == DecisionInstance.instance_key),
    DecisionInstance.key,
    {
        "decisionEvaluationInstanceKey": filters.evaluation(DecisionInstance.key),
        "decisionEvaluationKey": filters.one_key(DecisionInstance.evaluation_key),
        "decisionDefinitionId": Field("string", DecisionInstance.decision_id),
        "decisionDefinitionKey": Field("key", DecisionInstance.definition_key),
        "processInstanceKey": Field("key", DecisionInstance.instance_key),
        "elementInstanceKey": Field("key", DecisionInstance.element_instance_key),
        "evaluationDate": Field("date", DecisionInstance.evaluated_at),
        "rootDecisionDefinitionKey": Field("key", DecisionInstance.root_definition_key),
        "decisionDefinitionName": Field("string", Resource.name),
        "decisionDefinitionVersion": Field("number", Resource.version),
        "decisionDefinitionType": Field("enum", DecisionInstance.type),
        "processDefinitionKey": Field("key", ProcessInstance.definition_key),
        "businessId": Field("string", ProcessInstance.business_id),
        "state": filters.constant("EVALUATED"),
        "ruleId": filters.fired(DecisionInstance.rules),
    },
    {
        "decisionEvaluationInstanceKey": DecisionInstance.key,
        "decisionDefinitionId": DecisionInstance.decision_id,
        "evaluationDate": DecisionInstance.evaluated_at,
        "decisionDefinitionName": Resource.name,
        "processInstanceKey": func.coalesce(DecisionInstance.instance_key, 0),
    },
    options=(filters.STATELESS,),
)
USERS = Noun(
    "users",
    select(Account),
    Account.username,
    {
        "username": Field("string", Account.username),
        "name": Field("string", Account.name),
        "email": Field("string", Account.email),
        "active": filters.flag(Account.active.is_(True)),
        "group": filters.member(),
    },
    {"username": Account.username, "name": Account.name},
)
