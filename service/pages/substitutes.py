"""Who does my tasks while I am away, and whose I do."""

from datetime import date

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.clock import ZONE
from service.errors import BadArgument
from service.operations import people, substitutes

blueprint = Blueprint("pages_substitutes", __name__, url_prefix="/substitutes")


@blueprint.get("")
def show() -> str:
    """Those that one named or is named in, and a form to name one."""
    found = substitutes.known_to(g.session, g.user)
    names = people.account_names(g.session, [name for each in found for name in (each.username, each.substitute)])
    today = g.now.astimezone(ZONE).date()
    return render_template("substitutes.html", found=found, names=names, today=today)


@blueprint.post("")
def name() -> Response:
    """Name a substitute for oneself."""
    days = [_day(field) for field in ("first_day", "last_day")]
    substitutes.name(g.session, g.user, request.form.get("substitute", "").strip(), *days, now=g.now)
    return redirect(url_for("pages_substitutes.show"))


@blueprint.post("/<key:key>/end")
def end(key: int) -> Response:
    """Take one back."""
    substitutes.end(g.session, key, g.user, now=g.now)
    return redirect(url_for("pages_substitutes.show"))


def _day(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError:
        raise BadArgument("A day is written like 2026-11-23.") from None
