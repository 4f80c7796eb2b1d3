"""Whether the elements hang together: starts, flows within their scope, gateways, ways in and ways out."""

from service.engine.lint_rules.compensation import compensates, handlers_of, is_handler
from service.engine.lint_rules.events import interrupting, link_name
from service.engine.lint_rules.language import AWAITED
from service.engine.lint_rules.model import EMBEDDED, EVENTS, FLOW_NODES, Element, Model, local, text_of
from service.engine.lint_rules.report import Report

_DECIDING = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})


def check_structure(model: Model, report: Report) -> None:
    """All rules about how elements are wired."""
    _flows(model, report)
    for process in model.executable:
        _starts(model, process, report)
        for node in (node for node in model.inside(process) if node.kind in FLOW_NODES):
            _wiring(node, report)
            _wires(model, node, report)
            _conditions(node, report)
            if node.kind == "eventBasedGateway":
                _event_gateway(model, node, report)
            if node.kind == "complexGateway" and len(node.incoming) > 1:
                report.add("COMPLEX_JOIN", node)
            if node.kind in EMBEDDED:
                _starts(model, node, report)
        for scope in (process, *(each for each in model.inside(process) if each.kind in EMBEDDED)):
            _ways(model, scope, report)


def _flows(model: Model, report: Report) -> None:
    for flow in model.kinds("sequenceFlow"):
        ends = []
        for attribute in ("sourceRef", "targetRef"):
            node = model.elements.get(flow.get(attribute))
            if node is None or node.kind not in FLOW_NODES:
                report.add("FLOW_END_MISSING", flow, attribute=attribute, reference=flow.get(attribute))
            else:
                ends.append(node)
        if len(ends) == 2 and flow not in model.drawn_only and not (ends[0].scope is ends[1].scope is flow.scope):
            report.add("FLOW_CROSSES_SCOPE", flow, source=_label(ends[0]), target=_label(ends[1]))


def _starts(model: Model, scope: Element, report: Report) -> None:
    starts = [node for node in model.nodes(scope) if node.kind == "startEvent"]
    if scope.kind == "process":
        if not starts:
            report.add("START_MISSING", scope)
        plain = [start for start in starts if start.definition == "none"]
        for extra in plain[1:]:
            report.add("START_SEVERAL", extra, first=plain[0].id)
        return
    if len(starts) != 1:
        report.add("SUBPROCESS_START", scope, count=len(starts))
    if scope.is_event_sub_process and scope.loop is not None:
        report.add("EVENT_SUBPROCESS_LOOP", scope)


def _wiring(node: Element, report: Report) -> None:
    if (node.kind in ("startEvent", "boundaryEvent") or is_handler(node)) and node.incoming:
        report.add("INCOMING_FORBIDDEN", node)
    if (node.kind == "endEvent" or is_handler(node) or compensates(node)) and node.outgoing:
        report.add("OUTGOING_FORBIDDEN", node)
    if node.is_event_sub_process and (node.incoming or node.outgoing or node.boundary):
        report.add("EVENT_SUBPROCESS_FLOWS", node)
    catches_link = node.kind == "intermediateCatchEvent" and node.definition == "link"
    if catches_link and node.incoming:
        report.add("INCOMING_FORBIDDEN", node)
    if node.kind in ("startEvent", "boundaryEvent") and not node.outgoing and not compensates(node):
        report.add("OUTGOING_MISSING" if node.kind == "startEvent" else "BOUNDARY_LOST", node)


def _wires(model: Model, node: Element, report: Report) -> None:
    """`incoming` and `outgoing` repeat what the flows say; where they say otherwise, nobody knows what was meant."""
    for side, end in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
        for wire in node.children(side):
            written = local(text_of(wire))
            flow = model.elements.get(written)
            if flow is None or flow.kind != "sequenceFlow" or flow.get(end) != node.id:
                report.add("WIRE_WRONG", node, xml=wire, side=side, reference=written)


def _conditions(node: Element, report: Report) -> None:
    default = node.get("default")
    conditional = [flow for flow in node.outgoing if flow.child("conditionExpression") is not None]
    if default and default not in {flow.id for flow in node.outgoing}:
        report.add("DEFAULT_NOT_OUTGOING", node, reference=default)
    for flow in conditional:
        if flow.id == default:
            report.add("DEFAULT_HAS_CONDITION", flow, gateway=_label(node))
        if node.kind in ("parallelGateway", "eventBasedGateway"):
            report.add("CONDITION_MEANINGLESS", flow, gateway=_label(node))
        elif node.kind in EVENTS:
            report.add("CONDITION_EVENT", flow, event=_label(node))
    if node.kind in _DECIDING and len(node.outgoing) > 1:
        for flow in node.outgoing:
            if flow not in conditional and flow.id != default:
                report.add("CONDITION_MISSING", flow, gateway=_label(node))
        if not default:
            report.add("DEFAULT_MISSING", node)


def _event_gateway(model: Model, gateway: Element, report: Report) -> None:
    if len(gateway.outgoing) < 2:
        report.add("EVENT_GATEWAY_FEW", gateway)
    kinds: set[str] = set()
    for flow in gateway.outgoing:
        target = model.elements.get(flow.get("targetRef"))
        if target is None:
            continue
        waits = target.kind == "receiveTask" or (
            target.kind == "intermediateCatchEvent" and all(kind in AWAITED for kind, _ in target.definitions)
        )
        if not waits or len(target.incoming) != 1 or target.boundary or target.loop is not None:
            report.add("EVENT_GATEWAY_TARGET", target, gateway=_label(gateway))
        kinds |= {target.kind, *(kind for kind, _ in target.definitions)}
    if {"receiveTask", "message"} <= kinds:
        report.add("EVENT_GATEWAY_MIXED", gateway)


def _ways(model: Model, scope: Element, report: Report) -> None:
    """Every element can be reached, and from every element an end."""
    nodes = model.nodes(scope)
    onward: dict[Element, list[Element]] = {node: [] for node in nodes}
    for node in nodes:
        onward[node] += [target for flow in node.outgoing if (target := _target(model, flow)) in onward]
        onward[node] += [event for event in node.boundary if event in onward]
        onward[node] += [handler for handler in handlers_of(model, node) if handler in onward]
        if node.kind == "intermediateThrowEvent" and node.definition == "link":
            onward[node] += [
                other
                for other in nodes
                if other.kind == "intermediateCatchEvent"
                and other.definition == "link"
                and link_name(other) == link_name(node)
            ]
    begins = [node for node in nodes if node.kind == "startEvent" or node.is_event_sub_process]
    if any(node.kind == "startEvent" for node in begins):
        reached = _closure(begins, onward)
        for node in nodes:
            if node not in reached:
                report.add("UNREACHABLE", node)
    backward: dict[Element, list[Element]] = {node: [] for node in nodes}
    for node, targets in onward.items():
        for target in targets:
            backward[target].append(node)
    ends = [node for node in nodes if not onward[node]]
    _implicit_ends(ends, report)
    if ended_from_outside(model, scope, nodes):
        return
    ending = _closure(ends, backward)
    for node in nodes:
        if node not in ending:
            report.add("DEAD_END", node)


def _implicit_ends(ends: list[Element], report: Report) -> None:
    for node in ends:
        explicit = node.kind == "endEvent" or node.is_event_sub_process or node.kind in ("startEvent", "boundaryEvent")
        explicit = explicit or is_handler(node)
        if not explicit and not (node.kind == "intermediateThrowEvent" and node.definition == "link"):
            report.add("END_IMPLICIT", node)


def ended_from_outside(model: Model, scope: Element, nodes: list[Element]) -> bool:
    """Whether something else may end a loop in `scope`: a terminate, an interrupting event around it."""
    if any(node.kind == "endEvent" and node.has("terminate") for node in nodes):
        return True
    for node in nodes:
        if node.is_event_sub_process:
            starts = [each for each in model.nodes(node) if each.kind == "startEvent"]
            if any(interrupting(start) for start in starts):
                return True
    if any(interrupting(event) for event in scope.boundary):
        return True
    return scope.scope is not None and ended_from_outside(model, scope.scope, model.nodes(scope.scope))


def _closure(begins: list[Element], onward: dict[Element, list[Element]]) -> set[Element]:
    reached, waiting = set(begins), list(begins)
    while waiting:
        for target in onward[waiting.pop()]:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _target(model: Model, flow: Element) -> Element | None:
    return model.elements.get(flow.get("targetRef"))


def _label(element: Element) -> str:
    return f"{element.name} ({element.id})" if element.name else element.id
