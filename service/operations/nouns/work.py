"""What is waited for and what went wrong: jobs, incidents, message subscriptions."""

from sqlalchemy import case, func, select

from service.models import Incident, Job, ProcessInstance, Subscription
from service.operations.nouns import filters
from service.operations.search import Field, Noun

JOBS = Noun(
    "jobs",
    select(Job, ProcessInstance)
    .join(ProcessInstance, ProcessInstance.key == Job.instance_key)
    .where(Job.kind.in_(("service", "connector"))),
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
        "hasFailedWithRetriesLeft": filters.flag((Job.state == "FAILED") & (Job.retries > 0)),
        "kind": filters.constant("BPMN_ELEMENT"),
        "lastUpdateTime": Field("date", func.coalesce(Job.ended_at, Job.created_at)),
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
        "worker": Job.worker,
    },
    options=(filters.STATELESS,),
)
_INCIDENT_STATE = case((Incident.resolved_at.is_(None), "ACTIVE"), else_="RESOLVED")
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
        "elementInstanceKey": Field("key", func.coalesce(Incident.element_instance_key, Incident.instance_key)),
        "jobKey": Field("key", Incident.job_key),
        "errorType": Field("enum", Incident.type),
        "errorMessage": Field("string", Incident.message),
        "creationTime": Field("date", Incident.created_at),
        "state": Field("enum", _INCIDENT_STATE),
    },
    {
        "incidentKey": Incident.key,
        "creationTime": Incident.created_at,
        "elementId": Incident.element_id,
        "errorType": Incident.type,
        "processInstanceKey": Incident.instance_key,
        "state": _INCIDENT_STATE,
    },
    options=(filters.STATELESS,),
)
_DEFINED_BY = func.coalesce(ProcessInstance.definition_key, Subscription.definition_key)
MESSAGE_SUBSCRIPTIONS = Noun(
    "message subscriptions",
    select(Subscription, ProcessInstance)
    .outerjoin(ProcessInstance, ProcessInstance.key == Subscription.instance_key)
    .where(Subscription.kind == "message"),
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
        "processDefinitionKey": Field(
            "key", func.coalesce(ProcessInstance.definition_key, Subscription.definition_key)
        ),
        "messageSubscriptionType": Field(
            "enum", case((Subscription.instance_key.is_(None), "START_EVENT"), else_="PROCESS_EVENT")
        ),
        "businessId": Field("string", ProcessInstance.business_id),
    },
    {
        "messageSubscriptionKey": Subscription.key,
        "messageName": Subscription.name,
        "correlationKey": Subscription.correlation_key,
        "elementId": Subscription.element_id,
        "processInstanceKey": func.coalesce(Subscription.instance_key, 0),
        "messageSubscriptionState": Subscription.state,
        "lastUpdatedDate": func.coalesce(Subscription.ended_at, Subscription.created_at),
    },
    options=(filters.STATELESS,),
)
