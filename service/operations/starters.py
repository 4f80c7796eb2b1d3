"""Start events that wait by themselves: subscriptions and timers of the newest version of a process."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from service import db
from service.engine import types
from service.engine.feel import FeelError, Moment, host
from service.engine.timers import parse_cycle, parse_duration, parse_instant
from service.models import Job, Resource, Subscription
from service.operations import moments, waits


def replace_starters(session: Session, processes: Sequence[Resource], now: datetime) -> None:
    """Let the start events of these new versions wait, and those of the versions before wait no more."""
    ids = [process.resource_id for process in processes]
    if not ids:
        return
    session.execute(
        update(Subscription)
        .where(
            Subscription.process_id.in_(ids), Subscription.definition_key.is_not(None), Subscription.ended_at.is_(None)
        )
        .values(state="DELETED", ended_at=now)
    )
    for process in processes:
        mine = Job.kind == "start_timer", Job.type == process.resource_id
        session.execute(delete(Job).where(*mine))
        for event in process.facts.get("start_events", ()):
            if event["kind"] in ("message", "signal"):
                session.execute(insert(Subscription), [_subscription(session, process, event, now)])
            elif event["kind"] == "timer":
                session.execute(insert(Job), [_timer(session, process, event, now)])


def _subscription(session: Session, process: Resource, event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    moment = Moment(now, moments.calendar(session))
    name = event["name"]
    if name.startswith("="):
        name = str(host().evaluate(name, {}, moment))
    return {
        "key": db.new_key(session),
        "kind": event["kind"],
        "name": name,
        "correlation_key": "",
        "instance_key": None,
        "wait": None,
        "element_instance_key": None,
        "element_id": event["id"],
        "definition_key": process.key,
        "process_id": process.resource_id,
        "created_at": now,
        "ended_at": None,
        "state": "CREATED",
    }


def _timer(session: Session, process: Resource, event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    due_at = _next_due(event, Moment(now, moments.calendar(session)))
    row = waits.follow_up(
        session,
        "start_timer",
        now,
        instance_key=None,
        root_key=None,
        element_id=event["id"],
        data={"definition": str(process.key), "kind": event["timer_kind"], "expression": event["expression"]},
    )
    return row | {"due_at": due_at, "type": process.resource_id}


def _next_due(event: Mapping[str, Any], moment: Moment) -> datetime:
    """When a timer start event fires next. Raises `EngineError` if its text gives no time."""
    text = event["expression"]
    try:
        value = host().evaluate(text, {}, moment) if text.startswith("=") else text
        if not isinstance(value, str):
            raise ValueError(f"{text!r} gives no time")
        match event["timer_kind"]:
            case "timeCycle":
                return parse_cycle(value).first(moment.now)
            case "timeDuration":
                return parse_duration(value).after(moment.now)
            case _:
                return parse_instant(value)
    except (ValueError, FeelError) as error:
        raise types.EngineError("EXTRACT_VALUE_ERROR", event["id"], str(error), text) from error
