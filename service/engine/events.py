"""Events: what is waited for, what is thrown, and who catches it."""

from datetime import timedelta

from service.engine.catching import cancelled, escalate, fail
from service.engine.corrections import ElementSpec, Token
from service.engine.event_reading import LAST
from service.engine.machine import Machine
from service.engine.model import EventDefinition, Node
from service.engine.timers import parse_duration
from service.engine.types import EngineError, MessageThrown, SignalThrown


class CatchEvent(ElementSpec):
    """Intermediate catch events and receive tasks, start and boundary events that have happened."""

    def execute(self, machine: Machine, token: Token) -> bool:
        if token.fired is not None:
            token.results = token.fired
            return True
        if self.node.tag in ("startEvent", "boundaryEvent") or self.node.is_event("link"):
            return True
        machine.subscribe(self.node, token.number)
        return False


class EventGateway(ElementSpec):
    """Waits for the first of the events behind it; the others are never entered."""

    def execute(self, machine: Machine, token: Token) -> bool:
        for flow in self.node.outgoing:
            machine.subscribe(self.node.scope.nodes[flow.target], token.number)
        return False


class ThrowEvent(ElementSpec):
    """Throw and end events, and send tasks that publish. What they hand over are their input mappings."""

    def execute(self, machine: Machine, token: Token) -> bool:
        payload = machine.scopes.local(token.number)
        for event in sorted(self.node.events, key=lambda each: each.kind in LAST):
            if event.kind == "message":
                machine.log.messages.append(self._message(machine, token, event))
            elif event.kind == "signal":
                name = machine.expressions.text(token.number, event.name or "", self.node.id)
                machine.log.signals.append(SignalThrown(self.node.id, name, payload, machine.counter))
                machine.announced.append((name, payload))
            elif event.kind == "escalation":
                escalate(machine, token, self._code(machine, token, event), payload, at_activity=False)
            elif event.kind == "error":
                fail(machine, token, self._code(machine, token, event), self.node.name, payload, at_activity=False)
            elif event.kind == "terminate":
                machine.clear(token.workflow, but=token)
            elif event.kind == "compensate":
                return not machine.compensation.throw(token, event.activity, waits=event.waits)
            elif event.kind == "cancel":
                return self._cancel(machine, token)
            if token.number not in machine.tokens:
                return True  # its own throw has ended it
        return True

    def compensated(self, machine: Machine, token: Token) -> None:
        """All handlers that it waited for have run."""
        if self.node.is_event("cancel"):
            cancelled(machine, token)
        else:
            token.complete()

    def _code(self, machine: Machine, token: Token, event: EventDefinition) -> str:
        return machine.expressions.text(token.number, event.code or "", self.node.id)

    def _cancel(self, machine: Machine, token: Token) -> bool:
        """End what runs in the transaction, compensate what is done, then leave by its cancel boundary event."""
        machine.clear(token.workflow, but=token)
        if not machine.compensation.throw(token, None, waits=True):
            cancelled(machine, token)
        return False

    def _message(self, machine: Machine, token: Token, event: EventDefinition) -> MessageThrown:
        published, ask = self.node.extensions["publishMessage"], machine.expressions
        return MessageThrown(
            element_id=self.node.id,
            name=ask.text(token.number, event.name or "", self.node.id),
            correlation_key=ask.text(token.number, published["correlationKey"], self.node.id),
            ttl_ms=_ttl(self.node, ask.value(token.number, published.get("timeToLive") or "PT0S", self.node.id)),
            variables=machine.scopes.local(token.number),
        )


def _ttl(node: Node, value: object) -> int:
    try:
        duration = parse_duration(value if isinstance(value, str) else "")
    except ValueError as error:
        raise EngineError("EXTRACT_VALUE_ERROR", node.id, str(error)) from None
    if duration.months or duration.length < timedelta(0):
        raise EngineError("EXTRACT_VALUE_ERROR", node.id, "a time to live in days, hours, minutes or seconds")
    return duration.length // timedelta(milliseconds=1)
