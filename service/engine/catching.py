"""Who an event happens to, and what follows: triggers, errors and escalations on their way outwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.engine.corrections import Token
from service.engine.model import Node, Scope
from service.engine.types import EngineError, EscalationThrown, SignalWait
from service.values import Variables

if TYPE_CHECKING:
    from service.engine.machine import Machine


def trigger(machine: Machine, event: Node, owner: int, variables: Variables) -> None:
    """The event happened to `owner`: an activity, a scope, an event-based gateway, or the event itself."""
    if event.tag == "boundaryEvent":
        host = machine.tokens[owner]
        workflow = host.workflow
        run = None
        if event.interrupting:
            # A handler that is interrupted is over; what it was part of goes on.
            run, host.undoing = host.undoing, None
            machine.terminate(host)
        _place(machine, workflow, event.id, variables)
        if run is not None:
            machine.compensation.advance(run)
    elif event.tag == "startEvent":
        workflow = machine.inside(owner)
        if event.interrupting:
            machine.clear(workflow)
        assert event.scope.owner is not None  # noqa: S101  (only event sub-processes subscribe start events)
        _place(machine, workflow, event.scope.owner.id, variables)
    else:
        token = machine.tokens[owner]
        token.fired = variables
        if token.node is event:
            token.results = variables
        else:
            token.start = event.id
        token.complete()


def _place(machine: Machine, workflow: Any, element_id: str, fired: Variables) -> None:
    token = workflow.place(machine.spec(element_id))
    token.fired = fired
    token.task_spec._update(token)


def fail(machine: Machine, token: Token, code: str, message: str, variables: Variables, *, at_activity: bool) -> None:
    """Throw a BPMN error from an element; `at_activity`: events attached to itself may catch it.

    Uncaught it ends a called instance and raises `EngineError` UNHANDLED_ERROR_EVENT in any other.
    """
    catcher = _catcher(machine, "error", token, code, at_activity)
    if catcher is not None:
        trigger(machine, *catcher, variables)
    elif machine.called:
        machine.error = (code, message, variables)
        machine.abort()
    else:
        raise EngineError("UNHANDLED_ERROR_EVENT", token.node.id, f"nothing catches the error {code!r}: {message}")


def escalate(machine: Machine, token: Token, code: str, variables: Variables, *, at_activity: bool) -> None:
    """Throw an escalation; uncaught it leaves the instance and does no harm."""
    catcher = _catcher(machine, "escalation", token, code, at_activity)
    if catcher is not None:
        trigger(machine, *catcher, variables)
    else:
        machine.log.escalations.append(EscalationThrown(token.node.id, code, variables))


def broadcast(machine: Machine, name: str, variables: Variables) -> None:
    """A signal was thrown: whoever waits for it in this instance gets it before anything else moves."""
    for each in list(machine.waits):
        if isinstance(each.wait, SignalWait) and each.wait.name == name and machine.waits.get(each.wait.id) is not None:
            trigger(machine, machine.compiled.definition.nodes[each.wait.element_id], each.owner, variables)


def cancelled(machine: Machine, token: Token) -> None:
    """A transaction was cancelled by its end event `token`, and is compensated."""
    owner = token.workflow.owner
    event = next(each for each in owner.node.boundaries if each.is_event("cancel"))
    trigger(machine, event, owner.number, {})


def _catcher(machine: Machine, kind: str, token: Token, code: str, at_activity: bool) -> tuple[Node, int] | None:
    """The nearest event outwards that catches this code, else any code, and whom it happens to."""
    host: Token | None = token if at_activity else None
    workflow = token.workflow
    while True:
        if host is not None:
            attached = host.parent if host.task_spec.each else host
            if event := _matching(kind, code, attached.node.boundaries):
                return event, attached.number
        if workflow.number not in machine.interrupted:
            # One that throws what it catches means those further out, not itself.
            owners = [
                each for each in _scope(machine, workflow).event_subprocesses if host is None or host.node is not each
            ]
            if event := _matching(kind, code, [node.body.starts[0] for node in owners if node.body]):
                return event, workflow.number
        if workflow is machine.workflow:
            return None
        host, workflow = workflow.owner, workflow.owner.workflow


def _scope(machine: Machine, workflow: Any) -> Scope:
    if workflow is machine.workflow:
        return machine.compiled.definition.root
    body = workflow.owner.node.body
    assert isinstance(body, Scope)  # noqa: S101  (only sub-processes have an inside)
    return body


def _matching(kind: str, code: str, events: list[Node]) -> Node | None:
    for wanted in (code, None):
        for event in events:
            if any(each.kind == kind and each.code == wanted for each in event.events):
                return event
    return None
