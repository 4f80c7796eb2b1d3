"""What the page of a task shows to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import g, render_template, request
from sqlalchemy import select

from service import access, forms
from service.errors import Fault, ServiceError, TaskNotOpen
from service.forms import Form, RenderedForm
from service.history import chain
from service.models import Event, ProcessInstance, Submission, UserTask
from service.operations import (
    blindness,
    comments,
    delegations,
    drafts,
    duties,
    neighbours,
    papers,
    people,
    shown_records,
    variables,
)
from service.operations.due_days import DueDays
from service.pages import filled
from service.releases import Deployed, library, resource
from service.values import Value, Variables
from service.web.problems import text_of


@dataclass(frozen=True)
class _Shown:
    """The form with its draft: since when, and the mark by which a later save knows it."""

    form: RenderedForm | None = None
    saved_at: datetime | None = None
    mark: str = ""


def render(
    task: UserTask,
    answers: Mapping[str, Value] | None = None,
    faults: Sequence[Fault] = (),
    refusal: ServiceError | None = None,
    elsewhere: drafts.DraftElsewhere | None = None,
    said: str = "",
) -> str:
    """The page; with what was just typed where something is to be mended. `said` is a comment that was not taken."""
    instance = g.session.get_one(ProcessInstance, task.instance_key)
    definition = resource(g.session, task.definition_key)
    stopped = blocked(task)
    mine = task.ended_at is None and stopped is None and access.may_fill(g.user, task)
    found = None if stopped else form_of(task)
    shown = _form(task, found, answers, faults, mine=mine) if found else _Shown()
    hidden = bool(blindness.hidden(g.session, g.user, [task]))
    lost = shown.form is not None and answers is not None and not mine
    seen = blindness.name_seen(g.user, task.assignee, hidden)
    names = people.account_names(g.session, [task.assignee, task.completed_by, task.delegated_by, instance.started_by])
    return render_template(
        "task.html",
        task=task,
        instance=instance,
        definition=definition,
        purpose=(definition.facts.get("documentation") or {}).get(task.element_id) if definition else None,
        form=shown.form,
        mine=mine,
        days=DueDays(g.session, g.now),
        completes=mine and access.may_complete(g.user, task),
        blocked=text_of(stopped) if stopped else None,
        may_claim=task.ended_at is None and task.assignee is None and not stopped and access.may_claim(g.user, task),
        may_release=mine and task.delegated_by is None and bool(task.candidate_groups or task.candidate_users),
        may_hand_on=not stopped and delegations.may_hand_on(g.user, task),
        may_return=task.ended_at is None
        and g.user.username in (task.delegated_by, task.delegated_by and task.assignee),
        may_assign=task.ended_at is None and access.may_assign(g.session, g.user, task),
        article=task.properties.get("article"),
        secret=found is not None and "secret" in found.form.storage.values(),
        assignee=names.get(seen or ""),
        delegated_by=names.get(blindness.name_seen(g.user, task.delegated_by, hidden) or ""),
        completed_by=names.get(task.completed_by or "") if _names_shown(task) else None,
        faster=names.get(task.completed_by or "") if isinstance(refusal, TaskNotOpen) and not hidden else None,
        starter=names.get(instance.started_by or "") if _starter_shown(instance) else None,
        groups=people.group_titles(g.session, task.candidate_groups),
        submission=_submission(task) if task.completed_by and not stopped else None,
        saved_at=shown.saved_at,
        mark=shown.mark,
        elsewhere=elsewhere,
        just_saved=request.method == "GET" and "saved" in request.args,
        refusal=refusal,
        refusal_text=text_of(refusal) if refusal else None,
        typed=filled.as_text(shown.form) if lost and shown.form else None,
        papers=[] if stopped else papers.issued(g.session, g.user, task.instance_key),
        records=shown_records.of_task(g.session, g.user, task),
        sees_instance=access.reads_instance(g.session, g.user, instance),
        before=neighbours.before(g.session, g.user, task),
        comments=comments.of_task(g.session, g.user, task),
        said=said,
    )


def form_of(task: UserTask) -> Deployed | None:
    """The task's form."""
    return resource(g.session, task.form_key) if task.form_key else None


def was_sent(task: UserTask, form: Form, answers: Mapping[str, Value]) -> bool:
    """Whether these answers are those with which the task was completed, as far as they are kept."""
    sent = _completed_values(task)
    return all(
        sent.get(key) == value
        for key, value in forms.cleaned(form, drafts.kept(form, answers), given=sent, moment=filled.moment()).items()
    )


def blocked(task: UserTask) -> ServiceError | None:
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


def _form(
    task: UserTask, found: Deployed, answers: Mapping[str, Value] | None, faults: Sequence[Fault], *, mine: bool
) -> _Shown:
    release = library(g.session, found.release_key)
    if mine or answers is not None:
        given = variables.visible_to_task(g.session, task)
        draft = drafts.find(g.session, task, g.user) if mine else None
        kept = dict(answers) if answers is not None else dict(draft.data) if draft else {}
        # What was typed stays in sight even when the task is gone: somebody may want to copy it.
        form = filled.shown(
            found.form,
            release,
            given,
            kept,
            faults=faults,
            read_only=not mine,
            local=variables.names_in_scope(g.session, task) if mine else frozenset(),
        )
        # A page that shows what was typed knows the draft that its sender knew.
        known = request.form.get("_known") if answers is not None else None
        mark = known if known is not None else drafts.mark(draft) if draft else ""
        return _Shown(form, draft.saved_at if draft else None, mark)
    values = _completed_values(task) if task.completed_by else variables.visible_to_task(g.session, task)
    named = blindness.naming(g.session, g.user, task, found.form)
    values = {name: value for name, value in values.items() if name not in named}
    return _Shown(filled.shown(found.form, release, values, {}, read_only=True))


def _names_shown(task: UserTask) -> bool:
    return bool(g.user.reads_all or task.completed_by == g.user.username)


def _starter_shown(instance: ProcessInstance) -> bool:
    return bool(g.user.reads_all or instance.started_by == g.user.username)


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
