"""`/v2/audit-logs`"""

from typing import Any

from flask import Blueprint, Response, g
from sqlalchemy import ColumnElement, and_

from service import access
from service.api.bodies import listed, plain, search_body
from service.errors import NotFound
from service.models import Event, ProcessInstance
from service.operations import audit, nouns, search
from service.schemas.base import instant
from service.web.dispatch import reads

blueprint = Blueprint("audit_logs", __name__, url_prefix="/v2/audit-logs")


@blueprint.post("/search")
@reads
def find() -> Response:
    """Search the audit log."""
    return audit_page(access.instance_scope(g.user))


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One entry."""
    event = g.session.get(Event, key)
    instance = g.session.get(ProcessInstance, event.instance_key) if event else None
    if event is None or instance is None or not access.reads_instance(g.session, g.user, instance):
        raise NotFound()
    return plain(_written(event, instance))


def audit_page(scope: ColumnElement[bool]) -> Response:
    """A page of the entries within `scope` that the user may see."""
    mine = and_(scope, access.instance_scope(g.user))
    found = search.search(g.session, nouns.AUDIT_LOGS, search_body(), mine)
    return listed([_written(*row) for row in found.items], found)


def _written(event: Event, instance: ProcessInstance) -> dict[str, Any]:
    written = audit.entry(event, instance)
    return written | {"timestamp": instant(written["timestamp"])}
