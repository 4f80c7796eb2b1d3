"""Conditional events that wait: evaluated when they begin to, and whenever a variable changes that they can see.

An event happens when its condition becomes true: at once if it is true from the beginning, and one that does not
interrupt again each time after it was false. A condition over a variable that does not exist yet, or whose answer is
null, is false; any other mistake is an incident of the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.engine.catching import trigger
from service.engine.model import Node

if TYPE_CHECKING:
    from service.engine.machine import Machine


@dataclass(slots=True)
class Watch:
    """A condition that `owner` (an activity, scope, gateway, or the event itself) waits for.

    `held` says what it was when it was evaluated last, None that it was not yet.
    """

    number: int
    element_id: str
    definition: int
    owner: int
    held: bool | None


class Conditions:
    """The open conditions of one instance, oldest first: outer scopes come before inner ones."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._open: dict[int, Watch] = {}
        self._seen = 0

    def open(self, event: Node, definition: int, owner: int) -> None:
        number = self._machine.next_id()
        self._open[number] = Watch(number, event.id, definition, owner, None)

    def close(self, owner: int, *, starts_only: bool = False) -> None:
        """No longer wait on behalf of `owner`; or only for what would start its event sub-processes."""
        nodes = self._machine.compiled.definition.nodes
        for watch in [each for each in self._open.values() if each.owner == owner]:
            if not starts_only or nodes[watch.element_id].tag == "startEvent":
                del self._open[watch.number]

    @property
    def is_open(self) -> bool:
        return bool(self._open)

    def clear(self) -> None:
        self._open.clear()

    def check(self) -> None:
        """Let happen what has become true. To be called before anything that is queued runs."""
        changes = self._machine.log.variables
        while self._open:
            changed, self._seen = changes[self._seen :], len(changes)
            if not changed and all(watch.held is not None for watch in self._open.values()):
                return
            names = {(change.scope_id, change.name) for change in changed}
            for watch in list(self._open.values()):
                if watch.number in self._open and self._concerns(watch, names):
                    self._evaluate(watch)
        self._seen = len(changes)

    def _concerns(self, watch: Watch, changed: set[tuple[int, str]]) -> bool:
        if watch.held is None:
            return True
        _, names = self._machine.expressions.names(self._text(watch), watch.element_id)
        return any(name in names and self._machine.scopes.sees(watch.owner, scope) for scope, name in changed)

    def _evaluate(self, watch: Watch) -> None:
        machine = self._machine
        before, watch.held = watch.held, self._holds(watch)
        if watch.held and not before:
            trigger(machine, machine.compiled.definition.nodes[watch.element_id], watch.owner, {})

    def _holds(self, watch: Watch) -> bool:
        text, ask = self._text(watch), self._machine.expressions
        names, _ = ask.names(text, watch.element_id)
        missing = any(self._machine.scopes.find(watch.owner, name) is None for name in names)
        return ask.becomes(watch.owner, text, watch.element_id, lenient=missing)

    def _text(self, watch: Watch) -> str:
        return self._machine.compiled.definition.nodes[watch.element_id].events[watch.definition].text or ""

    def dump(self) -> list[list[Any]]:
        return [[each.number, each.element_id, each.definition, each.owner, each.held] for each in self._open.values()]

    def load(self, rows: list[list[Any]]) -> None:
        for row in rows:
            self._open[row[0]] = Watch(*row)
