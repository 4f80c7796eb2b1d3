"""Drafts: a form half filled in, kept while somebody types. Ballots and passwords never get here."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from service import access, values
from service.access import User
from service.errors import BadArgument, PreconditionFailed, PreconditionRequired, TaskNotOpen, TaskNotYours
from service.forms import Form
from service.models import Draft, UserTask
from service.releases import resource
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


def find(session: Session, task: UserTask, user: User) -> Draft | None:
    """This user's draft."""
    return session.get(Draft, (task.key, user.username))


def mark(draft: Draft) -> str:
    """Names this content of a draft: its ETag."""
    return sha256(values.tag(draft.data)).hexdigest()[:32]


def replace(
    session: Session, task: UserTask, answers: Mapping[str, Value], user: User, *, now: datetime, known: set[str] | None
) -> Draft:
    """Keep the answers in place of the draft whose mark is among `known`. Fields that the form has not are left out.

    Raises `TaskNotOpen`, `TaskNotYours`, `BadArgument` without a form, `PreconditionRequired` where a draft is there
    and `known` is None, `PreconditionFailed` where it is another.
    """
    found = resource(session, task.form_key) if task.form_key else None
    if found is None:
        raise BadArgument("“%(task)s” has no form; there is nothing to draft.", task=task.name)
    _check(session, task, user, known)
    save(session, task, found.form, answers, user, now=now)
    session.flush()
    return session.get_one(Draft, (task.key, user.username))


def discard(session: Session, task: UserTask, user: User, *, known: set[str] | None) -> None:
    """Throw the draft away; nothing if there is none. Raises as `replace`."""
    draft = _check(session, task, user, known)
    if draft is not None:
        session.delete(draft)


def _check(session: Session, task: UserTask, user: User, known: set[str] | None) -> Draft | None:
    draft = session.get(Draft, (task.key, user.username), with_for_update=True)
    if draft is not None and known is None:
        raise PreconditionRequired()
    if known is not None and "*" not in known and (draft is None or mark(draft) not in known):
        raise PreconditionFailed()
    return draft
