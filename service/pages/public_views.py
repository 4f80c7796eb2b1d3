"""`/public`: what everybody may read, without signing in: views that are `public`, look-ups by code, forms to send."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, Response, g, make_response, render_template, request
from markupsafe import Markup

from service.clock import ZONE
from service.errors import NotFound
from service.operations import public_starts, views
from service.operations.views import Line, Loaded
from service.pages.layout import moment
from service.releases import newest
from service.values import Value, plain
from service.views.declaration import parse
from service.views.view import Column, View
from service.web.dispatch import open_to_all

blueprint = Blueprint("pages_public_views", __name__, url_prefix="/public")


@blueprint.get("")
@open_to_all
def index() -> str:
    """All there is."""
    library = newest(g.session)
    declared = [parse(found.data) for found in library.all("view")] if library else []
    tables = sorted((each for each in declared if isinstance(each, View) and each.public), key=lambda each: each.id)
    lookups = [each for each in declared if not isinstance(each, View)]
    starts = sorted(public_starts.all_open(g.session), key=lambda process: process.name)
    return render_template("public/index.html", tables=tables, lookups=lookups, starts=starts)


@blueprint.get("/<view_id>")
@open_to_all
def show(view_id: str) -> Response:
    """A view: its choices, a search through what is shown, sorted by a column, page by page."""
    view, loaded = _loaded(view_id)
    sought = request.args.get("q", "").strip()[:100]
    sort = request.args.get("sort", "")
    size = views.PAGE_SIZE
    if sought or _column(view, sort) is not None:
        lines = _sorted(view, [line for line in loaded.valued(loaded.lines, view.columns) if _has(line, sought)], sort)
        lines, following = _page(lines, request.args.get("after"), size)
    else:
        lines, following = loaded.page(request.args.get("after"), size)
    args = {name: text for name, text in request.args.items() if name != "after" and text}
    page = render_template(
        "public/view.html", view=view, loaded=loaded, lines=lines, following=following, sought=sought, sort=sort,
        args=args, now=g.now, cell=cell,
    )  # fmt: skip
    return make_response(page)


@blueprint.get("/<view_id>/<record_id>")
@open_to_all
def one(view_id: str, record_id: str) -> str:
    """A row of a view by itself, with what its `detail` tells more."""
    view, loaded = _loaded(view_id)
    line = next((each for each in loaded.lines if each.row.id == record_id), None)
    if line is None or not view.detail:
        raise NotFound()
    columns = view.detail
    (line,) = loaded.valued([line], columns)
    return render_template("public/record.html", view=view, columns=columns, line=line, now=g.now, cell=cell)


def cell(value: Value, column: Column) -> Markup | str:
    """A value as the column says it is to be read."""
    match value:
        case None | "":
            return ""
        case bool():
            return "✓" if value else "—"
        case Decimal():
            return f"{value:,.2f}" if column.type == "money" else plain(value)
        case list():
            return Markup("、").join(cell(each, column) for each in value)
        case str() if column.type == "datetime":
            return _instant(value)
        case str() if column.type == "date":
            return _day(value)
        case _:
            return str(value)


def _loaded(view_id: str) -> tuple[View, Loaded]:
    """Only what is public, also for who is signed in: everybody sees the same page."""
    view = views.view_of(g.session, view_id, None)
    return view, views.load(g.session, view, None, request.args, now=g.now)


def _column(view: View, sort: str) -> int | None:
    place = sort.removeprefix("-")
    return int(place) if place.isascii() and place.isdigit() and int(place) < len(view.columns) else None


def _sorted(view: View, lines: list[Line], sort: str) -> list[Line]:
    place = _column(view, sort)
    if place is None:
        return lines
    return sorted(lines, key=lambda line: _rank(line.values[place]), reverse=sort.startswith("-"))


def _rank(value: Value) -> tuple[int, Decimal, str]:
    if isinstance(value, Decimal):
        return 1, value, ""
    return (0, Decimal(0), "") if value is None else (2, Decimal(0), str(value))


def _has(line: Line, sought: str) -> bool:
    """Whether every word that is sought stands in what is shown: nothing else of a record can be found."""
    text = " ".join(plain(each) if isinstance(each, Decimal) else str(each) for each in line.values if each is not None)
    return all(word in text.casefold() for word in sought.casefold().split())


def _page(lines: Sequence[Line], after: str | None, size: int) -> tuple[list[Line], str | None]:
    start = next((n + 1 for n, line in enumerate(lines) if str(line.row.key) == after), 0)
    shown = list(lines[start : start + size])
    return shown, str(shown[-1].row.key) if start + size < len(lines) else None


def _instant(text: str) -> Markup | str:
    try:
        found = datetime.fromisoformat(text.partition("@")[0])
    except ValueError:
        return text
    return moment(found if found.tzinfo is not None else found.replace(tzinfo=ZONE))


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{found.year}年{found.month}月{found.day}日"
