"""The only writer of a step: state, inbox, jobs, messages and history, in one transaction.

So they cannot disagree. Everything inside an instance has the key `instance.key + number`, so that a step
costs one statement per table it touches, however many rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.util import identity_key

from service.access import READER, User, readers
from service.engine import types
from service.engine.execution import ENGINE_BUILD
from service.engine.types import ElementState, InstanceState, Step
from service.history import acts as written_acts
from service.models import (
    Base,
    Blind,
    Candidate,
    DecisionInstance,
    ElementInstance,
    Event,
    Incident,
    ProcessInstance,
    UserTask,
    Variable,
)
from service.models.instances import NUMBERS_PER_INSTANCE
from service.operations import attributes, blindness, evaluations, events, recusals, signals, states, waits
from service.operations.upserts import insert_ignoring, insert_rows, send, together, upsert
from service.releases import ReleaseLibrary
from service.values import Value, to_json

# Statements are built once, and go past the ORM: see service/operations/upserts.py.
_INSTANCES, _ELEMENTS, _TASKS, _CANDIDATES = (
    Base.metadata.tables[model.__tablename__] for model in (ProcessInstance, ElementInstance, UserTask, Candidate)
)
_MOVED = "version", "status", "ended_at", "state", "attributes", "events", "head"
_MOVE = (
    _INSTANCES.update()
    .where(_INSTANCES.c.key == bindparam("of"), _INSTANCES.c.version == bindparam("was"))
    .values({name: bindparam(name) for name in _MOVED})
)
_LEAVE = (
    _ELEMENTS.update()
    .where(_ELEMENTS.c.key == bindparam("of"))
    .values(state=bindparam("state"), ended_at=bindparam("ended_at"))
)
_WITHDRAW_OFFERS = _CANDIDATES.delete().where(
    _CANDIDATES.c.task_key == bindparam("of"), _CANDIDATES.c.who.not_like(literal_column(f"'{READER}%'"))
)
_END_TASKS = (
    _TASKS.update()
    .where(_TASKS.c.key == bindparam("of"))
    .values(ended_at=bindparam("ended_at"), completed_by=bindparam("completed_by"))
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What happened that moved the instance: the event's kind, who, when, and the acts in order.

    `closed` are the waits that are open no more. `evidence` is what connectors looked at (keys and hashes of
    records), by the job's number; `extra` goes into the event as it is.
    """

    kind: str
    now: datetime
    acts: Sequence[types.Act]
    closed: Sequence[types.Wait] = ()
    actor: User | None = None
    element_id: str | None = None
    element_instance: int | None = None
    evidence: Mapping[str, Value] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


class NumbersExhausted(types.EngineError):
    """The instance has used up its numbers: a loop without end, or far too much in one instance."""

    def __init__(self, element_id: str) -> None:
        super().__init__("UNKNOWN", element_id, "the instance has too many element instances; use call activities")


def record(
    session: Session,
    instance: ProcessInstance,
    step: Step,
    occasion: Occasion,
    setting: types.Setting,
    library: ReleaseLibrary,
) -> None:
    """Write a step down. The caller holds the instance's lock and commits.

    `instance` is the row as locked (or new and flushed); it is brought up to date here.
    """
    session.info.setdefault("roots", set()).add(instance.root_key)
    # Nothing in here is read back, and the instance's row is written once, with everything.
    with session.no_autoflush:
        _record(session, instance, step, occasion, setting, library)


def _record(
    session: Session,
    instance: ProcessInstance,
    step: Step,
    occasion: Occasion,
    setting: types.Setting,
    library: ReleaseLibrary,
) -> None:
    _check_numbers(step)
    recusals.follow(session, instance, step, library)
    waits.write(session, instance, step, occasion)
    signals.announce(session, instance, step, occasion.now)
    if instance.incidents:
        _settle_incidents(session, instance, step, occasion)
    if step.status is not InstanceState.ACTIVE:
        waits.finish(session, instance, step, occasion)
    event = events.chained(
        session,
        instance,
        occasion.kind,
        at=occasion.now,
        actor=occasion.actor,
        element_id=occasion.element_id,
        element_instance=occasion.element_instance,
        body=_body(instance, step, occasion, setting, library),
    )
    connection = session.connection()
    found = attributes.computed(session, instance, step, setting, library)
    if found is not None:
        attributes.write(connection, instance.key, found, begins=instance.version == 0)
    with together(connection):
        _elements(connection, instance, step, occasion.now)
        _flows(connection, instance, step, event["seq"])
        _variables(connection, instance, step)
        _user_tasks(session, connection, instance, step, occasion, library)
        _decisions(connection, instance, step, occasion.now, library)
        insert_rows(connection, Event.__tablename__, [event])
    _move(connection, instance, step, occasion, library, event, instance.attributes if found is None else found)


def _move(
    connection: Connection,
    instance: ProcessInstance,
    step: Step,
    occasion: Occasion,
    library: ReleaseLibrary,
    event: Mapping[str, Any],
    found: Mapping[str, Any],
) -> None:
    """Write the instance's row, expecting the version that was read. Raises `StaleDataError`."""
    source = library.get("process", instance.process_id)
    version = instance.version + 1
    moved = {
        "version": version,
        "status": step.status,
        "ended_at": None if step.status is InstanceState.ACTIVE else occasion.now,
        "state": states.seal(step.state, key=instance.key, version=version, definition=source.hash if source else ""),
        "attributes": found,
        "events": event["seq"],
        "head": event["hash"],
    }
    if send(connection, _MOVE, [{"of": instance.key, "was": instance.version, **moved}]) != 1:
        raise StaleDataError(f"the instance {instance.key} is not at version {instance.version} any more")
    for name, value in moved.items():  # as if just read: there is nothing left for the ORM to write
        set_committed_value(instance, name, value)


def _settle_incidents(session: Session, instance: ProcessInstance, step: Step, occasion: Occasion) -> None:
    """Nobody has to mend what is over: a job that is done or withdrawn after all, an instance that has ended."""
    stopped = [Incident.instance_key == instance.key, Incident.resolved_at.is_(None)]
    if step.status is InstanceState.ACTIVE:
        jobs = [instance.key + wait.id for wait in occasion.closed if isinstance(wait, types.JobWait)]
        stopped.append(Incident.job_key.in_(jobs))
    settled = session.scalars(update(Incident).where(*stopped).values(resolved_at=occasion.now).returning(Incident.key))
    instance.incidents -= len(settled.all())


def _check_numbers(step: Step) -> None:
    """Every number must stay within the instance's own keys. Raises `NumbersExhausted`."""
    numbers = [(each.id, each.element_id) for each in (*step.changes, *step.opened)]
    number, element_id = max(numbers, default=(0, ""))
    if number >= NUMBERS_PER_INSTANCE:
        raise NumbersExhausted(element_id)


def _elements(connection: Connection, instance: ProcessInstance, step: Step, now: datetime) -> None:
    entered: dict[int, dict[str, Any]] = {}
    left: dict[int, dict[str, Any]] = {}
    for change in step.changes:
        if change.state is ElementState.ACTIVE:
            entered[change.id] = {
                "key": instance.key + change.id,
                "instance_key": instance.key,
                "scope_key": instance.key + change.scope_id,
                "element_id": change.element_id,
                "name": change.name,
                "type": change.type,
                "state": change.state.value,
                "started_at": now,
                "ended_at": None,
            }
        elif change.id in entered:
            entered[change.id] |= {"state": change.state.value, "ended_at": now}
        else:
            left[change.id] = {"of": instance.key + change.id, "state": change.state.value, "ended_at": now}
    if left:
        send(connection, _LEAVE, list(left.values()))
    if entered:
        insert_rows(connection, ElementInstance.__tablename__, list(entered.values()))


def _flows(connection: Connection, instance: ProcessInstance, step: Step, seq: int) -> None:
    if step.flows:
        rows = [{"instance_key": instance.key, "flow_id": flow, "seq": seq} for flow in dict.fromkeys(step.flows)]
        insert_ignoring(connection, "flows_taken", rows)


def _variables(connection: Connection, instance: ProcessInstance, step: Step) -> None:
    changed = {(change.scope_id, change.name): change.value for change in step.set_variables}
    rows = [
        {
            "scope_key": instance.key + scope,
            "name": name,
            "key": variable_key(instance.key + scope, name),
            "instance_key": instance.key,
            "value": to_json(value).decode(),
        }
        for (scope, name), value in changed.items()
    ]
    if rows:
        upsert(connection, Variable.__tablename__, rows, unique=("scope_key", "name"), changes=("value",))


def variable_key(scope_key: int, name: str) -> int:
    """The key of a variable: 62 bits of a hash of where it stands, so that it costs no statement and never changes."""
    digest = sha256(f"{scope_key}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 2


def _user_tasks(
    session: Session,
    connection: Connection,
    instance: ProcessInstance,
    step: Step,
    occasion: Occasion,
    library: ReleaseLibrary,
) -> None:
    opened = [wait for wait in step.opened if isinstance(wait, types.UserTaskWait)]
    closed = {instance.key + wait.id for wait in occasion.closed if isinstance(wait, types.UserTaskWait)}
    if closed:
        _close_tasks(session, connection, instance, closed, occasion)
    if not opened:
        return
    rows = [_task_row(instance, wait, occasion.now, library) for wait in opened]
    insert_rows(connection, UserTask.__tablename__, rows)
    offers = [
        {"task_key": instance.key + wait.id, "who": who}
        for wait in opened
        for who in dict.fromkeys(
            [f"group:{g}" for g in wait.candidate_groups]
            + [f"user:{u}" for u in wait.candidate_users]
            + readers(wait.properties)
        )
    ]
    if offers:
        insert_rows(connection, Candidate.__tablename__, offers)
    blinds = [row for wait in opened for row in blindness.rows(instance.key + wait.id, wait.properties)]
    if blinds:
        insert_rows(connection, Blind.__tablename__, blinds)


def _close_tasks(
    session: Session, connection: Connection, instance: ProcessInstance, closed: set[int], occasion: Occasion
) -> None:
    by: dict[int, str] = {}
    if occasion.kind == "USER_TASK_COMPLETED" and occasion.element_instance is not None and occasion.actor:
        by[instance.key + occasion.element_instance] = occasion.actor.username
    send(connection, _WITHDRAW_OFFERS, [{"of": key} for key in closed])
    send(connection, _END_TASKS, [{"of": key, "ended_at": occasion.now, "completed_by": by.get(key)} for key in closed])
    # The tables were written past the ORM: what it knows of these tasks is read again when somebody asks.
    for key in closed:
        known = session.identity_map.get(identity_key(UserTask, key))
        if known is not None:
            session.expire(known, ["ended_at", "completed_by"])


def _task_row(
    instance: ProcessInstance, wait: types.UserTaskWait, now: datetime, library: ReleaseLibrary
) -> dict[str, Any]:
    form = library.get("form", wait.form_id) if wait.form_id else None
    if wait.form_id and form is None:
        raise types.EngineError("FORM_NOT_FOUND", wait.element_id, f"there is no form {wait.form_id!r} in this release")
    return {
        "key": instance.key + wait.id,
        "instance_key": instance.key,
        "root_key": instance.root_key,
        "definition_key": instance.definition_key,
        "process_id": instance.process_id,
        "element_id": wait.element_id,
        "name": wait.name,
        "form_key": form.key if form else None,
        "assignee": wait.assignee,
        "candidate_groups": list(wait.candidate_groups),
        "candidate_users": list(wait.candidate_users),
        "due_at": wait.due_at,
        "follow_up_at": wait.follow_up_at,
        "priority": wait.priority,
        "properties": dict(wait.properties),
        "headers": dict(wait.headers),
        "created_at": now,
        "ended_at": None,
        "completed_by": None,
        "edition": 1,
    }


def _decisions(
    connection: Connection, instance: ProcessInstance, step: Step, now: datetime, library: ReleaseLibrary
) -> None:
    def definition_of(evaluated: types.EvaluatedDecision) -> int:
        definition = library.get("decision", evaluated.decision_id)
        return definition.key if definition else instance.definition_key

    rows: list[dict[str, Any]] = []
    for taken in step.decisions:
        first = instance.key + taken.id
        rows += evaluations.rows(
            taken.evaluated,
            # Out of the way of every other key, and the same whenever the acts are run again.
            key_of=lambda position, first=first: variable_key(first, f"decision {position}"),  # type: ignore[misc]
            definition_of=definition_of,
            evaluation=first,
            at=now,
            instance=instance.key,
            element_instance=first,
        )
    if rows:
        insert_rows(connection, DecisionInstance.__tablename__, rows)


def _body(
    instance: ProcessInstance, step: Step, occasion: Occasion, setting: types.Setting, library: ReleaseLibrary
) -> dict[str, Any]:
    """What a re-execution needs, and what it must find again."""
    deadlines: Mapping[str, datetime] = getattr(setting.deadlines, "read", setting.deadlines)
    source = library.get("process", instance.process_id)
    return {
        "acts": [written_acts.written(act) for act in occasion.acts],
        "build": ENGINE_BUILD,
        "calendar": setting.calendar.hash,
        "deadlines": {name: due.isoformat() for name, due in deadlines.items()},
        "decisions": [
            {
                "element": taken.element_id,
                "decision": e.decision_id,
                "hash": e.hash,
                "result": e.result,
                "rules": [rule.rule_id for rule in e.rules],
            }
            for taken in step.decisions
            for e in taken.evaluated
        ],
        "definition": source.hash if source else None,
        "elements": [[change.id, change.element_id, change.state.value] for change in step.changes],
        "evidence": dict(occasion.evidence),
        "flows": list(step.flows),
        "now": setting.now.isoformat(),
        "release": str(instance.release_key),
        "state": sha256(step.state).hexdigest(),
        "status": step.status.value,
        **occasion.extra,
    }
