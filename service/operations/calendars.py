"""The working-day calendar: seeded from a package, edited by people, every version kept."""

import csv
import importlib.metadata
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import chinese_calendar
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from service.access import User
from service.clock import ZONE
from service.engine.calendar import WorkCalendar, from_days
from service.errors import BadArgument
from service.models import Calendar, CalendarDay, Job, Platform
from service.operations import administration, moments, waits
from service.operations.upserts import upsert

FIRST_YEAR, PROVISIONAL_YEARS = 2015, 11
#: Fixed statutory holidays (month, day) of a provisional year, and New Year's Eve by the lunar calendar left out:
#: the State Council publishes the real days in the November before.
#: Source: 全国年节及纪念日放假办法 (2024): 元旦 1.1, 劳动节 5.1–5.2, 国庆节 10.1–10.3.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
#: What a day may be called in a table or on the command line.
WORDS = {"work": True, "off": False, "上班": True, "休息": False, "放假": False}
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


def change(
    session: Session,
    user: User,
    days: Sequence[tuple[date, bool, str]],
    *,
    source: str,
    year: int | None,
    now: datetime,
) -> str:
    """An administrator sets days, or with `year` settles it; `source` is the document that says so.

    The act stands in the book. Raises `Forbidden`, `ReasonMissing`, `BadArgument`.
    """
    administration.check(user)
    source = administration.reasoned(source)
    if not days and year is None:
        raise BadArgument("Name at least one day.")
    try:
        if year is None:
            digest = edit(session, days, source, now=now)
        else:
            digest = settle_year(session, year, days, source, now=now)
    except ValueError as error:
        raise BadArgument("The calendar would have a gap, or a day is of another year: %(text)s", text=error) from None
    first = year or min(day for day, _, _ in days).year
    administration.record(
        session, user, "CALENDAR_CHANGED", f"calendar:{first}", reason=source, now=now, calendar=digest,
        days=[f"{day} {'work' if is_workday else 'off'} {note}".strip() for day, is_workday, note in days],
        settled=year is not None,
    )  # fmt: skip
    return digest


def from_csv(text: str) -> list[tuple[date, bool, str]]:
    """The days of a table with the columns day, kind and note, none twice. Raises `BadArgument` that names the line."""
    rows = csv.DictReader(io.StringIO(text.strip()))
    if not {"day", "kind"} <= set(rows.fieldnames or ()):
        raise BadArgument("The first line must name the columns: day,kind,note")
    found: dict[date, tuple[bool, str]] = {}
    for row in rows:
        kind, line = (row["kind"] or "").strip(), rows.line_num
        try:
            day = date.fromisoformat((row["day"] or "").strip())
        except ValueError:
            raise BadArgument(
                "Line %(line)s: “%(text)s” is no date like 2027-02-06.", line=line, text=row["day"]
            ) from None
        if kind not in WORDS:
            raise BadArgument(
                "Line %(line)s: “%(text)s” is none of %(words)s.", line=line, text=kind, words="、".join(WORDS)
            )
        if day in found:
            raise BadArgument("Line %(line)s: %(text)s stands there twice.", line=line, text=day)
        found[day] = WORDS[kind], (row.get("note") or "").strip()
    return [(day, *rest) for day, rest in found.items()]


def resting_on(session: Session, year: int) -> Sequence[Job]:
    """Timers that fall on days of this year that are not settled: they are counted anew when it is."""
    first, last = (datetime(each, 1, 1, tzinfo=ZONE) for each in (year, year + 1))
    query = select(Job).where(Job.provisional, Job.retries > 0, Job.due_at >= first, Job.due_at < last)
    return session.scalars(query.order_by(Job.due_at).limit(500)).all()


def years(session: Session) -> list[tuple[int, bool]]:
    """The years that the calendar has, each with whether all of it is settled."""
    rows = session.execute(select(CalendarDay.day, CalendarDay.provisional).order_by(CalendarDay.day))
    found: dict[int, bool] = {}
    for day, provisional in rows:
        found[day.year] = found.get(day.year, True) and not provisional
    return list(found.items())


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
