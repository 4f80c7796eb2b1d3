"""Reading an instance's history: export, verification of its chain, re-execution."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.engine.execution import ENGINE_BUILD, Execution
from service.engine.types import CompleteTask, JobWait, ProcessSource, Setting, Start
from service.history import acts, chain
from service.models import Event, ProcessInstance
from service.operations import moments
from service.releases import ReleaseLibrary, library


@dataclass(frozen=True, slots=True)
class Replay:
    """What running the recorded acts again gave. `first_difference` is the sequence number of the first event
    whose state came out different; `steps` are the events that moved the instance."""

    steps: int
    first_difference: int | None
    build: str

    @property
    def same(self) -> bool:
        """Every state came out as recorded, byte for byte."""
        return self.first_difference is None


def events_of(session: Session, instance_key: int, *, after: int = 0, limit: int | None = None) -> list[Event]:
    """The events of an instance with a sequence number above `after`, in order."""
    query = select(Event).where(Event.instance_key == instance_key, Event.seq > after).order_by(Event.seq)
    return list(session.scalars(query.limit(limit) if limit else query))


def verify(session: Session, instance: ProcessInstance, events: Sequence[Event] | None = None) -> chain.ChainReport:
    """Check the chain of an instance, and that its row names the chain's end. `events`: all, if they were read."""
    events = events_of(session, instance.key) if events is None else events
    report = chain.verify((e.seq, e.body, e.previous, e.hash) for e in events)
    if report.valid and (report.events != instance.events or report.head != (instance.head or chain.GENESIS)):
        return chain.ChainReport(report.events, report.head, report.events + 1)
    return report


def export(session: Session, instance: ProcessInstance) -> dict[str, Any]:
    """The whole history as an object for JSON: bodies as objects, with the hashes that chain their canonical text."""
    return {
        "processInstanceKey": str(instance.key),
        "processDefinitionId": instance.process_id,
        "state": instance.status,
        "events": [
            {"seq": e.seq, "kind": e.kind, "previous": e.previous, "hash": e.hash, "body": orjson.loads(e.body)}
            for e in events_of(session, instance.key)
        ],
    }


#: Is shown the event's sequence number, body and setting, and each job in it with the act that completed it.
Watch = Callable[[int, Mapping[str, Any], Setting, JobWait, CompleteTask], None]


def replay(
    session: Session, instance: ProcessInstance, *, until: int | None = None, watch: Watch | None = None
) -> Replay:
    """Run the recorded acts again, with the recorded clock, calendar and definitions, and compare every state.

    Stored states are not looked at. Promised within one engine build; the report names the present one.
    """
    source: ProcessSource | None = None
    state: bytes | None = None
    steps = 0
    for event in events_of(session, instance.key):
        body = chain.read(event.body)
        if "acts" not in body or (until is not None and event.seq > until):
            continue
        release = library(session, int(body["release"]))
        if source is None:
            source = _definition(release, body["process"], body["definition"])
        setting = _setting(session, release, body)
        state = _again(source, state, body, setting, watch and partial(watch, event.seq, body, setting))
        if body["kind"] == "INSTANCE_MIGRATED":  # the act began under the old one
            source = _definition(release, body["process"], body["definition"])
        steps += 1
        if sha256(state).hexdigest() != body["state"]:
            return Replay(steps, event.seq, ENGINE_BUILD)
    return Replay(steps, None, ENGINE_BUILD)


def _definition(release: ReleaseLibrary, process_id: str, digest: str) -> ProcessSource:
    found = release.process(process_id)
    if found is None or found.hash != digest:
        raise ValueError(f"the release has no such definition of {process_id!r}")
    return found


def _again(
    source: ProcessSource,
    state: bytes | None,
    body: Any,
    setting: Setting,
    shown: Callable[[JobWait, CompleteTask], None] | None,
) -> bytes:
    recorded = [acts.read(act) for act in body["acts"]]
    first, rest = recorded[0], recorded[1:]
    if state is None:
        if not isinstance(first, Start):
            raise ValueError("a history that does not begin with a start")
        execution = Execution.begin(source, first, setting)
    else:
        execution = Execution.resume(source, state, setting)
        rest = recorded
    for act in rest:
        if shown is not None and isinstance(act, CompleteTask):
            for wait in execution.open_waits():
                if wait.id == act.id and isinstance(wait, JobWait):
                    shown(wait, act)
        execution.apply(act)
    return execution.step().state


def _setting(session: Session, release: ReleaseLibrary, body: Any) -> Setting:
    return Setting(
        datetime.fromisoformat(body["now"]),
        moments.calendar_by_hash(session, body["calendar"]),
        release,
        {name: datetime.fromisoformat(due) for name, due in body["deadlines"].items()},
    )
