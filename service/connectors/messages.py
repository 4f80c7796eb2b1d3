"""`message.publish`: a message to other instances, as a row of the outbox."""

from service import db
from service.connectors.call import ConnectorCall, ConnectorFault, instant
from service.models import Job
from service.values import Variables


def publish(call: ConnectorCall) -> Variables:
    """Publish a message when the act is committed.

    The follow-up job carries what a thrown message event carries, so both go the same way from there.
    """
    call.session.add(
        Job(
            key=db.new_key(call.session),
            kind="publish",
            root_key=call.root_key,
            element_id=call.wait.element_id,
            due_at=call.now,
            data={
                "name": call.text("name"),
                "correlationKey": call.optional_text("correlationKey") or "",
                "ttl": str(_time_to_live(call)),
                "variables": call.mapping("variables"),
            },
            retries=3,
            created_at=call.now,
        )
    )
    call.session.info["follow_ups"] = True
    return {}


def _time_to_live(call: ConnectorCall) -> int:
    """Milliseconds for which the message waits for a taker: `timeToLive`, an ISO 8601 duration, by default none."""
    duration = call.optional_text("timeToLive")
    if duration is None:
        return 0
    until = call.evaluate("now() + duration(length)", {"length": duration})
    if not isinstance(until, str):
        raise ConnectorFault(f"{duration!r} is no duration")
    return max(0, round((instant(until) - call.now).total_seconds() * 1000))
