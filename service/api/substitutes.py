"""`/api/v1/substitutes`: who does whose tasks, from which day to which."""

from typing import Any

from flask import Blueprint, Response, g

from service.api.bodies import NOTHING, body, plain
from service.models import Substitution
from service.operations import substitutes
from service.schemas.base import instant
from service.schemas.requests import SubstituteSchema

blueprint = Blueprint("substitutes", __name__, url_prefix="/api/v1/substitutes")


@blueprint.get("")
def show() -> Response:
    """Those that one named or is named in; operators and auditors see all."""
    return plain({"items": [_written(each) for each in substitutes.known_to(g.session, g.user)]})


@blueprint.post("")
def create() -> Response:
    """Name a substitute for oneself; operators may do so for others."""
    given = body(SubstituteSchema())
    return plain(_written(substitutes.name(g.session, g.user, **given, now=g.now)), 201)


@blueprint.delete("/<key:key>")
def end(key: int) -> tuple[str, int]:
    """Take it back before its last day."""
    substitutes.end(g.session, key, g.user, now=g.now)
    return NOTHING


def _written(found: Substitution) -> dict[str, Any]:
    return {
        "substitutionKey": str(found.key),
        "username": found.username,
        "substitute": found.substitute,
        "firstDay": found.first_day.isoformat(),
        "lastDay": found.last_day.isoformat(),
        "createdBy": found.created_by,
        "endedAt": instant(found.ended_at) if found.ended_at else None,
    }
