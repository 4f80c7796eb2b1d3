"""The inbox: my tasks, those offered to my groups, those I do for others, those I have done."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.errors import BadArgument, NotFound
from service.models import UserTask
from service.operations import blindness, inbox, people, saved_filters, user_tasks
from service.operations.bulk import Result
from service.operations.due_days import DueDays
from service.operations.inbox import BOXES, Box, Wanted
from service.schemas.base import parse_instant, parse_key
from service.web.dispatch import unnoted

blueprint = Blueprint("pages_inbox", __name__)
PAGE_SIZE = 50
#: What a box is sorted by if nobody chose.
USUAL: dict[Box, str] = dict.fromkeys(BOXES, "due") | {"done": "-ended"}
#: Shown even where they are empty.
ALWAYS: tuple[Box, ...] = ("mine", "groups", "done")


@blueprint.get("/")
def show() -> str:
    """A page of one box. Without `box`: my tasks, or, if there are none, those offered to me."""
    return page(request.args)


@blueprint.get("/inbox/news")
@unnoted
def news() -> Response:
    """How many tasks a box has got since a moment: asked by the page while somebody reads it."""
    since = parse_instant(request.args.get("since"))
    if since is None:
        raise BadArgument("A time is written like 2026-11-23T09:00:00.000Z.")
    return jsonify({"came": inbox.came_since(g.session, g.user, asked_box(request.args), since)})


@blueprint.post("/inbox/filters")
def save_filter() -> Response:
    """Keep what the inbox is filtered by under a name."""
    box = asked_box(request.form)
    fields = {**Wanted.read(request.form).fields(), **_sort_field(box, request.form)}
    saved_filters.save(g.session, g.user, request.form.get("title", ""), box, fields, now=g.now)
    return redirect(f"{url_for('pages_inbox.show')}?{urlencode({'box': box, **fields})}")


@blueprint.post("/inbox/filters/delete")
def delete_filter() -> Response:
    """Forget a saved filter."""
    saved_filters.forget(g.session, g.user, request.form.get("title", ""))
    return redirect(url_for("pages_inbox.show", box=asked_box(request.form)))


def page(given: Mapping[str, str], results: Sequence[Result] = (), *, nothing_ticked: bool = False) -> str:
    """The inbox as an address or a form (`given`) asks for it, with what came of a bulk act on top."""
    counts = inbox.counts(g.session, g.user)
    box = asked_box(given, counts)
    wanted = Wanted.read(given)
    sort = sort_of(box, given)
    found = inbox.page(
        g.session,
        g.user,
        box,
        now=g.now,
        wanted=wanted,
        sort=sort.removeprefix("-"),
        down=sort.startswith("-"),
        limit=PAGE_SIZE,
        after=given.get("after"),
        before=given.get("before"),
    )
    tasks = [task for task, *_ in found.items]
    groups = {group for task in tasks for group in task.candidate_groups}
    blind = blindness.hidden(g.session, g.user, tasks) if box == "all" else set()
    fields = {"box": box, **wanted.fields(), **_sort_field(box, given)}
    return render_template(
        "inbox.html",
        box=box,
        boxes=[each for each in BOXES if each in ALWAYS or counts[each] or each == box],
        counts=counts,
        most=inbox.MOST_COUNTED,
        found=found,
        sort=sort,
        wanted=wanted,
        fields=fields,
        stages=inbox.stages(g.session, g.user, box) if found.items or wanted else [],
        saved=saved_filters.of(g.session, g.user),
        days=DueDays(g.session, g.now),
        groups=people.group_titles(g.session, groups),
        people=people.members(g.session, groups) if box == "all" else {},
        assignees=people.account_names(
            g.session, [blindness.name_seen(g.user, task.assignee, task.key in blind) for task in tasks]
        )
        if box in ("all", "delegated")
        else {},
        blind=blind,
        absent=_absent(box, tasks),
        paged=bool(given.get("after") or given.get("before")),
        full=len(found.items) == PAGE_SIZE,
        done=_done(request.args.get("done")),
        results=results,
        nothing_ticked=nothing_ticked,
        claimed=request.args.get("claimed", type=int),
    )


def asked_box(given: Mapping[str, str], counts: Mapping[Box, int] | None = None) -> Box:
    """The box that was asked for; else my tasks, or, if there are none, those offered to me."""
    for box in BOXES:
        if box == given.get("box"):
            return box
    return "groups" if counts and not counts["mine"] and counts["groups"] else "mine"


def sort_of(box: Box, given: Mapping[str, str]) -> str:
    """What is sorted by, `-` before it for descending. Raises `BadArgument`."""
    sort = given.get("sort") or USUAL[box]
    if sort.removeprefix("-") not in inbox.SORTS:
        raise BadArgument("The list cannot be sorted by “%(sort)s”.", sort=sort)
    return sort


def _sort_field(box: Box, given: Mapping[str, str]) -> dict[str, str]:
    sort = sort_of(box, given)
    return {} if sort == USUAL[box] else {"sort": sort}


def _absent(box: Box, tasks: list[UserTask]) -> dict[int, str]:
    """For whom a task would be done, by its key. No statement except for a substitute."""
    if box != "substitute":
        return {}
    names = people.account_names(g.session, [each.username for each in g.user.absent])
    found = {}
    for task in tasks:
        offered = {f"user:{name}" for name in task.candidate_users} | {
            f"group:{name}" for name in task.candidate_groups
        }
        for each in g.user.absent:
            if task.assignee == each.username or (task.assignee is None and offered & set(each.who)):
                found[task.key] = names[each.username]
    return found


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
