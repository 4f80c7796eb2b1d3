"""Taking due jobs under a lease that is committed before the work, so that a dead worker's jobs come back."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from service.models import Job

#: Deadline timers wait this long, so that a request that arrived in time and still queues for the lock wins.
DEADLINE_GRACE = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(hours=1)


def backoff(failures: int, random: Random) -> timedelta:
    """How long a job waits after failing `failures` times in a row.

    Uniform between zero and 30 s doubled with each failure, at most 1 h, so
    that jobs that failed together do not all come back together.

    Raises `ValueError` if `failures` is below 1.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture
    Blog, 2015, the "full jitter" variant.
    """
    if failures < 1:
        raise ValueError("a job that has not failed has no back-off")
    longest = min(timedelta(seconds=30) * 2 ** min(failures - 1, 20), LONGEST_BACKOFF)
    return timedelta(seconds=longest.total_seconds() * random.random())


def take(
    session: Session,
    kinds: Sequence[str],
    *,
    now: datetime,
    machine_now: datetime,
    limit: int,
    worker: str,
    lease: timedelta,
    grace: timedelta = timedelta(0),
    type: str | None = None,
) -> list[Job]:
    """Lease up to `limit` due jobs, oldest first, and count the attempt. The caller commits before it works.

    Due times are compared with `now` (which may be pinned), leases with `machine_now`. Rows that
    somebody else is taking at this moment are passed over.
    """
    due = Job.due_at <= now
    if grace:
        due = or_(due & Job.deadline.is_(None), Job.due_at <= now - grace)
    query = (
        select(Job)
        .where(
            Job.kind.in_(kinds),
            Job.state.in_(("CREATED", "FAILED")),
            Job.retries > 0,
            due,
            or_(Job.lease_until.is_(None), Job.lease_until < machine_now),
        )
        .order_by(Job.due_at, Job.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if type is not None:
        query = query.where(Job.type == type)
    jobs = list(session.scalars(query))
    for job in jobs:
        job.worker, job.lease_until = worker, machine_now + lease
        job.lease_token = secrets.token_hex(8)
        job.attempts += 1
    return jobs


def failed(session: Session, key: int, error: str, *, now: datetime, random: Random) -> int:
    """Note that an attempt failed: one retry fewer and a later due time. Returns the retries left."""
    job = session.get(Job, key, populate_existing=True)
    if job is None:
        return 0
    job.retries = max(0, job.retries - 1)
    job.due_at = now + backoff(max(1, job.attempts), random)
    job.error_message = error[:500]
    job.worker = job.lease_until = job.lease_token = None
    return job.retries


def exhausted(session: Session, key: int, error: str) -> None:
    """Note that trying again would not help: no retries, until somebody resolves the incident."""
    session.execute(
        update(Job)
        .where(Job.key == key)
        .values(retries=0, error_message=error[:500], worker=None, lease_until=None, lease_token=None)
    )
