"""What an event waits for, computed once when its element becomes active."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from service.engine.expressions import Expressions
from service.engine.model import EventDefinition, Node
from service.engine.timers import LOCAL, parse_cycle, parse_duration, parse_instant
from service.engine.types import EngineError, MessageWait, Setting, SignalWait, TimerWait
from service.engine.waits import OpenWait

if TYPE_CHECKING:
    from service.engine.machine import Machine


def subscription(machine: Machine, event: Node, index: int, owner: int) -> OpenWait:
    """The wait for one definition of a timer, message or signal event, on behalf of the element instance `owner`."""
    definition, ask = event.events[index], machine.expressions
    if definition.kind == "timer":
        return _timer(machine, event, index, owner)
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
    following = _due(replace(wait, repetitions=left, deadline=None), due, setting)
    return replace(open_wait, wait=following, own_due_at=None, reckoned_at=None)


def reviewed(machine: Machine, open_wait: OpenWait) -> OpenWait | None:
    """A timer whose deadline was moved, or whose calendar is no longer provisional; None if it stays as it is."""
    wait = open_wait.wait
    if not isinstance(wait, TimerWait) or (wait.deadline is None and open_wait.reckoned_at is None):
        return None
    own = open_wait.own_due_at or wait.due_at
    if open_wait.reckoned_at is not None:
        event = machine.compiled.definition.nodes[wait.element_id]
        then = Expressions(machine.scopes, replace(machine.setting, now=open_wait.reckoned_at))
        try:
            own, _, _ = _compute(
                then, event, event.events[open_wait.definition], open_wait.owner, open_wait.reckoned_at
            )
        except EngineError:
            # Its variables have changed meanwhile; what was told people stands.
            return None
    moved = _timer_wait(wait, own, open_wait, machine.setting)
    return None if moved == open_wait else moved


def _timer(machine: Machine, event: Node, index: int, owner: int) -> OpenWait:
    ask, now = machine.expressions, machine.setting.now
    due, repetitions, every = _compute(ask, event, event.events[index], owner, now)
    named = event.properties.get("deadline")
    deadline = ask.text(owner, named, event.id) if named else None
    wait = TimerWait(machine.next_id(), event.id, owner, due, repetitions, deadline, False)
    opened = OpenWait(wait, owner, every, reckoned_at=now, definition=index)
    return _timer_wait(wait, due, opened, machine.setting)


def _timer_wait(wait: TimerWait, own: datetime, open_wait: OpenWait, setting: Setting) -> OpenWait:
    """The wait with its due time: that of its movable deadline, else its own."""
    dated = _due(wait, setting.deadlines.get(wait.deadline, own) if wait.deadline else own, setting)
    return replace(
        open_wait,
        wait=dated,
        own_due_at=own if wait.deadline else None,
        reckoned_at=open_wait.reckoned_at if dated.provisional else None,
    )


def _compute(
    ask: Expressions, event: Node, definition: EventDefinition, owner: int, now: datetime
) -> tuple[datetime, int, str | None]:
    """When a timer is due first, how often, and its interval."""
    text, kind = definition.text or "", definition.timer
    value = ask.value(owner, text, event.id)
    try:
        if not isinstance(value, str):
            raise ValueError("gives no text")
        if kind == "date":
            return parse_instant(value), 1, None
        if kind == "duration":
            return parse_duration(value).after(now), 1, None
        cycle = parse_cycle(value)
        return cycle.first(now), cycle.repetitions, value.rpartition("/")[2]
    except ValueError as error:
        raise EngineError("EXTRACT_VALUE_ERROR", event.id, str(error), text) from None


def _due(wait: TimerWait, due: datetime, setting: Setting) -> TimerWait:
    return replace(wait, due_at=due, provisional=setting.calendar.is_provisional(due.astimezone(LOCAL).date()))
