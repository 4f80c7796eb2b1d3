"""Jobs of outside workers: activate, complete, fail, throw a BPMN error."""

import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access, keys, values
from service.access import User
from service.clock import machine_now
from service.db import Database
from service.engine.types import CompleteTask, EngineError, ThrowError
from service.errors import Forbidden, JobClosed, NotFound, Overloaded
from service.jobs import leases
from service.models import Job, ProcessInstance
from service.operations import acting, incidents, moments

#: How long a worker that asks without a wish waits for a job, and how often the database is looked at.
DEFAULT_WAIT, LOOK_EVERY = timedelta(seconds=10), 0.1
LONGEST_WAIT = timedelta(seconds=60)


def activate(
    database: Database, user: User, *, type: str, worker: str, lease: timedelta, limit: int, wait: timedelta
) -> list[int]:
    """Lease up to `limit` jobs of `type`, waiting up to `wait` for the first. Returns their keys.

    Waiting holds no transaction. Raises `Forbidden` unless the user works, `Overloaded` where too many wait already.
    """
    if not user.works:
        raise Forbidden()
    found = _try(database, user, type, worker, lease, limit)
    if found or wait <= timedelta(0):
        return found
    if not _waiters().acquire(blocking=False):
        raise Overloaded()
    try:
        end = time.monotonic() + min(wait, LONGEST_WAIT).total_seconds()
        while not found and time.monotonic() < end:
            time.sleep(LOOK_EVERY)
            if _is_any_due(database, user, type):
                found = _try(database, user, type, worker, lease, limit)
        return found
    finally:
        _waiters().release()


def complete(session: Session, key: int, variables: Mapping[str, Any], user: User, *, now: datetime) -> ProcessInstance:
    """A worker finished its job; the instance goes on. Raises `NotFound`, `Forbidden`, `InvalidState`."""
    job, instance = _open(session, key, user)
    wait = job.wait or 0
    acting.resume(session, instance, actor=user, now=now).act(
        CompleteTask(wait, values.variables(variables)),
        "JOB_COMPLETED",
        element_id=job.element_id,
        element_instance=wait,
    )
    return instance


def throw_error(
    session: Session, key: int, code: str, message: str, variables: Mapping[str, Any], user: User, *, now: datetime
) -> ProcessInstance:
    """A worker found a BPMN error; a boundary event or event sub-process with its code catches it."""
    job, instance = _open(session, key, user)
    wait = job.wait or 0
    act = ThrowError(wait, code, message, values.variables(variables))
    acting.resume(session, instance, actor=user, now=now).act(
        act, "JOB_ERROR_THROWN", element_id=job.element_id, element_instance=wait
    )
    return instance


def fail(
    session: Session, key: int, retries: int, message: str, back_off: timedelta, user: User, *, now: datetime
) -> None:
    """A worker could not do its job: later again, or, with no retries left, an incident."""
    job, instance = _open(session, key, user)
    job.retries, job.error_message, job.state = retries, message[:500], "FAILED"
    job.worker = job.lease_until = job.lease_token = None
    job.due_at = now + back_off
    if retries == 0:
        error = EngineError("JOB_NO_RETRIES", job.element_id or "", message or "the worker failed")
        incidents.report(session, instance.key, error, now=now, job_key=key, element_instance=job.wait)


def _open(session: Session, key: int, user: User) -> tuple[Job, ProcessInstance]:
    """The job under its instance's lock and its own, while it can be finished."""
    if not user.works:
        raise Forbidden()
    instance_key = session.scalar(select(Job.instance_key).where(Job.key == key, Job.kind == "service"))
    if instance_key is None:
        raise NotFound()
    instance = acting.lock_instance(session, instance_key)
    if access.is_recused(session, user, instance.key):
        raise NotFound()
    job = session.scalars(
        select(Job).where(Job.key == key).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if job is None:
        raise NotFound()
    if job.state not in ("CREATED", "FAILED"):
        raise JobClosed(state=job.state)
    return job, instance


def _try(database: Database, user: User, type: str, worker: str, lease: timedelta, limit: int) -> list[int]:
    with database.writing() as session:
        at = machine_now()
        due = leases.due(("service",), now=moments.now(session, at), machine_now=at, type=type)
        due.append(access.unrecused(user, Job.instance_key))
        taken = leases.take(session, due, machine_now=at, limit=limit, worker=worker, lease=lease)
        found = [job.key for job in taken]
        session.commit()
        return found


def _is_any_due(database: Database, user: User, type: str) -> bool:
    """A look that takes no lock, so that waiting workers disturb nobody."""
    with database.reading() as session:
        at = machine_now()
        due = leases.due(("service",), now=moments.now(session, at), machine_now=at, type=type)
        due.append(access.unrecused(user, Job.instance_key))
        return session.scalar(select(Job.key).where(*due).limit(1)) is not None


@cache
def _waiters() -> threading.Semaphore:
    """Of a process's threads at most a quarter may wait for jobs, so that people find one free."""
    return threading.Semaphore(max(1, keys.config().web_threads // 4))
