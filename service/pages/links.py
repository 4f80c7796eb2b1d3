"""`/links/<token>`: a task for somebody who has a one-time link; and the links themselves, for who hands them out."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import segno
from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service import access
from service.access import User
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import Fault, InvalidState, NotFound, ServiceError, Stumbled, TaskNotOpen
from service.models import UserTask
from service.operations import incidents, links, lookups, public_starts, rates, user_tasks, variables
from service.operations.links import Opened
from service.pages import filled
from service.pages.visitors import MOST_BYTES, TooLarge
from service.public.links import GROUPS
from service.public.secrets import could_be
from service.releases import library, resource
from service.values import Value
from service.web.dispatch import commits_refusals, open_to_all
from service.web.problems import text_of

blueprint = Blueprint("pages_links", __name__)
#: A printed sheet of links: so many at a time.
A_SHEET = 100


@blueprint.get("/links/<token>")
@open_to_all
def show(token: str) -> Response:
    """The form; or in plain words that the link was used, has run out, is not needed any more, or is unknown."""
    lookups.refuse_guessing(g.session, request.remote_addr or "", at=g.arrived_at)
    return _page(token, links.opened(g.session, token, now=g.now))


@blueprint.post("/links/<token>")
@open_to_all
@commits_refusals
def submit(token: str) -> Response | BaseResponse:
    """Send the form, once. The token is all that is needed: who has it needs no cookie, so that none is set."""
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge(most=MOST_BYTES // 1024**2)
    lookups.refuse_guessing(g.session, request.remote_addr or "", at=g.arrived_at)
    rates.count(g.session, rates.SENDS, request.remote_addr or "", at=g.arrived_at)
    opened = links.opened(g.session, token, now=g.now)
    if opened is None or opened.state != "open" or opened.task is None:
        return _page(token, opened)
    task = opened.task
    found = resource(g.session, task.form_key) if task.form_key else None
    answers: Mapping[str, Any] = {}
    if found is not None:
        posted = filled.read(found.form, instance_key=task.instance_key, task_key=task.key, user=opened.user)
        filled.pressed(found.form, posted, variables.visible_to_task(g.session, task))
        if posted.action is not None or posted.faults:
            return _page(token, opened, posted.answers, posted.faults)
        answers = posted.answers
    refusal = _complete(task, opened.user, answers)
    if refusal is None or isinstance(refusal, TaskNotOpen):
        return redirect(url_for("pages_links.show", token=token))
    public_starts.forget(g.session)
    return _page(token, opened, answers, refusal.errors, refusal)


@blueprint.get("/tasks/<key:key>/links")
def sheet(key: int) -> Response | str:
    """The links that a task gives out, as QR codes to print, or as a table for a mailing."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    if not access.may_complete(g.user, task):
        raise NotFound()
    rows, answered = links.issued(g.session, task)
    if "csv" in request.args:
        return _table(rows)
    first = request.args.get("from", 1, int)
    shown = rows[max(0, first - 1) :][:A_SHEET]
    codes = [(place, address, segno.make(address).svg_data_uri(scale=3), end) for place, address, end in shown]
    after = first + A_SHEET if first + A_SHEET <= len(rows) else None
    return render_template("public/links.html", task=task, codes=codes, all=len(rows), answered=answered, after=after)


def _complete(task: UserTask, user: User, answers: Mapping[str, Any]) -> ServiceError | None:
    try:
        with g.session.begin_nested():
            user_tasks.complete_user_task(g.session, task.key, answers, user, now=g.now)
    except ServiceError as error:
        return error
    except ActImpossible as error:
        return InvalidState(reason=str(error))
    except (EngineError, StateUnreadable) as error:
        trouble = error if isinstance(error, EngineError) else EngineError("UNKNOWN", task.element_id, str(error))
        incidents.report(g.session, task.instance_key, trouble, now=g.now)
        return Stumbled(element=trouble.element_id, reason=trouble.reason)
    return None


def _page(
    token: str,
    opened: Opened | None,
    answers: Mapping[str, Value] | None = None,
    faults: Sequence[Fault] = (),
    refusal: ServiceError | None = None,
) -> Response:
    form = None
    g.missed = opened is None and could_be(token, GROUPS)
    task = opened.task if opened is not None and opened.state == "open" else None
    found = resource(g.session, task.form_key) if task is not None and task.form_key else None
    if opened is not None and task is not None and found is not None:
        given = variables.visible_to_task(g.session, task)
        release = library(g.session, found.release_key)
        form = filled.shown(found.form, release, given, answers or {}, faults=faults, user=opened.user)
    page = render_template(
        "public/link.html",
        token=token,
        opened=opened,
        task=task,
        form=form,
        refusal=refusal,
        refusal_text=text_of(refusal) if refusal else None,
    )
    gone = opened is not None and opened.state != "open"
    status = refusal.status if refusal else 422 if faults else 404 if opened is None else 410 if gone else 200
    response = make_response(page, 200 if opened is not None and opened.state == "used" else status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _table(rows: Sequence[tuple[str, str, Any]]) -> Response:
    text = io.StringIO()
    csv.writer(text).writerows([(place, address, end.isoformat()) for place, address, end in rows])
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="links.csv"'
    return response
