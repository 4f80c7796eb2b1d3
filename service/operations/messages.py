"""Messages and signals: published, kept for a while, delivered exactly once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from service import db, values
from service.access import User
from service.engine import types
from service.errors import AlreadyExists, NotFound
from service.models import Job, Message, ProcessInstance, Subscription
from service.operations import acting, instances, waits
from service.releases import Deployed, library, resource

#: A message may be kept for at most ten years; longer is a mistake in the unit.
MAX_TTL_MS = 10 * 366 * 86_400_000


def publish(
    session: Session,
    name: str,
    correlation_key: str,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    ttl_ms: int = 0,
    message_id: str | None = None,
    root_key: int | None = None,
) -> int:
    """Publish a message and return its key; whoever waits gets it by a follow-up job, each process once.

    With time to live, later subscribers get it too. `root_key` is the tree whose act published it, so that the
    delivery is drained with that act. Raises `AlreadyExists` while a message with this id may still be taken.
    """
    db.hold(session, waits.meeting_point(name, correlation_key))
    if message_id:
        double = session.scalar(
            select(Message.key).where(
                Message.name == name,
                Message.correlation_key == correlation_key,
                Message.message_id == message_id,
                Message.expires_at > now,
            )
        )
        if double is not None:
            raise AlreadyExists(what=f"message {message_id}")
    key = db.new_key(session)
    session.execute(
        insert(Message),
        [
            {
                "key": key,
                "name": name,
                "correlation_key": correlation_key,
                "message_id": message_id,
                "expires_at": waits.expiry(now, min(ttl_ms, MAX_TTL_MS)),
                "variables": values.variables(variables),
                "taken_by": [],
                "published_at": now,
            }
        ],
    )
    _deliveries(session, key, _waiting(session, name, correlation_key), now, root_key)
    return key


def announce(session: Session, message_key: int, *, now: datetime, root_key: int | None) -> None:
    """Offer a message that is stored already to those who wait for it at this moment."""
    message = session.get(Message, message_key)
    if message is not None:
        waiting = _waiting(session, message.name, message.correlation_key)
        _deliveries(session, message_key, waiting, now, root_key)


def correlate(
    session: Session, name: str, correlation_key: str, variables: Mapping[str, Any], user: User, *, now: datetime
) -> tuple[int, ProcessInstance]:
    """Give a message to exactly one waiting instance, or start one, within this transaction.

    Returns the message's key and the instance. Raises `NotFound` if nobody waits.
    """
    key = db.new_key(session)
    for subscription in _waiting(session, name, correlation_key):
        instance = take(session, subscription.key, values.variables(variables), user, now=now)
        if instance is not None:
            return key, instance
    raise NotFound()


def take(
    session: Session,
    subscription_key: int,
    variables: values.Variables,
    user: User | None,
    *,
    now: datetime,
    kind: str = "MESSAGE_CORRELATED",
) -> ProcessInstance | None:
    """Hand a message or signal to a subscription, under its instance's lock; None if it is no longer open."""
    subscription = session.get(Subscription, subscription_key, populate_existing=True)
    if subscription is None or subscription.ended_at is not None:
        return None
    if subscription.instance_key is None:
        definition = resource(session, subscription.definition_key or 0)
        if definition is None:
            return None
        inherited = _inherited(session, definition, subscription.element_id, variables)
        process, release_key = inherited or (definition, None)
        return instances.start_instance(
            session,
            process,
            variables,
            None,
            now=now,
            element_id=subscription.element_id,
            release_key=release_key,
            cause=user,
        )
    instance = acting.lock_instance(session, subscription.instance_key)
    session.refresh(subscription)
    if subscription.ended_at is not None or instance.status != "ACTIVE" or subscription.wait is None:
        return None
    act_type = types.Correlate if subscription.kind == "message" else types.Signal
    move = acting.resume(session, instance, actor=user, now=now)
    move.act(
        act_type(subscription.wait, variables),
        kind,
        element_id=subscription.element_id,
        extra={"name": subscription.name},
    )
    return instance


def deliver(
    session: Session, message_key: int, subscription_key: int, *, now: datetime, root_key: int | None = None
) -> ProcessInstance | None:
    """Deliver a kept message to a subscription, unless the process has taken it.

    If it is no longer open, the message is offered to the next of its process that waits.
    """
    subscription = session.get(Subscription, subscription_key, populate_existing=True)
    if subscription is None:
        return None
    if subscription.instance_key is not None:
        # Lock order: the instance before the message.
        acting.lock_instance(session, subscription.instance_key)
    message = session.scalars(
        select(Message).where(Message.key == message_key).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if message is None or subscription.process_id in message.taken_by:
        return None
    instance = take(session, subscription_key, message.variables, None, now=now)
    if instance is not None:
        taken = [*message.taken_by, subscription.process_id]
        session.execute(update(Message).where(Message.key == message_key).values(taken_by=taken))
    else:
        # Whoever waited longest got another message, or ended, in between; the next in the row gets this one.
        waiting = _waiting(session, message.name, message.correlation_key)
        others = [s for s in waiting if s.process_id == subscription.process_id and s.key != subscription_key]
        _deliveries(session, message_key, others, now, root_key)
    return instance


def _deliveries(
    session: Session, message_key: int, waiting: list[Subscription], now: datetime, root_key: int | None
) -> None:
    """One delivery per process: a message goes to one instance of each process that waits for it."""
    first_of: dict[str, Subscription] = {}
    for subscription in waiting:
        first_of.setdefault(subscription.process_id, subscription)
    rows = [
        waits.follow_up(
            session,
            "deliver",
            now,
            instance_key=s.instance_key,
            root_key=root_key,
            wait=s.wait,
            data={"message": str(message_key), "subscription": str(s.key)},
            element_id=s.element_id,
        )
        for s in first_of.values()
    ]
    if rows:
        session.execute(insert(Job), rows)
        session.info["follow_ups"] = True


def _waiting(session: Session, name: str, correlation_key: str) -> list[Subscription]:
    """Open subscriptions, those of running instances before start events, oldest first."""
    key_fits = or_(Subscription.correlation_key == correlation_key, Subscription.definition_key.is_not(None))
    found = session.scalars(
        select(Subscription)
        .where(Subscription.kind == "message", Subscription.name == name, key_fits, Subscription.ended_at.is_(None))
        .order_by(Subscription.definition_key.is_not(None), Subscription.key)
    )
    return list(found)


def _inherited(
    session: Session, definition: Deployed, element_id: str, variables: values.Variables
) -> tuple[Deployed, int] | None:
    """`releaseFrom`: the process as it stands in the release of a running instance, whose key a variable names.

    None where nothing is inherited, or that release does not know this start event.
    """
    name = next((event.get("properties", {}).get("releaseFrom") for event in _starts(definition, element_id)), None)
    key = variables.get(name) if name else None
    if not isinstance(key, str) or not key.isdecimal() or len(key) > 18:
        return None
    release_key = session.scalar(select(ProcessInstance.release_key).where(ProcessInstance.key == int(key)))
    found = library(session, release_key).get("process", definition.resource_id) if release_key else None
    return (found, release_key) if found and release_key and _starts(found, element_id) else None


def _starts(definition: Deployed, element_id: str) -> list[Mapping[str, Any]]:
    return [event for event in definition.facts.get("start_events", ()) if event.get("id") == element_id]
