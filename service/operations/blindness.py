"""Blind tasks: the properties `blindFor` and `blindUntil` hide from groups who acts on a task.

Hidden are assignee, candidates named one by one, who completed it and who signed: wherever the task is shown, in what
lists are filtered by, and in refusals. One's own name is always seen, and who reads everything sees all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, null, or_, select
from sqlalchemy.orm import Session

from service.access import User, names_in
from service.forms import Form
from service.models import Blind, ElementInstance, ProcessInstance, UserTask


def rows(task_key: int, properties: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of models.Blind that a task's properties ask for."""
    groups, until = names_in(properties.get("blindFor")), names_in(properties.get("blindUntil"))
    pairs = dict.fromkeys((group, element) for group in groups for element in until)
    return [{"task_key": task_key, "group_name": group, "until": element} for group, element in pairs]


def hidden_from(user: User) -> ColumnElement[bool]:
    """Whether who acts on a `UserTask` is hidden from the user, as SQL."""
    if user.reads_all or not user.groups:
        return false()
    passed = (
        select(ElementInstance.key)
        .join(ProcessInstance, ProcessInstance.key == ElementInstance.instance_key)
        .where(
            ProcessInstance.root_key == UserTask.root_key,
            ElementInstance.element_id == Blind.until,
            ElementInstance.state == "COMPLETED",
        )
        .correlate(UserTask, Blind)
    )
    return (
        select(Blind.task_key)
        .where(Blind.task_key == UserTask.key, Blind.group_name.in_(sorted(user.groups)), ~passed.exists())
        .correlate(UserTask)
        .exists()
    )


def hidden(session: Session, user: User, tasks: Sequence[UserTask]) -> set[int]:
    """The keys of those among these tasks whose actors are hidden from the user. No statement where none is blind."""
    blind = [
        task.key
        for task in tasks
        if not user.reads_all and not user.groups.isdisjoint(names_in(task.properties.get("blindFor")))
    ]
    if not blind:
        return set()
    return set(session.scalars(select(UserTask.key).where(UserTask.key.in_(blind), hidden_from(user))))


def naming(session: Session, user: User, task: UserTask, form: Form | None) -> set[str]:
    """The variables of a task that name who acted, where that is hidden from the user: signatures, the actor."""
    if not hidden(session, user, [task]):
        return set()
    actor = task.properties.get("actorVariable")
    return {*(form.signatures if form else ()), "submission", *([actor] if actor else ())}


def assignee_seen_by(user: User) -> Any:
    """The assignee as this user sees it, as a column to be filtered by."""
    if user.reads_all or not user.groups:
        return UserTask.assignee
    own = UserTask.assignee == user.username
    return case((and_(hidden_from(user), or_(~own, UserTask.assignee.is_(None))), null()), else_=UserTask.assignee)


def name_seen(user: User, username: str | None, hidden: bool) -> str | None:
    """A name as the user sees it: their own always."""
    return username if not hidden or username == user.username else None
