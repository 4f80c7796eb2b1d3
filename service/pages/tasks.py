"""One task: look, fill in, complete. What else one does with a task is in `task_acts`."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service import access
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import InvalidState, ServiceError, Stumbled, TaskNotOpen
from service.models import UserTask
from service.operations import accounts, drafts, incidents, submissions, user_tasks, variables
from service.pages import filled, task_page
from service.pages.task_page import form_of
from service.schemas.base import instant
from service.web.dispatch import commits_refusals

blueprint = Blueprint("pages_tasks", __name__, url_prefix="/tasks")


@blueprint.get("/<key:key>")
def show(key: int) -> str:
    """The task with its form: to be filled in by its assignee, to be read by others and when it is done."""
    return task_page.render(user_tasks.visible_user_task(g.session, key, g.user))


@blueprint.post("/<key:key>")
@commits_refusals
def submit(key: int) -> Response | BaseResponse:
    """Whatever button of the form was pressed. A refusal shows the page again with everything that was typed.

    The act has a savepoint of its own, so that a refusal undoes it and still keeps the uploaded files, the draft and
    the incident.
    """
    task = user_tasks.visible_user_task(g.session, key, g.user)
    found = form_of(task)
    if found is None or task_page.blocked(task) is not None:
        return _complete(task, None)
    if task.ended_at is not None or not access.may_fill(g.user, task):
        # Somebody was faster. Nothing is stored, and what was typed is shown so that it can be copied.
        posted = filled.read(found.form, with_files=False)
        if task.completed_by == g.user.username and task_page.was_sent(task, found.form, posted.answers):
            return redirect(url_for("pages_inbox.show", done=key))  # the same button pressed twice
        return _complete(task, posted)
    given = variables.visible_to_task(g.session, task)
    posted = filled.read(found.form, instance_key=task.instance_key, task_key=task.key)
    filled.pressed(found.form, posted, given)
    if posted.action is not None or posted.faults:
        return make_response(task_page.render(task, posted.answers, posted.faults), 422 if posted.faults else 200)
    if "_draft" in request.form:
        try:
            drafts.keep(g.session, task, found.form, posted.answers, g.user, now=g.now, known=request.form["_draft"])
        except drafts.DraftElsewhere as error:
            return make_response(task_page.render(task, posted.answers, elsewhere=error), error.status)
        return redirect(url_for("pages_tasks.show", key=key, saved=1))
    return _complete(task, posted)


@blueprint.post("/<key:key>/draft")
def draft(key: int) -> Response | tuple[str, int]:
    """Keep what was typed so far; the page sends it by itself, with the mark of the draft that it knows.

    409 with time and mark where another device or tab saved one meanwhile: nothing is overwritten unasked.
    """
    task = user_tasks.visible_user_task(g.session, key, g.user)
    found = form_of(task)
    if found is None:
        return "", 204
    posted = filled.read(found.form, with_files=False)
    return draft_answer(
        lambda known: drafts.keep(g.session, task, found.form, posted.answers, g.user, now=g.now, known=known)
    )


def draft_answer(keep: Any) -> Response:
    """What a script is told about a draft that `keep(known)` keeps."""
    try:
        saved = keep(request.form.get("_known", ""))
    except drafts.DraftElsewhere as error:
        answer = jsonify({"savedAt": instant(error.saved_at), "mark": error.mark})
        answer.status_code = error.status
        return answer
    return jsonify({"savedAt": instant(saved.saved_at), "mark": drafts.mark(saved)})


def _complete(task: UserTask, posted: filled.Filled | None) -> Response | BaseResponse:
    """Complete it, or show the page again with the reason."""
    answers: Mapping[str, Any] = posted.answers if posted else {}
    manner = posted.manner if posted else submissions.PLAINLY
    try:
        with g.session.begin_nested():
            user_tasks.complete_user_task(g.session, task.key, answers, g.user, now=g.now, manner=manner)
    except submissions.SignatureRefused as error:
        accounts.count_failure(g.session, g.user.username, manner.address, at=g.arrived_at)
        return _refused(task, posted, error)
    except ServiceError as error:
        return _refused(task, posted, error)
    except ActImpossible as error:
        return _refused(task, posted, InvalidState(reason=str(error)))
    except (EngineError, StateUnreadable) as error:
        trouble = error if isinstance(error, EngineError) else EngineError("UNKNOWN", task.element_id, str(error))
        incidents.report(g.session, task.instance_key, trouble, now=g.now)
        return _refused(task, posted, Stumbled(element=trouble.element_id, reason=trouble.reason))
    return redirect(url_for("pages_inbox.show", done=task.key))


def _refused(task: UserTask, posted: filled.Filled | None, error: ServiceError) -> Response:
    g.session.info.pop("follow_ups", None)
    if isinstance(error, TaskNotOpen):
        g.session.refresh(task)
    page = task_page.render(task, posted.answers if posted else None, error.errors, refusal=error)
    return make_response(page, error.status)
