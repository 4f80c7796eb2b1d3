"""`/v2/clock`: pin the time, in development mode and by administrators only."""

from datetime import UTC, datetime

from flask import Blueprint, g

from service import access, keys
from service.api.bodies import NOTHING, body
from service.errors import Forbidden
from service.operations import clocks
from service.schemas.requests import PinClockSchema

blueprint = Blueprint("clock", __name__, url_prefix="/v2/clock")


@blueprint.put("")
def pin() -> tuple[str, int]:
    """Let all of the service's time stand still at a moment."""
    _check()
    timestamp = body(PinClockSchema())["timestamp"]
    clocks.pin(g.session, datetime.fromtimestamp(timestamp / 1000, UTC))
    return NOTHING


@blueprint.post("/reset")
def reset() -> tuple[str, int]:
    """Let the time go on."""
    _check()
    clocks.pin(g.session, None)
    return NOTHING


def _check() -> None:
    if not keys.config().clock_pin_allowed or not g.user.is_one_of(access.ADMIN):
        raise Forbidden()
