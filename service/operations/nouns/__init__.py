"""The nouns that can be searched, as tables: field → kind and column."""

from service.operations.nouns.batches import BATCH_ITEMS, BATCH_OPERATIONS
from service.operations.nouns.running import ELEMENT_INSTANCES, PROCESS_INSTANCES, USER_TASKS, VARIABLES, user_tasks
from service.operations.nouns.told import (
    AUDIT_LOGS,
    DECISION_DEFINITIONS,
    DECISION_INSTANCES,
    PROCESS_DEFINITIONS,
    USERS,
)
from service.operations.nouns.work import INCIDENTS, JOBS, MESSAGE_SUBSCRIPTIONS

__all__ = [
    "AUDIT_LOGS",
    "BATCH_ITEMS",
    "BATCH_OPERATIONS",
    "DECISION_DEFINITIONS",
    "DECISION_INSTANCES",
    "ELEMENT_INSTANCES",
    "INCIDENTS",
    "JOBS",
    "MESSAGE_SUBSCRIPTIONS",
    "PROCESS_DEFINITIONS",
    "PROCESS_INSTANCES",
    "USERS",
    "USER_TASKS",
    "VARIABLES",
    "user_tasks",
]
