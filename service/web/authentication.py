"""Who asks: a cookie of the pages, basic authentication, or a bearer token.

The cookie counts only together with the CSRF token where something is changed, and only for the pages and our
own scripts; programs use tokens.
"""

import hmac

from flask import g, request
from sqlalchemy.orm import Session

from service import keys
from service.access import User
from service.errors import Forbidden, Unauthenticated
from service.operations import accounts

COOKIE = "pingshen"
#: What one can do with a password that somebody else has given.
_WHILE_CHANGING = frozenset(
    {"pages_profile.password", "pages_profile.change_password", "sign_in.sign_out", "languages.choose"}
)


class WrongOrigin(Forbidden):
    """The request did not come from one of our own pages."""

    code = "CSRF"
    message = "This page is out of date. Please load it again and repeat what you did."


def identify(session: Session, *, optional: bool) -> None:
    """Set `g.user` (and `g.sign_in` for a page's session).

    Raises `Unauthenticated` unless `optional`, and `WrongOrigin` for a changing request by cookie without its token.
    """
    g.user = g.sign_in = None
    header = request.authorization
    if header is not None and header.type == "basic":
        g.user = accounts.basic_user(
            session, header.username or "", header.password or "", request.remote_addr or "", at=g.arrived_at
        )
    elif header is not None and header.type == "bearer":
        g.user = accounts.token_user(session, header.token or "", at=g.arrived_at)
    elif token := request.cookies.get(COOKIE):
        _by_cookie(session, token)
    if g.user is None and not optional:
        raise Unauthenticated()


def user() -> User:
    """The signed-in user of this request. Raises `Unauthenticated`."""
    found: User | None = g.user
    if found is None:
        raise Unauthenticated()
    return found


def _by_cookie(session: Session, token: str) -> None:
    found = accounts.session_user(session, token, at=g.arrived_at, idle=keys.config().session_idle)
    if found is None:
        return
    g.user, g.sign_in, must_change = found
    g.seen_at = g.sign_in.seen_at
    session.expunge(g.sign_in)  # pages about a refusal still need its token when the session is closed
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        sent = request.headers.get("X-CSRF-Token") or request.form.get("_csrf_token") or ""
        if not hmac.compare_digest(sent, g.sign_in.csrf) or not same_origin():
            raise WrongOrigin()
    if must_change and request.endpoint not in _WHILE_CHANGING:
        raise accounts.ChangeFirst()


def same_origin() -> bool:
    """Whether the request comes from a page of ours, as far as the browser says."""
    origin = request.headers.get("Origin")
    return origin is None or origin == "null" or origin.split("://")[-1] == request.host
