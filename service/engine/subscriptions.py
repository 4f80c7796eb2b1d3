"""What an event waits for, computed once when its element becomes active."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from service.engine.model import Node
from service.engine.timers import LOCAL, parse_cycle, parse_duration, parse_instant
from service.engine.types import EngineError, MessageWait, Setting, SignalWait, TimerWait
from service.engine.waits import OpenWait

if TYPE_CHECKING:
    from service.engine.machine import Machine


def subscription(machine: Machine, event: Node, owner: int) -> OpenWait:
    """The wait for a timer, message or signal event, on behalf of the element instance `owner`."""
    definition, ask = event.event, machine.expressions
    if definition.kind == "timer":
        return _timer(machine, event, owner)
    name = ask.text(owner, definition.name or "", event.id)
    if definition.kind == "signal":
        return OpenWait(SignalWait(machine.next_id(), event.id, owner, name), owner)
    key = ask.text(owner, definition.correlation_key or "", event.id)
    return OpenWait(MessageWait(machine.next_id(), event.id, owner, name, key, event.interrupting), owner)


def after_firing(open_wait: OpenWait, setting: Setting) -> OpenWait | None:
    """The next round of a timer that repeats, counted from when this one was due; None after the last."""
    wait = open_wait.wait
    if not isinstance(wait, TimerWait) or open_wait.every is None or wait.repetitions == 1:
        return None
    left = wait.repetitions - 1 if wait.repetitions > 0 else wait.repetitions
    due = parse_duration(open_wait.every).after(wait.due_at)
    return replace(open_wait, wait=_due(replace(wait, repetitions=left, deadline=None), due, setting), own_due_at=None)


def reviewed(open_wait: OpenWait, setting: Setting) -> OpenWait | None:
    """A timer that follows a movable deadline, moved; None if it stays where it is."""
    wait = open_wait.wait
    if not isinstance(wait, TimerWait) or wait.deadline is None or open_wait.own_due_at is None:
        return None
    due = setting.deadlines.get(wait.deadline, open_wait.own_due_at)
    moved = _due(wait, due, setting)
    return None if moved == wait else replace(open_wait, wait=moved)


def _timer(machine: Machine, event: Node, owner: int) -> OpenWait:
    text, setting = event.event.text or "", machine.setting
    value = machine.expressions.value(owner, text, event.id)
    try:
        if not isinstance(value, str):
            raise ValueError("gives no text")
        due, repetitions, every = _compute(event.event.timer or "", value, setting.now)
    except ValueError as error:
        raise EngineError("EXTRACT_VALUE_ERROR", event.id, str(error), text) from None
    named = event.properties.get("deadline")
    deadline = machine.expressions.text(owner, named, event.id) if named else None
    wait = TimerWait(machine.next_id(), event.id, owner, due, repetitions, deadline, False)
    moved = setting.deadlines.get(deadline, due) if deadline else due
    return OpenWait(_due(wait, moved, setting), owner, every, due if deadline else None)


def _compute(kind: str, value: str, now: datetime) -> tuple[datetime, int, str | None]:
    """When a timer is due first, how often, and its interval."""
    if kind == "date":
        return parse_instant(value), 1, None
    if kind == "duration":
        return parse_duration(value).after(now), 1, None
    cycle = parse_cycle(value)
    return cycle.first(now), cycle.repetitions, value.rpartition("/")[2]


def _due(wait: TimerWait, due: datetime, setting: Setting) -> TimerWait:
    uncertain = setting.calendar.provisional_from
    provisional = uncertain is not None and due.astimezone(LOCAL).date() >= uncertain
    return replace(wait, due_at=due, provisional=provisional)
