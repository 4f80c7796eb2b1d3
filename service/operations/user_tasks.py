"""User tasks: claim, assign, change, complete."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.engine.feel import Moment
from service.engine.types import CompleteTask
from service.errors import (
    Forbidden,
    NotFound,
    ServiceError,
    TaskNotOpen,
    TaskNotYours,
    TaskTaken,
    TaskTakenBySomebody,
    UnknownAccount,
)
from service.models import Account, Candidate, Draft, ProcessInstance, UserTask
from service.notifications import tell_of_task
from service.operations import acting, blindness, duties, events, refused, submissions
from service.operations.submissions import PLAINLY, Manner

#: A task, its instance under the lock, whether a draft is there and whether the user is recused. Built once: it is a
#: part of every act.
_LOCKED = (
    select(
        UserTask,
        ProcessInstance,
        exists().where(Draft.task_key == bindparam("key")),
        access.recusal(bindparam("person"), bindparam("identity"), UserTask.instance_key),
    )
    .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
    .where(UserTask.key == bindparam("key"))
    # The task too: while this waits, the winner of a race changes it, and only rows that are locked are read again.
    .with_for_update(of=(ProcessInstance, UserTask), key_share=True)
    .execution_options(populate_existing=True)
)


class TaskDelegated(Forbidden):
    """Handed on for preparation: completing it is for the one who gets it back."""

    code = "TASK_DELEGATED"
    message = "“%(task)s” was handed to you by %(by)s to be prepared. Give it back: %(by)s completes it."


class IsRecused(Forbidden):
    """Recusal: this person may know nothing of the case."""

    code = "RECUSED"
    message = "%(assignee)s is recused from this case and may not get “%(task)s”."


def visible_user_task(session: Session, key: int, user: User) -> UserTask:
    """The task, if the user may know of it. Raises `NotFound`."""
    task = session.get(UserTask, key)
    if task is None or not access.reads_task(session, user, task):
        raise NotFound()
    return task


def complete_user_task(
    session: Session, key: int, answers: Mapping[str, Any], user: User, *, now: datetime, manner: Manner = PLAINLY
) -> ProcessInstance:
    """Complete an open user task and run its instance on to the next quiet state.

    The instance row is locked first, so that two people pressing the same
    button move it once: the second gets `TaskNotOpen`. The caller commits.

    `answers` are checked against the form: fields of class `variable` become variables, those of class `record` a
    `Submission` whose key and hash is the variable `submission`, those of class `secret` go into the urn that the
    task names. Without a form, `answers` become variables as they are.

    A refusal after the task was found is remembered for the rim to write down (`operations.refused`).

    Raises `NotFound` (unknown, or not to be known), `TaskNotOpen`, `TaskNotYours`, `NotTwice`, `FirstThings`,
    `FormInvalid`, `Refused`, or `EngineError` with the id of the element that failed.
    """
    task, instance = locked(session, key, user)
    try:
        _complete(session, task, instance, answers, user, now, manner)
    except ServiceError as error:
        refused.remember(session, task, instance, user, error, now=now)
        raise
    return instance


def _complete(
    session: Session,
    task: UserTask,
    instance: ProcessInstance,
    answers: Mapping[str, Any],
    user: User,
    now: datetime,
    manner: Manner,
) -> None:
    if not access.may_complete(user, task):
        raise _not_yours(session, task, user)
    duties.check(session, task, user)
    move = acting.resume(session, instance, actor=user, now=now)
    id = task.key - instance.key
    moment = Moment(now, move.setting.calendar)
    given = submissions.store(session, task, answers, move.execution.variables(id), user, moment, manner)
    if actor_variable := task.properties.get("actorVariable"):
        given[actor_variable] = user.username
    if session.info.pop("draft", False):
        session.execute(delete(Draft).where(Draft.task_key == task.key))
    behalf = access.on_behalf(session, user, task)
    move.act(
        CompleteTask(id, given),
        "USER_TASK_COMPLETED",
        element_id=task.element_id,
        element_instance=id,
        extra={"onBehalfOf": behalf.username} if behalf else {},
    )


def locked(session: Session, key: int, user: User) -> tuple[UserTask, ProcessInstance]:
    """The open task with its instance under the instance's lock. Raises `NotFound` or `TaskNotOpen`."""
    row = session.execute(_LOCKED, {"key": key, "person": user.person, "identity": user.identity}).one_or_none()
    if row is None or not access.reads_task(session, user, row[0], recused=row[3]):
        raise NotFound()
    task, instance, session.info["draft"], _ = row
    if task.ended_at is not None or instance.status != "ACTIVE":
        raise TaskNotOpen(task=task.name)
    return task, instance


def claim_user_task(session: Session, key: int, user: User, *, now: datetime) -> UserTask:
    """Take an offered task. Taking one's own again changes nothing. Raises `TaskTaken` if somebody was faster."""
    task, instance = locked(session, key, user)
    if task.assignee == user.username:
        return task
    if task.assignee is not None:
        raise _taken(session, task, user)
    if not access.may_claim(user, task):
        raise Forbidden()
    duties.check(session, task, user)
    return changed(session, instance, task, "USER_TASK_CLAIMED", user, now, assignee=user.username)


def take_public(session: Session, task: UserTask, user: User, *, now: datetime) -> None:
    """Give a `public` task to whoever began its instance just now without an account. The caller asked for both."""
    instance = session.get_one(ProcessInstance, task.instance_key)
    duties.check(session, task, user)
    changed(session, instance, task, "USER_TASK_CLAIMED", user, now, assignee=user.username)


def assign_user_task(
    session: Session, key: int, assignee: str, user: User, *, now: datetime, allow_override: bool = True,
    reason: str = "",
) -> UserTask:  # fmt: skip
    """Give a task to somebody. Everybody may take what is offered to them; giving to others needs an operator.

    `reason` stands in the history.

    Raises `TaskTaken` when it has an assignee and `allow_override` is false, `BadArgument` for an unknown account.
    """
    task, instance = locked(session, key, user)
    if task.assignee is not None and task.assignee != assignee and not allow_override:
        raise _taken(session, task, user)
    to_self = assignee == user.username and access.may_claim(user, task) and task.assignee in (None, user.username)
    if not (to_self or access.may_assign(session, user, task)):
        if task.assignee not in (None, user.username):
            raise _taken(session, task, user)
        raise Forbidden()
    receiver = access.load_user(session, assignee)
    if receiver is None:
        raise UnknownAccount(username=assignee)
    if receiver.identity != user.identity and access.is_recused(session, receiver, instance.key):
        raise IsRecused(task=task.name, assignee=receiver.name)
    duties.check(session, task, receiver)
    changed(
        session, instance, task, "USER_TASK_ASSIGNED", user, now, reason=reason, assignee=assignee, delegated_by=None
    )
    tell_of_task(session, task, [assignee], "task", user.username, now=now)
    return task


def unassign_user_task(session: Session, key: int, user: User, *, now: datetime) -> UserTask:
    """Put a task back to those it is offered to. Raises `Forbidden` unless it is one's own, or one operates."""
    task, instance = locked(session, key, user)
    if task.assignee is None:
        return task
    if not access.may_assign(session, user, task) and (task.assignee != user.username or task.delegated_by is not None):
        raise Forbidden()
    return changed(session, instance, task, "USER_TASK_RELEASED", user, now, assignee=None, delegated_by=None)


def update_user_task(session: Session, key: int, changes: Mapping[str, Any], user: User, *, now: datetime) -> UserTask:
    """Change due date, follow-up date, candidates or priority (columns of `UserTask`); operators only."""
    task, instance = locked(session, key, user)
    if not access.may_assign(session, user, task):
        raise Forbidden()
    changed(session, instance, task, "USER_TASK_UPDATED", user, now, **changes)
    if {"candidate_groups", "candidate_users"} & set(changes):
        session.execute(delete(Candidate).where(Candidate.task_key == key, Candidate.who.not_like(f"{access.READER}%")))
        offers = [f"group:{g}" for g in task.candidate_groups] + [f"user:{u}" for u in task.candidate_users]
        if offers:
            session.execute(insert(Candidate), [{"task_key": key, "who": who} for who in dict.fromkeys(offers)])
    return task


def changed(
    session: Session, instance: ProcessInstance, task: UserTask, kind: str, user: User, now: datetime, *,
    reason: str = "", **changes: Any,
) -> UserTask:  # fmt: skip
    """Edit a task's row and write the event; nothing of it concerns the engine. The caller holds both locks."""
    if changes.get("delegated_by", "") is None and task.delegated_by is None:
        del changes["delegated_by"]  # history tells what changed
    for name, value in changes.items():
        setattr(task, name, value)
    task.edition += 1
    shown = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changes.items()}
    behalf = access.on_behalf(session, user, task)
    told = {"onBehalfOf": behalf.username} if behalf else {}
    told |= {"reason": reason} if reason else {}
    event = events.chained(
        session,
        instance,
        kind,
        at=now,
        actor=user,
        element_id=task.element_id,
        element_instance=task.key - instance.key,
        body={"changes": _written(shown), **told},
    )
    events.append(session, instance, event)
    return task


def _written(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(v) if isinstance(v, Sequence) and not isinstance(v, str) else v for name, v in changes.items()}


def _not_yours(session: Session, task: UserTask, user: User) -> ServiceError:
    if task.delegated_by is not None and access.may_fill(user, task):
        return TaskDelegated(task=task.name, by=_name(session, task.delegated_by))
    return TaskNotYours(task=task.name)


def _name(session: Session, username: str | None) -> str | None:
    return session.scalar(select(Account.name).where(Account.username == username)) or username


def _taken(session: Session, task: UserTask, user: User) -> TaskTaken:
    if blindness.hidden(session, user, [task]):
        return TaskTakenBySomebody(task=task.name)
    return TaskTaken(task=task.name, assignee=_name(session, task.assignee))
