"""BPMN in the dialect of Camunda 8 (namespace `zeebe`), read into facts; fails closed.

Whatever is not on the lists below is refused with the element's id and a reason. The library would take an event
definition that it does not know for none at all, and run the diagram wrongly.
"""

from typing import Final

from lxml import etree

from service.engine import xml
from service.engine.data import DataFlow, declared, locals_of
from service.engine.event_reading import read_events
from service.engine.extensions import LOOPS, condition_text, read_extensions, read_loop
from service.engine.formal import truth
from service.engine.lint_rules.language import EVENTS, IGNORED
from service.engine.model import Definition, Flow, Node, Scope, Unsupported
from service.engine.normaliser import bpmn, local, normalise
from service.engine.wiring import check_compensation, check_scope

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
    "transaction": "SUB_PROCESS",
    "exclusiveGateway": "EXCLUSIVE_GATEWAY",
    "inclusiveGateway": "INCLUSIVE_GATEWAY",
    "parallelGateway": "PARALLEL_GATEWAY",
    "eventBasedGateway": "EVENT_BASED_GATEWAY",
}
#: Sub-processes with an inside of their own.
EMBEDDED: Final = frozenset({"subProcess", "transaction"})
ACTIVITIES: Final = frozenset(TYPES) - {name for name in TYPES if name.endswith(("Event", "Gateway"))}
#: Children of an element that are read elsewhere.
_PARTS: Final = frozenset(
    ["incoming", "outgoing", "sequenceFlow", *LOOPS, "dataObject", "property", "dataInputAssociation"]
    + ["dataOutputAssociation", "ioSpecification", "dataInput", "dataOutput", "inputSet", "outputSet"]
    + [f"{kind}EventDefinition" for kind in sorted({kind for kinds in EVENTS.values() for kind in kinds})]
)
#: Drawn for people; without effect on the execution.
_DECORATION: Final = IGNORED | {"extensionElements"}


def read(source: bytes, process_id: str) -> Definition:
    """The process `process_id` of a diagram. Raises `XmlRefused` or `Unsupported`."""
    root = xml.parse(source)
    process = next((item for item in root.iter(bpmn("process")) if item.get("id") == process_id), None)
    if process is None:
        raise Unsupported(process_id, "the diagram has no such process")
    normalise(process)
    reader = _Reader(root)
    scope = reader.scope(process, None)
    check_compensation(reader.nodes)
    return Definition(process_id, scope, reader.nodes)


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        self.nodes: dict[str, Node] = {}
        self._data = DataFlow(root)
        self._global = {child.get("id"): child for child in root if isinstance(child.tag, str) and child.get("id")}
        # An association may stand in any scope around both of its ends.
        self._associated: dict[str, list[str]] = {}
        for item in root.iter(bpmn("association")):
            self._associated.setdefault(item.get("sourceRef") or "", []).append(item.get("targetRef") or "")

    def scope(self, element: etree._Element, owner: Node | None) -> Scope:
        scope = Scope(element.get("id", ""), owner, declared(element))
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
        if truth(element.get("parallelMultiple")):
            raise Unsupported(node_id, "parallelMultiple is not executed")
        if any(element.get(name, "1") != "1" for name in ("startQuantity", "completionQuantity")):
            raise Unsupported(node_id, "start and completion quantities are not executed")
        for child in element:
            known = local(child) in _DECORATION | _PARTS or (tag in EMBEDDED and local(child) in TYPES)
            if local(child) and not known:
                raise Unsupported(node_id, f"{local(child)} is not executed")
        event_subprocess = tag == "subProcess" and truth(element.get("triggeredByEvent"))
        node = Node(
            id=node_id,
            name=element.get("name") or "",
            tag=tag,
            type="EVENT_SUB_PROCESS" if event_subprocess else TYPES[tag],
            scope=scope,
            default=element.get("default"),
            attached_to=element.get("attachedToRef"),
            interrupting=truth(element.get("isInterrupting" if tag == "startEvent" else "cancelActivity"), True),
            compensates=tag in ACTIVITIES and truth(element.get("isForCompensation")),
        )
        self.nodes[node_id] = node
        found = read_extensions(element, tag)
        node.inputs = (*self._data.inputs(element, node_id), *found.inputs)
        node.outputs = (*found.outputs, *self._data.outputs(element, node_id))
        node.extensions = found.single
        # Those of a sub-process begin with its inside.
        node.locals = () if tag in EMBEDDED else locals_of(element)
        node.properties, node.headers = found.properties, found.headers
        node.events = read_events(element, node, self._global)
        node.loop = read_loop(element, node) if tag in ACTIVITIES else None
        if tag in EMBEDDED:
            node.body = self.scope(element, node)
        return node

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
        self._order(element, scope)
        for node in scope.nodes.values():
            if node.tag == "boundaryEvent":
                host = scope.nodes.get(node.attached_to or "")
                if host is None or host.tag not in ACTIVITIES or host.type == "EVENT_SUB_PROCESS":
                    raise Unsupported(node.id, "is attached to no activity of its scope")
                host.boundaries.append(node)
                if node.is_event("compensate"):
                    node.handler = self._handler(node, scope)

    def _order(self, element: etree._Element, scope: Scope) -> None:
        """Flows leave in the order of their element's own list (the standard's ordered set); those not in it last."""
        for child in element:
            listed = [(item.text or "").strip().rpartition(":")[2] for item in child.findall(bpmn("outgoing"))]
            place = {flow_id: index for index, flow_id in enumerate(listed)}
            node = scope.nodes.get(child.get("id") or "")
            if node is not None and place:
                node.outgoing.sort(key=lambda flow: place.get(flow.id or "", len(place)))

    def _handler(self, event: Node, scope: Scope) -> str:
        """The activity to which the association of a compensation event leads; lines to notes do not count."""
        found = [target for target in self._associated.get(event.id, ()) if target in scope.nodes]
        if len(found) != 1 or not scope.nodes[found[0]].compensates:
            raise Unsupported(event.id, "needs an association with one activity that is marked for compensation")
        return found[0]
