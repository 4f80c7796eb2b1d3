"""What boards, spreads, calendars and counts of tasks say of what their view loads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import fmean
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.clock import ZONE
from service.engine.feel import Moment
from service.models import ProcessInstance, Resource, UserTask
from service.operations import blindness, moments, people
from service.operations.views import Line, Loaded, Source, evaluated
from service.registers import reading
from service.releases import newest
from service.values import Value
from service.views.view import View

#: How far a calendar looks back, and how many of one's tasks it holds.
BACK = timedelta(days=31)
MOST_TASKS, MOST_CARDS, MOST_GROUPS = 500, 50, 200


@dataclass(frozen=True, slots=True)
class Pile:
    """A stage of a board: how many records are in it, and the first of them."""

    title: str
    count: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of a line spread; None where there are too few to say anything."""

    line: Line
    count: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    values: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """Something on a day of a calendar. `at` where it has an hour. `link` leads to it."""

    day: date
    at: datetime | None
    title: str
    uid: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Open tasks of a person or process; `soonest` is the next due one."""

    name: str
    open: int
    overdue: int
    soonest: datetime | None


def piles(loaded: Loaded) -> list[Pile]:
    """The stages of a board with their records; a record may be in several."""
    whens = [stage.when for stage in loaded.view.stages]
    answers = [evaluated(whens, line.context, loaded.moment) for line in loaded.lines]
    found = []
    for number, stage in enumerate(loaded.view.stages):
        lines = [line for line, answer in zip(loaded.lines, answers, strict=True) if answer[number] is True]
        found.append(Pile(stage.title, len(lines), loaded.valued(lines[:MOST_CARDS], loaded.view.columns)))
    return found


def spreads(loaded: Loaded, lines: Sequence[Line]) -> list[Spread]:
    """How the values of each line spread: without fewer than the view's `least`, which would tell single ones."""
    found = []
    for line in lines:
        listed = evaluated([loaded.view.values], line.context, loaded.moment)[0]
        numbers = [float(each) for each in (listed if isinstance(listed, list) else []) if isinstance(each, Decimal)]
        if len(numbers) < loaded.view.least:
            found.append(Spread(line, len(numbers)))
        else:
            found.append(Spread(line, len(numbers), min(numbers), max(numbers), fmean(numbers), sorted(numbers)))
    return found


def days(session: Session, view: View, user: User, *, now: datetime) -> list[Day]:
    """The days of a calendar, the first one first: of records, and where the view says so of one's own tasks."""
    found: list[Day] = []
    moment = Moment(now, moments.calendar(session))
    library = newest(session)
    for number, entry in enumerate(view.entries if library is not None else ()):
        assert library is not None  # noqa: S101 - no library, no entries
        source = Source(session, library, user, False, moment)
        register = reading.declared(library, entry.register)
        for row in source.rows(register, entry.where, {"user": user.username}):
            context: Mapping[str, Value] = {"record": source.seen(register, row)}
            asked = [entry.date, entry.title, *([entry.when] if entry.when else [])]
            on, title, *shown = evaluated(asked, context, moment)
            day = _day(on)
            if day is not None and title and shown in ([], [True]):
                found.append(Day(day[0], day[1], str(title), f"{view.id}-{number}-{row.key}"))
    if view.tasks:
        found += _own_tasks(session, user, now)
    today = now.astimezone(ZONE).date()
    kept = [each for each in found if each.day >= today - BACK]
    return sorted(kept, key=lambda each: (each.day, each.at is not None, each.at or now, each.title))


def loads(session: Session, view: View, user: User, *, now: datetime) -> list[Load]:
    """Open tasks that the user may know of, counted by person or process, the most overdue first.

    Whose task a blind one is remains hidden: it counts among those that nobody has taken.
    """
    person = blindness.assignee_seen_by(user) if view.by == "person" else Resource.name
    overdue = func.sum(case((UserTask.due_at < now, 1), else_=0))
    query = (
        select(person, func.count(), overdue, func.min(UserTask.due_at))
        .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .join(Resource, Resource.key == UserTask.definition_key)
        .where(UserTask.ended_at.is_(None), access.task_scope(user))
        .group_by(person)
        .order_by(overdue.desc(), func.count().desc())
        .limit(MOST_GROUPS)
    )
    if view.processes:
        query = query.where(UserTask.process_id.in_(view.processes))
    rows = session.execute(query).all()
    names = people.account_names(session, [row[0] for row in rows]) if view.by == "person" else {}
    return [Load(names.get(who, who or ""), count, late or 0, soonest) for who, count, late, soonest in rows]


def _own_tasks(session: Session, user: User, now: datetime) -> list[Day]:
    query = select(UserTask.key, UserTask.name, UserTask.due_at, ProcessInstance.business_id)
    rows = session.execute(
        query.join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .where(UserTask.due_at.is_not(None), access.held_scope(user))
        .order_by(UserTask.due_at)
        .limit(MOST_TASKS)
    )
    return [
        Day(due.astimezone(ZONE).date(), due, " ".join(filter(None, (name, case_))), f"task-{key}", f"/tasks/{key}")
        for key, name, due, case_ in rows
        if due is not None
    ]


def _day(value: Any) -> tuple[date, datetime | None] | None:
    """A day, or a moment in the zone of the house, as an expression gave it; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2026-11-23"):
            return date.fromisoformat(value), None
        at = datetime.fromisoformat(value.partition("@")[0])
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=ZONE)
    return at.astimezone(ZONE).date(), at
