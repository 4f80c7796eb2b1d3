"""Drafts: a form half filled in, kept while somebody types. Ballots and passwords never get here."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.errors import TaskNotOpen, TaskNotYours
from service.forms import Form
from service.models import Draft, UserTask
from service.values import Value, Variables


def save(
    session: Session, task: UserTask, form: Form, answers: Mapping[str, Value], user: User, *, now: datetime
) -> None:
    """Keep the answers as they are, right or wrong. Raises `TaskNotOpen` or `TaskNotYours`."""
    if task.ended_at is not None:
        raise TaskNotOpen(task=task.name)
    if not access.may_complete(user, task):
        raise TaskNotYours(task=task.name)
    kept = {
        key: value
        for key, value in answers.items()
        if form.storage.get(key, "secret") != "secret" and key not in form.signatures
    }
    session.merge(Draft(task_key=task.key, username=user.username, data=kept, saved_at=now, edition=task.edition))


def load(session: Session, task: UserTask, user: User) -> tuple[Variables, datetime | None]:
    """What this user had filled in, and when; nothing if there is no draft."""
    draft = session.get(Draft, (task.key, user.username))
    return (dict(draft.data), draft.saved_at) if draft else ({}, None)
