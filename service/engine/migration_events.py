"""Which events an active element waits for beside itself, and who waits in an instance as it stands."""

from __future__ import annotations

from typing import NamedTuple

from service.engine.corrections import Token
from service.engine.machine import Machine
from service.engine.model import Node, Scope


class Listener(NamedTuple):
    """Something that is waited for: the number of the wait or condition, at which element, on whose behalf."""

    number: int
    element_id: str
    owner: int


def listeners(machine: Machine) -> list[Listener]:
    """All waits and conditions that are open."""
    waits = [Listener(each.wait.id, each.wait.element_id, each.owner) for each in machine.waits]
    return waits + [Listener(number, element, owner) for number, element, _, owner, _ in machine.conditions.dump()]


def attached(machine: Machine, token: Token | None) -> list[Node]:
    """The events that an active element (None: the process) waits for beside itself."""
    if token is None:
        return [] if 0 in machine.interrupted else starts_of(machine.compiled.definition.root)
    return events_of(token.node, token, machine)


def events_of(node: Node, token: Token, machine: Machine) -> list[Node]:
    """As `attached`, were the element's definition `node`."""
    if not machine.scopes.knows(token.number):
        return []
    found: list[Node] = []
    if not token.task_spec.each:
        found += [event for event in node.boundaries if _is_waited_for(event)]
    if node.tag == "eventBasedGateway":
        found += [node.scope.nodes[flow.target] for flow in node.outgoing]
    is_scope = node.body is not None and token.id in machine.workflow.subprocesses
    if is_scope and node.body is not None and token.number not in machine.interrupted:
        found += starts_of(node.body)
    return found


def starts_of(scope: Scope) -> list[Node]:
    """What the event sub-processes of a scope wait for."""
    starts = [node.body.starts[0] for node in scope.event_subprocesses if node.body is not None]
    return [event for event in starts if _is_waited_for(event)]


def kind_of(node: Node) -> tuple[object, ...]:
    """What about an event decides how it is waited for; of an event sub-process its start event's."""
    if node.type == "EVENT_SUB_PROCESS" and node.body is not None:
        return kind_of(node.body.starts[0])
    return tuple(each.kind for each in node.events), node.interrupting or node.tag != "startEvent"


def _is_waited_for(event: Node) -> bool:
    return any(each.kind in ("timer", "message", "signal", "conditional") for each in event.events)
