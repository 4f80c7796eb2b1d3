"""To the directory of the house and back: the two addresses of a sign-in by OpenID Connect.

No transaction is open while the directory is asked.
"""

from flask import Blueprint, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import keys, openid
from service.operations import directory, moments
from service.pages import sign_in
from service.web.dispatch import write_apart

blueprint = Blueprint("pages_openid", __name__, url_prefix="/sign-in/openid")
_COOKIE = "pingshen_openid"


@blueprint.get("")
def depart() -> Response:
    """To the directory."""
    journey = openid.depart(sign_in.safe_target(request.args.get("next")))
    response = redirect(journey.address)
    response.set_cookie(
        _COOKIE, journey.sealed, httponly=True, samesite="Lax", secure=keys.config().production,
        max_age=openid.PATIENCE_S, path="/sign-in/openid",
    )  # fmt: skip
    return response


@blueprint.get("/back")
def back() -> Response:
    """Back from the directory: the session begins."""
    claims, target = openid.arrive(request.cookies.get(_COOKIE, ""), request.args)
    config = keys.config().openid
    assert config is not None  # noqa: S101 - or nobody had arrived

    def enter(session: Session) -> Response:
        g.session = session
        user = directory.user_of(session, config, claims, now=moments.now(session, g.arrived_at))
        return sign_in.begin(user, sign_in.safe_target(target))

    response = write_apart(enter)
    response.delete_cookie(_COOKIE, path="/sign-in/openid")
    return response


for _view in (depart, back):
    _view.no_session = True  # type: ignore[attr-defined]
