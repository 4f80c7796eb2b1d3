"""Incidents: the procedure stopped; somebody looks, mends, and lets it go on."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service import access, db
from service.access import User
from service.engine.types import EngineError
from service.errors import Forbidden, IncidentResolved, NotFound
from service.models import Incident, Job
from service.operations import acting, events


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
    known = session.scalar(
        select(Incident).where(
            Incident.instance_key == instance_key,
            Incident.element_id == error.element_id,
            Incident.type == error.kind,
            Incident.job_key == job_key if job_key is not None else Incident.job_key.is_(None),
            Incident.resolved_at.is_(None),
        )
    )
    if known is not None:
        return known
    incident = Incident(
        key=db.new_key(session),
        instance_key=instance.key,
        root_key=instance.root_key,
        job_key=job_key,
        element_id=error.element_id,
        element_instance_key=instance.key + element_instance if element_instance is not None else None,
        type=error.kind,
        message=_text(error),
        created_at=now,
        resolved_at=None,
        resolved_by=None,
    )
    session.add(incident)
    instance.incidents += 1
    events.append(
        session,
        instance,
        "INCIDENT_RAISED",
        at=now,
        actor=None,
        element_id=error.element_id,
        body={"incident": str(incident.key), "type": error.kind, "message": incident.message},
    )
    return incident


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
    if not user.operates:
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
    events.append(
        session,
        instance,
        "INCIDENT_RESOLVED",
        at=now,
        actor=user,
        element_id=incident.element_id,
        body={"incident": str(incident.key)},
    )
    return incident


def _text(error: EngineError) -> str:
    return f"{error.reason} [{error.expression}]" if error.expression else error.reason
