"""Event definitions of a diagram, read into facts; whatever an event cannot wait for or throw is refused."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from service.engine.extensions import read_extensions, required
from service.engine.formal import expression, is_feel, truth
from service.engine.lint_rules.language import EVENTS, PLACES
from service.engine.model import EventDefinition, Node, Unsupported, is_expression
from service.engine.normaliser import bpmn, local
from service.engine.timers import check_literal

THROWING: Final = frozenset({"endEvent", "intermediateThrowEvent"})
#: What an event does alone: a link is a flow, and compensation and cancelling happen to something else.
ALONE: Final = frozenset({"link", "compensate", "cancel"})
#: Throw events that do not come back; of these only one.
LAST: Final = frozenset({"compensate", "cancel", "error", "terminate"})


def read_events(
    element: etree._Element, node: Node, roots: Mapping[str | None, etree._Element]
) -> tuple[EventDefinition, ...]:
    """The definitions of an event or of a task that sends or receives. `roots` are the messages, signals … by id."""
    if node.tag in ("receiveTask", "sendTask"):
        return (_message(element, node, roots),) if element.get("messageRef") else ()
    place = place_of(node)
    if place is None:
        return ()
    found = [(local(child).removesuffix("EventDefinition"), child) for child in element if _defines(child)]
    for kind in [kind for kind, _ in found] or ["none"]:
        if kind not in EVENTS[place]:
            raise Unsupported(node.id, f"{node.tag} with {kind} definition is not executed here")
    _check_together([kind for kind, _ in found], node)
    return tuple(_definition(child, kind, node, roots) for kind, child in found)


def _defines(child: etree._Element) -> bool:
    return local(child).endswith("EventDefinition")


def place_of(node: Node) -> str | None:
    """The row of the language's table that says what may stand here; None for what is no event."""
    if node.tag == "startEvent":
        owner = node.scope.owner
        if owner is None:
            return "start of a process"
        return "start of an event sub-process" if owner.type == "EVENT_SUB_PROCESS" else "start of a sub-process"
    return PLACES.get(node.tag)


def _check_together(kinds: list[str], node: Node) -> None:
    throws = node.tag in THROWING
    alone = {"link"} if throws else ALONE
    if len(kinds) > 1 and (alone & set(kinds) or (throws and sum(kind in LAST for kind in kinds) > 1)):
        raise Unsupported(node.id, f"these event definitions cannot stand together: {', '.join(kinds)}")


def _definition(
    element: etree._Element, kind: str, node: Node, roots: Mapping[str | None, etree._Element]
) -> EventDefinition:
    if kind == "timer":
        return _timer(element, node)
    if kind == "message":
        return _message(element, node, roots)
    if kind == "signal":
        name = required(_referred(element, "signalRef", node, roots), "name", node.id)
        return EventDefinition(kind, name=name)
    if kind in ("error", "escalation"):
        if not element.get(f"{kind}Ref"):
            if node.tag in THROWING:
                raise Unsupported(node.id, f"throws an {kind} without a code")
            return EventDefinition(kind)
        code = required(_referred(element, f"{kind}Ref", node, roots), f"{kind}Code", node.id)
        if is_expression(code) and node.tag not in THROWING:
            raise Unsupported(node.id, "what is caught is named by a literal code")
        return EventDefinition(kind, code=code)
    if kind == "conditional":
        return _condition(element, node)
    if kind == "compensate":
        waits = truth(element.get("waitForCompletion"), True)
        return EventDefinition(kind, activity=element.get("activityRef") or None, waits=waits)
    return EventDefinition(kind, name=element.get("name"))


def _message(element: etree._Element, node: Node, roots: Mapping[str | None, etree._Element]) -> EventDefinition:
    if node.tag in THROWING and not element.get("messageRef") and "taskDefinition" in node.extensions:
        return EventDefinition("message")  # What is sent, the worker knows.
    message = _referred(element, "messageRef", node, roots)
    key = read_extensions(message, "message").single.get("subscription", {}).get("correlationKey")
    name = required(message, "name", node.id)
    catches = node.tag in ("receiveTask", "intermediateCatchEvent", "boundaryEvent") or (
        node.tag == "startEvent" and node.scope.owner is not None
    )
    if catches and not key:
        raise Unsupported(node.id, f"the message {name!r} has no correlation key")
    return EventDefinition("message", name=name, correlation_key=key)


def _condition(element: etree._Element, node: Node) -> EventDefinition:
    condition = element.find(bpmn("condition"))
    text = "" if condition is None else expression(condition)
    if condition is None or not text:
        raise Unsupported(node.id, "a conditional event needs a condition")
    if condition.get("language") and not is_feel(condition.get("language", "")):
        raise Unsupported(node.id, "conditions are FEEL")
    if element.find(bpmn("extensionElements")) is not None:
        raise Unsupported(node.id, "filters of variable events are not executed")
    return EventDefinition("conditional", text=text)


def _referred(
    element: etree._Element, attribute: str, node: Node, roots: Mapping[str | None, etree._Element]
) -> etree._Element:
    found = roots.get((element.get(attribute) or "").rpartition(":")[2])
    if found is None:
        raise Unsupported(node.id, f"{attribute} leads nowhere")
    return found


def _timer(element: etree._Element, node: Node) -> EventDefinition:
    texts = {kind: element.findtext(bpmn(f"time{kind.title()}")) for kind in ("date", "duration", "cycle")}
    found = [(kind, (text or "").strip()) for kind, text in texts.items() if text is not None]
    if len(found) != 1 or not found[0][1]:
        raise Unsupported(node.id, "a timer needs exactly one date, duration or cycle")
    [(kind, text)] = found
    repeats = node.tag == "startEvent" and (node.scope.owner is None or not node.interrupting)
    if kind == "cycle" and not repeats and (node.tag != "boundaryEvent" or node.interrupting):
        raise Unsupported(node.id, "only a start event or an event that does not interrupt can repeat")
    if not text.startswith("="):
        try:
            check_literal(kind, text)
        except ValueError as error:
            raise Unsupported(node.id, str(error)) from None
    return EventDefinition("timer", timer=kind, text=text)
