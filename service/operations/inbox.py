"""The inbox: one person's tasks, as pages of one indexed query."""

from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.models import ProcessInstance, Resource, UserTask
from service.operations import search
from service.operations.search import Noun, Page

Box = Literal["mine", "groups", "done"]
#: Rows are (task, business id, name of the process).
_TASKS = Noun(
    "inbox",
    select(UserTask, ProcessInstance.business_id, Resource.name)
    .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
    .join(Resource, Resource.key == UserTask.definition_key),
    UserTask.key,
    {},
    {
        "due": UserTask.due_at,
        "created": UserTask.created_at,
        "ended": UserTask.ended_at,
        "priority": UserTask.priority,
        "name": UserTask.name,
        "process": Resource.name,
        "case": ProcessInstance.business_id,
    },
)
SORTS = tuple(_TASKS.sorts)


def page(
    session: Session, user: User, box: Box, *, sort: str = "due", down: bool = False, limit: int = 50,
    after: str | None = None, before: str | None = None,
) -> Page:  # fmt: skip
    """A page of a box. Raises `BadArgument` for an unknown sort or a foreign cursor. Two statements."""
    body = {
        "sort": [{"field": sort, "order": "DESC" if down else "ASC"}],
        "page": {"limit": limit, "after": after, "before": before},
    }
    return search.search(session, _TASKS, body, _scope(user, box))


def counts(session: Session, user: User) -> dict[Box, int]:
    """How many tasks each box holds. One statement."""
    boxes: tuple[Box, ...] = ("mine", "groups", "done")
    columns = [select(func.count()).select_from(UserTask).where(_scope(user, box)).scalar_subquery() for box in boxes]
    return dict(zip(boxes, session.execute(select(*columns)).one(), strict=True))


def next_of(session: Session, user: User, root_key: int) -> UserTask | None:
    """The first open task of a tree of instances that is this user's, else one that is offered to them."""
    for scope in (_scope(user, "mine"), _scope(user, "groups")):
        found = session.scalar(
            select(UserTask).where(UserTask.root_key == root_key, scope).order_by(UserTask.key).limit(1)
        )
        if found is not None:
            return found
    return None


def _scope(user: User, box: Box) -> ColumnElement[bool]:
    if box == "mine":
        return access.held_scope(user)
    if box == "done":
        return (UserTask.completed_by == user.username) & access.unrecused(user, UserTask.instance_key)
    return access.offered_scope(user)
