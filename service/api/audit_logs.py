"""`/v2/audit-logs`"""

from typing import Any

from flask import Blueprint, Response, g
from sqlalchemy import ColumnElement, and_, select, true

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
    return audit_page(true())


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One entry."""
    event = g.session.scalars(select(Event).where(Event.key == key, _scope())).one_or_none()
    if event is None:
        raise NotFound()
    return plain(_written(event, g.session.get_one(ProcessInstance, event.instance_key)))


def audit_page(scope: ColumnElement[bool]) -> Response:
    """A page of the entries within `scope` that the user may see: who acted is for auditors, one's own acts for all."""
    found = search.search(g.session, nouns.AUDIT_LOGS, search_body(), and_(scope, _scope()))
    return listed([_written(*row) for row in found.items], found)


def _scope() -> ColumnElement[bool]:
    seen = true() if g.user.reads_all else Event.actor == g.user.username
    return and_(seen, access.unrecused(g.user, Event.instance_key))


def _written(event: Event, instance: ProcessInstance) -> dict[str, Any]:
    written = audit.entry(event, instance)
    return written | {"timestamp": instant(written["timestamp"])}
