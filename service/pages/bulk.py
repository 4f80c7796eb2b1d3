"""Acts on the ticked tasks of the inbox: claim, assign, sign off. Each row is told what came of it."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service import forms
from service.operations import bulk, user_tasks
from service.operations.bulk import Result
from service.operations.submissions import Manner
from service.pages import filled, inbox
from service.pages.layout import language
from service.releases import library
from service.schemas.base import parse_key

blueprint = Blueprint("pages_bulk", __name__, url_prefix="/tasks")


@blueprint.post("/claim")
def claim() -> str | Response:
    """Claim the ticked tasks; what could not be had is told, the others are mine."""
    keys = _ticked()
    if not keys:
        return inbox.page(request.form, nothing_ticked=True)
    results = bulk.each(
        g.session, g.user, keys, lambda key: user_tasks.claim_user_task(g.session, key, g.user, now=g.now), g.now
    )
    if any(result.error for result in results):
        return inbox.page(request.form, results)
    if len(keys) == 1:
        return redirect(url_for("pages_tasks.show", key=keys[0]))
    return redirect(url_for("pages_inbox.show", box="mine", claimed=len(keys)))


@blueprint.post("/assign")
def assign() -> str:
    """Give the ticked tasks to one person."""
    keys, assignee = _ticked(), request.form.get("assignee", "").strip()
    if not keys or not assignee:
        return inbox.page(request.form, nothing_ticked=True)
    return inbox.page(
        request.form,
        bulk.each(
            g.session,
            g.user,
            keys,
            lambda key: user_tasks.assign_user_task(g.session, key, assignee, g.user, now=g.now),
            g.now,
        ),
    )


@blueprint.post("/sign-off")
def sign_off() -> str:
    """Complete the ticked tasks at once: first their one small form, once; with `_sure` what came of it."""
    keys = _ticked()
    if not keys:
        return inbox.page(request.form, nothing_ticked=True)
    tasks, found, others = bulk.alike(g.session, g.user, keys, now=g.now)
    if tasks and "_sure" in request.form:
        answers = forms.from_html(found.form, request.form).answers if found else {}
        manner = Manner(language(), {}, request.remote_addr or "")
        results: list[Result] = bulk.sign_off(
            g.session,
            [task.key for task in tasks],
            answers,
            g.user,
            now=g.now,
            manner=manner,
        )
        return inbox.page({"box": request.form.get("_box", "")}, [*results, *others])
    if not tasks:
        return inbox.page(request.form, others)
    return render_template(
        "sign_off.html",
        tasks=tasks,
        cases=bulk.named(g.session, g.user, [task.key for task in tasks]),
        others=others,
        form=filled.shown(bulk.writable(found.form), library(g.session, found.release_key), {}, {}) if found else None,
        box=inbox.asked_box(request.form),
    )


def _ticked() -> list[int]:
    """The keys; `_task` on a page that holds a form too, whose fields have names of their own."""
    texts = request.form.getlist("task") or request.form.getlist("_task")
    return [key for text in texts[: inbox.PAGE_SIZE] if (key := parse_key(text))]
