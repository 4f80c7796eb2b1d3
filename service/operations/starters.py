"""Start events that wait by themselves: subscriptions and timers of the newest version of a process."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from service import db
from service.engine import types
from service.engine.feel import FeelError, Moment, host
from service.engine.timers import LOCAL, parse_cycle, parse_duration, parse_instant
from service.errors import Fault, ModelRefused
from service.models import Job, Resource, Subscription
from service.operations import moments, waits


def replace_starters(session: Session, processes: Sequence[Resource], now: datetime) -> None:
    """Let the start events of these new versions wait, and those of the versions before wait no more.

    Raises `ModelRefused` where a start event's expression gives no name or time; the caller rolls back.
    """
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
    faults: list[Fault] = []
    for process in processes:
        session.execute(delete(Job).where(Job.kind == "start_timer", Job.type == process.resource_id))
        for event in process.facts.get("start_events", ()):
            try:
                _wait(session, process, event, now)
            except (types.EngineError, FeelError) as error:
                faults.append(Fault(f"{process.file_name} {event['id']}", error.reason, "error:START_EVENT"))
    if faults:
        raise ModelRefused(faults)


def _wait(session: Session, process: Resource, event: Mapping[str, Any], now: datetime) -> None:
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
    moment = Moment(now, moments.calendar(session))
    due_at, left, every = _computed(event, moment)
    data = {
        "definition": str(process.key),
        "left": str(left),
        "every": every,
        "expression": event["expression"],
        "planned": due_at.isoformat(),
        "reckoned_at": now.isoformat(),
    }
    row = _round(session, event["id"], process.resource_id, data, now)
    return row | {"provisional": _is_provisional(due_at, moment)}


def go_on(session: Session, job: Job, now: datetime) -> None:
    """Let the next round of a timer start event wait: of the cycle `R3/P1D` three begin, of `R/P1D` all.

    A round is due one interval after the one before was planned, not after it ran: cycles do not drift, and rounds
    that were missed while nothing ran are made up for.
    """
    left, every = int(job.data["left"]), job.data["every"]
    if left == 1 or not every:
        return
    planned = parse_duration(str(every)).after(datetime.fromisoformat(str(job.data["planned"])))
    data = job.data | {"left": str(left - 1 if left > 0 else left), "planned": planned.isoformat()}
    session.execute(insert(Job), [_round(session, job.element_id, job.type, data, now)])


def _round(
    session: Session, element_id: str | None, process_id: str | None, data: dict[str, Any], now: datetime
) -> dict[str, Any]:
    row = waits.follow_up(
        session, "start_timer", now, instance_key=None, root_key=None, element_id=element_id, data=data
    )
    return row | {"due_at": datetime.fromisoformat(data["planned"]), "type": process_id}


def given_up(session: Session, job: Job, now: datetime) -> None:
    """A start failed for good: its row stays as the record of what happened, and the cycle goes on.

    There is no instance that could show an incident. One record is kept for a start event, the newest, so that a
    cycle that fails each time leaves no heap; a new version of the process takes it away.
    """
    session.execute(
        delete(Job).where(
            Job.kind == "start_timer",
            Job.type == job.type,
            Job.element_id == job.element_id,
            Job.state == "FAILED",
            Job.key != job.key,
        )
    )
    job.state = "FAILED"
    go_on(session, job, now)


def reckon_again(session: Session, now: datetime) -> None:
    """The calendar was changed: timer start events that rest on provisional days count anew, from when they began."""
    calendar = moments.calendar(session)
    query = select(Job).where(Job.kind == "start_timer", Job.provisional, Job.retries > 0).with_for_update()
    for job in session.scalars(query):
        process = session.get_one(Resource, int(job.data["definition"]))
        event = next(each for each in process.facts["start_events"] if _is_of(each, job))
        moment = Moment(datetime.fromisoformat(str(job.data["reckoned_at"])), calendar)
        due_at, _, _ = _computed(event, moment)
        job.data = job.data | {"planned": due_at.isoformat()}
        job.due_at, job.provisional = due_at, _is_provisional(due_at, moment)


def _is_of(event: Mapping[str, Any], job: Job) -> bool:
    """Whether a row is that of this timer: a start event may have several."""
    expression = job.data.get("expression", event["expression"])
    return event["kind"] == "timer" and (event["id"], event["expression"]) == (job.element_id, expression)


def _is_provisional(due_at: datetime, moment: Moment) -> bool:
    return moment.calendar.is_provisional(due_at.astimezone(LOCAL).date())


def _computed(event: Mapping[str, Any], moment: Moment) -> tuple[datetime, int, str | None]:
    """When a timer start event is due first, how often (-1: for ever), and its interval.

    Raises `EngineError` if its text gives no time.
    """
    text = event["expression"]
    try:
        value = host().evaluate(text, {}, moment) if text.startswith("=") else text
        if not isinstance(value, str):
            raise ValueError(f"{text!r} gives no time")
        match event["timer_kind"]:
            case "timeCycle":
                cycle = parse_cycle(value)
                return cycle.first(moment.now), cycle.repetitions, value.strip().rpartition("/")[2]
            case "timeDuration":
                return parse_duration(value).after(moment.now), 1, None
            case _:
                return parse_instant(value), 1, None
    except (ValueError, FeelError) as error:
        raise types.EngineError("EXTRACT_VALUE_ERROR", event["id"], str(error), text) from error
