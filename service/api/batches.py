"""`/v2/process-instances/{cancellation,migration,modification,incident-resolution}`, `/v2/batch-operations`."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g

from service.api.bodies import NOTHING, answer, body, page, search_body
from service.api.moves import mapping
from service.models import BatchItem, BatchOperation
from service.operations import batches, migrations, nouns, search
from service.schemas import moves
from service.schemas.requests import ReferenceSchema
from service.web.dispatch import reads

blueprint = Blueprint("batches", __name__, url_prefix="/v2")
_CREATED, _RESULT, _ITEM = moves.BatchCreatedResult(), moves.BatchOperationResult(), moves.BatchItemResult()


@blueprint.post("/process-instances/cancellation")
def cancel_instances() -> Response:
    """Cancel all running root instances that fit a filter."""
    return _begin(batches.CANCEL, {}, body(moves.BatchSchema()))


@blueprint.post("/process-instances/incident-resolution")
def resolve_incidents() -> Response:
    """Resolve all incidents of the running instances that fit a filter."""
    return _begin(batches.RESOLVE, {}, body(moves.BatchSchema()))


@blueprint.post("/process-instances/migration")
def migrate_instances() -> Response:
    """Let all running instances that fit a filter go on under another version."""
    given = body(moves.MigrateBatchSchema())
    plan = given["migration_plan"]
    target = migrations.target_definition(g.session, plan["target_process_definition_key"])
    pairs = [list(pair) for pair in mapping(plan)]
    return _begin(batches.MIGRATE, {"target": str(target.key), "mapping": pairs}, given)


@blueprint.post("/process-instances/modification")
def modify_instances() -> Response:
    """Move tokens in all running instances that fit a filter."""
    given = body(moves.ModifyBatchSchema())
    pairs = [[each["source_element_id"], each["target_element_id"]] for each in given["move_instructions"]]
    return _begin(batches.MODIFY, {"moves": pairs}, given)


@blueprint.post("/batch-operations/search")
@reads
def find() -> Response:
    """Search batch operations."""
    found = search.search(g.session, nouns.BATCH_OPERATIONS, search_body(), batches.scope(g.user))
    return page(found, _RESULT, _shown)


@blueprint.get("/batch-operations/<key:key>")
def show(key: int) -> Response:
    """One batch operation, and how far it is."""
    return answer(_RESULT, _shown(batches.visible(g.session, key, g.user)))


@blueprint.post("/batch-operations/<key:key>/cancellation")
def cancel(key: int) -> tuple[str, int]:
    """Do none of the items that are left."""
    body(ReferenceSchema())
    batches.cancel(g.session, key, g.user, now=g.now)
    return NOTHING


@blueprint.post("/batch-operations/<key:key>/suspension")
def suspend(key: int) -> tuple[str, int]:
    """Let a batch rest."""
    body(ReferenceSchema())
    batches.suspend(g.session, key, g.user)
    return NOTHING


@blueprint.post("/batch-operations/<key:key>/resumption")
def resume(key: int) -> tuple[str, int]:
    """Let a batch go on."""
    body(ReferenceSchema())
    batches.resume(g.session, key, g.user, now=g.now)
    return NOTHING


@blueprint.post("/batch-operation-items/search")
@reads
def find_items() -> Response:
    """Search items of batch operations, each with its result."""
    found = search.search(g.session, nouns.BATCH_ITEMS, search_body(), batches.item_scope(g.user))
    return page(found, _ITEM, lambda row: _shown_item(*row))


def _begin(type: str, plan: Mapping[str, Any], given: Mapping[str, Any]) -> Response:
    batch = batches.create(g.session, type, plan, given["filter"], g.user, now=g.now)
    return answer(_CREATED, {"batch_operation_key": batch.key, "batch_operation_type": batch.type})


def _shown(batch: BatchOperation) -> dict[str, Any]:
    return {
        "batch_operation_key": batch.key,
        "batch_operation_type": batch.type,
        "state": batch.state,
        "start_date": batch.started_at,
        "end_date": batch.ended_at,
        "actor_id": batch.created_by,
        "operations_total_count": batch.total,
        "operations_failed_count": batch.failed,
        "operations_completed_count": batch.completed,
        "errors": [],
    }


def _shown_item(item: BatchItem, batch: BatchOperation) -> dict[str, Any]:
    return {
        "operation_type": batch.type,
        "batch_operation_key": item.batch_key,
        "item_key": item.instance_key,
        "process_instance_key": item.instance_key,
        "root_process_instance_key": item.root_key,
        "state": item.state,
        "processed_date": item.processed_at,
        "error_message": item.error,
    }
