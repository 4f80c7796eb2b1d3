"""Events in the words of the Camunda 8 audit log; what does not fit stays in our own history."""

from typing import Any

from service.models import Event, ProcessInstance

#: Somebody tried to complete a task and was told why not.
REFUSED = "USER_TASK_REFUSED"
#: Our kind of event → (entity type, operation type, category) of the audit log.
KINDS: dict[str, tuple[str, str, str]] = {
    "INSTANCE_STARTED": ("PROCESS_INSTANCE", "CREATE", "DEPLOYED_RESOURCES"),
    "INSTANCE_CANCELED": ("PROCESS_INSTANCE", "CANCEL", "DEPLOYED_RESOURCES"),
    "INSTANCE_MODIFIED": ("PROCESS_INSTANCE", "MODIFY", "DEPLOYED_RESOURCES"),
    "INSTANCE_MIGRATED": ("PROCESS_INSTANCE", "MIGRATE", "DEPLOYED_RESOURCES"),
    "VARIABLES_SET": ("VARIABLE", "UPDATE", "DEPLOYED_RESOURCES"),
    "USER_TASK_COMPLETED": ("USER_TASK", "COMPLETE", "USER_TASKS"),
    "USER_TASK_CLAIMED": ("USER_TASK", "ASSIGN", "USER_TASKS"),
    "USER_TASK_ASSIGNED": ("USER_TASK", "ASSIGN", "USER_TASKS"),
    "USER_TASK_RELEASED": ("USER_TASK", "UNASSIGN", "USER_TASKS"),
    "USER_TASK_DELEGATED": ("USER_TASK", "ASSIGN", "USER_TASKS"),
    "USER_TASK_RETURNED": ("USER_TASK", "ASSIGN", "USER_TASKS"),
    "USER_TASK_UPDATED": ("USER_TASK", "UPDATE", "USER_TASKS"),
    REFUSED: ("USER_TASK", "COMPLETE", "USER_TASKS"),
    "INCIDENT_RESOLVED": ("INCIDENT", "RESOLVE", "DEPLOYED_RESOURCES"),
}
#: Members that an entry has and that none of our events fills.
_EMPTY = (
    "batchOperationKey",
    "batchOperationType",
    "agentElementId",
    "jobKey",
    "decisionRequirementsId",
    "decisionRequirementsKey",
    "decisionDefinitionId",
    "decisionDefinitionKey",
    "decisionEvaluationKey",
    "deploymentKey",
    "formKey",
    "resourceKey",
    "relatedEntityKey",
    "relatedEntityType",
    "inboundChannelType",
    "inboundChannelToolName",
)
#: For every event that has no words of its own.
OTHER = ("PROCESS_INSTANCE", "UNKNOWN", "DEPLOYED_RESOURCES")


def entry(event: Event, instance: ProcessInstance) -> dict[str, Any]:
    """An event as an audit log entry: all 33 fields, named as the interface names them."""
    entity, operation, category = KINDS.get(event.kind, OTHER)
    is_task = entity == "USER_TASK"
    task_key = str(event.element_instance_key) if is_task and event.element_instance_key else None
    return dict.fromkeys(_EMPTY) | {
        "auditLogKey": str(event.key),
        "entityKey": task_key or str(instance.key),
        "entityType": entity,
        "operationType": operation,
        "category": category,
        "timestamp": event.at,
        "actorId": event.actor,
        "actorType": "USER" if event.actor else None,
        "tenantId": "<default>",
        "result": "FAIL" if event.kind == REFUSED else "SUCCESS",
        "processDefinitionId": instance.process_id,
        "processDefinitionKey": str(instance.definition_key),
        "processInstanceKey": str(instance.key),
        "rootProcessInstanceKey": str(instance.root_key),
        "elementInstanceKey": str(event.element_instance_key) if event.element_instance_key else None,
        "userTaskKey": task_key,
        "entityDescription": event.kind,
    }
