"""`/v2/incidents`"""

from flask import Blueprint, Response, g
from sqlalchemy import select

from service import access
from service.api.bodies import NOTHING, answer, body, page, search_body
from service.errors import NotFound
from service.models import Incident
from service.operations import incidents, instances, nouns, search
from service.schemas import present, requests, results
from service.web.dispatch import reads

blueprint = Blueprint("incidents", __name__, url_prefix="/v2/incidents")
_RESULT = results.IncidentResult()


@blueprint.post("/search")
@reads
def find() -> Response:
    """Search incidents."""
    found = search.search(g.session, nouns.INCIDENTS, search_body(), access.inner_scope(g.user, Incident.instance_key))
    return page(found, _RESULT, lambda row: present.incident(g.session, *row))


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One incident."""
    scope = access.inner_scope(g.user, Incident.instance_key)
    incident = g.session.scalars(select(Incident).where(Incident.key == key, scope)).one_or_none()
    if incident is None:
        raise NotFound()
    instance = instances.visible_instance(g.session, incident.instance_key, g.user)
    return answer(_RESULT, present.incident(g.session, incident, instance))


@blueprint.post("/<key:key>/resolution")
def resolve(key: int) -> tuple[str, int]:
    """Mark as mended, and let it go on."""
    body(requests.ReferenceSchema())
    incidents.resolve(g.session, key, g.user, now=g.now)
    return NOTHING
