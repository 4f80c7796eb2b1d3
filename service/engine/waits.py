"""What an instance waits for, and what an act changed about it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from service.engine.types import CallWait, JobWait, Wait


@dataclass(frozen=True, slots=True)
class OpenWait:
    """A wait and whose it is: it closes when the element instance `owner` is left.

    `every` is the interval of a timer that repeats, `own_due_at` the instant that the diagram itself says for a timer
    that follows a movable deadline, `reckoned_at` the moment at which a timer that rests on a provisional calendar was
    computed, `definition` which one of its event's definitions it is. Jobs and calls are kept without their variables,
    which are read when asked for.
    """

    wait: Wait
    owner: int
    every: str | None = None
    own_due_at: datetime | None = None
    reckoned_at: datetime | None = None
    definition: int = 0


class Waits:
    """Open waits by id. `opened` and `closed` are the net effect since loading."""

    def __init__(self) -> None:
        self._open: dict[int, OpenWait] = {}
        self._owned: dict[int, list[int]] = {}
        self._before: dict[int, OpenWait] = {}

    def load(self, waits: list[OpenWait]) -> None:
        for each in waits:
            self.open(each)
        self._before = dict(self._open)

    def open(self, new: OpenWait) -> None:
        self._open[new.wait.id] = new
        self._owned.setdefault(new.owner, []).append(new.wait.id)

    def close(self, wait_id: int) -> None:
        owned = self._owned[self._open.pop(wait_id).owner]
        owned.remove(wait_id)

    def move(self, wait_id: int, moved: OpenWait) -> None:
        """Replace a timer by one with another due time, under its id."""
        self._open[wait_id] = moved

    def carry(self, changed: OpenWait) -> None:
        """What is waited for is said otherwise now; for callers it is the same wait, neither opened nor closed."""
        self._open[changed.wait.id] = self._before[changed.wait.id] = changed

    def lost(self, earlier: OpenWait) -> None:
        """A wait that did not come over from another definition counts as closed."""
        self._before[earlier.wait.id] = earlier

    def get(self, wait_id: int) -> OpenWait | None:
        return self._open.get(wait_id)

    def of(self, owner: int) -> list[OpenWait]:
        return [self._open[wait_id] for wait_id in self._owned.get(owner, ())]

    def __iter__(self) -> Iterator[OpenWait]:
        """By id."""
        return iter([self._open[wait_id] for wait_id in sorted(self._open)])

    def opened(self) -> list[OpenWait]:
        """Open now, and not (or with another due time) when this began."""
        return [each for each in self if _differs(self._before.get(each.wait.id), each)]

    def closed(self) -> list[int]:
        """Open when this began, and not, or not so, any more."""
        return sorted(wait_id for wait_id, each in self._before.items() if _differs(self._open.get(wait_id), each))


def _differs(one: OpenWait | None, other: OpenWait) -> bool:
    return one is not other and one != other


def bare(wait: Wait) -> Wait:
    """The wait without what is read from the scopes."""
    return replace(wait, variables={}) if isinstance(wait, JobWait | CallWait) else wait
