"""Signing in and out."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from service import keys
from service.errors import ServiceError
from service.operations import accounts
from service.web.authentication import COOKIE
from service.web.dispatch import commits_refusals, open_to_all
from service.web.problems import text_of

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@open_to_all
def form() -> str | BaseResponse:
    """The form; who is signed in already goes on."""
    if g.user is not None:
        return redirect(safe_target(request.args.get("next")))
    return render_template("sign_in.html", username="", error=None, next=safe_target(request.args.get("next")))


@blueprint.post("/sign-in")
@open_to_all
@commits_refusals
def submit() -> Response | BaseResponse:
    """Check name and password and begin a session; a wrong one is told on the form, with what was typed kept."""
    username, target = request.form.get("username", "").strip(), safe_target(request.form.get("next"))
    try:
        user = accounts.check_password(
            g.session, username, request.form.get("password", ""), request.remote_addr or "", at=g.arrived_at
        )
    except ServiceError as error:
        page = render_template("sign_in.html", username=username, error=text_of(error), next=target)
        return make_response(page, error.status)
    token, _ = accounts.sign_in(g.session, user, at=g.arrived_at, lifetime=keys.config().session_lifetime)
    response = redirect(target)
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="Lax",
        secure=keys.config().production,
        max_age=int(keys.config().session_lifetime.total_seconds()),
    )
    return response


@blueprint.post("/sign-out")
def sign_out() -> BaseResponse:
    """End this session, or with `everywhere` all of them."""
    token = None if request.form.get("everywhere") else request.cookies.get(COOKIE)
    accounts.sign_out(g.session, g.user.username, token)
    response = redirect("/sign-in")
    response.delete_cookie(COOKIE)
    return response


def safe_target(target: str | None) -> str:
    """Where to go afterwards: a path of ours, never another host."""
    parts = urlsplit(target or "/")
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or (target or "").startswith(("//", "/\\")):
        return "/"
    return target or "/"
