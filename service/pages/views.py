"""Views: pages over records and tasks that the procedure declares as data."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service import access, keys
from service.clock import ZONE
from service.documents import workbook
from service.errors import NotFound
from service.operations import calendar_links, view_kinds, views
from service.operations.view_kinds import Spread
from service.pages import values
from service.views.view import View
from service.web.dispatch import open_to_all

blueprint = Blueprint("pages_views", __name__, url_prefix="/views")
calendars = Blueprint("calendars", __name__, url_prefix="/calendars")
#: The drawing of a spread: its width, and what is left free at both ends.
_WIDTH, _MARGIN = 200.0, 6.0


@blueprint.get("")
def index() -> str:
    """The views that are there for this user."""
    return render_template("views.html", views=views.seen_by(g.session, g.user))


@blueprint.get("/<id>")
def show(id: str) -> str:
    """A view, as its kind is shown."""
    view = views.view_of(g.session, id, g.user)
    if view.kind == "calendar":
        return _calendar(view)
    if view.kind == "tasks":
        loads = view_kinds.loads(g.session, view, g.user, now=g.now)
        return render_template("view_tasks.html", view=view, loads=loads)
    loaded = views.load(g.session, view, g.user, _chosen(), now=g.now)
    asked = {choice.name: choice.value for choice in loaded.choices if choice.value}
    if view.kind == "board":
        return render_template("view_board.html", view=view, loaded=loaded, piles=view_kinds.piles(loaded))
    lines, cursor = loaded.page(request.args.get("after"))
    more: dict[str, Any] = {"cursor": cursor, "asked": asked, "paged": "after" in request.args}
    if view.kind == "spread":
        found = view_kinds.spreads(loaded, lines)
        return render_template("view_spread.html", view=view, loaded=loaded, lines=lines, spreads=_drawn(found), **more)
    return render_template("view_table.html", view=view, loaded=loaded, lines=lines, **more)


@blueprint.get("/<id>/workbook")
def export(id: str) -> Response:
    """A table as a workbook: all its lines."""
    view = views.view_of(g.session, id, g.user)
    if view.kind != "table":
        raise NotFound()
    loaded = views.load(g.session, view, g.user, _chosen(), now=g.now)
    lines = loaded.valued(loaded.lines, view.columns)
    data = workbook.written(view.title, [column.title for column in view.columns], [line.values for line in lines])
    return values.download(data, f"{view.title}.xlsx", workbook.TYPE)


@blueprint.get("/<id>/<path:record_id>")
def record(id: str, record_id: str) -> str:
    """The page of one record of a view that declares one."""
    view = views.view_of(g.session, id, g.user)
    if not view.detail:
        raise NotFound()
    loaded = views.load(g.session, view, g.user, _chosen(), now=g.now)
    line = next((line for line in loaded.lines if line.row.id == record_id), None)
    if line is None:
        raise NotFound()
    [shown] = loaded.valued([line], view.detail)
    named = [column for column in view.columns if column.link][:1]
    [title] = loaded.valued([line], named)
    work = views.open_work(g.session, g.user, line) if view.work else []
    mine = {each.task.key for each in work if access.may_fill(g.user, each.task) or access.may_claim(g.user, each.task)}
    return render_template(
        "view_record.html", view=view, line=shown, named=named, title=title, work=work, mine=mine, now=g.now
    )


@blueprint.post("/<id>/link")
def link(id: str) -> str:
    """A new secret address for this calendar, shown this once; the one of before ends."""
    view = _calendar_of(id)
    token = calendar_links.make(g.session, g.user, view.id, now=g.now)
    return _calendar(view, f"{keys.config().base_url}/calendars/{token}.ics")


@blueprint.post("/<id>/link/end")
def end_link(id: str) -> BaseResponse:
    """The secret address of this calendar ends."""
    view = _calendar_of(id)
    calendar_links.end(g.session, g.user, view.id)
    return redirect(url_for("pages_views.show", id=view.id))


@calendars.get("/<token>.ics")
@open_to_all
def feed(token: str) -> Response:
    """The calendar behind a secret address."""
    text = calendar_links.read(g.session, token, keys.config().base_url, now=g.now)
    return Response(text, content_type="text/calendar; charset=utf-8")


def _calendar_of(id: str) -> View:
    view = views.view_of(g.session, id, g.user)
    if view.kind != "calendar":
        raise NotFound()
    return view


def _calendar(view: View, address: str | None = None) -> str:
    found = view_kinds.days(g.session, view, g.user, now=g.now)
    months = [
        (month, [(day, list(listed)) for day, listed in groupby(of_month, key=lambda each: each.day)])
        for month, of_month in groupby(found, key=lambda each: each.day.replace(day=1))
    ]
    return render_template(
        "view_calendar.html",
        view=view,
        months=months,
        today=g.now.astimezone(ZONE).date(),
        address=address,
        linked=calendar_links.made_at(g.session, g.user, view.id),
    )


def _chosen() -> Mapping[str, str]:
    return request.args.to_dict()


def _drawn(found: list[Spread]) -> list[tuple[Spread, list[float], float]]:
    """Each spread with where its values and their mean stand in the drawing: one scale for all."""
    lows = [each.low for each in found if each.low is not None]
    highs = [each.high for each in found if each.high is not None]
    low, width = (min(lows), max(highs) - min(lows)) if lows else (0.0, 0.0)

    def at(value: float) -> float:
        inside = _WIDTH - 2 * _MARGIN
        return round(_MARGIN + (inside * (value - low) / width if width else inside / 2), 1)

    return [(each, [at(value) for value in each.values], at(each.mean or low)) for each in found]
