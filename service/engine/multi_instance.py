"""Multi-instance: a body that begins one inner instance for each item, at once or one after the other."""

from decimal import Decimal
from typing import Any, Final

from service.engine.corrections import ElementSpec, Token
from service.engine.machine import Machine
from service.engine.model import Loop, Node
from service.engine.types import EngineError
from service.values import Value, Variables, tag, untag

#: More could not begin within one act (`machine.MAX_STEPS`).
MAX_CARDINALITY: Final = 10_000


class Body(ElementSpec):
    """What runs an activity several times: it has the flows and boundary events, `inner` does the work.

    Its token counts in `internal_data["begun"]` the instances that it has begun.
    """

    def __init__(self, wf_spec: Any, node: Node, inner: ElementSpec) -> None:
        super().__init__(wf_spec, node)
        self.inner = inner
        self.type = "MULTI_INSTANCE_BODY"

    def collect(self, machine: Machine, body: Token, child: Token) -> bool:
        """Take in a child that is done, while its variables are still there. True: the body is done too."""
        raise NotImplementedError

    def go_on(self, body: Token) -> None:
        """A child has gone, and the body is not done."""
        raise NotImplementedError

    def lost(self, body: Token) -> None:
        """A child was ended by itself; if it was the last, the caller ends the body too."""

    def begin(self, body: Token, given: Variables) -> None:
        """One more instance, with these variables of its own and `loopCounter`, which begins at 1."""
        index = body.internal_data["begun"]
        body.internal_data["begun"] = index + 1
        child = body._add_child(self.inner)
        child.internal_data["index"] = index
        child.given = {"loopCounter": Decimal(index + 1), **given}
        child.task_spec._update(child)


class MultiInstance(Body):
    """The body. Its scope holds the output collection, in the order of the items, null where nothing has come yet."""

    @property
    def loop(self) -> Loop:
        assert isinstance(self.node.loop, Loop)  # noqa: S101  (made for such nodes only)
        return self.node.loop

    def execute(self, machine: Machine, token: Token) -> bool:
        loop, node_id = self.loop, self.node.id
        items = self._items(machine, token)
        if loop.output_collection:
            machine.scopes.set(token.number, loop.output_collection, [None] * len(items), node_id)
        token.internal_data = {"count": len(items), "begun": 0, "done": 0}
        if loop.sequential:
            token.internal_data["items"] = [tag(item).decode() for item in items]
            if items:
                self._begin(token, items[0])
        else:
            for item in items:
                self._begin(token, item)
        return not items

    def _items(self, machine: Machine, token: Token) -> list[Value]:
        """What to begin an instance for; with a cardinality, that many nothings."""
        loop, node_id = self.loop, self.node.id
        text = loop.input_collection or loop.cardinality or ""
        value = machine.expressions.value(token.number, text, node_id)
        if loop.input_collection is not None:
            if not isinstance(value, list):
                raise EngineError("EXTRACT_VALUE_ERROR", node_id, "the input collection is no list", text)
            return value
        if not isinstance(value, Decimal) or value != int(value) or not 0 <= value <= MAX_CARDINALITY:
            reason = f"the cardinality is no whole number from 0 to {MAX_CARDINALITY}"
            raise EngineError("EXTRACT_VALUE_ERROR", node_id, reason, text)
        return [None] * int(value)

    def collect(self, machine: Machine, body: Token, child: Token) -> bool:
        loop, state = self.loop, body.internal_data
        if loop.output_collection and loop.output_element:
            value = machine.expressions.value(child.number, loop.output_element, self.node.id, "IO_MAPPING_ERROR")
            outputs = machine.scopes.get(body.number, loop.output_collection)
            if not isinstance(outputs, list) or len(outputs) != state["count"]:
                raise EngineError("IO_MAPPING_ERROR", self.node.id, f"{loop.output_collection} was overwritten")
            index = child.internal_data["index"]
            outputs = [*outputs[:index], value, *outputs[index + 1 :]]
            machine.scopes.set(body.number, loop.output_collection, outputs, self.node.id)
        state["done"] += 1
        if state["done"] == state["count"]:
            return True
        if loop.condition is None:
            return False
        return machine.expressions.condition(child.number, loop.condition, self.node.id, self._counts(body))

    def lost(self, body: Token) -> None:
        """A child was ended by itself; the others go on, and what it would have given stays null."""
        state = body.internal_data
        state["done"] += 1
        state["terminated"] = state.get("terminated", 0) + 1

    def go_on(self, body: Token) -> None:
        if self.loop.sequential:
            self._begin(body, untag(body.internal_data["items"][body.internal_data["begun"]]))

    def _on_complete_hook(self, my_task: Token) -> None:
        machine = my_task.machine
        if self.loop.output_collection:
            outputs = machine.scopes.get(my_task.number, self.loop.output_collection)
            machine.scopes.propagate(my_task.scope_id, self.loop.output_collection, outputs, self.node.id)
        super()._on_complete_hook(my_task)

    def _counts(self, body: Token) -> Variables:
        state = body.internal_data
        terminated = state.get("terminated", 0)  # by a modification only
        counts: dict[str, Value] = {
            "numberOfInstances": Decimal(state["count"]),
            "numberOfActiveInstances": Decimal(state["begun"] - state["done"]),
            "numberOfCompletedInstances": Decimal(state["done"] - terminated),
            "numberOfTerminatedInstances": Decimal(terminated),
        }
        return counts

    def _begin(self, body: Token, item: Value) -> None:
        given: Variables = {self.loop.result: None} if self.loop.result else {}
        if self.loop.input_element:
            given[self.loop.input_element] = item
        self.begin(body, given)
