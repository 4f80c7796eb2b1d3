"""An instance's history for people: its events in order, with what each changed on the diagram."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.history import chain
from service.models import Incident, ProcessInstance
from service.operations import histories
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
    """All events, and the elements at which the instance stands still now."""

    entries: Sequence[Entry]
    stopped: Sequence[str]


def timeline(session: Session, instance: ProcessInstance, definition: Deployed) -> Timeline:
    """Read the history of an instance; names are those of the release that ran. Two statements."""
    release = library(session, instance.release_key)
    names = {id: name for id, (name, _) in definition.facts["elements"].items()}
    entries = []
    for event in histories.events_of(session, instance.key):
        body: Any = chain.read(event.body)
        entries.append(
            Entry(
                seq=event.seq,
                kind=event.kind,
                at=event.at,
                actor=event.actor,
                element=names.get(event.element_id or "") or event.element_id or "",
                changes=[(number, id, state) for number, id, state in body.get("elements", ())],
                flows=body.get("flows", ()),
                decisions=[(_title(release, taken["decision"]), taken["rules"]) for taken in body.get("decisions", ())],
                hash=event.hash,
            )
        )
    stopped = session.scalars(
        select(Incident.element_id).where(Incident.instance_key == instance.key, Incident.resolved_at.is_(None))
    )
    return Timeline(entries, list(stopped))


def _title(release: ReleaseLibrary, decision_id: str) -> str:
    found = release.get("decision", decision_id)
    return found.name if found else decision_id
