"""`/api/v1/process-instances/K/history`: the chained events, their verification, their re-execution."""

from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from service.api.bodies import body, plain
from service.errors import BadArgument, Forbidden
from service.models import Event, ProcessInstance
from service.operations import histories, instances
from service.schemas.requests import ReferenceSchema
from service.web.dispatch import reads

blueprint = Blueprint("histories", __name__, url_prefix="/api/v1/process-instances")


@blueprint.get("/<key:key>/history")
def show(key: int) -> Response:
    """The events in order, with their hashes; `after` and `limit` page on."""
    instance = _instance(key)
    limit, after = _number("limit", 100), _number("after", 0)
    events = histories.events_of(g.session, instance.key, after=after, limit=min(max(limit, 1), 1000))
    return plain({"items": [_written(event) for event in events], "total": instance.events, "headHash": instance.head})


@blueprint.post("/<key:key>/verification")
@reads
def verify(key: int) -> Response:
    """Check the chain."""
    body(ReferenceSchema())
    report = histories.verify(g.session, _instance(key))
    return plain(
        {"valid": report.valid, "events": report.events, "headHash": report.head, "firstMismatch": report.first_bad}
    )


@blueprint.post("/<key:key>/replay")
@reads
def replay(key: int) -> Response:
    """Run the recorded acts again and compare every state."""
    body(ReferenceSchema())
    again = histories.replay(g.session, _instance(key))
    return plain(
        {"same": again.same, "steps": again.steps, "firstDifference": again.first_difference, "build": again.build}
    )


@blueprint.get("/<key:key>/export")
def export(key: int) -> Response:
    """The whole history as one JSON file."""
    response = plain(histories.export(g.session, _instance(key)))
    response.headers["Content-Disposition"] = f'attachment; filename="history-{key}.json"'
    return response


def _instance(key: int) -> ProcessInstance:
    """Histories are for auditors and operators: they show who did what."""
    instance = instances.visible_instance(g.session, key, g.user)
    if not g.user.reads_all:
        raise Forbidden()
    return instance


def _written(event: Event) -> dict[str, Any]:
    return {
        "eventKey": str(event.key),
        "seq": event.seq,
        "kind": event.kind,
        "actor": event.actor,
        "previousHash": event.previous,
        "hash": event.hash,
        "body": orjson.loads(event.body),
    }


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadArgument("%(name)s must be a whole number.", name=name)
    return int(text)
