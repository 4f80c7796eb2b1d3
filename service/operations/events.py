"""Appending to an instance's history. The row of the instance knows the head, so it costs one statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service import db
from service.access import User
from service.history import chain
from service.models import Event, ProcessInstance
from service.operations.upserts import insert_rows


def append(session: Session, instance: ProcessInstance, event: Mapping[str, Any]) -> None:
    """Write the row that `chained` gave, and move the instance's head. The caller holds the instance's lock."""
    insert_rows(session.connection(), Event.__tablename__, [event])
    instance.events, instance.head = event["seq"], event["hash"]


def chained(
    session: Session,
    instance: ProcessInstance,
    kind: str,
    *,
    at: datetime,
    actor: User | None,
    body: Mapping[str, Any],
    element_id: str | None = None,
    element_instance: int | None = None,
) -> dict[str, Any]:
    """The row of the next event. Whoever inserts it moves `events` and `head` of the instance to its `seq` and `hash`.

    What the row says beside the body (kind, time, actor, element) is in the body too, so that the hash covers it.
    """
    seq, previous = instance.events + 1, instance.head or chain.GENESIS
    element_key = instance.key + element_instance if element_instance is not None else None
    text = chain.canonical(
        {
            **body,
            "actor": actor.username if actor else None,
            "at": at.isoformat(),
            "element": element_id,
            "elementInstance": str(element_key) if element_key is not None else None,
            "instance": str(instance.key),
            "kind": kind,
            "seq": seq,
        }
    )
    return {
        "key": db.new_key(session),
        "instance_key": instance.key,
        "seq": seq,
        "kind": kind,
        "at": at,
        "actor": actor.username if actor else None,
        "element_id": element_id,
        "element_instance_key": element_key,
        "body": text,
        "previous": previous,
        "hash": chain.link(previous, text),
    }
