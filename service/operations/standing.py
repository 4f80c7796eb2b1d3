"""How the house stands: what waits, what is late, what has stopped, which cases nothing moves any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.models import BatchOperation, Event, Incident, Job, Platform, ProcessInstance, Subscription, UserTask

#: A job that is due this long and not done: no worker works, or it hangs.
LATE = timedelta(minutes=2)
#: A case in which nothing has happened for so long is shown, if it does not wait for a person.
QUIET = timedelta(days=30)
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """Figures of this moment."""

    instances: int
    tasks: int
    overdue: int
    incidents: int
    jobs: Mapping[str, int]
    late: int
    oldest_due: datetime | None
    given_up: int
    batches: int
    pinned_at: datetime | None


def now_standing(session: Session, *, now: datetime) -> Standing:
    """Count. `now` is the platform's time."""
    waiting = Job.ended_at.is_(None), Job.retries > 0
    due = session.execute(
        select(func.count(), func.min(Job.due_at)).where(*waiting, Job.kind != "service", Job.due_at < now - LATE)
    ).one()
    open_tasks = session.execute(
        select(func.count(), func.count().filter(UserTask.due_at < now)).where(UserTask.ended_at.is_(None))
    ).one()
    return Standing(
        instances=_count(session, ProcessInstance.status == "ACTIVE"),
        tasks=open_tasks[0],
        overdue=open_tasks[1],
        incidents=_count(session, Incident.resolved_at.is_(None)),
        jobs=dict(
            session.execute(select(Job.kind, func.count()).where(*waiting).group_by(Job.kind).order_by(Job.kind)).all()
        ),
        late=due[0],
        oldest_due=due[1],
        given_up=_count(session, Job.ended_at.is_(None) & (Job.retries == 0)),
        batches=_count(session, BatchOperation.ended_at.is_(None)),
        pinned_at=session.scalar(select(Platform.pinned_at)),
    )


def stuck(session: Session, user: User, *, now: datetime) -> Sequence[Any]:
    """Running cases that have stopped, or that nothing can move: no task, no job, nobody whose message they await,
    and no case that they called; besides those without any event for `QUIET`, unless they wait for a person.

    (instance, does it have an open incident), the quiet ones after those that stopped.
    """
    child = ProcessInstance.__table__.alias("child")
    key = ProcessInstance.key
    by_person = exists().where(UserTask.instance_key == key, UserTask.ended_at.is_(None))
    moved = or_(
        by_person,
        exists().where(Job.instance_key == key, Job.ended_at.is_(None), Job.retries > 0),
        exists().where(Subscription.instance_key == key, Subscription.ended_at.is_(None)),
        exists().where(child.c.parent_key == key, child.c.status == "ACTIVE"),
    )
    lately = exists().where(Event.instance_key == key, Event.at > now - QUIET)
    called = exists().where(child.c.parent_key == key, child.c.status == "ACTIVE")
    timed = exists().where(Job.instance_key == key, Job.ended_at.is_(None), Job.due_at > now, Job.retries > 0)
    query = (
        select(ProcessInstance)
        .where(
            ProcessInstance.status == "ACTIVE",
            access.instance_scope(user),
            or_(ProcessInstance.incidents > 0, ~moved, ~by_person & ~called & ~timed & ~lately),
        )
        .order_by((ProcessInstance.incidents > 0).desc(), ProcessInstance.started_at)
        .limit(_SHOWN)
    )
    return session.scalars(query).all()


def _count(session: Session, condition: Any) -> int:
    return session.scalar(select(func.count()).where(condition)) or 0
