"""Choosing the language of the pages."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.errors import NotFound
from service.pages.sign_in import safe_target
from service.web.dispatch import open_to_all

blueprint = Blueprint("languages", __name__)
_A_YEAR_S = 365 * 24 * 3600


@blueprint.get("/language/<code>")
@open_to_all
def choose(code: str) -> Response:
    """Remember the language in a cookie and go back."""
    if code not in ("zh", "en"):
        raise NotFound()
    response = redirect(safe_target(request.args.get("next")))
    response.set_cookie("language", code, max_age=_A_YEAR_S, samesite="Lax")
    return response
