"""What an incident is, written down: by whoever moves an instance, and by whoever could not."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import db
from service.engine.types import EngineError
from service.models import Incident, ProcessInstance
from service.operations import events


def write(
    session: Session,
    instance: ProcessInstance,
    error: EngineError,
    *,
    now: datetime,
    job_key: int | None = None,
    element_instance: int | None = None,
) -> Incident:
    """Store an incident of an instance whose lock is held. The same trouble at the same element is written once.

    `element_instance` is the number of the element instance that stopped, where it is known.
    """
    known = session.scalar(
        select(Incident).where(
            Incident.instance_key == instance.key,
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
        message=f"{error.reason} [{error.expression}]" if error.expression else error.reason,
        created_at=now,
        resolved_at=None,
        resolved_by=None,
    )
    session.add(incident)
    instance.incidents += 1
    event = events.chained(
        session,
        instance,
        "INCIDENT_RAISED",
        at=now,
        actor=None,
        element_id=error.element_id,
        body={"incident": str(incident.key), "type": error.kind, "message": incident.message},
    )
    events.append(session, instance, event)
    return incident
