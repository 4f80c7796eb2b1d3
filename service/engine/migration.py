"""Migration: an instance goes on under another definition, where it stands, with what it waits for.

The state is rewritten as it is stored (element ids, positions of flows) and restored onto the other definition, so that
nothing lives on that could not be read back. Nothing moves: what was done stays done, what is open stays open under
its number. Only events attached to what is active come and go as the two definitions differ.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from service.engine import codec
from service.engine.compiled import compiled
from service.engine.machine import Machine
from service.engine.migration_events import attached
from service.engine.migration_plan import Plan
from service.engine.migration_undoing import renamed
from service.engine.model import Node
from service.engine.move_types import Finding, Migrate, MoveRefused
from service.engine.types import ProcessSource, Setting, UserTaskWait
from service.engine.waits import OpenWait

#: Positions in the rows of tokens and waits (service/engine/codec.py).
_SPEC, _ARRIVED_BY, _WAIT_ID, _WAIT_ELEMENT = 1, 5, 1, 3
_WATCH_ELEMENT: Final = 1
#: What of a state is understood here; whatever else it holds stays where it is.
_PARTS: Final = frozenset(
    {"process", "counter", "status", "called", "interrupted", "tokens", "scopes", "waits"}
    | {"conditions", "compensation"}
)


def migrated(machine: Machine, source: ProcessSource, act: Migrate, target: ProcessSource, setting: Setting) -> Machine:
    """The instance under `target`. `machine` is used up. Raises `MoveRefused` with every fault, or `EngineError`."""
    definition = compiled(target)
    plan = Plan(machine, definition, act.mapping)
    findings = plan.findings()
    if any(each.is_error for each in findings):
        raise MoveRefused(*findings)
    state = codec.content(machine, source)
    strange = [
        Finding("STATE_FIXED", name, act.process_id) for name in sorted(state) if name not in _PARTS and state[name]
    ]
    if strange:
        raise MoveRefused(*strange)
    gone = [each for each in machine.waits if each.wait.id not in plan.kept]
    following = Machine(definition, setting)
    codec.restore(following, _rewritten(state, plan, machine, target), target)
    for each in gone:
        following.waits.lost(each)
    _ask_again(following, machine)
    _listen(following, machine, plan)
    following.run()
    return following


def _rewritten(state: dict[str, Any], plan: Plan, machine: Machine, target: ProcessSource) -> dict[str, Any]:
    tokens = []
    for row in state["tokens"]:
        element_id, mark, each = row[_SPEC].partition("#")
        mapped = list(row)
        mapped[_SPEC] = plan.mapped(element_id) + mark + each
        mapped[_ARRIVED_BY] = plan.arrival(machine.tokens[row[0]])
        tokens.append(mapped)
    waits = []
    for row in state["waits"]:
        if row[_WAIT_ID] in plan.kept:
            mapped = list(row)
            mapped[_WAIT_ELEMENT] = plan.mapped(row[_WAIT_ELEMENT])
            waits.append(mapped)
    watches = []
    for row in state.get("conditions", ()):
        if row[0] in plan.kept:
            mapped = list(row)
            mapped[_WATCH_ELEMENT] = plan.mapped(row[_WATCH_ELEMENT])
            watches.append(mapped)
    undoing = renamed(state.get("compensation", {}), plan.mapping)
    rewritten = {"tokens": tokens, "waits": waits, "conditions": watches, "compensation": undoing}
    return state | {"process": target.process_id} | rewritten


def _ask_again(machine: Machine, before: Machine) -> None:
    """What follows the new definition although it was computed: the form of a task whose definition names another.

    A timer whose definition has changed keeps its due time for good: what made it could not be computed again.
    """
    for each in list(machine.waits):
        node = machine.compiled.definition.nodes[each.wait.element_id]
        earlier = _earlier(before, each)
        if isinstance(each.wait, UserTaskWait) and node.extensions.get("formDefinition") != earlier.extensions.get(
            "formDefinition"
        ):
            form = _form_id(machine, node, each.owner)
            machine.waits.carry(replace(each, wait=replace(each.wait, form_id=form)))
        elif each.reckoned_at is not None and (node.events, node.properties) != (earlier.events, earlier.properties):
            machine.waits.carry(replace(each, reckoned_at=None))


def _earlier(before: Machine, each: OpenWait) -> Node:
    known = before.waits.get(each.wait.id)
    assert known is not None  # noqa: S101  (a wait that was carried over was open)
    return before.compiled.definition.nodes[known.wait.element_id]


def _form_id(machine: Machine, node: Node, scope_id: int) -> str | None:
    form = node.extensions.get("formDefinition", {})
    text = form.get("formId") or form.get("externalReference")
    return machine.expressions.text(scope_id, text, node.id) if text else None


def _listen(machine: Machine, before: Machine, plan: Plan) -> None:
    """Wait for the events of the new definition that stand for none of the old. One that has come stays so."""
    owners: list[int] = [0, *sorted(machine.tokens)]
    for number in owners:
        known = plan.carried(before.tokens.get(number))
        for event in attached(machine, machine.tokens.get(number)):
            if event.id not in known:
                machine.subscribe(event, number)
