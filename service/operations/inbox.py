"""The inbox: one person's tasks, as pages of one indexed query."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.errors import BadArgument
from service.models import ProcessInstance, Resource, UserTask
from service.operations import attributes, search
from service.operations.due_days import Due, DueDays
from service.operations.search import Noun, Page

Box = Literal["mine", "groups", "substitute", "delegated", "all", "done"]
BOXES: tuple[Box, ...] = get_args(Box)
DUES: tuple[Due, ...] = get_args(Due)
#: Nobody reads further: a count goes up to here, and says that there are more.
MOST_COUNTED = 1000
#: So many of a box's tasks are looked at for what it can be filtered by.
MOST_LOOKED_AT = 10_000
MAX_TEXT = 200
URGENT = 50
#: Rows are (task, business id, search attributes, name of the process).
_TASKS = Noun(
    "inbox",
    select(UserTask, ProcessInstance.business_id, ProcessInstance.attributes, Resource.name)
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody filters a box by; nothing set is everything. `stage` is an element of `process`."""

    text: str = ""
    process: str = ""
    stage: str = ""
    due: Due | None = None
    priority: Literal["urgent", "usual", "low"] | None = None

    def __bool__(self) -> bool:
        return self != Wanted()

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Wanted":
        """From the fields of an address. Raises `BadArgument` for what none of the lists offers."""
        process, _, stage = given.get("stage", "").partition("/")
        due, priority = given.get("due") or None, given.get("priority") or None
        if due not in (None, *DUES) or priority not in (None, "urgent", "usual", "low"):
            raise BadArgument("There is no filter “%(value)s”.", value=due if due not in (None, *DUES) else priority)
        text = given.get("q", "").replace("\0", "").strip()[:MAX_TEXT]
        return cls(text, process, stage, due, priority)  # type: ignore[arg-type]

    def fields(self) -> dict[str, str]:
        """The inverse of `read`: what is set, for an address."""
        stage = f"{self.process}/{self.stage}" if self.stage else self.process
        named = {"q": self.text, "stage": stage, "due": self.due or "", "priority": self.priority or ""}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Stage:
    """A process, or with `element_id` a task of it, that a box can be filtered by."""

    process_id: str
    process: str
    element_id: str
    name: str


def page(
    session: Session, user: User, box: Box, *, now: datetime, wanted: Wanted | None = None, sort: str = "due",
    down: bool = False, limit: int = 50, after: str | None = None, before: str | None = None,
) -> Page:  # fmt: skip
    """A page of a box. Raises `BadArgument` for an unknown sort or a foreign cursor. One statement."""
    body = {
        "sort": [{"field": sort, "order": "DESC" if down else "ASC"}],
        "page": {"limit": limit, "after": after, "before": before},
    }
    where = and_(scope(user, box), _filtered(wanted or Wanted(), DueDays(session, now)))
    return search.search(session, _TASKS, body, where, most=0)


def counts(session: Session, user: User) -> dict[Box, int]:
    """How many tasks each box holds; beyond `MOST_COUNTED` one more than that. One statement."""
    columns = []
    for box in BOXES:
        some = select(UserTask.key).where(scope(user, box)).limit(MOST_COUNTED + 1).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery())
    return dict(zip(BOXES, session.execute(select(*columns)).one(), strict=True))


def came_since(session: Session, user: User, box: Box, since: datetime) -> int:
    """How many of a box's tasks were made after a moment; for the quiet refresh. One statement."""
    some = select(UserTask.key).where(scope(user, box), UserTask.created_at > since).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def stages(session: Session, user: User, box: Box) -> list[Stage]:
    """The processes and tasks that a box holds, for its filter; of a very full box those of a part. One statement."""
    some = (
        select(UserTask.definition_key, UserTask.process_id, UserTask.element_id, UserTask.name)
        .where(scope(user, box))
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    distinct = select(some.c.process_id, some.c.element_id, func.max(some.c.name), func.max(some.c.definition_key))
    grouped = distinct.group_by(some.c.process_id, some.c.element_id).subquery()
    _, element, name, newest = grouped.c
    query = (
        select(grouped.c.process_id, Resource.name, element, name)
        .join(Resource, Resource.key == newest)
        .order_by(Resource.name, grouped.c.process_id, name, element)
    )
    return [Stage(*row) for row in session.execute(query)]


def next_of(session: Session, user: User, root_key: int) -> UserTask | None:
    """The first open task of a tree of instances that is this user's, else one that is offered to them."""
    for where in (access.held_scope(user), access.offered_scope(user)):
        found = session.scalar(
            select(UserTask).where(UserTask.root_key == root_key, where).order_by(UserTask.key).limit(1)
        )
        if found is not None:
            return found
    return None


def scope(user: User, box: Box) -> ColumnElement[bool]:
    """What lies in a box, as a condition on `UserTask`."""
    match box:
        case "mine":
            return access.held_scope(user, alone=True)
        case "groups":
            return access.offered_scope(user, alone=True)
        case "substitute":
            return access.stood_in_scope(user) if user.absent else false()
        case "delegated":
            return access.delegated_scope(user)
        case "all":
            return access.assignable_scope(user)
        case "done":
            return (UserTask.completed_by == user.username) & access.unrecused(user, UserTask.instance_key)


def containing(text: str, *columns: Any) -> ColumnElement[bool]:
    """That one of the columns holds the text: anywhere, case aside for Latin letters."""
    pattern = "".join(f"/{char}" if char in "%_/" else char for char in text.lower())
    return or_(false(), *[func.lower(column).like(f"%{pattern}%", escape="/") for column in columns])


def _filtered(wanted: Wanted, days: DueDays) -> ColumnElement[bool]:
    return and_(true(), *_clauses(wanted, days))


def _clauses(wanted: Wanted, days: DueDays) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        here = containing(wanted.text, UserTask.name, Resource.name, ProcessInstance.business_id)
        yield here | attributes.containing(wanted.text, UserTask.instance_key)
    if wanted.process:
        yield UserTask.process_id == wanted.process
    if wanted.stage:
        yield UserTask.element_id == wanted.stage
    if wanted.due:
        yield days.clause(wanted.due)
    match wanted.priority:
        case "urgent":
            yield UserTask.priority > URGENT
        case "usual":
            yield UserTask.priority == URGENT
        case "low":
            yield UserTask.priority < URGENT
