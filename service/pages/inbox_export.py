"""The inbox as a workbook: what the list shows, with its filter and order."""

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, g, request, send_file
from flask_babel import gettext

from service.clock import ZONE
from service.documents import workbook
from service.operations import inbox, people
from service.operations.due_days import DueDays
from service.operations.inbox import Wanted
from service.pages.inbox import asked_box, sort_of

blueprint = Blueprint("pages_inbox_export", __name__)
#: More rows are for the search of the REST interface.
MOST_ROWS = 5_000


@blueprint.get("/inbox/export")
def export() -> Response:
    """The box as it is filtered and sorted, from its beginning; the last line says so if it was cut off."""
    box = asked_box(request.args)
    sort = sort_of(box, request.args)
    found = inbox.page(
        g.session,
        g.user,
        box,
        now=g.now,
        wanted=Wanted.read(request.args),
        sort=sort.removeprefix("-"),
        down=sort.startswith("-"),
        limit=MOST_ROWS + 1,
    )
    titles = people.group_titles(g.session, {group for task, *_ in found.items for group in task.candidate_groups})
    days = DueDays(g.session, g.now)
    rows = [_row(item, titles, days) for item in found.items[:MOST_ROWS]]
    if len(found.items) > MOST_ROWS:
        told = gettext("Only the first %(most)s rows; filter the list to get the others.", most=MOST_ROWS)
        rows.append([told, *[None] * (len(rows[0]) - 1)])
    data = workbook.written(gettext("Tasks"), _heads(), rows)
    name = f"{gettext('Tasks')}-{g.now.astimezone(ZONE):%Y-%m-%d}.xlsx"
    return send_file(BytesIO(data), mimetype=workbook.TYPE, as_attachment=True, download_name=name, max_age=0)


def _heads() -> list[str]:
    return [
        gettext("Task"),
        gettext("Process"),
        gettext("Case"),
        gettext("What it is about"),
        gettext("Offered to"),
        gettext("Due"),
        gettext("Working days left"),
        gettext("Priority"),
        gettext("Waiting since"),
        gettext("Done"),
    ]


def _row(item: Any, titles: dict[str, str], days: DueDays) -> list[Any]:
    task, business_id, attributes, process = item
    left = days.of(task.due_at).workdays if task.ended_at is None else None
    return [
        task.name or task.element_id,
        process,
        business_id,
        "；".join(each["value"] for each in (attributes or {}).values()),
        "、".join(titles[group] for group in task.candidate_groups),
        _local(task.due_at),
        None if left is None else Decimal(left),
        Decimal(task.priority),
        _local(task.created_at),
        _local(task.ended_at),
    ]


def _local(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"
