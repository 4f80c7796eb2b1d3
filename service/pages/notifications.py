"""What one has been told: the list, one of them, how one wants mails; and for operators the outbox."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service import keys
from service.errors import Forbidden
from service.operations import mails, notifications, papers
from service.web.dispatch import writes

blueprint = Blueprint("pages_notifications", __name__)
PAGE_SIZE = 50


@blueprint.get("/notifications")
def show() -> str:
    """One's notifications, the newest first; with `all` those that were read too."""
    every = bool(request.args.get("all"))
    found = notifications.page(g.session, g.user, unread=not every, after=request.args.get("after"), limit=PAGE_SIZE)
    return render_template(
        "notifications.html",
        rows=found.items,
        found=found,
        every=every,
        full=len(found.items) == PAGE_SIZE,
        paged="after" in request.args,
    )


@blueprint.get("/notifications/unread")
def unread() -> dict[str, int]:
    """How many are unread, for the bell."""
    return {"unread": notifications.unread(g.session, g.user)}


@blueprint.get("/notifications/<key:key>")
@writes
def read(key: int) -> str | Response:
    """Mark it as read, and go to what it is about; a letter is shown here."""
    notification = notifications.opened(g.session, key, g.user, now=g.now)
    if notification.link:
        return redirect(notification.link)
    found = papers.issued(g.session, g.user, notification.instance_key) if notification.instance_key is not None else []
    return render_template("notification.html", notification=notification, papers=found)


@blueprint.post("/notifications")
def read_all() -> Response:
    """All are read."""
    notifications.read_all(g.session, g.user, now=g.now)
    return redirect(url_for(".show"))


@blueprint.post("/profile/notifications")
def choose() -> Response:
    """How one wants to be told by mail."""
    notifications.choose(g.session, g.user.username, dict(request.form))
    return redirect("/profile?done=mails#notifications")


@blueprint.get("/admin/mail")
def outbox() -> str:
    """Every mail that waits, went out or could not."""
    if not g.user.reads_all:
        raise Forbidden()
    state, text = request.args.get("state", ""), request.args.get("q", "").strip()
    found = mails.outbox(g.session, state=state, text=text, after=request.args.get("after"), limit=PAGE_SIZE)
    return render_template(
        "outbox.html",
        rows=found.items,
        found=found,
        state=state,
        q=text,
        states=mails.STATES,
        server=keys.config().mail is not None,
        failed=mails.failures(g.session),
        full=len(found.items) == PAGE_SIZE,
        paged="after" in request.args,
    )


@blueprint.post("/admin/mail/<key:key>/resend")
def resend(key: int) -> Response:
    """Send it again."""
    if not g.user.operates:
        raise Forbidden()
    mails.resend(g.session, key, now=g.now)
    return redirect(url_for(".outbox"))


@blueprint.post("/admin/mail/resend")
def resend_failed() -> Response:
    """Send everything again that was given up."""
    if not g.user.operates:
        raise Forbidden()
    mails.resend_failed(g.session, now=g.now)
    return redirect(url_for(".outbox"))
