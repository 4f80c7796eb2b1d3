"""Signals: one follow-up job for each subscriber, written in the commit of the step that throws.

So a child's last signal is ahead of the news of its end, and who is meant is who waits at that moment.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service import db, values
from service.engine import types
from service.models import Job, ProcessInstance, Subscription
from service.operations import waits


def broadcast(session: Session, name: str, variables: Mapping[str, Any], *, now: datetime) -> int:
    """Broadcast a signal to everybody who is subscribed at this moment. Returns its key."""
    key = db.new_key(session)
    _tell(session, _waiting(session, name), values.variables(variables), now, None)
    return key


def announce(session: Session, instance: ProcessInstance, step: types.Step, now: datetime) -> None:
    """Broadcast what a step threw. In the instance itself the engine has seen to those who waited already."""
    for signal in step.signals:
        listening = [s for s in _waiting(session, signal.name) if _is_for(s, instance.key, signal)]
        _tell(session, listening, signal.variables, now, instance.root_key)


def _waiting(session: Session, name: str) -> list[Subscription]:
    """Open subscriptions, those of running instances before start events, oldest first."""
    found = session.scalars(
        select(Subscription)
        .where(Subscription.kind == "signal", Subscription.name == name, Subscription.ended_at.is_(None))
        .order_by(Subscription.definition_key.is_not(None), Subscription.key)
    )
    return list(found)


def _is_for(subscription: Subscription, thrower: int, signal: types.SignalThrown) -> bool:
    if subscription.instance_key != thrower:
        return True
    owner = (subscription.element_instance_key or 0) - thrower
    return signal.is_still_for(subscription.wait or 0, owner)


def _tell(
    session: Session, listening: list[Subscription], given: values.Variables, now: datetime, root_key: int | None
) -> None:
    rows = [
        waits.follow_up(
            session,
            "signal",
            now,
            instance_key=s.instance_key,
            root_key=root_key,
            wait=s.wait,
            data={"subscription": str(s.key), "variables": given},
            element_id=s.element_id,
        )
        for s in listening
    ]
    if rows:
        session.execute(insert(Job), rows)
        session.info["follow_ups"] = True
