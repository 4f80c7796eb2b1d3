"""An instance's history for people: its events in order, with what each changed on the diagram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import User
from service.history import chain
from service.models import Event, Incident, ProcessInstance
from service.operations import documents
from service.releases import Deployed, ReleaseLibrary, library


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `changes` are (element instance, element id, state), `flows` the sequence flows it took.

    `decisions` are the decisions taken, with name and the rules that fired.
    """

    seq: int
    kind: str
    at: datetime
    actor: str | None
    element: str
    changes: Sequence[tuple[int, str, str]]
    flows: Sequence[str]
    decisions: Sequence[tuple[str, Sequence[str]]]
    hash: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All events, and what the instance stands still at now."""

    entries: Sequence[Entry]
    stopped: Sequence[Incident]


def timeline(
    session: Session, instance: ProcessInstance, definition: Deployed, events: Sequence[Event], *, reader: User
) -> Timeline:
    """What the events of an instance tell; names are those of the release that ran. One statement.

    Who read a document is for auditors and for themselves. What happened before a migration stands at the elements
    that stand for those of then.
    """
    release = library(session, instance.release_key)
    names = {id: name for id, (name, _) in definition.facts["elements"].items()}
    entries: list[Entry] = []
    for event in events:
        if event.kind == documents.READ and not (reader.reads_all or event.actor == reader.username):
            continue
        body: Any = chain.read(event.body)
        if event.kind == "INSTANCE_MIGRATED":
            entries = [_carried(each, body["acts"][0]["mapping"]) for each in entries]
        entries.append(
            Entry(
                seq=event.seq,
                kind=event.kind,
                at=event.at,
                actor=event.actor,
                element=event.element_id or _called(event.kind, body),
                changes=[(number, id, state) for number, id, state in body.get("elements", ())],
                flows=body.get("flows", ()),
                decisions=[(_title(release, taken["decision"]), taken["rules"]) for taken in body.get("decisions", ())],
                hash=event.hash,
            )
        )
    stopped = session.scalars(
        select(Incident).where(Incident.instance_key == instance.key, Incident.resolved_at.is_(None))
    ).all()
    named = [replace(each, element=names.get(each.element) or each.element) for each in entries]
    return Timeline(named, stopped)


def _called(kind: str, body: Mapping[str, Any]) -> str:
    """What an event was about that names no element: where a called process ended, the first that was completed."""
    completed = [id for _, id, state in body.get("elements", ()) if state == "COMPLETED"]
    return completed[0] if completed and kind == "CALL_FINISHED" else ""


def _carried(entry: Entry, mapping: Mapping[str, str]) -> Entry:
    return replace(
        entry,
        element=mapping.get(entry.element, entry.element),
        changes=[(number, mapping.get(id, id), state) for number, id, state in entry.changes],
        flows=[mapping.get(flow, flow) for flow in entry.flows],
    )


def _title(release: ReleaseLibrary, decision_id: str) -> str:
    found = release.get("decision", decision_id)
    return found.name if found else decision_id
