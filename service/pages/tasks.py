"""One task: look, claim, give back, fill in, complete."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from service import access
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import Fault, InvalidState, ServiceError, Stumbled
from service.history import chain
from service.models import Event, ProcessInstance, Submission, UserTask
from service.operations import (
    accounts,
    blindness,
    drafts,
    duties,
    incidents,
    papers,
    people,
    shown_records,
    submissions,
    user_tasks,
    variables,
)
from service.pages import filled
from service.releases import Deployed, library, resource
from service.values import Value, Variables
from service.web.dispatch import commits_refusals
from service.web.problems import text_of

blueprint = Blueprint("pages_tasks", __name__, url_prefix="/tasks")


@blueprint.get("/<key:key>")
def show(key: int) -> str:
    """The task with its form: to be filled in by its assignee, to be read by others and when it is done."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    return _page(task)


@blueprint.post("/<key:key>")
@commits_refusals
def submit(key: int) -> Response | BaseResponse:
    """Whatever button of the form was pressed. A refusal shows the page again with everything that was typed.

    The act has a savepoint of its own, so that a refusal undoes it and still keeps the uploaded files, the draft and
    the incident.
    """
    task = user_tasks.visible_user_task(g.session, key, g.user)
    found = _form(task)
    if task.ended_at is not None or found is None or not access.may_complete(g.user, task):
        return _complete(task, None)
    given = variables.visible_to_task(g.session, task)
    posted = filled.read(found.form, instance_key=task.instance_key, task_key=task.key)
    filled.pressed(found.form, posted, given)
    if posted.action is not None or posted.faults:
        return make_response(_page(task, posted.answers, posted.faults), 422 if posted.faults else 200)
    if "_draft" in request.form:
        drafts.save(g.session, task, found.form, posted.answers, g.user, now=g.now)
        return redirect(url_for("pages_tasks.show", key=key, saved=1))
    return _complete(task, posted)


@blueprint.post("/<key:key>/draft")
def draft(key: int) -> tuple[str, int]:
    """Keep what was typed so far; the page sends it by itself."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    found = _form(task)
    if found is not None:
        posted = filled.read(found.form, instance_key=task.instance_key, task_key=task.key)
        drafts.save(g.session, task, found.form, posted.answers, g.user, now=g.now)
    return "", 204


@blueprint.post("/<key:key>/claim")
def claim(key: int) -> BaseResponse:
    """Take the task."""
    user_tasks.claim_user_task(g.session, key, g.user, now=g.now)
    return redirect(url_for("pages_tasks.show", key=key))


@blueprint.post("/<key:key>/release")
def release(key: int) -> BaseResponse:
    """Give the task back to those it is offered to."""
    user_tasks.unassign_user_task(g.session, key, g.user, now=g.now)
    return redirect(url_for("pages_inbox.show", box="groups"))


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
    page = _page(task, posted.answers if posted else None, error.errors, refusal=error)
    return make_response(page, error.status)


def _page(
    task: UserTask,
    answers: Mapping[str, Value] | None = None,
    faults: Sequence[Fault] = (),
    refusal: ServiceError | None = None,
) -> str:
    instance = g.session.get_one(ProcessInstance, task.instance_key)
    definition = resource(g.session, task.definition_key)
    blocked = _blocked(task)
    mine = task.ended_at is None and blocked is None and access.may_complete(g.user, task)
    found = None if blocked else _form(task)
    form, saved_at = None, None
    if found is not None:
        release = library(g.session, found.release_key)
        if mine or answers is not None:
            given = variables.visible_to_task(g.session, task)
            kept, saved_at = drafts.load(g.session, task, g.user) if mine else ({}, None)
            kept = kept if answers is None else dict(answers)
            # What was typed stays in sight even when the task is gone: somebody may want to copy it.
            form = filled.shown(found.form, release, given, kept, faults=faults, read_only=not mine)
        else:
            values = _completed_values(task) if task.completed_by else variables.visible_to_task(g.session, task)
            named = blindness.naming(g.session, g.user, task, found.form)
            values = {name: value for name, value in values.items() if name not in named}
            form = filled.shown(found.form, release, values, {}, read_only=True)
    hidden = bool(blindness.hidden(g.session, g.user, [task]))
    names = people.account_names(g.session, [task.assignee, task.completed_by])
    return render_template(
        "task.html",
        task=task,
        instance=instance,
        definition=definition,
        form=form,
        mine=mine,
        blocked=text_of(blocked) if blocked else None,
        may_claim=task.ended_at is None and task.assignee is None and not blocked and access.may_claim(g.user, task),
        may_release=mine and bool(task.candidate_groups or task.candidate_users),
        article=task.properties.get("article"),
        secret=found is not None and "secret" in found.form.storage.values(),
        assignee=names.get(blindness.name_seen(g.user, task.assignee, hidden) or ""),
        completed_by=names.get(task.completed_by or "") if _names_shown(task) else None,
        groups=people.group_titles(g.session, task.candidate_groups),
        submission=_submission(task) if task.completed_by and not blocked else None,
        saved_at=saved_at,
        just_saved=request.method == "GET" and "saved" in request.args,
        refusal=refusal,
        refusal_text=text_of(refusal) if refusal else None,
        papers=[] if blocked else papers.issued(g.session, g.user, task.instance_key),
        records=shown_records.of_task(g.session, g.user, task),
        sees_instance=access.reads_instance(g.session, g.user, instance),
    )


def _form(task: UserTask) -> Deployed | None:
    return resource(g.session, task.form_key) if task.form_key else None


def _blocked(task: UserTask) -> ServiceError | None:
    """Why this person may not even look at the form: separation of duties, or something they have to do before."""
    if g.user.reads_all:
        return None
    try:
        if task.ended_at is None:
            duties.check(g.session, task, g.user)
        else:
            duties.check_knows(g.session, task, g.user)
    except ServiceError as error:
        return error
    return None


def _names_shown(task: UserTask) -> bool:
    return bool(g.user.reads_all or task.completed_by == g.user.username)


def _submission(task: UserTask) -> Submission | None:
    found: Submission | None = g.session.scalar(select(Submission).filter_by(task_key=task.key))
    return found


def _completed_values(task: UserTask) -> Variables:
    """What the form held when it was completed: the variables from history, the rest from the submission."""
    body = g.session.scalar(
        select(Event.body).where(
            Event.instance_key == task.instance_key,
            Event.kind == "USER_TASK_COMPLETED",
            Event.element_instance_key == task.key,
        )
    )
    values = variables.visible_to_task(g.session, task)
    if body is not None:
        values |= chain.read(body)["acts"][0]["variables"]
    submission = _submission(task)
    return values | (submission.data if submission else {})
