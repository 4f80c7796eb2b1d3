"""Modification: entering and ending elements where no flow leads, without breaking what holds for scopes.

Flow scopes are complete at any time: what is entered stands inside instances of all sub-processes around it. A scope
in which nothing is left ends, as it would if its last token had gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from service.engine.corrections import Token
from service.engine.flows import InclusiveGateway
from service.engine.model import Node
from service.engine.move_types import Activation, ActiveElement, Finding, Modify, MoveRefused
from service.engine.types import InstanceState

if TYPE_CHECKING:
    from service.engine.machine import Machine


def active_elements(machine: Machine) -> tuple[ActiveElement, ...]:
    """Everything that is alive, by number."""
    return tuple(
        ActiveElement(token.number, token.node.id, token.task_spec.type, token.scope_id, _has_entered(token))
        for _, token in sorted(machine.tokens.items())
    )


def modify(machine: Machine, act: Modify) -> None:
    """Do what the act says; the caller runs the machine on. Raises `MoveRefused` or `EngineError`."""
    doomed = _doomed(machine, act.terminations)
    for index, activation in enumerate(act.activations):
        _activate(machine, activation, f"activations[{index}]", doomed)
    _end(machine, act.terminations)


def _doomed(machine: Machine, terminations: tuple[int, ...]) -> set[int]:
    """Those that will be ended, with everything inside them: nothing new may be put there."""
    for index, number in enumerate(terminations):
        if number not in machine.tokens:
            raise MoveRefused(Finding("NOT_ACTIVE", f"terminations[{index}]", str(number)))
    doomed = set(terminations)
    for number in sorted(machine.tokens):  # what lies inside is younger
        if machine.tokens[number].scope_id in doomed:
            doomed.add(number)
    return doomed


# --- entering ---------------------------------------------------------------------------------


def _activate(machine: Machine, activation: Activation, place: str, doomed: set[int]) -> None:
    node = machine.compiled.definition.nodes.get(activation.element_id)
    if node is None:
        raise MoveRefused(Finding("UNKNOWN_ELEMENT", place, activation.element_id))
    _check_kind(node, place)
    workflow, missing = _scope(machine, node, activation, place, doomed)
    _write_variables(machine, activation, workflow, {*(each.id for each in missing), node.id}, place)
    own = dict(activation.variables)
    for owner in missing:
        if owner.loop is not None:
            raise MoveRefused(Finding("INSIDE_MULTI_INSTANCE", place, node.id, {"scope": owner.id}))
        token = workflow.place(machine.spec(owner.id))
        token.given = dict(own.get(owner.id, {}))
        token._set_state(TaskState.STARTED)
        machine.enter(token)
        workflow = token.task_spec.open(machine, token)
    token = workflow.place(machine.spec(node.id))
    token.given = dict(own.get(node.id, {}))
    # Past `_update`, in which a join would wait for others.
    token._ready()


def _check_kind(node: Node, place: str) -> None:
    behind_gateway = any(node.scope.nodes[flow.source].tag == "eventBasedGateway" for flow in node.incoming)
    undoes = node.compensates or any(each.undoes_scope for each in (node, *owners(node)))
    if node.tag in ("startEvent", "boundaryEvent") or behind_gateway or undoes:
        raise MoveRefused(Finding("NOT_TO_BE_ACTIVATED", place, node.id, {"type": node.type}))


def _scope(
    machine: Machine, node: Node, activation: Activation, place: str, doomed: set[int]
) -> tuple[Any, list[Node]]:
    """The innermost scope instance that is there, and the sub-processes to be opened inside it, outermost first."""
    around = owners(node)[::-1]
    if activation.ancestor is not None:
        return _chosen(machine, node, around, activation.ancestor, place, doomed)
    for depth in range(len(around) - 1, -1, -1):
        found = [
            token
            for number, token in sorted(machine.tokens.items())
            if token.node is around[depth] and token.id in machine.workflow.subprocesses and number not in doomed
        ]
        if len(found) > 1:
            listed = ", ".join(str(token.number) for token in found)
            raise MoveRefused(
                Finding("AMBIGUOUS_SCOPE", place, node.id, {"scope": around[depth].id, "instances": listed})
            )
        if found:
            return machine.inside(found[0].number), around[depth + 1 :]
    return machine.workflow, around


def owners(node: Node) -> list[Node]:
    """The sub-processes around an element, innermost first."""
    found: list[Node] = []
    while node.scope.owner is not None:
        node = node.scope.owner
        found.append(node)
    return found


def _chosen(
    machine: Machine, node: Node, around: list[Node], ancestor: int, place: str, doomed: set[int]
) -> tuple[Any, list[Node]]:
    if ancestor == 0:
        return machine.workflow, around
    token = machine.tokens.get(ancestor)
    is_scope = token is not None and token.node in around and token.id in machine.workflow.subprocesses
    if token is None or not is_scope or ancestor in doomed:
        raise MoveRefused(Finding("NO_ANCESTOR", place, node.id, {"ancestor": str(ancestor)}))
    return machine.inside(ancestor), around[around.index(token.node) + 1 :]


def _write_variables(machine: Machine, activation: Activation, workflow: Any, fresh: set[str], place: str) -> None:
    """Variables for scopes that are there already; those of `fresh` ones are written when they are entered."""
    there = {"": 0, machine.compiled.definition.process_id: 0}
    while workflow is not machine.workflow:
        there.setdefault(workflow.owner.node.id, workflow.number)
        workflow = workflow.owner.workflow
    for scope, variables in activation.variables:
        if scope in fresh:
            continue
        if scope not in there:
            raise MoveRefused(Finding("NO_VARIABLE_SCOPE", place, activation.element_id, {"scope": scope}))
        for name, value in variables.items():
            machine.scopes.set(there[scope], name, value, activation.element_id)


# --- ending -----------------------------------------------------------------------------------


def _end(machine: Machine, terminations: tuple[int, ...]) -> None:
    left: list[Any] = []
    for number in terminations:
        token = machine.tokens.get(number)
        if token is not None:  # it may have ended with what it was inside of
            left.append(_terminate(machine, token))
    for workflow in sorted(left, key=lambda each: (-each.depth, each.number)):
        if machine.status is InstanceState.ACTIVE:
            _wither(machine, workflow)


def _terminate(machine: Machine, token: Token) -> Any:
    """End a token; the scope that may have lost its last by that."""
    workflow, body = token.workflow, token.parent if token.task_spec.each else None
    run, token.undoing = token.undoing, None
    machine.terminate(token)
    if run is not None:  # a handler that is ended is over; what it was part of goes on
        machine.compensation.advance(run)
    if body is not None:
        body.task_spec.lost(body)
        if not body.children:
            machine.terminate(body)
    return workflow


def _wither(machine: Machine, workflow: Any) -> None:
    """End a scope in which nobody is left but those who wait at joins for others that will not come."""
    while not any(_moves(token) for token in workflow.live()):
        if workflow is machine.workflow:
            if machine.called:  # its caller would wait for ever
                raise MoveRefused(Finding("ENDS_CALLED_INSTANCE", "", machine.compiled.definition.process_id))
            machine.abort()
            return
        if workflow.number not in machine.tokens:
            return  # it has ended with another
        workflow = _terminate(machine, workflow.owner)


def _moves(token: Token) -> bool:
    return token.state != TaskState.WAITING or isinstance(token.task_spec, InclusiveGateway)


def _has_entered(token: Token) -> bool:
    return token.machine.scopes.knows(token.number)
