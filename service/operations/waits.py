"""What an instance waits for, as rows: jobs, timers, subscriptions, calls; and what it sends.

Everything that concerns another instance becomes a follow-up job in the same commit, because a step touches
only its own instance's lock. After the commit the follow-ups of the tree are drained (service/jobs).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from service import db
from service.connectors import AFTER_COMMIT
from service.engine import types
from service.engine.types import InstanceState, Step
from service.models import CancelledCall, Job, Message, ProcessInstance, Subscription
from service.operations.upserts import insert_ignoring
from service.values import Variables

if TYPE_CHECKING:
    from service.operations.record import Occasion

#: Acts that answer a call themselves: the child is gone, nothing has to be cancelled.
_ANSWERS = (types.FinishCall, types.ThrowError)


def write(session: Session, instance: ProcessInstance, step: Step, occasion: "Occasion") -> None:
    """Write what was opened and closed, and what was thrown."""
    opened = [wait for wait in step.opened if not isinstance(wait, types.UserTaskWait)]
    _close(session, instance, occasion)
    jobs = [row for wait in opened if (row := _job_of(session, instance, wait, occasion.now))]
    subscriptions = [row for wait in opened if (row := _subscription_of(session, instance, wait, occasion.now))]
    jobs += _thrown(session, instance, step, occasion)
    if subscriptions:
        session.execute(insert(Subscription), subscriptions)
        jobs += _buffered(session, instance, subscriptions, occasion.now)
    if jobs:
        session.execute(insert(Job), jobs)
        session.info["follow_ups"] = True


def finish(session: Session, instance: ProcessInstance, step: Step, occasion: "Occasion") -> None:
    """The instance has ended: tell its parent, if it has one."""
    if instance.parent_key is None or instance.parent_call is None:
        return
    data: dict[str, Any] = {"variables": step.variables, "status": step.status.value}
    if step.error is not None:
        code, message, brought = step.error
        data |= {"error": [code, message], "variables": brought}
    if step.status is InstanceState.TERMINATED and step.error is None:
        session.execute(
            delete(CancelledCall).where(
                CancelledCall.parent_key == instance.parent_key, CancelledCall.call == instance.parent_call
            )
        )
        return
    row = follow_up(
        session,
        "finish_child",
        occasion.now,
        instance_key=instance.parent_key,
        root_key=instance.root_key,
        wait=instance.parent_call,
        data=data,
    )
    session.execute(insert(Job), [row])
    session.info["follow_ups"] = True


def follow_up(
    session: Session,
    kind: str,
    now: datetime,
    *,
    instance_key: int | None,
    root_key: int | None,
    wait: int | None = None,
    data: Variables | None = None,
    element_id: str | None = None,
) -> dict[str, Any]:
    """A row for a job that is due at once."""
    return _row(
        session,
        kind,
        now,
        instance_key=instance_key,
        root_key=root_key,
        wait=wait,
        data=data or {},
        element_id=element_id,
        due_at=now,
        retries=3,
    )


def _row(session: Session, kind: str, now: datetime, **columns: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(
        (
            "type",
            "instance_key",
            "root_key",
            "wait",
            "element_id",
            "due_at",
            "worker",
            "lease_until",
            "lease_token",
            "error_message",
            "deadline",
            "ended_at",
        )
    )
    row |= {"kind": kind, "created_at": now, "retries": 3, "attempts": 0, "state": "CREATED", "provisional": False}
    row |= columns
    row.setdefault("key", None)
    if row["key"] is None:
        row["key"] = db.new_key(session)
    row.setdefault("data", {})
    return row


def _job_of(session: Session, instance: ProcessInstance, wait: types.Wait, now: datetime) -> dict[str, Any] | None:
    mine = {
        "instance_key": instance.key,
        "root_key": instance.root_key,
        "wait": wait.id,
        "element_id": wait.element_id,
    }
    match wait:
        case types.JobWait():
            data = {"variables": wait.variables, "headers": dict(wait.headers), "name": wait.name}
            return _row(
                session,
                "connector" if wait.type in AFTER_COMMIT else "service",
                now,
                **mine,
                key=instance.key + wait.id,
                type=wait.type,
                retries=wait.retries,
                data=data,
                due_at=now,
            )
        case types.TimerWait():
            return _row(
                session,
                "timer",
                now,
                **mine,
                due_at=wait.due_at,
                deadline=wait.deadline,
                provisional=wait.provisional,
                data={"repetitions": str(wait.repetitions)},
            )
        case types.CallWait():
            data = {"process": wait.process_id, "variables": wait.variables, "binding": wait.binding}
            return _row(session, "start_child", now, **mine, due_at=now, data=data)
        case _:
            return None


def _subscription_of(
    session: Session, instance: ProcessInstance, wait: types.Wait, now: datetime
) -> dict[str, Any] | None:
    if not isinstance(wait, types.MessageWait | types.SignalWait):
        return None
    return {
        "key": db.new_key(session),
        "kind": "message" if isinstance(wait, types.MessageWait) else "signal",
        "name": wait.name,
        "correlation_key": wait.correlation_key if isinstance(wait, types.MessageWait) else "",
        "instance_key": instance.key,
        "wait": wait.id,
        "element_instance_key": instance.key + wait.element_instance_id,
        "element_id": wait.element_id,
        "definition_key": None,
        "process_id": instance.process_id,
        "created_at": now,
        "ended_at": None,
        "state": "CREATED",
    }


def _close(session: Session, instance: ProcessInstance, occasion: "Occasion") -> None:
    """Rows of waits that are gone. A service job stays for searches; a timer or child's start does not."""
    timers = [wait.id for wait in occasion.closed if isinstance(wait, types.TimerWait)]
    if timers:
        session.execute(delete(Job).where(Job.instance_key == instance.key, Job.wait.in_(timers), Job.kind == "timer"))
    _close_jobs(session, instance, occasion)
    _close_subscriptions(session, instance, occasion)
    answered = {act.id for act in occasion.acts if isinstance(act, _ANSWERS)}
    calls = [w.id for w in occasion.closed if isinstance(w, types.CallWait) and w.id not in answered]
    if calls:
        _cancel_children(session, instance, calls, occasion.now)


def _close_jobs(session: Session, instance: ProcessInstance, occasion: "Occasion") -> None:
    """What became of each job: done, ended by an error, or withdrawn because the procedure went another way."""
    done = {act.id for act in occasion.acts if isinstance(act, types.CompleteTask)}
    thrown = {act.id for act in occasion.acts if isinstance(act, types.ThrowError)}
    by_state: dict[str, list[int]] = {}
    for wait in occasion.closed:
        if isinstance(wait, types.JobWait):
            state = "COMPLETED" if wait.id in done else "ERROR_THROWN" if wait.id in thrown else "CANCELED"
            by_state.setdefault(state, []).append(instance.key + wait.id)
    for state, keys in by_state.items():
        # Without a due time they are out of the index by which workers look for jobs: there will be very many.
        session.execute(update(Job).where(Job.key.in_(keys)).values(state=state, ended_at=occasion.now, due_at=None))


def _close_subscriptions(session: Session, instance: ProcessInstance, occasion: "Occasion") -> None:
    taken = {act.id for act in occasion.acts if isinstance(act, types.Correlate | types.Signal)}
    by_state: dict[str, list[int]] = {}
    for wait in occasion.closed:
        if isinstance(wait, types.MessageWait | types.SignalWait):
            by_state.setdefault("CORRELATED" if wait.id in taken else "DELETED", []).append(wait.id)
    for state, ids in by_state.items():
        session.execute(
            update(Subscription)
            .where(
                Subscription.instance_key == instance.key,
                Subscription.wait.in_(ids),
                Subscription.ended_at.is_(None),
            )
            .values(state=state, ended_at=occasion.now)
        )


def _cancel_children(session: Session, instance: ProcessInstance, calls: Sequence[int], now: datetime) -> None:
    """Children that were not begun are forgotten; those that run may not move until they have ended themselves."""
    mine = Job.instance_key == instance.key, Job.wait.in_(calls), Job.kind == "start_child"
    session.execute(delete(Job).where(*mine))
    insert_ignoring(
        session.connection(),
        CancelledCall.__tablename__,
        [{"parent_key": instance.key, "call": call} for call in calls],
    )
    rows = [
        follow_up(session, "cancel_child", now, instance_key=instance.key, root_key=instance.root_key, wait=call)
        for call in calls
    ]
    session.execute(insert(Job), rows)
    session.info["follow_ups"] = True


def _thrown(session: Session, instance: ProcessInstance, step: Step, occasion: "Occasion") -> list[dict[str, Any]]:
    mine = {"instance_key": None, "root_key": instance.root_key}
    rows = [
        follow_up(
            session,
            "publish",
            occasion.now,
            **mine,
            element_id=m.element_id,
            data={"name": m.name, "correlationKey": m.correlation_key, "ttl": str(m.ttl_ms), "variables": m.variables},
        )
        for m in step.messages
    ]
    if instance.parent_key is not None:
        rows += [
            follow_up(
                session,
                "escalate",
                occasion.now,
                instance_key=instance.parent_key,
                root_key=instance.root_key,
                wait=instance.parent_call,
                data={"code": e.code, "variables": e.variables},
            )
            for e in step.escalations
        ]
    return rows


def _buffered(
    session: Session, instance: ProcessInstance, subscriptions: Iterable[dict[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """Messages that were published before anybody waited, and may still be taken."""
    waiting = {(s["name"], s["correlation_key"]): s for s in subscriptions if s["kind"] == "message"}
    if not waiting:
        return []
    db.hold(session, *(meeting_point(name, key) for name, key in waiting))
    messages = session.scalars(
        select(Message)
        .where(
            Message.name.in_({name for name, _ in waiting}),
            Message.correlation_key.in_({key for _, key in waiting}),
            Message.expires_at > now,
        )
        .order_by(Message.key)
    )
    return [
        follow_up(
            session,
            "deliver",
            now,
            instance_key=instance.key,
            root_key=instance.root_key,
            wait=subscription["wait"],
            data={"message": str(message.key), "subscription": str(subscription["key"])},
        )
        for message in messages
        if (subscription := waiting.get((message.name, message.correlation_key))) is not None
        and instance.process_id not in message.taken_by
    ]


def meeting_point(name: str, correlation_key: str) -> str:
    """What who publishes and who begins to wait hold both, so that none of them overlooks the other."""
    return f"message/{name}/{correlation_key}"


def expiry(now: datetime, ttl_ms: int) -> datetime:
    """Until when a message may be taken."""
    return now + timedelta(milliseconds=ttl_ms)
