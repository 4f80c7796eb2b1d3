"""BPMN in the dialect of Camunda 8 (namespace `zeebe`), read into facts; fails closed.

Whatever is not on the lists below is refused with the element's id and a reason. The library would take an event
definition that it does not know for none at all, and run the diagram wrongly.
"""

from typing import Final

from lxml import etree

from service.engine import xml
from service.engine.extensions import LOOPS, condition_text, read_extensions, read_loop, required
from service.engine.formal import truth
from service.engine.lint_rules.language import IGNORED
from service.engine.model import Definition, EventDefinition, Flow, Node, Scope, Unsupported
from service.engine.normaliser import bpmn, local, normalise
from service.engine.timers import check_literal
from service.engine.wiring import check_scope

#: BPMN element → type of the element instance in the Camunda 8 REST API.
TYPES: Final = {
    "startEvent": "START_EVENT",
    "endEvent": "END_EVENT",
    "intermediateCatchEvent": "INTERMEDIATE_CATCH_EVENT",
    "intermediateThrowEvent": "INTERMEDIATE_THROW_EVENT",
    "boundaryEvent": "BOUNDARY_EVENT",
    "task": "TASK",
    "manualTask": "MANUAL_TASK",
    "userTask": "USER_TASK",
    "serviceTask": "SERVICE_TASK",
    "sendTask": "SEND_TASK",
    "receiveTask": "RECEIVE_TASK",
    "scriptTask": "SCRIPT_TASK",
    "businessRuleTask": "BUSINESS_RULE_TASK",
    "callActivity": "CALL_ACTIVITY",
    "subProcess": "SUB_PROCESS",
    "exclusiveGateway": "EXCLUSIVE_GATEWAY",
    "inclusiveGateway": "INCLUSIVE_GATEWAY",
    "parallelGateway": "PARALLEL_GATEWAY",
    "eventBasedGateway": "EVENT_BASED_GATEWAY",
}
#: Where which event definition may stand.
EVENTS: Final = {
    "startEvent": {"none", "message", "timer", "signal"},
    "eventSubProcessStart": {"message", "timer", "signal", "error", "escalation"},
    "intermediateCatchEvent": {"message", "timer", "signal", "link"},
    "intermediateThrowEvent": {"none", "message", "signal", "escalation", "link"},
    "endEvent": {"none", "message", "signal", "error", "escalation", "terminate"},
    "boundaryEvent": {"message", "timer", "signal", "error", "escalation"},
}
ACTIVITIES: Final = frozenset(TYPES) - {name for name in TYPES if name.endswith(("Event", "Gateway"))}
#: Children of an element that are read elsewhere.
_PARTS: Final = frozenset(
    ["incoming", "outgoing", "sequenceFlow", *LOOPS]
    + [f"{kind}EventDefinition" for kind in ("message", "timer", "signal", "error", "escalation", "terminate", "link")]
)
#: Drawn for people; without effect on the execution.
_DECORATION: Final = IGNORED | {"extensionElements"}


def read(source: bytes, process_id: str) -> Definition:
    """The process `process_id` of a diagram. Raises `XmlRefused` or `Unsupported`."""
    root = normalise(xml.parse(source))
    process = next((item for item in root.iter(bpmn("process")) if item.get("id") == process_id), None)
    if process is None:
        raise Unsupported(process_id, "the diagram has no such process")
    reader = _Reader(root)
    scope = reader.scope(process, None)
    return Definition(process_id, scope, reader.nodes)


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        self.nodes: dict[str, Node] = {}
        self._global = {child.get("id"): child for child in root if isinstance(child.tag, str) and child.get("id")}

    def scope(self, element: etree._Element, owner: Node | None) -> Scope:
        scope = Scope(element.get("id", ""), owner)
        read_extensions(element, local(element))
        for child in element:
            tag = local(child)
            if tag in TYPES:
                node = self._node(child, tag, scope)
                scope.nodes[node.id] = node
            elif tag and tag not in _DECORATION | _PARTS:
                raise Unsupported(child.get("id") or scope.id, f"{tag} is not executed")
        self._connect(element, scope)
        check_scope(scope)
        return scope

    def _node(self, element: etree._Element, tag: str, scope: Scope) -> Node:
        node_id = element.get("id") or ""
        if not node_id or node_id in self.nodes:
            raise Unsupported(node_id, "every element needs an id of its own")
        for name in ("isForCompensation", "parallelMultiple"):
            if truth(element.get(name)):
                raise Unsupported(node_id, f"{name} is not executed")
        if any(element.get(name, "1") != "1" for name in ("startQuantity", "completionQuantity")):
            raise Unsupported(node_id, "start and completion quantities are not executed")
        for child in element:
            known = local(child) in _DECORATION | _PARTS or (tag == "subProcess" and local(child) in TYPES)
            if local(child) and not known:
                raise Unsupported(node_id, f"{local(child)} is not executed")
        event_subprocess = truth(element.get("triggeredByEvent"))
        node = Node(
            id=node_id,
            name=element.get("name") or "",
            tag=tag,
            type="EVENT_SUB_PROCESS" if event_subprocess else TYPES[tag],
            scope=scope,
            default=element.get("default"),
            attached_to=element.get("attachedToRef"),
            interrupting=truth(element.get("isInterrupting" if tag == "startEvent" else "cancelActivity"), True),
        )
        self.nodes[node_id] = node
        found = read_extensions(element, tag)
        node.inputs, node.outputs, node.extensions = found.inputs, found.outputs, found.single
        node.properties, node.headers = found.properties, found.headers
        node.event = self._event(element, node)
        node.loop = read_loop(element, node) if tag in ACTIVITIES else None
        if tag == "subProcess":
            node.body = self.scope(element, node)
        return node

    def _event(self, element: etree._Element, node: Node) -> EventDefinition:
        definitions = [child for child in element if local(child).endswith("EventDefinition")]
        place = node.tag
        if node.tag == "startEvent" and node.scope.owner is not None:
            place = "eventSubProcessStart" if node.scope.owner.type == "EVENT_SUB_PROCESS" else "none"
        if node.tag in ("receiveTask", "sendTask"):
            return self._message(element, node) if element.get("messageRef") else EventDefinition("none")
        if node.tag not in EVENTS:
            return EventDefinition("none")
        if len(definitions) > 1:
            raise Unsupported(node.id, "several event definitions on one event")
        kind = local(definitions[0]).removesuffix("EventDefinition") if definitions else "none"
        if kind not in EVENTS.get(place, {"none"}):
            raise Unsupported(node.id, f"{node.tag} with {kind} definition is not executed here")
        if not definitions:
            return EventDefinition("none")
        return self._definition(definitions[0], kind, node)

    def _definition(self, element: etree._Element, kind: str, node: Node) -> EventDefinition:
        if kind == "timer":
            return _timer(element, node)
        if kind == "message":
            return self._message(element, node)
        if kind == "signal":
            return EventDefinition(kind, name=required(self._referred(element, "signalRef", node), "name", node.id))
        if kind in ("error", "escalation"):
            if not element.get(f"{kind}Ref"):
                if node.tag in ("endEvent", "intermediateThrowEvent"):
                    raise Unsupported(node.id, f"throws an {kind} without a code")
                return EventDefinition(kind)
            return EventDefinition(
                kind, code=required(self._referred(element, f"{kind}Ref", node), f"{kind}Code", node.id)
            )
        return EventDefinition(kind, name=element.get("name"))

    def _message(self, element: etree._Element, node: Node) -> EventDefinition:
        message = self._referred(element, "messageRef", node)
        key = read_extensions(message, "message").single.get("subscription", {}).get("correlationKey")
        name = required(message, "name", node.id)
        catches = node.tag in ("receiveTask", "intermediateCatchEvent", "boundaryEvent") or (
            node.tag == "startEvent" and node.scope.owner is not None
        )
        if catches and not key:
            raise Unsupported(node.id, f"the message {name!r} has no correlation key")
        return EventDefinition("message", name=name, correlation_key=key)

    def _referred(self, element: etree._Element, attribute: str, node: Node) -> etree._Element:
        found = self._global.get((element.get(attribute) or "").rpartition(":")[2])
        if found is None:
            raise Unsupported(node.id, f"{attribute} leads nowhere")
        return found

    def _connect(self, element: etree._Element, scope: Scope) -> None:
        for item in element.findall(bpmn("sequenceFlow")):
            flow = Flow(
                item.get("id"), item.get("sourceRef") or "", item.get("targetRef") or "", condition_text(item, scope.id)
            )
            source, target = scope.nodes.get(flow.source), scope.nodes.get(flow.target)
            if source is None or target is None:
                raise Unsupported(flow.id or flow.source, "a sequence flow without source or target in its scope")
            source.outgoing.append(flow)
            target.incoming.append(flow)
        for node in scope.nodes.values():
            if node.tag == "boundaryEvent":
                host = scope.nodes.get(node.attached_to or "")
                if host is None or host.tag not in ACTIVITIES or host.type == "EVENT_SUB_PROCESS":
                    raise Unsupported(node.id, "is attached to no activity of its scope")
                host.boundaries.append(node)


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
