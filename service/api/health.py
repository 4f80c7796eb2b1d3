"""What watches the service asks: is it alive, is it ready, what does it count."""

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from service import db, keys
from service.api.bodies import plain
from service.engine.feel import host
from service.models import Platform
from service.web import metrics

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> Response:
    """The process answers."""
    return plain({"status": "live"})


@blueprint.get("/health/ready")
def ready() -> Response:
    """The process can serve: database migrated and reachable, expression host loaded."""
    try:
        with db.database(keys.config().database_url).reading() as session:
            found = session.scalar(select(Platform.id))
    except SQLAlchemyError:
        found = None
    if found is None:
        return plain({"status": "not ready", "reason": "database"}, 503)
    host().names("1")
    return plain({"status": "ready"})


@blueprint.get("/metrics")
def counters() -> Response:
    """Counters and timings for Prometheus."""
    return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)


for _view in (live, ready, counters):
    _view.no_session = True  # type: ignore[attr-defined]
