"""Starting a process: which ones one may start, their forms, and on to the first task."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service import access
from service.engine.types import ActImpossible, EngineError
from service.errors import Fault, Forbidden, InvalidState, NotFound, ServiceError, Stumbled
from service.operations import inbox, instances, submissions
from service.pages import filled
from service.releases import Deployed, library, newest
from service.values import Value
from service.web.dispatch import commits_refusals
from service.web.problems import text_of

blueprint = Blueprint("pages_start", __name__, url_prefix="/start")


@blueprint.get("")
def show() -> str:
    """The processes that this user may start."""
    return render_template("start.html", processes=_startable())


@blueprint.get("/<process_id>")
def form(process_id: str) -> str:
    """The start form of a process."""
    return _page(_process(process_id))


@blueprint.post("/<process_id>")
@commits_refusals
def submit(process_id: str) -> Response | BaseResponse:
    """Start it, or show the form again with the reason and everything that was typed."""
    process = _process(process_id)
    found = instances.start_form(g.session, process)
    posted = filled.read(found.form) if found else None
    if found and posted:
        filled.pressed(found.form, posted, {})
        if posted.action is not None or posted.faults:
            page = _page(process, posted.answers, posted.faults)
            return make_response(page, 422 if posted.faults else 200)
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
    return make_response(_page(process, answers, refusal.errors, refusal), refusal.status)


@blueprint.get("/of/<key:key>")
def first_task(key: int) -> BaseResponse:
    """On to the first own task of what was started, else to the instance."""
    instance = instances.visible_instance(g.session, key, g.user)
    task = inbox.next_of(g.session, g.user, instance.root_key)
    if task is not None:
        return redirect(url_for("pages_tasks.show", key=task.key))
    return redirect(url_for("pages_instances.show", key=key))


def _page(
    process: Deployed,
    answers: Mapping[str, Value] | None = None,
    faults: Sequence[Fault] = (),
    refusal: ServiceError | None = None,
) -> str:
    found = instances.start_form(g.session, process)
    release = library(g.session, process.release_key)
    return render_template(
        "start_form.html",
        process=process,
        form=filled.shown(found.form, release, {}, answers or {}, faults=faults) if found else None,
        business_id=request.form.get("_business_id", ""),
        refusal=refusal,
        refusal_text=text_of(refusal) if refusal else None,
    )


def _startable() -> list[Deployed]:
    """Processes with a plain start event whose `startGroups` this user belongs to."""
    release = newest(g.session)
    return [
        process
        for process in (release.all("process") if release else ())
        if access.may_start(g.user, process.facts.get("properties", {}))
        and any(event["kind"] == "none" for event in process.facts["start_events"])
    ]


def _process(process_id: str) -> Deployed:
    release = newest(g.session)
    process = release.get("process", process_id) if release else None
    if process is None:
        raise NotFound()
    if not access.may_start(g.user, process.facts.get("properties", {})):
        raise Forbidden()
    return process
