"""Accounts: who there is, what they may, and everything an administrator does to one, each act with its reason."""

from collections.abc import Callable

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service import keys, notifications
from service.models import Account
from service.operations import administration, enrolment, memberships, people, sessions
from service.pages.admin.common import PAGE_SIZE, attempt, optional_day, text

blueprint = Blueprint("pages_users", __name__, url_prefix="/admin/users")
_STATES = {"": True, "ended": False, "all": None}


@blueprint.get("")
def index() -> str:
    """Accounts by user name, fifty at a time."""
    administration.check_reads(g.user)
    asked = {name: request.args.get(name, "").strip() for name in ("text", "group", "state")}
    found = people.find(
        g.session,
        text=asked["text"],
        group=asked["group"],
        active=_STATES.get(asked["state"], True),
        after=request.args.get("after", ""),
        limit=PAGE_SIZE,
    )
    groups = people.groups_of(g.session, [account.username for account in found])
    titles = people.group_titles(g.session, {name for names in groups.values() for name in names})
    return render_template(
        "admin/users.html",
        found=found,
        groups=groups,
        titles=titles,
        all_groups=people.groups(g.session),
        asked=asked,
        full=len(found) == PAGE_SIZE,
        paged="after" in request.args,
    )


@blueprint.get("/new")
def new() -> str:
    """The form for a new account."""
    return _new()


@blueprint.post("")
def create() -> Response:
    """Make it; the page that answers shows the one-time password or the link, once."""

    def act() -> Response:
        if text("way") == "mail":
            enrolment.check_mailable(text("email"))
        account, secret = enrolment.create(
            g.session, g.user, text("username"), text("name"), text("email"), request.form.getlist("groups"),
            reason=text("reason"), with_link=text("way") != "password", person=text("person"), now=g.now,
        )  # fmt: skip
        return _handed_over(account.username, secret)

    return attempt(act, _new)


@blueprint.get("/<username>")
def show(username: str) -> str:
    """One account with all that hangs on it."""
    return _page(username)


@blueprint.post("/<username>/details")
def describe(username: str) -> Response:
    """Correct name and mail address."""
    return _done(
        username,
        lambda: enrolment.describe(
            g.session, g.user, username, text("name"), text("email"), reason=text("reason"), now=g.now
        ),
    )


@blueprint.post("/<username>/password")
def renew(username: str) -> Response:
    """A one-time password or a new link, shown once."""

    def act() -> Response:
        if text("way") == "mail":
            enrolment.check_mailable(enrolment.account_of(g.session, username).email)
        with_link = text("way") != "password"
        secret = enrolment.renew(g.session, g.user, username, reason=text("reason"), with_link=with_link, now=g.now)
        return _handed_over(username, secret)

    return attempt(act, lambda error: _page(username, error))


@blueprint.post("/<username>/end")
def end(username: str) -> Response:
    """Nobody signs in with it any more."""
    return _done(username, lambda: enrolment.end(g.session, g.user, username, reason=text("reason"), now=g.now))


@blueprint.post("/<username>/restore")
def restore(username: str) -> Response:
    """It serves again."""
    return _done(username, lambda: enrolment.restore(g.session, g.user, username, reason=text("reason"), now=g.now))


@blueprint.post("/<username>/sessions")
def end_sessions(username: str) -> Response:
    """Sign it out everywhere."""
    return _done(
        username, lambda: sessions.end_all_of_another(g.session, g.user, username, reason=text("reason"), now=g.now)
    )


@blueprint.post("/<username>/person")
def same_person(username: str) -> Response:
    """Say whose account it is."""
    return _done(
        username,
        lambda: enrolment.same_person(
            g.session, g.user, username, text("person"), reason=text("reason"), now=g.now
        ),
    )  # fmt: skip


@blueprint.post("/<username>/groups")
def put_in(username: str) -> Response:
    """Into a group, at once or from a day to a day."""
    return _done(
        username,
        lambda: memberships.put_in(
            g.session, g.user, username, text("group"), reason=text("reason"), now=g.now,
            first_day=optional_day("first_day"), last_day=optional_day("last_day"),
        ),
    )  # fmt: skip


@blueprint.post("/<username>/groups/out")
def take_out(username: str) -> Response:
    """Out of a group, at once."""
    return _done(
        username,
        lambda: memberships.take_out(g.session, g.user, username, text("group"), reason=text("reason"), now=g.now),
    )


def _done(username: str, act: Callable[[], None]) -> Response:
    def whole() -> Response:
        act()
        return redirect(url_for(".show", username=username, done=1))

    return attempt(whole, lambda error: _page(username, error))


def _new(error: str | None = None) -> str:
    administration.check(g.user)
    groups = [group for group, _ in people.groups(g.session)]
    typed = request.form if request.method == "POST" else {}
    chosen = request.form.getlist("groups") if request.method == "POST" else []
    return render_template(
        "admin/user_new.html",
        groups=groups,
        typed=typed,
        chosen=chosen,
        error=error,
        mails=keys.config().mail is not None,
    )


def _page(username: str, error: str | None = None) -> str:
    administration.check_reads(g.user)
    account = enrolment.account_of(g.session, username)
    mine = people.groups_of(g.session, [username])[username]
    terms = memberships.planned(g.session, username)
    return render_template(
        "admin/user.html",
        account=account,
        groups=people.group_titles(g.session, {*mine, *(term.group_name for term in terms)}),
        mine=mine,
        terms=terms,
        all_groups=[group for group, _ in people.groups(g.session) if group.name not in mine],
        others=people.same_person(g.session, account),
        sessions=sessions.of(g.session, username, at=g.arrived_at, idle=keys.config().session_idle),
        tokens=sessions.tokens(g.session, username, at=g.arrived_at),
        acts=administration.acts(g.session, subject=username, limit=20),
        mails=keys.config().mail is not None and bool(account.email),
        own=account.identity == g.user.identity,
        error=error,
        typed=request.form if error else {},
        done=bool(request.args.get("done")),
    )


def _handed_over(username: str, secret: str) -> Response:
    """The secret, shown this once; of an invitation by mail nothing is shown: it has a secret of its own."""
    account, way = g.session.get_one(Account, username), text("way")
    if way == "mail":
        notifications.invite(g.session, account, now=g.now)
    link = "" if way == "password" else f"{keys.config().base_url}{url_for('pages_profile.invitation', token=secret)}"
    page = render_template("admin/user_secret.html", account=account, way=way, secret=secret, link=link)
    return make_response(page)
