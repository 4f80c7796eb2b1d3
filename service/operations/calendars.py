"""The working-day calendar: seeded from a package, edited by people, every version kept."""

import importlib.metadata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import chinese_calendar
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from service.engine.calendar import from_days
from service.models import Calendar, CalendarDay, Platform
from service.operations import moments
from service.operations.upserts import insert_ignoring, upsert

FIRST_YEAR, PROVISIONAL_YEARS = 2015, 11
#: Fixed statutory holidays (month, day) of a provisional year, and New Year's Eve by the lunar calendar left out:
#: the State Council publishes the real days in the November before.
#: Source: 全国年节及纪念日放假办法 (2024): 元旦 1.1, 劳动节 5.1–5.2, 国庆节 10.1–10.3.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


def ensure_seeded(session: Session, *, now: datetime) -> None:
    """Fill an empty calendar: known years from the package, the years after as provisional."""
    if session.scalar(select(CalendarDay.day).limit(1)) is not None:
        return
    insert_ignoring(session, CalendarDay.__tablename__, list(_seed()))
    publish(session, now=now)


def edit(session: Session, days: Iterable[tuple[date, bool, str]], by: str, *, now: datetime) -> str:
    """Set days (day, is it a working day, why) and publish the new version; returns its hash.

    A day that somebody has set is no longer provisional.
    """
    rows = [
        {"day": day, "is_workday": is_workday, "note": note, "source": by, "provisional": False}
        for day, is_workday, note in days
    ]
    if rows:
        upsert(
            session,
            CalendarDay.__tablename__,
            rows,
            unique=("day",),
            changes=("is_workday", "note", "source", "provisional"),
        )
    return publish(session, now=now)


def publish(session: Session, *, now: datetime) -> str:
    """Make the calendar as edited the one in force. Raises `ValueError` if a day is missing in between."""
    rows = session.execute(select(CalendarDay.day, CalendarDay.is_workday, CalendarDay.provisional)).all()
    provisional = min((row.day for row in rows if row.provisional), default=None)
    calendar = from_days({row.day: row.is_workday for row in rows}, provisional)
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
    moments.forget_platform(session)
    return calendar.hash


def _seed() -> Iterable[dict[str, Any]]:
    source = f"chinesecalendar {importlib.metadata.version('chinesecalendar')}"
    known = _last_known_year()
    day = date(FIRST_YEAR, 1, 1)
    while day.year <= known + PROVISIONAL_YEARS:
        provisional = day.year > known
        workday = _provisional_workday(day) if provisional else chinese_calendar.is_workday(day)
        yield {
            "day": day,
            "is_workday": bool(workday),
            "note": "",
            "source": "provisional" if provisional else source,
            "provisional": provisional,
        }
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
