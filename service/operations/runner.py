"""Running due jobs: by the worker under leases, and right after a commit for the tree that it moved."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.clock import machine_now
from service.db import Database
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import ServiceError
from service.jobs import leases
from service.models import Job
from service.operations import acting, follow_ups, incidents, moments

log = logging.getLogger("service.jobs")
#: After a commit the same request does at most this much of what it left to be done.
DRAIN_JOBS, DRAIN_SECONDS = 20, 0.3
LEASE = timedelta(seconds=60)
#: What the database may say when two transactions met; the same work again succeeds.
_TRANSIENT = ("40001", "40P01", "55P03")


def drain(
    database: Database, root_key: int, random: Random, *, jobs: int = DRAIN_JOBS, seconds: float = DRAIN_SECONDS
) -> int:
    """Do the due follow-ups of a tree of instances, each in its own transaction. Returns how many were done.

    The worker does what is left; it may do these at the same time, under the same locks.
    """
    done, end = 0, time.monotonic() + seconds
    tried: set[int] = set()
    while done < jobs and time.monotonic() < end:
        with database.reading() as session:
            now = moments.now(session, machine_now())
            key = session.scalar(
                select(Job.key)
                .where(
                    Job.root_key == root_key,
                    Job.kind.in_(follow_ups.OWN_KINDS),
                    Job.kind != "timer",
                    Job.due_at <= now,
                    Job.retries > 0,
                    Job.lease_until.is_(None),
                    Job.key.not_in(tried),
                )
                .order_by(Job.key)
                .limit(1)
            )
        if key is None:
            break
        tried.add(key)
        attempt(database, key, None, random)
        done += 1
    return done


def work(database: Database, worker: str, random: Random, *, limit: int = 10) -> int:
    """Lease due jobs of the platform's own kinds and do them. Returns how many were taken."""
    with database.writing() as session:
        at = machine_now()
        now = moments.now(session, at)
        pinned = moments.platform(session).pinned_at is not None
        grace = timedelta(0) if pinned else leases.DEADLINE_GRACE
        taken = leases.take(
            session, follow_ups.OWN_KINDS, now=now, machine_now=at, limit=limit, worker=worker, lease=LEASE, grace=grace
        )
        keys: Sequence[tuple[int, str | None]] = [(job.key, job.lease_token) for job in taken]
        session.commit()
    for key, token in keys:
        attempt(database, key, token, random)
    return len(keys)


def attempt(database: Database, key: int, token: str | None, random: Random) -> bool:
    """Try one job: work and row's end in one transaction; a failure in a second, small one. True if it was done.

    `token` is the lease's; None for a drain, which only does jobs that nobody has leased.
    """
    for _ in range(5):
        try:
            return _attempt(database, key, token)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _TRANSIENT:
                _give_up(database, key, EngineError("UNKNOWN", "", "the database refused the step"), random, retry=True)
                log.exception("job %s failed in the database", key)
                return False
            time.sleep(0.05 * random.random())
        except (EngineError, ServiceError, StateUnreadable) as error:
            _give_up(database, key, error, random, retry=False)
            return False
        except Exception as error:  # the worker must live, whatever a job does
            log.exception("job %s failed", key)
            _give_up(database, key, EngineError("UNKNOWN", "", type(error).__name__), random, retry=True)
            return False
    return False


def _attempt(database: Database, key: int, token: str | None) -> bool:
    with database.writing() as session:
        job = _locked(session, key, token)
        if job is None:
            return False
        now = moments.now(session, machine_now())
        try:
            follow_ups.run(session, job, now=max(now, job.due_at) if job.due_at else now)
        except ActImpossible:
            log.info("job %s is about something that is no longer open", key)
        session.execute(delete(Job).where(Job.key == key))
        session.commit()
        return True


def _locked(session: Session, key: int, token: str | None) -> Job | None:
    """The job under its instance's lock and its own, if it is still ours to do."""
    instance_key = session.scalar(select(Job.instance_key).where(Job.key == key, Job.kind != "start_child"))
    if instance_key is not None:
        acting.lock_instance(session, instance_key)
    job = session.scalars(
        select(Job).where(Job.key == key).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if job is None or job.retries < 1 or job.lease_token != token:
        return None
    return job


def _give_up(database: Database, key: int, error: Exception, random: Random, *, retry: bool) -> None:
    """Write down that the attempt failed: later again, or an incident where trying again cannot help."""
    with database.writing() as session:
        job = session.get(Job, key)
        if job is None:
            return
        now: datetime = moments.now(session, machine_now())
        if retry and leases.failed(session, key, str(error), now=now, random=random) > 0:
            session.commit()
            return
        leases.exhausted(session, key, str(error))
        if job.instance_key is not None:
            trouble = _as_engine_error(error, job)
            incidents.report(session, job.instance_key, trouble, now=now, job_key=key)
        session.commit()


def _as_engine_error(error: Exception, job: Job) -> EngineError:
    if isinstance(error, EngineError):
        return EngineError(error.kind, error.element_id or job.element_id or "", error.reason, error.expression)
    code = getattr(error, "code", type(error).__name__)
    return EngineError("UNKNOWN", job.element_id or "", f"{code}: {error}")
