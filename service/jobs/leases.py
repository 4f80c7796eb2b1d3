"""Taking due jobs under a lease that is committed before the work, so that a dead worker's jobs come back."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from service.models import Job

#: Deadline timers wait this long, so that a request that arrived in time and still queues for the lock wins.
DEADLINE_GRACE = timedelta(seconds=5)
#: A job that was taken this often and neither done nor failed kills its workers: it is given up.
MAX_ATTEMPTS = 5
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


def due(
    kinds: Sequence[str],
    *,
    now: datetime,
    machine_now: datetime,
    grace: timedelta = timedelta(0),
    type: str | None = None,
) -> list[ColumnElement[bool]]:
    """The conditions on a job that may be taken.

    Due times are compared with `now` (which may be pinned), leases with `machine_now`.
    """
    reached = Job.due_at <= now
    if grace:
        at_once = or_(Job.deadline.is_(None), Job.kind != "timer")  # a deadline's review is no timer
        reached = or_(reached & at_once, Job.due_at <= now - grace)
    conditions = [
        Job.kind.in_(kinds),
        Job.state.in_(("CREATED", "FAILED")),
        Job.retries > 0,
        reached,
        or_(Job.lease_until.is_(None), Job.lease_until < machine_now),
    ]
    return conditions if type is None else [*conditions, Job.type == type]


def take(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    *,
    machine_now: datetime,
    limit: int,
    worker: str,
    lease: timedelta,
) -> list[Job]:
    """Lease up to `limit` jobs that meet `conditions` (see `due`), oldest first, and count the attempt.

    The caller commits before it works. Rows that somebody else is taking at this moment are passed over.
    """
    query = select(Job).where(*conditions).order_by(Job.due_at, Job.key).limit(limit).with_for_update(skip_locked=True)
    jobs = list(session.scalars(query))
    for job in jobs:
        job.worker, job.lease_until = worker, machine_now + lease
        job.lease_token = secrets.token_hex(8)
        job.attempts += 1
    return jobs


def failed(job: Job, error: str, *, now: datetime, random: Random) -> int:
    """Note that an attempt failed: one retry fewer and a later due time. Returns the retries left."""
    job.retries = max(0, job.retries - 1)
    job.due_at = now + backoff(max(1, job.attempts), random)
    job.error_message = error[:500]
    _release(job)
    return job.retries


def exhausted(job: Job, error: str) -> None:
    """Note that trying again would not help: no retries, until somebody resolves the incident."""
    job.retries, job.error_message = 0, error[:500]
    _release(job)


def put_back(job: Job) -> None:
    """Give a job back that was leased too early, at no cost."""
    job.attempts = max(0, job.attempts - 1)
    _release(job)


def put_off(job: Job, *, now: datetime, random: Random) -> None:
    """Give a job back that could not be begun: a little later again, at no cost."""
    job.attempts = max(0, job.attempts - 1)
    job.due_at = now + backoff(1, random)
    _release(job)


def _release(job: Job) -> None:
    job.worker = job.lease_until = job.lease_token = None
