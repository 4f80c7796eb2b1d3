"""Handing a task on to be prepared, and back: who handed it on gets it back and completes it.

So the act stays with the person whose it is; somebody else only fills in. What was filled in goes along as a draft,
there and back. Rights do not move: a task is handed to somebody to whom it is offered too, or to anybody where its
diagram says `delegation="true"`. Secret ballots are never handed on.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.errors import BadArgument, Forbidden, InvalidState, UnknownAccount
from service.models import Draft, UserTask
from service.notifications import tell_of_task
from service.operations import duties
from service.operations.user_tasks import IsRecused, changed, locked

#: How long a reason may be.
MOST = 2000


class NotToBeHandedOn(Forbidden):
    """The diagram does not let others into this task."""

    code = "DELEGATION_REFUSED"
    message = "“%(task)s” may not be handed on to %(receiver)s: it is not offered to them."


class SecretTask(Forbidden):
    """A ballot is cast by the voter."""

    code = "DELEGATION_SECRET"
    message = "“%(task)s” holds a secret answer and cannot be handed on."


def may_hand_on(user: User, task: UserTask) -> bool:
    """Whether the user could hand it to anybody: it is their own, open, not secret and not handed on already."""
    mine = task.ended_at is None and task.assignee == user.username and task.delegated_by is None
    return mine and "secret" not in task.properties and (task.properties.get("delegation") == "true" or _offered(task))


def hand_on(session: Session, key: int, receiver: str, reason: str, user: User, *, now: datetime) -> UserTask:
    """Give one's own task to somebody to be prepared. The caller commits.

    Raises `NotFound`, `TaskNotOpen`, `Forbidden` unless it is one's own, `SecretTask`, `UnknownAccount`, `BadArgument`
    without a reason or for oneself, `NotToBeHandedOn`, `IsRecused`, `NotTwice`, `FirstThings`.
    """
    task, instance = locked(session, key, user)
    if task.assignee != user.username or task.delegated_by is not None:
        raise Forbidden()
    if "secret" in task.properties:
        raise SecretTask(task=task.name)
    to = access.load_user(session, receiver)
    if to is None:
        raise UnknownAccount(username=receiver)
    if to.identity == user.identity:
        raise BadArgument("A task cannot be handed on to oneself.")
    if task.properties.get("delegation") != "true" and not access.is_candidate(to, task):
        raise NotToBeHandedOn(task=task.name, receiver=to.name)
    if access.is_recused(session, to, instance.key):
        raise IsRecused(task=task.name, assignee=to.name)
    duties.check(session, task, to)
    told = _reason(reason)
    _carry_draft(session, task, user.username, receiver, now)
    changed(
        session,
        instance,
        task,
        "USER_TASK_DELEGATED",
        user,
        now,
        reason=told,
        assignee=receiver,
        delegated_by=user.username,
    )
    tell_of_task(session, task, [receiver], "task", user.username, now=now)
    return task


def give_back(session: Session, key: int, reason: str, user: User, *, now: datetime) -> UserTask:
    """Give a task back to who handed it on; they may take it back themselves. The caller commits.

    Raises `NotFound`, `TaskNotOpen`, `InvalidState` if it was not handed on, `Forbidden` for others, `BadArgument`
    without a word to go with it.
    """
    task, instance = locked(session, key, user)
    if task.delegated_by is None or task.assignee is None:
        raise InvalidState(reason="the task was not handed on")
    if user.username not in (task.assignee, task.delegated_by):
        raise Forbidden()
    told = _reason(reason)
    owner = task.delegated_by
    _carry_draft(session, task, task.assignee, owner, now)
    changed(session, instance, task, "USER_TASK_RETURNED", user, now, reason=told, assignee=owner, delegated_by=None)
    tell_of_task(session, task, [owner], "returned", user.username, now=now)
    return task


def _offered(task: UserTask) -> bool:
    return bool(task.candidate_groups or task.candidate_users)


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > MOST:
        raise BadArgument("Say in a few words why: at most %(most)s characters.", most=MOST)
    return text


def _carry_draft(session: Session, task: UserTask, giver: str, receiver: str, now: datetime) -> None:
    """What was filled in goes along; the giver keeps none, so that there is one truth."""
    draft = session.get(Draft, (task.key, giver))
    if draft is None:
        return
    session.merge(Draft(task_key=task.key, username=receiver, data=draft.data, saved_at=now, edition=task.edition + 1))
    session.delete(draft)
    session.flush()
