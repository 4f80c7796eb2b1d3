"""One instance of a tree that is played, and how its changes are written."""

from dataclasses import dataclass, field
from datetime import datetime

from service.engine.execution import Execution
from service.engine.types import (
    Act,
    ElementChange,
    ElementState,
    InstanceState,
    ProcessSource,
    Setting,
    Step,
    Wait,
)


@dataclass
class Instance:
    """One instance of the tree. `parent` is the instance and the wait that it answers."""

    number: int
    source: ProcessSource
    parent: tuple["Instance", int] | None = None
    step: Step | None = None
    execution: Execution | None = None
    kept_at: datetime | None = None
    waits: tuple[Wait, ...] = ()
    #: How much of the step of a kept execution was seen before.
    seen: dict[str, int] = field(default_factory=dict)
    played: list[tuple[Act, Setting, bytes]] = field(default_factory=list)
    alive: set[int] = field(default_factory=set)

    def live(self, changes: tuple[ElementChange, ...]) -> None:
        """Keep account of who is alive: nobody lives twice or outlives the instance, and only who lives waits."""
        for change in changes:
            if change.state is ElementState.ACTIVE:
                assert change.id not in self.alive, f"{change.element_id} is entered twice"
                self.alive.add(change.id)
            else:
                self.alive.remove(change.id)
        if self.status is not InstanceState.ACTIVE:
            assert not self.alive, "the instance has ended, and elements are alive"
            assert not self.waits, "the instance has ended, and something waits"
        owners = {getattr(wait, "element_instance_id", wait.id) for wait in self.waits}
        assert owners <= {0, *self.alive}, "something waits for an element that has ended"

    @property
    def status(self) -> InstanceState:
        assert self.step is not None
        return self.step.status


def traced(changes: list[ElementChange]) -> str:
    """As `Player.trace`. A multi-instance body is written `a*`."""
    words: list[str] = []
    signs = {ElementState.ACTIVE: "+", ElementState.COMPLETED: "-", ElementState.TERMINATED: "!"}
    for place, change in enumerate(changes):
        name = change.element_id + ("*" if change.type == "MULTI_INSTANCE_BODY" else "")
        before = changes[place - 1] if place else None
        if before and (before.id, before.state, change.state) == (
            change.id,
            ElementState.ACTIVE,
            ElementState.COMPLETED,
        ):
            words[-1] = name
        else:
            words.append(signs[change.state] + name)
    return " ".join(words)
