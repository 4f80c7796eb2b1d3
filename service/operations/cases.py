"""Cases as pages show them: the list with its filters, and who and what is in one, as far as the reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.models import ProcessInstance, Record, RecordVersion, Resource, UserTask
from service.operations import attributes, blindness, people, records, search
from service.operations.search import Field, Noun, Page
from service.registers import Register
from service.registers.reading import Row, by_keys
from service.releases import newest

PAGE_SIZE = 50
MOST_TASKS, MOST_RECORDS = 100, 50


def _named(text: str) -> ColumnElement[bool]:
    """That a text stands in the case's number or in one of its search attributes."""
    return ProcessInstance.business_id.contains(text, autoescape=True) | attributes.containing(text)


_LIST = Noun(
    "instances",
    select(ProcessInstance, Resource.name).join(Resource, Resource.key == ProcessInstance.definition_key),
    ProcessInstance.key,
    {
        "state": Field("enum", ProcessInstance.status),
        "process": Field("string", ProcessInstance.process_id),
        "case": Field("plain", clause=_named),
        "stopped": Field("number", ProcessInstance.incidents),
    },
    {"started": ProcessInstance.started_at, "ended": ProcessInstance.ended_at, "process": Resource.name},
)
SORTS = tuple(_LIST.sorts)


@dataclass(frozen=True, slots=True)
class Work:
    """A task of a case, and who has or did it: None where nobody has, or the reader may not know."""

    task: UserTask
    name: str | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A record that the case wrote."""

    register: Register
    row: Row


def listed(
    session: Session, user: User, wanted: Mapping[str, Any], *, sort: str, after: str | None, before: str | None
) -> Page:
    """A page of the cases that the user may know of. Two statements. Raises `BadArgument`."""
    body = {
        "filter": wanted,
        "sort": [{"field": sort.removeprefix("-"), "order": "DESC" if sort.startswith("-") else "ASC"}],
        "page": {"limit": PAGE_SIZE, "after": after, "before": before},
    }
    return search.search(session, _LIST, body, access.instance_scope(user))


def processes(session: Session) -> list[tuple[str, str]]:
    """Id and name of the processes of the newest release, by name: what a list can be narrowed to."""
    library = newest(session)
    found = [(each.resource_id, each.name) for each in library.all("process")] if library else []
    return sorted(found, key=lambda pair: pair[1])


def work(session: Session, user: User, instance: ProcessInstance) -> list[Work]:
    """The tasks of a case and of what it called, as far as the reader may know: open ones first."""
    mine = (UserTask.instance_key.in_(_tree(instance)), access.task_scope(user))
    opened = select(UserTask).where(*mine, UserTask.ended_at.is_(None)).order_by(UserTask.due_at, UserTask.key)
    done = select(UserTask).where(*mine, UserTask.ended_at.is_not(None)).order_by(UserTask.ended_at.desc())
    tasks = [*session.scalars(opened.limit(MOST_TASKS)), *session.scalars(done.limit(MOST_TASKS))]
    hidden = blindness.hidden(session, user, tasks)
    who = {
        task.key: blindness.name_seen(user, task.completed_by or task.assignee, task.key in hidden) for task in tasks
    }
    names = people.account_names(session, who.values())
    return [Work(task, names.get(who[task.key] or ""), task.key in hidden) for task in tasks]


def written(session: Session, user: User, instance: ProcessInstance) -> list[Written]:
    """The records that a case and what it called wrote, as far as the reader may read them."""
    declared = {register.id: register for register in records.readable(session, user)}
    keys = session.scalars(
        select(Record.key)
        .where(
            Record.register.in_(declared),
            Record.key.in_(select(RecordVersion.record_key).where(RecordVersion.instance_key.in_(_tree(instance)))),
        )
        .order_by(Record.key)
        .limit(MOST_RECORDS)
    ).all()
    found = sorted(by_keys(session, keys), key=lambda row: row.key)
    return [Written(declared[row.register], row) for row in records.open_to(session, user, found)]


def related(session: Session, user: User, where: ColumnElement[bool]) -> Sequence[tuple[ProcessInstance, str]]:
    """Other cases with the names of their processes, in their order."""
    query = (
        select(ProcessInstance, Resource.name)
        .join(Resource, Resource.key == ProcessInstance.definition_key)
        .where(where, access.instance_scope(user))
        .order_by(ProcessInstance.key)
        .limit(200)
    )
    return [(row, name) for row, name in session.execute(query)]


def _tree(instance: ProcessInstance) -> Any:
    """The keys of a case and of all that it called, at any depth."""
    inside = select(ProcessInstance.key).where(ProcessInstance.key == instance.key).cte(recursive=True)
    return select(inside.union_all(select(ProcessInstance.key).where(ProcessInstance.parent_key == inside.c.key)).c.key)
