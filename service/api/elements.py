"""`/v2/element-instances`"""

from typing import Any

from flask import Blueprint, Response, g
from sqlalchemy import select

from service import access
from service.api.bodies import NOTHING, answer, body, page, search_body
from service.errors import NotFound
from service.models import ElementInstance, Incident, ProcessInstance
from service.operations import instances, nouns, search
from service.schemas import present, requests, results
from service.web.dispatch import reads

blueprint = Blueprint("elements", __name__, url_prefix="/v2/element-instances")
_RESULT = results.ElementInstanceResult()


@blueprint.post("/search")
@reads
def find() -> Response:
    """Search element instances."""
    found = search.search(g.session, nouns.ELEMENT_INSTANCES, search_body(), access.instance_scope(g.user))
    incidents = _incidents({element.instance_key for element, _ in found.items})
    return page(found, _RESULT, lambda row: _presented(row[0], row[1], incidents))


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One element instance."""
    element = g.session.get(ElementInstance, key)
    if element is None:
        raise NotFound()
    instance = instances.visible_instance(g.session, element.instance_key, g.user)
    return answer(_RESULT, _presented(element, instance, _incidents({instance.key})))


@blueprint.put("/<key:key>/variables")
def set_variables(key: int) -> tuple[str, int]:
    """Write variables into the scope of an element instance or a process instance."""
    given = body(requests.SetVariablesSchema())
    instances.set_variables(g.session, key, given["variables"], g.user, now=g.now, local=given["local"])
    return NOTHING


def _presented(
    element: ElementInstance, instance: ProcessInstance, incidents: dict[tuple[int, str], int]
) -> dict[str, Any]:
    active = incidents.get((instance.key, element.element_id)) if element.state == "ACTIVE" else None
    return present.element_instance(g.session, element, instance, active)


def _incidents(instance_keys: set[int]) -> dict[tuple[int, str], int]:
    """Open incidents of these instances by where they stand."""
    rows = g.session.execute(
        select(Incident.instance_key, Incident.element_id, Incident.key).where(
            Incident.instance_key.in_(instance_keys), Incident.resolved_at.is_(None)
        )
    )
    return {(row.instance_key, row.element_id): row.key for row in rows}
