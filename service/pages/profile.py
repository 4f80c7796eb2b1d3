"""One's own account: name, mail, language, password, absence, sessions, tokens."""

from datetime import timedelta

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service import access, identities, keys
from service.clock import ZONE
from service.errors import BadArgument, ServiceError
from service.models import Account
from service.operations import accounts, administration, enrolment, notifications, people, sessions, substitutes
from service.pages import sign_in
from service.pages.layout import language
from service.web.authentication import COOKIE
from service.web.dispatch import commits_refusals, open_to_all
from service.web.problems import text_of

blueprint = Blueprint("pages_profile", __name__)
LANGUAGES = {"zh": "zh-CN", "en": "en"}
#: How long a token may serve, in days; nothing serves for ever.
TOKEN_DAYS = (7, 30, 90, 365)


@blueprint.get("/profile")
def show() -> str:
    """Everything on one page."""
    return _page(done=request.args.get("done", ""))


@blueprint.post("/profile")
def save() -> Response | BaseResponse:
    """Name, mail address and language. What was wrong is told beside what was typed."""
    account = g.session.get_one(Account, g.user.username)
    name, email = request.form.get("name", "").strip(), request.form.get("email", "").strip()
    chosen = request.form.get("language", "")
    if _mail_is_fixed():
        email = account.email or ""
    try:
        identities.check_names(account.username, name, email)
        if chosen not in LANGUAGES:
            raise BadArgument("Choose one of the languages.")
    except ServiceError as error:
        return make_response(_page(error=text_of(error), section="about", name=name, email=email), error.status)
    changed = [field for field, new in (("name", name), ("email", email or None)) if getattr(account, field) != new]
    account.name, account.email, account.language = name, email or None, LANGUAGES[chosen]
    if changed:
        administration.record(
            g.session, g.user, "PROFILE_CHANGED", f"account:{account.username}", now=g.now, changed=changed
        )  # fmt: skip
    response = redirect(url_for(".show", done="about"))
    response.set_cookie("language", chosen, max_age=365 * 24 * 3600, samesite="Lax")
    return response


@blueprint.get("/profile/password")
def password() -> str:
    """The old one is asked for; who has a password from somebody else comes here first."""
    return _password_page()


@blueprint.post("/profile/password")
@commits_refusals
def change_password() -> Response | BaseResponse:
    """Set a new one; all other sessions end."""
    given = {name: request.form.get(name, "") for name in ("old_password", "new_password", "again_password")}
    try:
        if given["new_password"] != given["again_password"]:
            raise BadArgument("The new password and its repetition differ.")
        if given["new_password"] == given["old_password"]:
            raise BadArgument("The new password is the old one.")
        accounts.check_policy(given["new_password"], g.user.username)
        accounts.check_password(
            g.session, g.user.username, given["old_password"], request.remote_addr or "", at=g.arrived_at
        )
    except ServiceError as error:
        return make_response(_password_page(text_of(error)), error.status)
    accounts.set_password(g.session, g.user.username, given["new_password"])
    administration.record(g.session, g.user, "PASSWORD_CHANGED", f"account:{g.user.username}", now=g.now)
    return sign_in.begin(g.user, url_for(".show", done="password"))


@blueprint.post("/profile/tokens")
def make_token() -> Response | BaseResponse:
    """A token for programs; this page alone shows it."""
    title, days = request.form.get("title", "").strip(), request.form.get("days", "")
    try:
        if not title or len(title) > 100 or not title.isprintable():
            raise BadArgument("Say what the token is for, in at most 100 characters.")
        if days not in map(str, TOKEN_DAYS):
            raise BadArgument("Choose how long the token shall serve.")
    except ServiceError as error:
        return make_response(_page(error=text_of(error), section="tokens", title=title), error.status)
    _, token = accounts.create_token(
        g.session, g.user, title, now=g.now, expires_at=g.arrived_at + timedelta(days=int(days))
    )
    administration.record(
        g.session, g.user, "TOKEN_CREATED", f"account:{g.user.username}", now=g.now, token=title, days=days
    )  # fmt: skip
    return make_response(_page(token=token))


@blueprint.post("/profile/tokens/<key:key>/end")
def end_token(key: int) -> BaseResponse:
    """End a token of one's own, at once."""
    sessions.revoke(g.session, key, g.user.username, now=g.now)
    return redirect(url_for(".show", done="tokens", _anchor="tokens"))


@blueprint.post("/profile/sessions/<name>/end")
def end_session(name: str) -> BaseResponse:
    """End one session of one's own, as of a computer that one has left."""
    sessions.end(g.session, g.user.username, name)
    return redirect(url_for(".show", done="sessions", _anchor="sessions"))


@blueprint.get("/invitation/<token>")
@open_to_all
def invitation(token: str) -> str:
    """The person sets the first password."""
    account = enrolment.invited(g.session, token, now=g.now)
    return render_template("invitation.html", account=account, error=None, least=accounts.LEAST_PASSWORD)


@blueprint.post("/invitation/<token>")
@open_to_all
def accept(token: str) -> Response | BaseResponse:
    """The password is set, and the first session begins."""
    account = enrolment.invited(g.session, token, now=g.now)
    try:
        if request.form.get("new_password", "") != request.form.get("again_password", ""):
            raise BadArgument("The new password and its repetition differ.")
        enrolment.accept(g.session, token, request.form.get("new_password", ""), now=g.now)
    except ServiceError as error:
        page = render_template(
            "invitation.html", account=account, error=text_of(error), least=accounts.LEAST_PASSWORD
        )  # fmt: skip
        return make_response(page, error.status)
    user = access.load_user(g.session, account.username)
    assert user is not None  # noqa: S101 - just set
    return sign_in.begin(user, url_for(".show"))


def _page(
    *, done: str = "", error: str | None = None, section: str = "", token: str | None = None,
    name: str | None = None, email: str | None = None, title: str = "",
) -> str:  # fmt: skip
    account = g.session.get_one(Account, g.user.username)
    config = keys.config()
    absences = substitutes.known_to(g.session, g.user, own=True)
    named = [name for each in absences for name in (each.username, each.substitute)]
    return render_template(
        "profile.html",
        account=account,
        name=account.name if name is None else name,
        email=(account.email or "") if email is None else email,
        title=title,
        mail_is_fixed=_mail_is_fixed(),
        groups=people.group_titles(g.session, g.user.groups),
        chosen="en" if account.language.startswith("en") else "zh",
        absences=absences,
        names=people.account_names(g.session, named),
        today=g.now.astimezone(ZONE).date(),
        sessions=sessions.of(g.session, account.username, at=g.arrived_at, idle=config.session_idle),
        this=_this_session(),
        tokens=sessions.tokens(g.session, account.username, at=g.arrived_at),
        token_days=TOKEN_DAYS,
        notification_settings=notifications.settings(g.session, account.username),
        token=token,
        done=done,
        error=error,
        section=section,
        language=language(),
    )


def _password_page(error: str | None = None) -> str:
    account = g.session.get_one(Account, g.user.username)
    return render_template("password.html", account=account, error=error, least=accounts.LEAST_PASSWORD)


def _mail_is_fixed() -> bool:
    """Where the directory finds accounts by their mail address, nobody changes their own."""
    openid = keys.config().openid
    return openid is not None and openid.claim == "email"


def _this_session() -> str:
    token = request.cookies.get(COOKIE)
    return accounts.hash_text(token) if token else ""
