"""`/v2/audit-logs`"""

from typing import Any

from flask import Blueprint, Response, g
from sqlalchemy import ColumnElement, and_, true

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
    return audit_page(true())


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One entry."""
    event = g.session.get(Event, key)
    instance = g.session.get(ProcessInstance, event.instance_key) if event else None
    if event is None or instance is None or not (g.user.reads_all or event.actor == g.user.username):
        raise NotFound()
    return plain(_written(event, instance))


def audit_page(scope: ColumnElement[bool]) -> Response:
    """A page of the entries within `scope` that the user may see: who acted is for auditors, one's own acts for all."""
    seen = true() if g.user.reads_all else Event.actor == g.user.username
    found = search.search(g.session, nouns.AUDIT_LOGS, search_body(), and_(scope, seen))
    return listed([_written(*row) for row in found.items], found)


def _written(event: Event, instance: ProcessInstance) -> dict[str, Any]:
    written = audit.entry(event, instance)
    return written | {"timestamp": instant(written["timestamp"])}
