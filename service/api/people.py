"""`/api/v1/users` and `/api/v1/sessions`: who there is, and signing in for scripts that want a cookie."""

from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import ColumnElement, true

from service import keys
from service.api.bodies import NOTHING, body, listed, plain, search_body
from service.errors import BadArgument, NotFound
from service.models import Account
from service.operations import accounts, nouns, people, search
from service.schemas.requests import SignInSchema
from service.web.authentication import COOKIE
from service.web.dispatch import commits_refusals, open_to_all, reads

blueprint = Blueprint("people", __name__, url_prefix="/api/v1")


@blueprint.post("/users/search")
@reads
def find() -> Response:
    """Search accounts: operators and auditors all, others their own."""
    found = search.search(g.session, nouns.USERS, search_body(), _scope())
    groups = people.groups_of(g.session, [account.username for account in found.items])
    return listed([_written(account, groups[account.username]) for account in found.items], found)


@blueprint.get("/users/<username>")
def show(username: str) -> Response:
    """One account with its groups."""
    account = g.session.get(Account, username) if username.isprintable() else None
    if account is None or not (g.user.reads_all or account.username == g.user.username):
        raise NotFound()
    return plain(_written(account, people.groups_of(g.session, [username])[username]))


@blueprint.post("/sessions")
@open_to_all
@commits_refusals
def sign_in() -> Response:
    """Begin a session: the cookie is set, and every changing request sends the CSRF token as `X-CSRF-Token`."""
    given = body(SignInSchema())
    user = accounts.check_password(
        g.session, given["username"], given["password"], request.remote_addr or "", at=g.arrived_at
    )
    lifetime = keys.config().session_lifetime
    token, csrf = accounts.sign_in(g.session, user, at=g.arrived_at, lifetime=lifetime)
    response = plain({"username": user.username, "csrfToken": csrf}, 201)
    secure = keys.config().production
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="Lax", secure=secure, max_age=int(lifetime.total_seconds())
    )
    return response


@blueprint.delete("/sessions/current")
def sign_out() -> Response:
    """End the session of the cookie that was sent."""
    token = request.cookies.get(COOKIE)
    if token is None or g.sign_in is None:
        raise BadArgument("You are signed in without a session; there is none to end.")
    accounts.sign_out(g.session, g.user.username, token)
    response = Response(status=NOTHING[1])
    response.delete_cookie(COOKIE)
    return response


def _scope() -> ColumnElement[bool]:
    return true() if g.user.reads_all else Account.username == g.user.username


def _written(account: Account, groups: list[str]) -> dict[str, Any]:
    return {
        "username": account.username,
        "name": account.name,
        "email": account.email,
        "active": account.active,
        "groups": groups,
    }
