"""Public look-ups: a page where a code is entered, and what stands behind it."""

from flask import Blueprint, Response, g, make_response, render_template, request

from service.errors import ServiceError
from service.operations import lookups
from service.web.dispatch import open_to_all
from service.web.problems import text_of

blueprint = Blueprint("pages_lookups", __name__, url_prefix="/look-up")


@blueprint.get("/<view_id>")
@open_to_all
def form(view_id: str) -> Response:
    """The form, or with `code` its answer."""
    return _page(view_id, request.args.get("code", "").strip())


@blueprint.get("/<view_id>/<code>")
@open_to_all
def show(view_id: str, code: str) -> Response:
    """What is behind a code: the address that a QR code holds."""
    return _page(view_id, code)


def _page(view_id: str, code: str) -> Response:
    view = lookups.view_of(g.session, view_id)
    found, said, status = None, None, 200
    if code:
        try:
            found = lookups.look_up(g.session, view, code, request.remote_addr or "", now=g.now, at=g.arrived_at)
        except ServiceError as error:
            said, status = text_of(error), error.status
        else:
            if found is None:
                g.missed, said, status = True, view.not_found, 404
    page = render_template("lookup.html", view=view, code=code, found=found, said=said, now=g.now)
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
