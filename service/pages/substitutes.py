"""Who does my tasks while I am away, and whose I do; who operates sees and names those of everybody."""

from datetime import date

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service.clock import ZONE
from service.errors import BadArgument, ServiceError
from service.operations import administration, people, substitutes
from service.pages.sign_in import safe_target
from service.web.problems import text_of

blueprint = Blueprint("pages_substitutes", __name__, url_prefix="/substitutes")


@blueprint.get("")
def show() -> str:
    """Those that one named or is named in, and a form to name one."""
    return _page()


@blueprint.post("")
def name() -> Response | BaseResponse:
    """Name a substitute for oneself; who operates may do it for others, with a reason."""
    away = request.form.get("username", "").strip() or None
    try:
        days = [_day(field) for field in ("first_day", "last_day")]
        reason = administration.reasoned(request.form.get("reason")) if away not in (None, g.user.username) else ""
        made = substitutes.name(
            g.session, g.user, request.form.get("substitute", "").strip(), *days, now=g.now, username=away
        )
    except ServiceError as error:
        return make_response(_page(text_of(error)), error.status)
    if made.username != g.user.username:
        administration.record(
            g.session, g.user, "SUBSTITUTE_NAMED", f"account:{made.username}", reason=reason, now=g.now,
            substitute=made.substitute, first_day=made.first_day.isoformat(), last_day=made.last_day.isoformat(),
        )  # fmt: skip
    return redirect(_back())


@blueprint.post("/<key:key>/end")
def end(key: int) -> BaseResponse:
    """Take one back."""
    ended = substitutes.end(g.session, key, g.user, now=g.now)
    if ended.username != g.user.username:
        administration.record(
            g.session, g.user, "SUBSTITUTE_ENDED", f"account:{ended.username}", now=g.now, substitute=ended.substitute
        )
    return redirect(_back())


def _page(error: str | None = None) -> str:
    found = substitutes.known_to(g.session, g.user)
    names = people.account_names(g.session, [name for each in found for name in (each.username, each.substitute)])
    today = g.now.astimezone(ZONE).date()
    typed = request.form if request.method == "POST" else {}
    return render_template("substitutes.html", found=found, names=names, today=today, error=error, typed=typed)


def _back() -> str:
    return safe_target(request.form.get("next")) if request.form.get("next") else url_for(".show")


def _day(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError:
        raise BadArgument("A day is written like 2026-11-23.") from None
