"""`/api/v1/look-ups`: what stands behind a code, for everybody who has it."""

from flask import Blueprint, Response, g, request

from service.api.bodies import plain
from service.errors import NotFound
from service.operations import lookups
from service.web.dispatch import open_to_all

blueprint = Blueprint("lookups", __name__, url_prefix="/api/v1/look-ups")


@blueprint.get("/<view_id>/<code>")
@open_to_all
def show(view_id: str, code: str) -> Response:
    """Titles and values as the view shows them at this moment."""
    view = lookups.view_of(g.session, view_id)
    found = lookups.look_up(g.session, view, code, request.remote_addr or "", now=g.now, at=g.arrived_at)
    if found is None:
        g.missed = True
        raise NotFound()
    return plain({"viewId": view.id, "title": view.title, "values": [{"title": t, "value": v} for t, v in found]})
