"""What a commit left to be done: timers, children, messages, signals. One function per kind of job.

Each runs in a transaction of its own that locks one instance, then the job; the caller (service/jobs) commits.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import Session

from service.engine import types
from service.models import CancelledCall, Job, ProcessInstance
from service.operations import acting, batches, connecting, instances, messages, starters, waits
from service.releases import Deployed, latest, library, resource
from service.values import Variables

#: Calls within calls. A process that calls itself without end stops here, and not when the disk is full.
MAX_CALL_DEPTH = 500


def run(session: Session, job: Job, *, now: datetime, answer: Variables | None = None) -> None:
    """Do what the job says. The job's row is deleted or, for a repeating timer, replaced by the step itself.

    `answer` is what the connector of a `connector` job worked out. Raises what the act raises; then nothing may be
    committed.
    """
    if job.kind == connecting.KIND:
        move = _resumed(session, job, now)
        if move is not None and answer is not None:
            connecting.bring_in(move, job, answer)
    else:
        _KINDS[job.kind](session, job, now)


def _timer(session: Session, job: Job, now: datetime) -> None:
    move = _resumed(session, job, now)
    if move is None:
        return
    fire = types.FireTimer(job.wait or 0)
    if job.deadline is None and not job.provisional:
        move.act(fire, "TIMER_FIRED", element_id=job.element_id)
        return
    # What the timer rests on may have been moved while the act that armed it was still under way: its review found
    # no timer then. So it is asked again before it fires.
    move.execution.apply(types.ReviewWaits())
    if any(wait.id == job.wait for wait in move.execution.opened()):
        _record_review(move, job)
        return
    move.execution.apply(fire)
    move.settle([types.ReviewWaits(), fire], "TIMER_FIRED", job.element_id, None, {})


def _start_child(session: Session, job: Job, now: datetime) -> None:
    parent = session.get(ProcessInstance, job.instance_key)
    if parent is None or parent.status != "ACTIVE" or job.wait is None:
        return
    process_id, binding = str(job.data["process"]), str(job.data["binding"])
    process = _called(session, parent, process_id, binding)
    if process is None:
        raise types.EngineError(
            "CALLED_ELEMENT_ERROR", job.element_id or "", f"there is no process {process_id!r} in this release"
        )
    if _depth(session, parent.key) >= MAX_CALL_DEPTH:
        raise types.EngineError(
            "CALLED_ELEMENT_ERROR", job.element_id or "", f"calls within calls reach {MAX_CALL_DEPTH} levels"
        )
    try:
        instances.start_instance(
            session,
            process,
            job.data["variables"],
            None,
            now=now,
            parent=(parent, job.wait),
            release_key=parent.release_key if binding != "latest" else None,
        )
    except types.ActImpossible as error:
        # The call waits still: were this passed over as an act that came too late, it would wait for ever.
        raise types.EngineError("CALLED_ELEMENT_ERROR", job.element_id or "", f"{process_id!r}: {error}") from None


def _depth(session: Session, key: int) -> int:
    """How many instances call one another down to this one, itself included."""
    above = select(ProcessInstance.parent_key, literal(1).label("depth")).where(ProcessInstance.key == key)
    chain = above.cte(recursive=True)
    further = select(ProcessInstance.parent_key, chain.c.depth + 1).where(
        ProcessInstance.key == chain.c.parent_key, chain.c.depth < MAX_CALL_DEPTH
    )
    chain = chain.union_all(further)
    return session.scalar(select(func.max(chain.c.depth))) or 0


def _called(session: Session, parent: ProcessInstance, process_id: str, binding: str) -> Deployed | None:
    """Children inherit the release; `latest` is for what takes the newest rules on purpose."""
    if binding == "latest":
        return latest(session, "process", process_id)
    return library(session, parent.release_key).get("process", process_id)


def _finish_child(session: Session, job: Job, now: datetime) -> None:
    move = _resumed(session, job, now)
    if move is None or job.wait is None:
        return
    error = job.data.get("error")
    act: types.Act = types.FinishCall(job.wait, job.data["variables"])
    if error is not None:
        act = types.ThrowError(job.wait, str(error[0]), str(error[1]), job.data["variables"])
    move.act(act, "CALL_FINISHED", element_id=job.element_id, element_instance=job.wait)


def _escalate(session: Session, job: Job, now: datetime) -> None:
    move = _resumed(session, job, now)
    if move is not None and job.wait is not None:
        act = types.ThrowEscalation(job.wait, str(job.data["code"]), job.data["variables"])
        move.act(act, "ESCALATION_RECEIVED", element_instance=job.wait)


def _cancel_child(session: Session, job: Job, now: datetime) -> None:
    child = session.scalar(
        select(ProcessInstance.key).where(
            ProcessInstance.parent_key == job.instance_key,
            ProcessInstance.parent_call == job.wait,
            ProcessInstance.status == "ACTIVE",
        )
    )
    if child is not None:
        instance = acting.lock_instance(session, child)
        if instance.status == "ACTIVE":
            move = acting.resume(session, instance, actor=None, now=now, cancelling=True)
            move.act(types.Cancel(), "INSTANCE_CANCELED")
    session.execute(
        delete(CancelledCall).where(CancelledCall.parent_key == job.instance_key, CancelledCall.call == job.wait)
    )


def _publish(session: Session, job: Job, now: datetime) -> None:
    data = job.data
    if "message" in data:  # a connector has stored the message already
        messages.announce(session, int(data["message"]), now=now, root_key=job.root_key)
        return
    messages.publish(
        session,
        data["name"],
        data["correlationKey"],
        data["variables"],
        now=now,
        ttl_ms=int(data["ttl"]),
        root_key=job.root_key,
    )


def _deliver(session: Session, job: Job, now: datetime) -> None:
    messages.deliver(session, int(job.data["message"]), int(job.data["subscription"]), now=now, root_key=job.root_key)


def _signal(session: Session, job: Job, now: datetime) -> None:
    messages.take(session, int(job.data["subscription"]), job.data["variables"], None, now=now, kind="SIGNAL_RECEIVED")


def _review(session: Session, job: Job, now: datetime) -> None:
    """A deadline was moved or the calendar changed: every instance whose timers rest on it looks again, one by one."""
    if job.instance_key is not None:
        move = _resumed(session, job, now)
        if move is not None:
            move.execution.apply(types.ReviewWaits())
            if move.execution.opened():
                _record_review(move, job)
        return
    if job.deadline is None:
        starters.reckon_again(session, now)
    resting = Job.provisional if job.deadline is None else Job.deadline == job.deadline
    followers = session.execute(
        select(Job.instance_key, Job.root_key).where(Job.kind == "timer", resting).distinct().order_by(Job.instance_key)
    )
    rows = [
        waits.follow_up(session, "review", now, instance_key=key, root_key=job.root_key or root)
        | {"deadline": job.deadline}
        for key, root in followers
    ]
    if rows:
        session.execute(insert(Job), rows)
        session.info["follow_ups"] = True


def _record_review(move: acting.Move, job: Job) -> None:
    """Timers were set anew, because of a deadline or else of the calendar, which every event names anyway."""
    if job.deadline is None:
        move.settle([types.ReviewWaits()], "CALENDAR_CHANGED", None, None, {})
    else:
        move.settle([types.ReviewWaits()], "DEADLINE_MOVED", None, None, {"deadline": job.deadline})


def _start_timer(session: Session, job: Job, now: datetime) -> None:
    """A timer start event of the newest version of a process. Its next round waits from the same commit on."""
    process = resource(session, int(job.data["definition"]))
    if process is not None:
        starters.go_on(session, job, now)
        instances.start_instance(session, process, {}, None, now=now, element_id=job.element_id)


def _resumed(session: Session, job: Job, now: datetime) -> acting.Move | None:
    """The job's instance, locked and restored, unless it has ended or what the job is about is gone."""
    if job.instance_key is None:
        return None
    instance = acting.lock_instance(session, job.instance_key)
    if instance.status != "ACTIVE":
        return None
    move = acting.resume(session, instance, actor=None, now=now)
    if job.wait is not None and all(wait.id != job.wait for wait in move.before):
        return None
    return move


_KINDS: Mapping[str, Callable[[Session, Job, datetime], Any]] = {
    "timer": _timer,
    "start_child": _start_child,
    "finish_child": _finish_child,
    "escalate": _escalate,
    "cancel_child": _cancel_child,
    "publish": _publish,
    "deliver": _deliver,
    "signal": _signal,
    "review": _review,
    "start_timer": _start_timer,
    "batch": batches.go_on,
}
#: The kinds that the platform does itself and at once; `service` jobs are taken by outside workers.
OWN_KINDS = tuple(_KINDS)
#: All that a worker does: those, and what takes time.
WORKER_KINDS = (*OWN_KINDS, connecting.KIND)
