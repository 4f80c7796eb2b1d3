"""The inbox: my tasks, those offered to my groups, those I have done."""

from typing import get_args

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.errors import BadArgument, NotFound, ServiceError
from service.models import UserTask
from service.operations import inbox, people, user_tasks
from service.operations.inbox import Box
from service.schemas.base import parse_key
from service.web.problems import text_of

blueprint = Blueprint("pages_inbox", __name__)
PAGE_SIZE = 50
#: What a box is sorted by if nobody chose.
_USUAL: dict[Box, str] = {"mine": "due", "groups": "due", "done": "-ended"}


@blueprint.get("/")
def show() -> str:
    """A page of one box. Without `box`: my tasks, or, if there are none, those offered to me."""
    return _page()


@blueprint.post("/tasks/claim")
def claim() -> str | Response:
    """Claim the ticked tasks; what could not be had is told, the others are mine."""
    chosen = [key for text in request.form.getlist("task") if (key := parse_key(text))]
    lost: list[str] = []
    for key in chosen:
        try:
            with g.session.begin_nested():
                user_tasks.claim_user_task(g.session, key, g.user, now=g.now)
        except ServiceError as error:
            lost.append(text_of(error))
    if lost or not chosen:
        return _page(lost=lost, claimed=len(chosen) - len(lost))
    if len(chosen) == 1:
        return redirect(url_for("pages_tasks.show", key=chosen[0]))
    return redirect(url_for("pages_inbox.show", box="mine", claimed=len(chosen)))


def _page(lost: list[str] | None = None, claimed: int | None = None) -> str:
    counts = inbox.counts(g.session, g.user)
    box = _box(request.values.get("box"), counts)
    sort = request.args.get("sort") or _USUAL[box]
    if sort.removeprefix("-") not in inbox.SORTS:
        raise BadArgument("The list cannot be sorted by “%(sort)s”.", sort=sort)
    found = inbox.page(
        g.session,
        g.user,
        box,
        sort=sort.removeprefix("-"),
        down=sort.startswith("-"),
        limit=PAGE_SIZE,
        after=request.args.get("after"),
        before=request.args.get("before"),
    )
    groups = {group for task, _, _ in found.items for group in task.candidate_groups}
    return render_template(
        "inbox.html",
        box=box,
        counts=counts,
        found=found,
        sort=sort,
        groups=people.group_titles(g.session, groups),
        paged=bool(request.args.get("after") or request.args.get("before")),
        full=len(found.items) == PAGE_SIZE,
        done=_done(request.args.get("done")),
        lost=lost or [],
        none_chosen=request.method == "POST" and not lost and not claimed,
        claimed=claimed if claimed is not None else request.args.get("claimed", type=int),
    )


def _box(asked: str | None, counts: dict[Box, int]) -> Box:
    for box in get_args(Box):
        if box == asked:
            return box  # type: ignore[no-any-return]
    return "groups" if not counts["mine"] and counts["groups"] else "mine"


def _done(key: str | None) -> tuple[UserTask, UserTask | None] | None:
    """The task that was just completed, and what comes next in the same tree of instances for this user."""
    number = parse_key(key or "")
    if number is None:
        return None
    try:
        task = user_tasks.visible_user_task(g.session, number, g.user)
    except NotFound:
        return None
    return task, inbox.next_of(g.session, g.user, task.root_key)
