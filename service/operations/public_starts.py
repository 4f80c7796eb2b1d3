"""Beginning a process without an account: which forms are open to everybody, and what becomes of what is sent.

The form is the process's start form, or that of its first task with `public`: then the process is begun and that task
completed in one act. To know what such a form shows, the process is begun on trial and taken back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import db
from service.access import User
from service.errors import InvalidState, NotFound
from service.models import UserTask
from service.operations import instances, refused, user_tasks, variables
from service.operations.submissions import Manner
from service.public import receipts
from service.releases import Deployed, ReleaseLibrary, library, newest, resource
from service.values import Variables

#: What an act leaves in the session for the rim, and what is void when the act is taken back.
_LEFT_BEHIND = ("follow_ups", "roots", "moved", "draft", refused.REFUSED)


class NotOpenNow(InvalidState):
    """The process went on without asking anything: at the moment there is nothing to send."""

    code = "NOT_OPEN_NOW"
    message = "Nothing can be sent here at the moment."


@dataclass(frozen=True, slots=True)
class Entrance:
    """The form that begins a process, and what it is given. `article` is the basis, as the diagram says it."""

    process: Deployed
    release: ReleaseLibrary
    form: Deployed | None
    given: Variables
    article: str | None


def anonymous(principal: str) -> User:
    """Somebody without an account, under the name that the history keeps."""
    return User(principal, "", principal, frozenset(), anonymous=True)


def all_open(session: Session) -> list[Deployed]:
    """The processes of the newest release that everybody may begin."""
    release = newest(session)
    return [process for process in (release.all("process") if release else ()) if _is_open(process)]


def open_process(session: Session, process_id: str) -> Deployed:
    """One of them. Raises `NotFound`."""
    release = newest(session)
    process = release.get("process", process_id) if release else None
    if process is None or not _is_open(process):
        raise NotFound()
    return process


def entrance(session: Session, process: Deployed, user: User, *, now: datetime) -> Entrance:
    """What somebody has to fill in. `session` may write; nothing of the trial stays.

    Raises `NotOpenNow`, `Refused` (a rule of the procedure), `EngineError`.
    """
    article = process.facts.get("properties", {}).get("article")
    release = instances.release_of(session, process)
    if process.facts.get("start_form_id"):
        return Entrance(process, release, instances.start_form(session, process), {}, article)
    with _taken_back(session):
        instance = instances.start_instance(session, process, {}, user, now=now)
        task = _public_task(session, instance.key)
        form = resource(session, task.form_key) if task.form_key else None
        given = variables.visible_to_task(session, task)
        article = task.properties.get("article") or article
    if form is not None:
        release = library(session, form.release_key)
    return Entrance(process, release, form, given, article)


def send(
    session: Session, process: Deployed, answers: Mapping[str, Any], user: User, code: str, *, now: datetime,
    manner: Manner,
) -> None:  # fmt: skip
    """Begin the process with these answers and keep the receipt that `code` opens. What was sent before stays as it is.

    The caller commits. Raises what `instances.start_instance` and `user_tasks.complete_user_task` raise, and
    `NotOpenNow`; what they left for the rim is to be forgotten then (`forget`).
    """
    db.hold(session, f"receipt/{receipts.code_hash(code)}")
    if receipts.find(session, code) is not None:
        return
    key = db.new_key(session)
    receipts.write(session, code, key, process.name, now=now)
    if process.facts.get("start_form_id"):
        instances.start_instance(session, process, answers, user, now=now, manner=manner, key=key)
        return
    instances.start_instance(session, process, {}, user, now=now, key=key)
    task = _public_task(session, key)
    user_tasks.take_public(session, task, user, now=now)
    user_tasks.complete_user_task(session, task.key, answers, user, now=now, manner=manner)


def forget(session: Session) -> None:
    """Let the rim know nothing of an act that was taken back."""
    for name in _LEFT_BEHIND:
        session.info.pop(name, None)


def _is_open(process: Deployed) -> bool:
    is_public = process.facts.get("properties", {}).get("publicStart") == "true"
    return is_public and any(event["kind"] == "none" for event in process.facts["start_events"])


def _public_task(session: Session, instance_key: int) -> UserTask:
    tasks = session.scalars(select(UserTask).filter_by(instance_key=instance_key, ended_at=None).order_by(UserTask.key))
    found = next((task for task in tasks if task.properties.get("public") == "true"), None)
    if found is None:
        raise NotOpenNow()
    return found


@contextmanager
def _taken_back(session: Session) -> Iterator[None]:
    trial = session.begin_nested()
    try:
        yield
    finally:
        trial.rollback()
        forget(session)
