"""The working-day calendar: seeded from a package, edited by people, every version kept."""

import importlib.metadata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import chinese_calendar
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from service.engine.calendar import WorkCalendar, from_days
from service.models import Calendar, CalendarDay, Job, Platform
from service.operations import moments, waits
from service.operations.upserts import upsert

FIRST_YEAR, PROVISIONAL_YEARS = 2015, 11
#: Fixed statutory holidays (month, day) of a provisional year, and New Year's Eve by the lunar calendar left out:
#: the State Council publishes the real days in the November before.
#: Source: 全国年节及纪念日放假办法 (2024): 元旦 1.1, 劳动节 5.1–5.2, 国庆节 10.1–10.3.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_COLUMNS = ("is_workday", "note", "source", "provisional")


def ensure_seeded(session: Session, *, now: datetime) -> None:
    """Fill the calendar: known years from the package, the years after as provisional.

    What a newer package knows takes the place of provisional days; what people have set stays.
    """
    known = _last_known_year()
    last, uncertain = session.execute(
        select(func.max(CalendarDay.day), func.min(CalendarDay.day).filter(CalendarDay.provisional))
    ).one()
    if last is not None and last.year >= known + PROVISIONAL_YEARS and (uncertain is None or uncertain.year > known):
        return
    settled = set(session.scalars(select(CalendarDay.day).where(~CalendarDay.provisional)))
    rows = [row for row in _seed(known) if row["day"] not in settled]
    upsert(session.connection(), CalendarDay.__tablename__, rows, unique=("day",), changes=_COLUMNS)
    publish(session, now=now)


def shipped() -> WorkCalendar:
    """The calendar as it is seeded, for what runs without a database."""
    return from_days({row["day"]: row["is_workday"] for row in _seed(_last_known_year())})


def edit(session: Session, days: Iterable[tuple[date, bool, str]], by: str, *, now: datetime) -> str:
    """Set days (day, is it a working day, why) and publish the new version; returns its hash.

    A day that somebody has set is no longer provisional. Raises `ValueError` if a gap would be left before a day.
    """
    rows = [_row(day, is_workday, note, by) for day, is_workday, note in days]
    if rows:
        upsert(session.connection(), CalendarDay.__tablename__, rows, unique=("day",), changes=_COLUMNS)
    return publish(session, now=now)


def settle_year(session: Session, year: int, days: Iterable[tuple[date, bool, str]], by: str, *, now: datetime) -> str:
    """Set a year as it was published: `days` off and to be made up; every other day follows the week.

    The year is no longer provisional. Raises `ValueError` if a day is of another year, or as `edit`.
    """
    named = {day: (is_workday, note) for day, is_workday, note in days}
    for day in named:
        if day.year != year:
            raise ValueError(f"{day} is no day of {year}")
    whole = ((day, *named.get(day, (day.weekday() < 5, ""))) for day in _days(year, year))
    return edit(session, whole, by, now=now)


def publish(session: Session, *, now: datetime) -> str:
    """Make the calendar as edited the one in force; timers that rest on provisional days are counted anew by a job.

    Raises `ValueError` if a day is missing in between.
    """
    rows = session.execute(select(CalendarDay.day, CalendarDay.is_workday, CalendarDay.provisional)).all()
    provisional = min((row.day for row in rows if row.provisional), default=None)
    calendar = from_days({row.day: row.is_workday for row in rows}, provisional)
    before = session.scalar(select(Platform.calendar_hash).where(Platform.id == 1))
    if calendar.hash == before:
        return before
    if session.get(Calendar, calendar.hash) is None:
        session.execute(
            insert(Calendar),
            [
                {
                    "hash": calendar.hash,
                    "first": calendar.first,
                    "days": calendar.days,
                    "bits": calendar.bits,
                    "provisional_from": calendar.provisional_from,
                    "created_at": now,
                }
            ],
        )
    session.execute(update(Platform).where(Platform.id == 1).values(calendar_hash=calendar.hash))
    if before is not None:
        at = moments.now(session, now)  # where the clock is pinned, a job of the machine's time might never be due
        session.execute(insert(Job), [waits.follow_up(session, "review", at, instance_key=None, root_key=None)])
    moments.forget_platform(session)
    return calendar.hash


def days_of(session: Session, first: date, last: date) -> list[CalendarDay]:
    """The days from `first` to `last` that the calendar has, in order."""
    query = select(CalendarDay).where(CalendarDay.day.between(first, last)).order_by(CalendarDay.day)
    return list(session.scalars(query))


def _seed(known: int) -> Iterator[dict[str, Any]]:
    source = f"chinesecalendar {importlib.metadata.version('chinesecalendar')}"
    for day in _days(FIRST_YEAR, known):
        yield _row(day, bool(chinese_calendar.is_workday(day)), "", source)
    for day in _days(known + 1, known + PROVISIONAL_YEARS):
        yield _row(day, _provisional_workday(day), "", "provisional") | {"provisional": True}


def _row(day: date, is_workday: bool, note: str, source: str) -> dict[str, Any]:
    return {"day": day, "is_workday": is_workday, "note": note, "source": source, "provisional": False}


def _days(first_year: int, last_year: int) -> Iterator[date]:
    day = date(first_year, 1, 1)
    while day.year <= last_year:
        yield day
        day += timedelta(days=1)


def _last_known_year() -> int:
    """The last year that the package knows; it raises for later ones."""
    year = FIRST_YEAR
    while True:
        try:
            chinese_calendar.is_workday(date(year + 1, 1, 1))
        except NotImplementedError:
            return year
        year += 1


def _provisional_workday(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS
