"""Starting a process: which ones one may start, their forms, and on to the first task."""

from contextlib import suppress

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service.engine.types import ActImpossible, EngineError
from service.errors import InvalidState, ServiceError, Stumbled
from service.models import ProcessInstance
from service.operations import drafts, inbox, instances, submissions, user_tasks
from service.pages import filled, start_page
from service.pages.tasks import draft_answer
from service.web.dispatch import commits_refusals

blueprint = Blueprint("pages_start", __name__, url_prefix="/start")


@blueprint.get("")
def show() -> str:
    """The processes that this user may start."""
    return render_template("start.html", choices=start_page.choices())


@blueprint.get("/<process_id>")
def form(process_id: str) -> str:
    """The start form of a process."""
    return start_page.render(start_page.startable(process_id))


@blueprint.post("/<process_id>/draft")
def draft(process_id: str) -> Response | tuple[str, int]:
    """Keep what was typed so far, as on the page of a task."""
    process = start_page.startable(process_id)
    found = instances.start_form(g.session, process)
    if found is None:
        return "", 204
    posted = filled.read(found.form, with_files=False)
    return draft_answer(
        lambda known: drafts.keep_start(
            g.session, process_id, found.form, posted.answers, g.user, now=g.now, known=known
        )
    )


@blueprint.post("/<process_id>/draft/removal")
def discard(process_id: str) -> BaseResponse:
    """Throw the draft away."""
    drafts.discard_start(g.session, process_id, g.user)
    return redirect(url_for("pages_start.show"))


@blueprint.post("/<process_id>")
@commits_refusals
def submit(process_id: str) -> Response | BaseResponse:
    """Start it, or show the form again with the reason and everything that was typed."""
    process = start_page.startable(process_id)
    found = instances.start_form(g.session, process)
    posted = filled.read(found.form) if found else None
    if found and posted:
        filled.pressed(found.form, posted, {})
        if posted.action is not None or posted.faults:
            page = start_page.render(process, posted.answers, posted.faults)
            return make_response(page, 422 if posted.faults else 200)
        if "_draft" in request.form:
            known = request.form["_draft"]
            try:
                drafts.keep_start(g.session, process_id, found.form, posted.answers, g.user, now=g.now, known=known)
            except drafts.DraftElsewhere as error:
                return make_response(start_page.render(process, posted.answers, elsewhere=error), error.status)
            return redirect(url_for("pages_start.form", process_id=process_id, saved=1))
    business_id = request.form.get("_business_id", "").strip() or None
    answers = posted.answers if posted else {}
    refusal: ServiceError
    try:
        with g.session.begin_nested():
            instance = instances.start_instance(
                g.session,
                process,
                answers,
                g.user,
                now=g.now,
                business_id=business_id,
                manner=posted.manner if posted else submissions.PLAINLY,
            )
            drafts.discard_start(g.session, process_id, g.user)
            _take_first(instance)
    except ServiceError as error:
        refusal = error
    except ActImpossible as error:
        refusal = InvalidState(reason=str(error))
    except EngineError as error:
        # There is no instance that an incident could stand at: whoever starts reads what is wrong.
        refusal = Stumbled(element=error.element_id, reason=error.reason)
    else:
        return redirect(url_for("pages_start.first_task", key=instance.key))
    g.session.info.pop("follow_ups", None)
    return make_response(start_page.render(process, answers, refusal.errors, refusal), refusal.status)


def _take_first(instance: ProcessInstance) -> None:
    """Who starts something goes on with it: the first task, where it is offered to them, is theirs without asking."""
    task = inbox.next_of(g.session, g.user, instance.root_key)
    if task is None or task.instance_key != instance.key or task.assignee is not None:
        return
    with suppress(ServiceError), g.session.begin_nested():
        user_tasks.claim_user_task(g.session, task.key, g.user, now=g.now)


@blueprint.get("/of/<key:key>")
def first_task(key: int) -> BaseResponse:
    """On to the first own task of what was started, else to the instance."""
    instance = instances.visible_instance(g.session, key, g.user)
    task = inbox.next_of(g.session, g.user, instance.root_key)
    if task is not None:
        return redirect(url_for("pages_tasks.show", key=task.key))
    return redirect(url_for("pages_instances.show", key=key))
