"""Batch operations and their items."""

from sqlalchemy import func, select

from service.models import BatchItem, BatchOperation
from service.operations.nouns import filters
from service.operations.search import Field, Noun

BATCH_OPERATIONS = Noun(
    "batch operations",
    select(BatchOperation),
    BatchOperation.key,
    {
        "batchOperationKey": Field("key", BatchOperation.key),
        "operationType": Field("enum", BatchOperation.type),
        "state": Field("enum", BatchOperation.state),
        "actorType": filters.constant("USER"),
        "actorId": Field("string", BatchOperation.created_by),
    },
    {
        "batchOperationKey": BatchOperation.key,
        "operationType": BatchOperation.type,
        "state": BatchOperation.state,
        "startDate": func.coalesce(BatchOperation.started_at, BatchOperation.created_at),
        "endDate": BatchOperation.ended_at,
        "actorId": BatchOperation.created_by,
    },
)
BATCH_ITEMS = Noun(
    "batch operation items",
    select(BatchItem, BatchOperation).join(BatchOperation, BatchOperation.key == BatchItem.batch_key),
    BatchItem.key,
    {
        "batchOperationKey": Field("key", BatchItem.batch_key),
        "itemKey": Field("key", BatchItem.instance_key),
        "processInstanceKey": Field("key", BatchItem.instance_key),
        "state": Field("enum", BatchItem.state),
        "operationType": Field("enum", BatchOperation.type),
    },
    {
        "batchOperationKey": BatchItem.batch_key,
        "itemKey": BatchItem.instance_key,
        "processInstanceKey": BatchItem.instance_key,
        "processedDate": BatchItem.processed_at,
        "state": BatchItem.state,
    },
    default=(BatchItem.batch_key, BatchItem.instance_key),
)
