"""Batch operations: one act for many instances, chosen by a filter, done by the worker one after the other.

Each item is a transaction of its own: the act, the item's result and the job that does the next are committed
together, so that a worker that is killed leaves every instance either done and counted, or neither. What refuses one
item does not stop the others.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, insert, select, true, update
from sqlalchemy.orm import Session

from service import access, db
from service.access import User
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import BadArgument, Forbidden, InvalidState, NotFound, ServiceError
from service.models import BatchItem, BatchOperation, Incident, Job, ProcessInstance
from service.operations import incidents, instances, migrations, modifications, nouns, search
from service.operations.modifications import Instructions, Relocate, Terminate
from service.operations.record import variable_key
from service.operations.waits import follow_up

CANCEL, MIGRATE = "CANCEL_PROCESS_INSTANCE", "MIGRATE_PROCESS_INSTANCE"
MODIFY, RESOLVE = "MODIFY_PROCESS_INSTANCE", "RESOLVE_INCIDENT"
#: More belong into several batches.
MAX_ITEMS = 10_000
_RUNS = ("CREATED", "ACTIVE")


class BatchOver(InvalidState):
    """Nothing changes a batch that has come to its end."""

    code = "BATCH_OVER"
    message = "The batch operation is %(state)s; begin another one for what is left."


def create(
    session: Session, type: str, plan: Mapping[str, Any], filters: Mapping[str, Any], user: User, *, now: datetime
) -> BatchOperation:
    """A batch over the running instances that fit the filter at this moment. Operators only.

    `plan`: for a migration `target` (the definition's key as text) and `mapping` (pairs), for a modification `moves`
    (pairs of element ids). Raises `Forbidden`, `BadArgument`.
    """
    if not user.operates:
        raise Forbidden()
    if not filters:
        raise BadArgument("A batch needs a filter; for all running instances say {state: ACTIVE}.")
    chosen = session.execute(
        select(ProcessInstance.key, ProcessInstance.root_key)
        .where(*_chosen(type, filters, user))
        .order_by(ProcessInstance.key)
        .limit(MAX_ITEMS + 1)
    ).all()
    if len(chosen) > MAX_ITEMS:
        raise BadArgument("The filter fits more than %(most)s instances; take several batches.", most=MAX_ITEMS)
    batch = BatchOperation(
        key=db.new_key(session),
        type=type,
        state="CREATED" if chosen else "COMPLETED",
        plan=dict(plan),
        created_by=user.username,
        created_at=now,
        started_at=None,
        ended_at=None if chosen else now,
        total=len(chosen),
    )
    session.add(batch)
    session.flush()
    if chosen:
        session.execute(insert(BatchItem), [_item(batch, key, root) for key, root in chosen])
        _next(session, batch.key, now)
    return batch


def visible(session: Session, key: int, user: User) -> BatchOperation:
    """The batch. Raises `NotFound`."""
    found = session.get(BatchOperation, key)
    if found is None or not user.reads_all:
        raise NotFound()
    return found


def scope(user: User) -> ColumnElement[bool]:
    """Which batches one may know of: who operates or audits all of them."""
    return true() if user.reads_all else false()


def item_scope(user: User) -> ColumnElement[bool]:
    """Which items one may know of."""
    return access.inner_scope(user, BatchItem.instance_key)


def cancel(session: Session, key: int, user: User, *, now: datetime) -> BatchOperation:
    """Do none of the items that are left. Raises `NotFound`, `Forbidden`, `BatchOver`."""
    batch = _open(session, key, user)
    session.execute(
        update(BatchItem)
        .where(BatchItem.batch_key == key, BatchItem.state == "ACTIVE")
        .values(state="CANCELED", processed_at=now)
    )
    batch.state, batch.ended_at = "CANCELED", now
    return batch


def suspend(session: Session, key: int, user: User) -> BatchOperation:
    """Let it rest after the item that is being done. Raises as `cancel`."""
    batch = _open(session, key, user)
    batch.state = "SUSPENDED"
    return batch


def resume(session: Session, key: int, user: User, *, now: datetime) -> BatchOperation:
    """Go on. Raises as `cancel`."""
    batch = _open(session, key, user)
    if batch.state == "SUSPENDED":
        batch.state = "ACTIVE"
        if session.scalar(select(Job.key).where(Job.kind == "batch", Job.type == str(key)).limit(1)) is None:
            _next(session, key, now)
    return batch


def go_on(session: Session, job: Job, now: datetime) -> None:
    """The follow-up: do one item, and leave a job for the next."""
    batch = _locked(session, int(job.type or 0))
    if batch is None or batch.state not in _RUNS:
        return
    batch.started_at, batch.state = batch.started_at or now, "ACTIVE"
    item = _first(session, batch)
    if item is not None:
        error = _tried(session, batch, item, now)
        _done(batch, item, error, now)
    _finish_or_next(session, batch, now)


def passed_over(session: Session, job: Job, error: str, now: datetime) -> None:
    """The item whose turn it was brought the worker down, or failed for no reason of ours: the next one."""
    batch = _locked(session, int(job.type or 0))
    if batch is None or batch.state not in _RUNS:
        return
    item = _first(session, batch)
    if item is not None:
        _done(batch, item, error, now)
    _finish_or_next(session, batch, now)


def _chosen(type: str, filters: Mapping[str, Any], user: User) -> list[ColumnElement[bool]]:
    where = [
        search.where_clause(nouns.PROCESS_INSTANCES, filters),
        access.instance_scope(user),
        ProcessInstance.status == "ACTIVE",
    ]
    if type == CANCEL:  # called instances end with those that called them
        where.append(ProcessInstance.parent_key.is_(None))
    if type == RESOLVE:
        where.append(ProcessInstance.incidents > 0)
    return where


def _item(batch: BatchOperation, instance_key: int, root_key: int) -> dict[str, Any]:
    return {
        "key": variable_key(batch.key, f"item {instance_key}"),
        "batch_key": batch.key,
        "instance_key": instance_key,
        "root_key": root_key,
        "state": "ACTIVE",
        "processed_at": None,
        "error": None,
    }


def _next(session: Session, batch_key: int, now: datetime) -> None:
    row = follow_up(session, "batch", now, instance_key=None, root_key=None) | {"type": str(batch_key)}
    session.execute(insert(Job), [row])


def _first(session: Session, batch: BatchOperation) -> BatchItem | None:
    return session.scalars(
        select(BatchItem)
        .where(BatchItem.batch_key == batch.key, BatchItem.state == "ACTIVE")
        .order_by(BatchItem.instance_key)
        .limit(1)
    ).one_or_none()


def _tried(session: Session, batch: BatchOperation, item: BatchItem, now: datetime) -> str | None:
    """Do one item; code and text of what refused it, after everything of it was taken back."""
    try:
        with session.begin_nested():
            user = access.load_user(session, batch.created_by)
            if user is None:
                raise Forbidden()
            _ACTS[batch.type](session, item.instance_key, batch.plan, user, now, {"batch": str(batch.key)})
    except ServiceError as error:
        places = "; ".join(f"{fault.path}: {fault.code} {fault.message}" for fault in error.errors)
        return f"{error.code}: {error}" + (f" [{places}]" if places else "")
    except (EngineError, ActImpossible, StateUnreadable) as error:
        return f"UNKNOWN: {error}"
    return None


def _done(batch: BatchOperation, item: BatchItem, error: str | None, now: datetime) -> None:
    item.state, item.processed_at, item.error = "FAILED" if error else "COMPLETED", now, error
    batch.failed += bool(error)
    batch.completed += not error


def _finish_or_next(session: Session, batch: BatchOperation, now: datetime) -> None:
    session.flush()
    if _first(session, batch) is None:
        batch.state, batch.ended_at = "COMPLETED", now
    else:
        _next(session, batch.key, now)


def _open(session: Session, key: int, user: User) -> BatchOperation:
    visible(session, key, user)
    if not user.operates:
        raise Forbidden()
    batch = _locked(session, key)
    if batch is None or batch.ended_at is not None:
        raise BatchOver(state=batch.state if batch else "")
    return batch


def _locked(session: Session, key: int) -> BatchOperation | None:
    query = select(BatchOperation).where(BatchOperation.key == key).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


# --- what is done to one instance -------------------------------------------------------------

Plan = Mapping[str, Any]


def _cancel(session: Session, key: int, plan: Plan, user: User, now: datetime, extra: Mapping[str, Any]) -> None:
    instances.cancel_instance(session, key, user, now=now, extra=extra)


def _migrate(session: Session, key: int, plan: Plan, user: User, now: datetime, extra: Mapping[str, Any]) -> None:
    mapping: Sequence[tuple[str, str]] = [(source, target) for source, target in plan["mapping"]]
    migrations.migrate_instance(session, key, int(plan["target"]), mapping, user, now=now, extra=extra)


def _modify(session: Session, key: int, plan: Plan, user: User, now: datetime, extra: Mapping[str, Any]) -> None:
    moves = [Relocate(Terminate(source), target, "sourceParent", if_there=True) for source, target in plan["moves"]]
    modifications.modify_instance(session, key, Instructions(move=moves), user, now=now, extra=extra)


def _resolve(session: Session, key: int, plan: Plan, user: User, now: datetime, extra: Mapping[str, Any]) -> None:
    for incident in session.scalars(
        select(Incident.key).where(Incident.instance_key == key, Incident.resolved_at.is_(None)).order_by(Incident.key)
    ).all():
        incidents.resolve(session, incident, user, now=now)


_ACTS: Mapping[str, Callable[[Session, int, Plan, User, datetime, Mapping[str, Any]], None]] = {
    CANCEL: _cancel,
    MIGRATE: _migrate,
    MODIFY: _modify,
    RESOLVE: _resolve,
}
