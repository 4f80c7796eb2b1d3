"""Somebody without an account in front of a public form: a cookie by chance, and the token that goes with it."""

import hmac
import secrets
from hashlib import sha256

from flask import Response, g, request

from service import keys
from service.access import User
from service.errors import ServiceError
from service.operations.public_starts import anonymous
from service.web.authentication import WrongOrigin

COOKIE = "pingshen_visitor"
_KEPT_S = 24 * 3600
#: All files of a public form together.
MOST_BYTES = 20 * 1024**2


class TooLarge(ServiceError):
    """The files are more than is taken without an account."""

    status, code, title = 413, "TOO_LARGE", "INVALID_ARGUMENT"
    message = "What you send is too large: without an account at most %(most)s MB, all files together."


def arrive() -> User:
    """The visitor of this request, new or known; the page gets their token. End with `keep`."""
    g.visitor = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
    if g.user is None:
        g.csrf = _token(g.visitor)
    return anonymous(f"public:{sha256(g.visitor.encode()).hexdigest()[:16]}")


def sender() -> User:
    """The visitor who sends a form. Raises `TooLarge`, or `WrongOrigin` if it is not from a page that we gave them."""
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge(most=MOST_BYTES // 1024**2)
    # Who is signed in has shown the token of the session already (web.authentication).
    right = _token(request.cookies.get(COOKIE, ""))
    sent = request.form.get("_csrf_token", "")
    if COOKIE not in request.cookies or (g.user is None and not hmac.compare_digest(sent, right)):
        raise WrongOrigin()
    return arrive()


def keep(page: Response) -> Response:
    """The page with the visitor's cookie."""
    page.set_cookie(
        COOKIE,
        g.visitor,
        httponly=True,
        samesite="Lax",
        secure=keys.config().production,
        max_age=_KEPT_S,
        path="/public",
    )
    return page


def _token(visitor: str) -> str:
    return hmac.new(keys.key("visitor"), visitor.encode(), sha256).hexdigest()
