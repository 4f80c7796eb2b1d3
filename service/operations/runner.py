"""Running due jobs: by the worker under leases, and right after a commit for the tree that it moved."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import ColumnElement, delete, select, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from service.clock import machine_now
from service.db import Database, is_transient
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import ServiceError
from service.jobs import leases
from service.logs import fields
from service.models import Job
from service.operations import acting, batches, connecting, follow_ups, incidents, moments, starters

log = logging.getLogger("service.jobs")
#: After a commit the same request does at most this much of what it left to be done.
DRAIN_JOBS, DRAIN_SECONDS = 20, 0.3
LEASE = timedelta(seconds=60)
#: What computes is taken one at a time, for longer than it may take.
LONG_LEASE = timedelta(minutes=10)
#: How often a job that met another transaction is tried at once before it is put off.
MEETINGS = 5


def drain(
    database: Database, root_key: int, random: Random, *, jobs: int = DRAIN_JOBS, seconds: float = DRAIN_SECONDS
) -> int:
    """Do the due follow-ups of a tree of instances, each in its own transaction. Returns how many were done.

    Never raises: what caused them is committed, and the worker does what is left; it may do these at the same
    time, under the same locks.
    """
    done, end = 0, time.monotonic() + seconds
    tried: set[int] = set()
    try:
        while done < jobs and time.monotonic() < end:
            key = _next_of(database, root_key, tried)
            if key is None:
                break
            tried.add(key)
            attempt(database, key, None, random)
            done += 1
    except Exception:  # the database is gone: the answer to what was committed must still be given
        log.exception("follow-ups are left to the worker")
    return done


def work(database: Database, worker: str, random: Random, *, limit: int = 10) -> int:
    """Lease due jobs of the platform's own kinds and do them. Returns how many were taken."""
    done = _work(database, worker, random, follow_ups.OWN_KINDS, limit=limit, lease=LEASE)
    return done + _work(database, worker, random, (connecting.KIND,), limit=1, lease=LONG_LEASE)


def _work(
    database: Database, worker: str, random: Random, kinds: Sequence[str], *, limit: int, lease: timedelta
) -> int:
    if not _is_any_due(database, kinds):
        return 0
    with database.writing() as session:
        at = machine_now()
        due = _due(session, at, kinds)
        taken = leases.take(session, due, machine_now=at, limit=limit, worker=worker, lease=lease)
        _one_timer_each(taken)
        leased = [(job.key, job.lease_token, job.attempts) for job in taken if job.lease_token is not None]
        session.commit()
    for key, token, attempts in leased:
        try:
            if attempts > leases.MAX_ATTEMPTS:
                text = f"the job was begun {attempts - 1} times and never came to an end"
                _give_up(database, key, token, EngineError("JOB_NO_RETRIES", "", text), random, retry=False)
            else:
                attempt(database, key, token, random, computes=kinds == (connecting.KIND,))
        except Exception:  # not even the failure could be written down: the lease runs out, and the others have theirs
            log.exception("a job is left to its lease", extra=fields(job_key=key))
    return len(leased)


def _one_timer_each(taken: list[Job]) -> None:
    """Of an instance's overdue timers only the first: what it sets off may fall due before the next."""
    seen: set[int | None] = set()
    for job in taken:
        if job.kind == "timer" and job.instance_key in seen:
            leases.put_back(job)
        elif job.kind == "timer":
            seen.add(job.instance_key)


def attempt(database: Database, key: int, token: str | None, random: Random, *, computes: bool = False) -> bool:
    """Try one job: work and row's end in one transaction; a failure in a second, small one. True if it was done.

    `token` is the lease's; None for a drain, which only does jobs that nobody has leased. `computes`: what a connector
    has to work out first, without a lock.
    """
    for _ in range(MEETINGS):
        try:
            return _attempt(database, key, token, computes)
        except (DBAPIError, StaleDataError) as error:
            if not is_transient(error):
                log.exception("a job failed in the database", extra=fields(job_key=key))
                refused = EngineError("UNKNOWN", "", "the database refused the step")
                _give_up(database, key, token, refused, random, retry=True)
                return False
            time.sleep(0.05 * random.random())
        except (ActImpossible, acting.CallCancelled):
            _drop(database, key, token)
            return True
        except (EngineError, ServiceError, StateUnreadable) as error:
            _give_up(database, key, token, error, random, retry=False)
            return False
        except Exception as error:  # the worker must live, whatever a job does
            log.exception("a job failed", extra=fields(job_key=key))
            _give_up(database, key, token, EngineError("UNKNOWN", "", type(error).__name__), random, retry=True)
            return False
    _put_off(database, key, token, random)
    return False


def _next_of(database: Database, root_key: int, tried: set[int]) -> int | None:
    with database.reading() as session:
        return session.scalar(
            select(Job.key)
            .where(
                Job.root_key == root_key,
                Job.kind.in_(follow_ups.OWN_KINDS),
                Job.kind != "timer",
                Job.due_at <= moments.now(session, machine_now()),
                Job.retries > 0,
                Job.lease_until.is_(None),
                Job.key.not_in(tried),
            )
            .order_by(Job.key)
            .limit(1)
        )


def _is_any_due(database: Database, kinds: Sequence[str]) -> bool:
    """A look that takes no lock, so that an idle worker disturbs nobody."""
    with database.reading() as session:
        return session.scalar(select(Job.key).where(*_due(session, machine_now(), kinds)).limit(1)) is not None


def _due(session: Session, at: datetime, kinds: Sequence[str]) -> list[ColumnElement[bool]]:
    pinned = moments.platform(session).pinned_at is not None
    grace = timedelta(0) if pinned else leases.DEADLINE_GRACE
    return leases.due(kinds, now=moments.now(session, at), machine_now=at, grace=grace)


def _attempt(database: Database, key: int, token: str | None, computes: bool) -> bool:
    answer = None
    if computes:
        with database.reading() as session:
            now = moments.now(session, machine_now())
            answer = connecting.worked_out(session, key, token, now=now)
    with database.writing() as session:
        job = _locked(session, key, token)
        if job is None:
            return False
        now = moments.now(session, machine_now())
        follow_ups.run(session, job, now=max(now, job.due_at) if job.due_at else now, answer=answer)
        session.execute(delete(Job).where(Job.key == key))
        session.commit()
        return True


def _drop(database: Database, key: int, token: str | None) -> None:
    """Forget a job that has nothing left to be about. What it had begun is rolled back by now."""
    log.info("a job is about something that is no longer open", extra=fields(job_key=key))
    with database.writing() as session:
        if _locked(session, key, token) is not None:
            session.execute(delete(Job).where(Job.key == key))
            session.commit()


def _locked(session: Session, key: int, token: str | None, *, failed: bool = False) -> Job | None:
    """The job under its instance's lock and its own, if it is still ours to do.

    The start and the end of a child need no lock of the parent, so that nothing holds two instances of a tree; unless
    it `failed`: then the parent gets an incident.
    """
    moves = true() if failed else Job.kind.not_in(("start_child", "cancel_child"))
    instance_key = session.scalar(select(Job.instance_key).where(Job.key == key, moves))
    if instance_key is not None:
        acting.lock_instance(session, instance_key)
    job = session.scalars(
        select(Job).where(Job.key == key).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if job is None or job.retries < 1 or job.lease_token != token:
        return None
    return job


def _give_up(database: Database, key: int, token: str | None, error: Exception, random: Random, *, retry: bool) -> None:
    """Write down that the attempt failed: later again, or an incident where trying again cannot help."""
    with database.writing() as session:
        job = _locked(session, key, token, failed=True)
        if job is None:
            return
        now = moments.now(session, machine_now())
        if not retry or leases.failed(job, str(error), now=now, random=random) == 0:
            leases.exhausted(job, str(error))
            # What moves no instance of its own (a message to be published) stopped the tree that caused it.
            at_fault = job.instance_key if job.instance_key is not None else job.root_key
            if at_fault is None:
                log.error("a job of no instance was given up", extra=fields(job_key=key))
                if job.kind == "start_timer":
                    starters.given_up(session, job, now)
                elif job.kind == "batch":
                    batches.passed_over(session, job, f"UNKNOWN: {error}", now)
                    session.delete(job)
            else:
                stopped = job.wait if job.kind == "start_child" else None
                trouble = _as_engine_error(error, job)
                incidents.report(session, at_fault, trouble, now=now, job_key=key, element_instance=stopped)
        session.commit()


def _put_off(database: Database, key: int, token: str | None, random: Random) -> None:
    """The job met others each time: a little later again, and this was no attempt of its own."""
    with database.writing() as session:
        job = _locked(session, key, token)
        if job is not None:
            leases.put_off(job, now=moments.now(session, machine_now()), random=random)
            session.commit()


def _as_engine_error(error: Exception, job: Job) -> EngineError:
    if isinstance(error, EngineError):
        return EngineError(error.kind, error.element_id or job.element_id or "", error.reason, error.expression)
    code = getattr(error, "code", type(error).__name__)
    return EngineError("UNKNOWN", job.element_id or "", f"{code}: {error}")
