"""The tables of a task's form as workbooks: download, upload, decide what was changed in both places."""

import base64
import binascii
import io

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from service import access
from service.clock import ZONE
from service.errors import BadArgument, NotFound, ServiceError, TaskNotOpen, TaskNotYours
from service.forms import sheet
from service.operations import drafts, duties, sheets, submissions, user_tasks
from service.pages import filled
from service.pages.layout import language
from service.releases import library, resource
from service.web.problems import text_of

blueprint = Blueprint("pages_sheets", __name__, url_prefix="/tasks")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/<key:key>/sheets")
def show(key: int) -> str:
    """The tables of the form that can be filled in a workbook."""
    at = _desk(key)
    return _page(at)


@blueprint.get("/<key:key>/sheets/<table>")
def download(key: int, table: str) -> Response:
    """The table as it stands in the draft."""
    at = _desk(key)
    data = sheets.handed_out(at, table)
    name = f"{at.task.name or at.task.element_id}-{table}-{g.now.astimezone(ZONE):%Y%m%d-%H%M}.xlsx"
    return send_file(io.BytesIO(data), mimetype=_XLSX, as_attachment=True, download_name=name, max_age=0)


@blueprint.post("/<key:key>/sheets/<table>")
def upload(key: int, table: str) -> Response | BaseResponse:
    """Check a file, ask about conflicts, and take it into the draft. What is refused changes nothing."""
    at = _desk(key)
    data = _file()
    try:
        review = sheets.review(at, table, data, request.form, language())
    except sheet.SheetRefused as refusal:
        return make_response(_page(at, refusal=refusal), refusal.status)
    if review.findings or review.conflicts:
        held = base64.b64encode(data).decode()
        return make_response(_page(at, table=table, review=review, held=held), 422 if review.findings else 409)
    drafts.save(g.session, at.task, at.form, review.answers, g.user, now=g.now)
    return redirect(url_for("pages_tasks.show", key=key, saved=1, cells=len(review.taken)))


def _file() -> bytes:
    """The uploaded file, or the one that came along with the page that asked about conflicts."""
    sent = request.files.get("sheet")
    if sent is not None and sent.filename:
        sent.stream.seek(0)
        return sent.stream.read(sheet.MAX_BYTES + 1)
    try:
        return base64.b64decode(request.form.get("held", ""), validate=True)
    except binascii.Error as error:
        raise BadArgument("Choose a file first.") from error


def _desk(key: int) -> sheets.Desk:
    task = user_tasks.visible_user_task(g.session, key, g.user)
    duties.check(g.session, task, g.user)
    if task.ended_at is not None:
        raise TaskNotOpen(task=task.name)
    if not access.may_complete(g.user, task):
        raise TaskNotYours(task=task.name)
    found = resource(g.session, task.form_key) if task.form_key else None
    if found is None or not sheet.tables(found.form):
        raise NotFound()
    options = submissions.sources(g.session, library(g.session, found.release_key), g.user)
    return sheets.desk(g.session, task, found.form, g.user, filled.moment(), options)


def _page(
    at: sheets.Desk,
    *,
    table: str | None = None,
    review: sheets.Review | None = None,
    held: str = "",
    refusal: ServiceError | None = None,
) -> str:
    chosen = at.table(table) if table else None
    conflicts = []
    if chosen is not None and review is not None:
        conflicts = [
            (
                change,
                *(sheet.shown_value(chosen, at.scope, change, one) for one in (change.base, change.here, change.there)),
            )
            for change in review.conflicts
        ]
    return render_template(
        "sheets.html",
        task=at.task,
        tables=[(one.key, at.scope.shown(one.label) or one.key) for one in sheet.tables(at.form)],
        table=table,
        findings=review.findings if review else [],
        conflicts=conflicts,
        taken=len(review.taken) if review else 0,
        held=held,
        refusal=refusal,
        refusal_text=text_of(refusal) if refusal else None,
    )
