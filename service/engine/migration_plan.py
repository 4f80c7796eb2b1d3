"""What a migration would do to an instance as it stands: what fits, what does not and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from SpiffWorkflow.util.task import TaskState

from service.engine.compiled import Compiled
from service.engine.corrections import Token
from service.engine.flows import ParallelGateway
from service.engine.machine import Machine
from service.engine.migration_events import Listener, attached, events_of, kind_of, listeners, starts_of
from service.engine.migration_undoing import of_compensation
from service.engine.model import Definition, Loop, Node, Scope
from service.engine.move_types import Finding
from service.engine.multi_instance import Body

#: Of an open task or job: computed when it was opened, and kept; a change is worth knowing.
_KEPT: Final = {
    "assignmentDefinition": "ASSIGNMENT_KEPT",
    "taskSchedule": "SCHEDULE_KEPT",
    "priorityDefinition": "PRIORITY_KEPT",
    "taskDefinition": "JOB_KEPT",
    "calledElement": "CALL_KEPT",
}


class Plan:
    """A mapping applied to an instance. `kept` are the waits and conditions that go on; the others are closed."""

    def __init__(self, machine: Machine, target: Compiled, mapping: Mapping[str, str]) -> None:
        self._machine, self._target, self.mapping = machine, target, mapping
        self.kept = {each.number for each in listeners(machine) if self._is_kept(each)}

    def mapped(self, element_id: str) -> str:
        """The id in the target; what `findings` has let pass is there."""
        return self.mapping[element_id]

    def carried(self, token: Token | None) -> set[str]:
        """The events in the target that stand for those of an active element: waited for on, or not any more."""
        return {self.mapping[event.id] for event in attached(self._machine, token) if event.id in self.mapping}

    def arrival(self, token: Token) -> int | None:
        """The position of the flow by which a token came, which matters at joins; None if the target has it not."""
        flow = self._arrival_flow(token)
        target = self._node(token.node.id)
        if flow is None or target is None:
            return None
        ids = [each.id for each in target.incoming]
        wanted = self.mapping.get(flow, flow)
        return ids.index(wanted) if wanted in ids else None

    def findings(self) -> tuple[Finding, ...]:
        """Everything that must or should be known, errors first, by place."""
        found = [*self._of_mapping()]
        for _, token in sorted(self._machine.tokens.items()):
            found += self._of_token(token)
        found += self._of_events()
        nodes, others = self._machine.compiled.definition.nodes, self._target.definition.nodes
        found += of_compensation(self._machine.compensation.dump(), self.mapping, nodes, others)
        once = {(not each.is_error, each.place, each.code, *each.details.items()): each for each in found}
        return tuple(once[mark] for mark in sorted(once, key=str))

    # --- the mapping by itself ----------------------------------------------------------------

    def _of_mapping(self) -> Iterator[Finding]:
        known = _ids(self._machine.compiled)
        there = _ids(self._target)
        for source, target in self.mapping.items():
            if source not in known:
                yield Finding("UNKNOWN_SOURCE", source, source)
            elif target not in there:
                yield Finding("UNKNOWN_TARGET", source, source, {"target": target})
            elif (source in self._machine.compiled.definition.nodes) != (target in self._target.definition.nodes):
                yield Finding("TYPE_CHANGED", source, source, {"target": target})

    # --- what is active -----------------------------------------------------------------------

    def _of_token(self, token: Token) -> Iterator[Finding]:
        node = token.node
        if node.id not in self.mapping:
            yield Finding("NOT_MAPPED", node.id, node.id, {"name": node.name})
            return
        target = self._node(node.id)
        if target is None:
            return  # the mapping itself is wrong, and that was said
        about = {"target": target.id}
        if _nature(self._machine.compiled, node) != _nature(self._target, target):
            yield Finding("TYPE_CHANGED", node.id, node.id, about)
            return
        if self._scope_of(target.scope) != self._mapped_scope(node.scope):
            yield Finding("SCOPE_CHANGED", node.id, node.id, about)
        if kind_of(node) != kind_of(target):
            yield Finding("EVENT_CHANGED", node.id, node.id, about)
        if _loop(node) != _loop(target):
            yield Finding("LOOP_CHANGED", node.id, node.id, about)
        if token.state == TaskState.WAITING:
            yield from self._of_join(token, target)
        for extension, code in _KEPT.items():
            if node.extensions.get(extension) != target.extensions.get(extension):
                yield Finding(code, node.id, node.id, about, is_error=False)
        if node.events != target.events:
            yield Finding(_kept(node), node.id, node.id, about, is_error=False)

    def _of_join(self, token: Token, target: Node) -> Iterator[Finding]:
        about = {"target": target.id, "flow": self._arrival_flow(token) or ""}
        if self.arrival(token) is None:
            yield Finding("JOIN_FLOW_MISSING", token.node.id, token.node.id, about)
            return
        if isinstance(token.task_spec, ParallelGateway):
            here = [
                other
                for other in token.workflow.live()
                if other.node is token.node and other.state == TaskState.WAITING
            ]
            if {self.arrival(other) for other in here} >= set(range(len(target.incoming))):
                yield Finding("JOIN_COMPLETE", token.node.id, token.node.id, {"target": target.id})

    # --- attached events ----------------------------------------------------------------------

    def _of_events(self) -> Iterator[Finding]:
        """Timers, messages and signals that are waited for beside the active elements themselves."""
        nodes = self._machine.compiled.definition.nodes
        taken: dict[tuple[int, str], str] = {}
        for each in listeners(self._machine):
            event = nodes[each.element_id]
            if self._is_own(each):
                continue
            target = self._node(event.id)
            if target is None:
                yield Finding("EVENT_CLOSED", event.id, event.id, is_error=False)
                continue
            about = {"target": target.id}
            if target not in self._expected(each.owner):
                yield Finding("EVENT_ELSEWHERE", event.id, event.id, about)
            elif kind_of(event) != kind_of(target):
                yield Finding("EVENT_CHANGED", event.id, event.id, about)
            elif taken.setdefault((each.owner, target.id), event.id) != event.id:
                yield Finding("EVENT_TWICE", event.id, event.id, about)
            elif event.events != target.events:
                yield Finding(_kept(event), event.id, event.id, about, is_error=False)
        owners: list[Token | None] = [None, *self._machine.tokens.values()]
        for token in owners:
            carried = self.carried(token)
            for event in self._expected(token.number if token is not None else 0):
                if event.id not in carried:
                    yield Finding("EVENT_OPENED", event.id, event.id, is_error=False)

    def _is_kept(self, each: Listener) -> bool:
        return self._is_own(each) or each.element_id in self.mapping

    def _is_own(self, each: Listener) -> bool:
        """Whether a wait is that of the active element itself, not of an event attached to it."""
        token = self._machine.tokens.get(each.owner)
        return token is not None and token.node.id == each.element_id

    def _expected(self, owner: int) -> list[Node]:
        token = self._machine.tokens.get(owner)
        if token is None:
            scope = self._target.definition.root
            return [] if owner in self._machine.interrupted else starts_of(scope)
        target = self._node(token.node.id)
        return events_of(target, token, self._machine) if target is not None else []

    # --- helpers ------------------------------------------------------------------------------

    def _node(self, element_id: str) -> Node | None:
        return self._target.definition.nodes.get(self.mapping.get(element_id, ""))

    def _arrival_flow(self, token: Token) -> str | None:
        return None if token.arrived_by is None else token.node.incoming[token.arrived_by].id

    def _scope_of(self, scope: Scope) -> str | None:
        return scope.owner.id if scope.owner is not None else None

    def _mapped_scope(self, scope: Scope) -> str | None:
        return self.mapping.get(scope.owner.id) if scope.owner is not None else None


def suggested(source: Definition, target: Definition) -> dict[str, str]:
    """What has the same id and is of the same kind in both."""
    return {
        node.id: node.id
        for node in source.nodes.values()
        if (other := target.nodes.get(node.id)) is not None
        and (node.tag, node.type, kind_of(node)) == (other.tag, other.type, kind_of(other))
    }


def _kept(event: Node) -> str:
    """A condition is asked anew each time; everything else was worked out when it began to be waited for."""
    return "CONDITION_FOLLOWS" if event.is_event("conditional") else "EVENT_KEPT"


def _loop(node: Node) -> tuple[object, ...] | None:
    """What about a loop is in the state of a body that has begun."""
    loop = node.loop
    if isinstance(loop, Loop):
        return loop.sequential, loop.output_collection, bool(loop.output_element)
    return None if loop is None else (type(loop),)


def _nature(compiled: Compiled, node: Node) -> tuple[object, ...]:
    """What executes an element: a script and a script by a job are two things."""
    spec = compiled.specs[node.id]
    return type(spec.inner if isinstance(spec, Body) else spec), node.tag, node.type, node.compensates


def _ids(compiled: Compiled) -> set[str]:
    nodes = compiled.definition.nodes
    return {*nodes, *(flow.id for node in nodes.values() for flow in node.outgoing if flow.id is not None)}
