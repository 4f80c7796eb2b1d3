"""What one does with a task beside filling it in: take it, hand it on, give it back, talk about it."""

from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service.errors import BadArgument, ServiceError, TaskTaken
from service.operations import comments, delegations, user_tasks
from service.pages import task_page
from service.web.dispatch import commits_refusals

blueprint = Blueprint("pages_task_acts", __name__, url_prefix="/tasks")


@blueprint.post("/<key:key>/claim")
def claim(key: int) -> Response | BaseResponse:
    """Take the task. Who comes second sees it with who was faster."""
    try:
        user_tasks.claim_user_task(g.session, key, g.user, now=g.now)
    except TaskTaken as error:
        task = user_tasks.visible_user_task(g.session, key, g.user)
        return make_response(task_page.render(task, refusal=error), error.status)
    return _back(key)


@blueprint.post("/<key:key>/release")
def release(key: int) -> BaseResponse:
    """Give the task back to those it is offered to."""
    user_tasks.unassign_user_task(g.session, key, g.user, now=g.now)
    return redirect(url_for("pages_inbox.show", box="groups"))


@blueprint.post("/<key:key>/assignment")
def assign(key: int) -> BaseResponse:
    """Give the task to somebody else, with the reason."""
    reason = _text("reason")
    if not reason or len(reason) > delegations.MOST:
        raise BadArgument("Say in a few words why: at most %(most)s characters.", most=delegations.MOST)
    user_tasks.assign_user_task(g.session, key, _text("assignee"), g.user, now=g.now, reason=reason)
    return _back(key)


@blueprint.post("/<key:key>/delegation")
def hand_on(key: int) -> BaseResponse:
    """Hand it on to be prepared."""
    delegations.hand_on(g.session, key, _text("receiver"), _text("reason"), g.user, now=g.now)
    return _back(key)


@blueprint.post("/<key:key>/return")
def give_back(key: int) -> BaseResponse:
    """Give it back to who handed it on, or take it back."""
    task = delegations.give_back(g.session, key, _text("reason"), g.user, now=g.now)
    return _back(key) if task.assignee == g.user.username else redirect(url_for("pages_inbox.show"))


@blueprint.post("/<key:key>/comments")
@commits_refusals
def comment(key: int) -> Response | BaseResponse:
    """Say something. What cannot be taken is shown again with the reason."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    said = request.form.get("comment", "")
    try:
        comments.say(g.session, task, said, g.user, now=g.now)
    except ServiceError as error:
        return make_response(task_page.render(task, refusal=error, said=said), error.status)
    return redirect(url_for("pages_tasks.show", key=key, _anchor="comments"))


def _back(key: int) -> BaseResponse:
    return redirect(url_for("pages_tasks.show", key=key))


def _text(name: str) -> str:
    return request.form.get(name, "").strip()
