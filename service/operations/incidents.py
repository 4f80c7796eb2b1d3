"""Incidents: the procedure stopped; somebody looks, mends, and lets it go on."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.engine.types import EngineError
from service.errors import Forbidden, IncidentResolved, NotFound
from service.models import Incident, Job, ProcessInstance
from service.operations import acting, events, troubles


def report(
    session: Session,
    instance_key: int,
    error: EngineError,
    *,
    now: datetime,
    job_key: int | None = None,
    element_instance: int | None = None,
) -> Incident:
    """Store an incident, in a transaction of its own after the failed act was rolled back.

    The same trouble at the same element is reported once while it is open. `element_instance` is the number of the
    element instance that stopped, where it is known: what the failed act had entered was never stored.
    """
    instance = acting.lock_instance(session, instance_key)
    return troubles.write(session, instance, error, now=now, job_key=job_key, element_instance=element_instance)


def resolve(session: Session, key: int, user: User, *, now: datetime) -> Incident:
    """Mark an incident as mended; a job that had no retries left gets one and is tried at once.

    Raises `NotFound`, `Forbidden`, or `InvalidState` if it is resolved already.
    """
    incident = session.get(Incident, key)
    if incident is None:
        raise NotFound()
    instance = acting.lock_instance(session, incident.instance_key)
    if not access.reads_instance(session, user, instance):
        raise NotFound()
    if not access.may_operate(session, user, instance):
        raise Forbidden()
    session.refresh(incident)
    if incident.resolved_at is not None:
        raise IncidentResolved()
    if incident.job_key is not None:
        session.execute(
            update(Job)
            .where(Job.key == incident.job_key, Job.ended_at.is_(None))
            .values(retries=1, attempts=0, due_at=now, state="CREATED", lease_until=None, lease_token=None, worker=None)
        )
        session.info["follow_ups"] = True
        session.info.setdefault("roots", set()).add(instance.root_key)
    incident.resolved_at, incident.resolved_by = now, user.username
    instance.incidents = max(0, instance.incidents - 1)
    event = events.chained(
        session,
        instance,
        "INCIDENT_RESOLVED",
        at=now,
        actor=user,
        element_id=incident.element_id,
        body={"incident": str(incident.key)},
    )
    events.append(session, instance, event)
    return incident


def settle_moot(session: Session, instance: ProcessInstance, active: Collection[int], *, now: datetime) -> None:
    """Nothing is left to be mended: incidents of jobs and element instances that a modification has taken away.

    `active` are the keys of the element instances that are there now.
    """
    if not instance.incidents:
        return
    open_jobs = select(Job.key).where(Job.instance_key == instance.key, Job.ended_at.is_(None))
    no_job = Incident.job_key.is_not(None) & Incident.job_key.not_in(open_jobs)
    no_element = Incident.job_key.is_(None) & Incident.element_instance_key.not_in(active)
    settled = session.scalars(
        update(Incident)
        .where(Incident.instance_key == instance.key, Incident.resolved_at.is_(None), no_job | no_element)
        .values(resolved_at=now)
        .returning(Incident.key)
    )
    instance.incidents -= len(settled.all())
