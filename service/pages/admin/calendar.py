"""The working-day calendar: a year at a look, days set, a year settled as it was published."""

from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.clock import ZONE
from service.errors import BadArgument, Forbidden, NotFound
from service.models import CalendarDay
from service.operations import administration, calendars
from service.pages.admin.common import attempt, optional_day, text

blueprint = Blueprint("pages_calendar", __name__, url_prefix="/admin/calendar")
_MOST_DAYS = 60


@blueprint.get("")
def show() -> str:
    """A year: this one if none is asked for."""
    return _page()


@blueprint.post("")
def change() -> Response:
    """Set some days, or settle the year with what the notice says."""
    year = _year()

    def act() -> Response:
        administration.check(g.user)
        whole = bool(text("table"))
        days = calendars.from_csv(text("table")) if whole else _days()
        calendars.change(g.session, g.user, days, source=text("source"), year=year if whole else None, now=g.now)
        return redirect(url_for(".show", year=year, done=1))

    return attempt(act, _page)


def _days() -> list[tuple[date, bool, str]]:
    first, last = optional_day("first_day"), optional_day("last_day")
    kind = text("kind")
    if first is None or kind not in ("work", "off"):
        raise BadArgument("Name at least one day.")
    last = last or first
    if not first <= last < first + timedelta(days=_MOST_DAYS):
        raise BadArgument("The days are in the wrong order, or more than %(most)s.", most=_MOST_DAYS)
    count = (last - first).days + 1
    return [(first + timedelta(days=n), kind == "work", text("note")) for n in range(count)]


def _year() -> int:
    asked = request.values.get("year", "")
    if not asked:
        return int(g.now.astimezone(ZONE).year)
    if not asked.isascii() or not asked.isdigit() or not 2000 <= int(asked) <= 2200:
        raise NotFound()
    return int(asked)


def _page(error: str | None = None) -> str:
    if not (g.user.reads_all or g.user.keeps_accounts):
        raise Forbidden()
    year = _year()
    days = calendars.days_of(g.session, date(year, 1, 1), date(year, 12, 31))
    return render_template(
        "admin/calendar.html",
        year=year,
        months=[_month(list(each)) for _, each in groupby(days, key=lambda day: day.day.month)],
        worked=sum(day.is_workday for day in days),
        provisional=sum(day.provisional for day in days),
        special=[day for day in days if day.is_workday != (day.day.weekday() < 5) or day.note],
        years=calendars.years(g.session),
        resting=len(calendars.resting_on(g.session, year)),
        today=g.now.astimezone(ZONE).date(),
        acts=administration.acts(g.session, subject=f"calendar:{year}", limit=20),
        error=error,
        typed=request.form if error else {},
        done=bool(request.args.get("done")),
    )


def _month(days: list[CalendarDay]) -> list[list[CalendarDay | None]]:
    """Weeks from Monday; None where the week belongs to another month."""
    cells: list[CalendarDay | None] = [*[None] * days[0].day.weekday(), *days]
    cells += [None] * (-len(cells) % 7)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]
