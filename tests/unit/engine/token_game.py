"""A second opinion: the token game of BPMN 2.0.2 (chapter 13) on flat diagrams, as plainly as it can be written.

Tokens lie on flows or in tasks. It knows nothing of the engine, and is slow.
"""

from collections import Counter
from dataclasses import dataclass, field

#: Moves in one act after which it is taken for an endless loop.
MAX_MOVES = 2_000


class NoWayOut(Exception):
    """A decision without a flow to take."""


class Endless(Exception):
    """It goes on and on without a task in between."""


class Ambiguous(Exception):
    """Two inclusive joins could pass, and the standard does not say which comes first."""


@dataclass(frozen=True)
class Arc:
    """A flow. `asks` is the variable that its condition reads; None is no condition."""

    id: str
    source: str
    target: str
    asks: str | None = None


@dataclass
class Drawing:
    """Kinds of the nodes by id (start, end, terminate, user, task, exclusive, inclusive, parallel), default flows."""

    kinds: dict[str, str]
    arcs: list[Arc]
    defaults: dict[str, str] = field(default_factory=dict)

    def into(self, node: str) -> list[Arc]:
        return [arc for arc in self.arcs if arc.target == node]

    def out_of(self, node: str) -> list[Arc]:
        return [arc for arc in self.arcs if arc.source == node]

    def is_join(self, node: str) -> bool:
        return self.kinds[node] in ("parallel", "inclusive") and len(self.into(node)) > 1


class TokenGame:
    """`marking` counts tokens by flow, `open` those in user tasks by id."""

    def __init__(self, drawing: Drawing, variables: dict[str, bool]) -> None:
        self.drawing, self.variables = drawing, dict(variables)
        self.marking: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self._reaching: dict[str, dict[str, set[str]]] = {}
        self.over = False
        self._leave("s")
        self._run()

    @property
    def completed(self) -> bool:
        return self.over or not (+self.marking or +self.open)

    def complete(self, task: str, variables: dict[str, bool]) -> None:
        self.variables |= variables
        self.open[task] -= 1
        self._leave(task)
        self._run()

    def _run(self) -> None:
        moves = 0
        while not self.over and (self._move() or self._pass_inclusive()):
            moves += 1
            if moves > MAX_MOVES:
                raise Endless

    def _move(self) -> bool:
        """One token on its way, through anything but an inclusive join."""
        for arc in self.drawing.arcs:
            node = arc.target
            if not self.marking[arc.id] or (self.drawing.kinds[node] == "inclusive" and self.drawing.is_join(node)):
                continue
            if self.drawing.is_join(node):
                incoming = self.drawing.into(node)
                if not all(self.marking[each.id] for each in incoming):
                    continue
                for each in incoming:
                    self.marking[each.id] -= 1
            else:
                self.marking[arc.id] -= 1
            self._enter(node)
            return True
        return False

    def _enter(self, node: str) -> None:
        kind = self.drawing.kinds[node]
        if kind == "user":
            self.open[node] += 1
        elif kind == "terminate":
            self.marking, self.open, self.over = Counter(), Counter(), True
        else:
            self._leave(node)

    def _leave(self, node: str) -> None:
        out, default = self.drawing.out_of(node), self.drawing.defaults.get(node)
        holding = [arc for arc in out if arc.asks and self.variables[arc.asks]]
        if self.drawing.kinds[node] == "exclusive" and len(out) > 1:
            holding = holding[:1]
        taken = [arc for arc in out if arc.asks is None and arc.id != default] + holding
        if not holding:
            taken += [arc for arc in out if arc.id == default]
        if out and not taken:
            raise NoWayOut(node)
        for arc in taken:
            self.marking[arc.id] += 1

    # --- inclusive joins, word for word (table 13.3) ------------------------------------------

    def _pass_inclusive(self) -> bool:
        ready = [
            node
            for node, kind in self.drawing.kinds.items()
            if kind == "inclusive" and self.drawing.is_join(node) and self._enabled(node)
        ]
        if len(ready) > 1:
            raise Ambiguous
        for node in ready:
            for arc in self.drawing.into(node):
                self.marking[arc.id] -= 1 if self.marking[arc.id] else 0
            self._enter(node)
        return bool(ready)

    def _enabled(self, gateway: str) -> bool:
        incoming = self.drawing.into(gateway)
        full = {arc.id for arc in incoming if self.marking[arc.id]}
        empty = {arc.id for arc in incoming} - full
        if not full:
            return False
        begins = [{arc.id} for arc in self.drawing.arcs if self.marking[arc.id]]
        begins += [{arc.id for arc in self.drawing.out_of(task)} for task, count in self.open.items() if count]
        for begin in begins:
            reached = set().union(*(self._reach(gateway, arc) for arc in begin)) if begin else set()
            if reached & empty and not reached & full:
                return False
        return True

    def _reach(self, gateway: str, arc_id: str) -> set[str]:
        """The incoming flows of a gateway on which a path from this flow may end without visiting it before."""
        known = self._reaching.setdefault(gateway, {})
        if arc_id not in known:
            found, pending = set(), [arc_id]
            while pending:
                at = pending.pop()
                if at in found:
                    continue
                found.add(at)
                target = next(arc.target for arc in self.drawing.arcs if arc.id == at)
                if target != gateway:
                    pending += [arc.id for arc in self.drawing.out_of(target)]
            known[arc_id] = found & {arc.id for arc in self.drawing.into(gateway)}
        return known[arc_id]
