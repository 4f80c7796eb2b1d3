"""The time. The only place that asks the machine for it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

#: Times without a zone in diagrams and forms, and all times shown, are in this zone.
ZONE = ZoneInfo("Asia/Shanghai")


def machine_now() -> datetime:
    """The machine's clock, UTC. For leases and sessions; acts use the `now` that their request arrived at."""
    return datetime.now(UTC)
