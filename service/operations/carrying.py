"""The rows of what stays open when an instance goes on under another definition.

Keys, assignees, due dates, leases and drafts stay. What is read off the diagram (ids, names, forms, headers,
properties) becomes that of the new one.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from service.access import READER, readers
from service.engine.types import JobWait, UserTaskWait
from service.models import Base, Candidate, ElementInstance, Incident, Job, ProcessInstance, Subscription, UserTask
from service.operations.acting import Move
from service.operations.upserts import insert_rows
from service.releases import Deployed, ReleaseLibrary

_ELEMENTS, _JOBS, _SUBSCRIPTIONS = (
    Base.metadata.tables[model.__tablename__] for model in (ElementInstance, Job, Subscription)
)


def carry(
    session: Session, instance: ProcessInstance, move: Move, mapping: Mapping[str, str], target: Deployed
) -> None:
    """Bring the rows of `instance`, whose own is up to date, to the new definition. Before the step is recorded."""
    connection = session.connection()
    names = {element_id: name for element_id, (name, _) in target.facts["elements"].items()}
    mine = instance.key
    active = session.scalars(
        select(ElementInstance).where(ElementInstance.instance_key == mine, ElementInstance.state == "ACTIVE")
    ).all()
    for element in active:
        element.element_id = mapping[element.element_id]
        element.name = names.get(element.element_id, "")
    before = {wait.id: wait.element_id for wait in move.before}
    moved = [
        {"of": mine, "number": number, "id": mapping[element_id]}
        for number, element_id in before.items()
        if mapping.get(element_id, element_id) != element_id
    ]
    if moved:
        for table in (_JOBS, _SUBSCRIPTIONS):
            connection.execute(_renaming(table), moved)
    session.execute(
        update(Subscription)
        .where(Subscription.instance_key == mine, Subscription.ended_at.is_(None))
        .values(process_id=instance.process_id)
    )
    for incident in session.scalars(
        select(Incident).where(Incident.instance_key == mine, Incident.resolved_at.is_(None))
    ):
        incident.element_id = mapping.get(incident.element_id, incident.element_id)
    for wait in move.execution.open_waits():
        if wait.id in before and isinstance(wait, UserTaskWait):
            _carry_task(session, instance, wait, move.release)
        elif wait.id in before and isinstance(wait, JobWait):
            _carry_job(session, instance, wait)
    session.flush()


def _renaming(table: Any) -> Any:
    return (
        table.update()
        .where(table.c.instance_key == bindparam("of"), table.c.wait == bindparam("number"), table.c.ended_at.is_(None))
        .values(element_id=bindparam("id"))
    )


def _carry_task(session: Session, instance: ProcessInstance, wait: UserTaskWait, release: ReleaseLibrary) -> None:
    task = session.get_one(UserTask, instance.key + wait.id)
    form = release.get("form", wait.form_id) if wait.form_id else None
    if readers(task.properties) != readers(wait.properties):
        session.execute(delete(Candidate).where(Candidate.task_key == task.key, Candidate.who.like(f"{READER}%")))
        rows = [{"task_key": task.key, "who": who} for who in readers(wait.properties)]
        if rows:
            insert_rows(session.connection(), Candidate.__tablename__, rows)
    task.definition_key, task.process_id = instance.definition_key, instance.process_id
    task.element_id, task.name = wait.element_id, wait.name
    task.form_key = form.key if form else None
    task.properties, task.headers = dict(wait.properties), dict(wait.headers)


def _carry_job(session: Session, instance: ProcessInstance, wait: JobWait) -> None:
    job = session.get_one(Job, instance.key + wait.id)
    job.data = {**job.data, "headers": dict(wait.headers), "name": wait.name}
