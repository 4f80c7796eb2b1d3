"""A message given to waiting cases by hand, as when the outside that should have sent it could not."""

import json
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from service import values
from service.errors import BadArgument, Forbidden
from service.models import Subscription
from service.operations import administration, messages
from service.pages.admin.common import attempt, text

blueprint = Blueprint("pages_messages", __name__, url_prefix="/admin/messages")


@blueprint.get("")
def show() -> str:
    """What is waited for at this moment, and the form."""
    return _page()


@blueprint.post("")
def publish() -> Response:
    """Publish it; who waits gets it, each process once."""

    def act() -> Response:
        if not g.user.operates:
            raise Forbidden()
        reason = administration.reasoned(text("reason"))
        name, correlation = text("name"), text("correlation_key")
        if not name:
            raise BadArgument("Give the name of the message.")
        given = _variables(request.form.get("variables", ""))
        key = messages.publish(g.session, name, correlation, values.variables(given), now=g.now)
        administration.record(
            g.session, g.user, "MESSAGE_PUBLISHED", f"message:{name}", reason=reason, now=g.now,
            correlation_key=correlation, key=str(key), fields=sorted(given),
        )  # fmt: skip
        return redirect(url_for(".show", done=1))

    return attempt(act, _page)


def _variables(written: str) -> dict[str, Any]:
    try:
        found = json.loads(written or "{}", parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        raise BadArgument("The values are written as a JSON object.") from None
    if not isinstance(found, dict):
        raise BadArgument("The values are written as a JSON object.")
    return found


def _page(error: str | None = None) -> str:
    if not g.user.reads_all:
        raise Forbidden()
    waiting = g.session.execute(
        select(Subscription.name, func.count(), func.min(Subscription.created_at))
        .where(Subscription.kind == "message", Subscription.ended_at.is_(None), Subscription.instance_key.is_not(None))
        .group_by(Subscription.name)
        .order_by(Subscription.name)
        .limit(200)
    ).all()
    return render_template(
        "admin/messages.html",
        waiting=waiting,
        error=error,
        typed=request.form if error else {},
        done=bool(request.args.get("done")),
    )
