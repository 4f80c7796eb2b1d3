"""`pingshen calendar`: show the working days, set some, import a year as it was published."""

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from service import db, keys
from service.clock import ZONE, machine_now
from service.errors import BadArgument
from service.models import CalendarDay
from service.operations import calendars, moments
from service.operations.calendars import WORDS


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("calendar", help="the working days that deadlines count")
    actions = parser.add_subparsers(dest="what", required=True, metavar="what")
    show = actions.add_parser("show", help="a year: what differs from Monday to Friday, and what is provisional")
    show.add_argument("year", type=int, nargs="?", help="this year without it")
    show.set_defaults(run=_show)
    put = actions.add_parser("set", help="one day")
    put.add_argument("day", type=_day)
    put.add_argument("kind", choices=WORDS)
    put.add_argument("note", nargs="?", default="", help="why, e.g. the number of the notice")
    put.set_defaults(run=_set)
    load = actions.add_parser("import", help="days from a CSV file with the columns day, kind and note")
    load.add_argument("file", type=Path)
    load.add_argument("--year", type=int, help="the file is all there is to say of this year; it is settled with it")
    load.set_defaults(run=_import)
    for each in (put, load):
        each.add_argument("--by", required=True, help="who or which document says so; kept with each day")


def _show(args: argparse.Namespace) -> int:
    with _database().reading() as session:
        year = args.year or _today(session).year
        days = calendars.days_of(session, date(year, 1, 1), date(year, 12, 31))
    if not days:
        raise BadArgument(reason=f"the calendar has no {year}")
    for day in days:
        if day.is_workday != (day.day.weekday() < 5) or day.note:
            print(_line(day))
    worked, uncertain = sum(day.is_workday for day in days), sum(day.provisional for day in days)
    print(f"{year}: {len(days)} days, {worked} of them worked" + (f", {uncertain} provisional" if uncertain else ""))
    return 0


def _set(args: argparse.Namespace) -> int:
    return _edit([(args.day, WORDS[args.kind], args.note)], args.by, None)


def _import(args: argparse.Namespace) -> int:
    try:
        days = calendars.from_csv(args.file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(reason=f"{args.file}: {error}") from error
    return _edit(days, args.by, args.year)


def _edit(days: Sequence[tuple[date, bool, str]], by: str, year: int | None) -> int:
    with _database().writing() as session:
        try:
            if year is None:
                digest = calendars.edit(session, days, by, now=machine_now())
            else:
                digest = calendars.settle_year(session, year, days, by, now=machine_now())
        except ValueError as error:
            raise BadArgument(reason=str(error)) from error
        uncertain = moments.calendar(session).provisional_from
        session.commit()
    print(f"{len(days)} days set; provisional from {uncertain or 'no day'} on; calendar {digest[:12]}")
    return 0


def _line(day: CalendarDay) -> str:
    mark = "worked" if day.is_workday else "off"
    uncertain = "  provisional" if day.provisional else ""
    return f"{day.day:%Y-%m-%d %a}  {mark:6}{uncertain}  {day.note}".rstrip()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2027-02-06") from None


def _today(session: Session) -> date:
    return moments.now(session, machine_now()).astimezone(ZONE).date()


def _database() -> db.Database:
    return db.database(keys.config().database_url)
