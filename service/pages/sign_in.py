"""Signing in and out; going on where a session had ended."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from service import keys, openid
from service.access import User
from service.errors import ServiceError
from service.operations import accounts, resuming
from service.web.authentication import COOKIE
from service.web.dispatch import commits_refusals, open_to_all, writes
from service.web.problems import text_of

blueprint = Blueprint("sign_in", __name__)
#: Holds the token of the session that has ended, while what was sent with it is kept.
KEPT_COOKIE = "pingshen_kept"
_A_YEAR_S = 365 * 24 * 3600


@blueprint.get("/sign-in")
@open_to_all
def form() -> str | BaseResponse:
    """The form; who is signed in already goes on."""
    target = safe_target(request.args.get("next"))
    if g.user is not None:
        return redirect(target)
    return _form(target)


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
        return make_response(_form(target, username, text_of(error)), error.status)
    return begin(user, target)


@blueprint.get("/resume")
@writes
def resume() -> str | BaseResponse:
    """What was sent when the session had ended, to be sent again with one press."""
    kept = resuming.kept(g.session, request.cookies.get(KEPT_COOKIE, ""), g.user.username, at=g.arrived_at)
    if kept is None:
        return redirect("/")
    return render_template("resume.html", kept=kept)


@blueprint.post("/resume/drop")
def drop() -> BaseResponse:
    """It is not wanted any more: back to the page that it came from."""
    resuming.drop(g.session, g.user.username)
    response = redirect(safe_target(request.form.get("next")))
    response.delete_cookie(KEPT_COOKIE, path="/resume")
    return response


@blueprint.post("/sign-out")
def sign_out() -> BaseResponse:
    """End this session, or with `everywhere` all of them."""
    token = None if request.form.get("everywhere") else request.cookies.get(COOKIE)
    accounts.sign_out(g.session, g.user.username, token)
    response = redirect("/sign-in")
    response.delete_cookie(COOKIE)
    return response


def begin(user: User, target: str) -> BaseResponse:
    """Begin a session and go on: to the kept form if there is one of this person, else to `target`."""
    config = keys.config()
    old = request.cookies.get(COOKIE, "")
    token, _ = accounts.sign_in(
        g.session, user, at=g.arrived_at, lifetime=config.session_lifetime,
        agent=request.user_agent.string, address=request.remote_addr or "",
    )  # fmt: skip
    kept = bool(old) and resuming.kept(g.session, old, user.username, at=g.arrived_at) is not None
    response = redirect("/resume" if kept else target)
    if kept:
        response.set_cookie(KEPT_COOKIE, old, httponly=True, samesite="Lax", secure=config.production, path="/resume")
    # The cookie outlives the session: what is sent with it afterwards can be kept for its owner.
    age = int((config.session_lifetime + resuming.KEPT).total_seconds())
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=config.production, max_age=age)
    if "language" not in request.cookies:
        code = "en" if user.language.startswith("en") else "zh"
        response.set_cookie("language", code, max_age=_A_YEAR_S, samesite="Lax")
    return response


def _form(target: str, username: str = "", error: str | None = None) -> str:
    return render_template(
        "sign_in.html",
        username=username,
        error=error,
        next=target,
        kept=bool(request.args.get("kept")),
        provider=openid.title(),
    )


def safe_target(target: str | None) -> str:
    """Where to go afterwards: a path of ours, never another host."""
    parts = urlsplit(target or "/")
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or (target or "").startswith(("//", "/\\")):
        return "/"
    return target or "/"
