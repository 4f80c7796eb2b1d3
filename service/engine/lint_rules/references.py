"""Whether what is drawn beside the flow leads somewhere: pools, message flows, lanes, associations, data."""

from collections.abc import Mapping

from service.engine.data import DataFlow
from service.engine.lint_rules.model import ACTIVITIES, EVENTS, FLOW_NODES, Element, Model, local, qname, text_of
from service.engine.lint_rules.report import Report
from service.engine.model import Unsupported

#: Attribute → kinds that it may mean, of elements that are looked up by id.
_MEANS: Mapping[str, frozenset[str]] = {
    "dataObjectRef": frozenset({"dataObject"}),
    "dataStoreRef": frozenset({"dataStore"}),
    "itemSubjectRef": frozenset({"itemDefinition"}),
    "categoryValueRef": frozenset({"categoryValue"}),
}
#: What a message flow may begin and end at, beside pools and activities.
_SENDS = frozenset({"intermediateThrowEvent", "endEvent"})
_RECEIVES = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})


def check_references(model: Model, report: Report) -> None:
    """References outside the sequence flow. Those of events, flows and activities are checked with these."""
    for element in model.all:
        for attribute, kinds in _MEANS.items():
            _reference(model, element, attribute, kinds, report)
    for participant in model.kinds("participant"):
        written = participant.get("processRef")
        if written and not _elsewhere(model, written) and model.named("process", written) is None:
            report.add("REFERENCE_DANGLING", participant, kind="process", reference=written)
    for link in model.kinds("messageFlow", "association"):
        for attribute in ("sourceRef", "targetRef"):
            if local(link.get(attribute)) not in model.elements:
                report.add("REFERENCE_DANGLING", link, kind=attribute, reference=link.get(attribute))
    pools = {local(pool.get("processRef")): pool for pool in model.kinds("participant") if pool.get("processRef")}
    for flow in model.kinds("messageFlow"):
        _message_flow(model, flow, pools, report)
    for process in model.processes:
        _lanes(model, process, report)
    _data(model, report)


def _reference(model: Model, element: Element, attribute: str, kinds: frozenset[str], report: Report) -> None:
    written = element.get(attribute)
    if not written or _elsewhere(model, written):
        return
    found = model.elements.get(local(written))
    if found is None or found.kind not in kinds:
        report.add("REFERENCE_DANGLING", element, kind=attribute, reference=written)


def _elsewhere(model: Model, reference: str) -> bool:
    """Whether the prefix of a name leads into another file's namespace, which nobody can look into."""
    prefix = reference.rpartition(":")[0]
    namespace = model.root.nsmap.get(prefix) if prefix else None
    return namespace is not None and namespace != model.root.get("targetNamespace")


def _message_flow(model: Model, flow: Element, pools: Mapping[str, Element], report: Report) -> None:
    ends = [model.elements.get(local(flow.get(attribute))) for attribute in ("sourceRef", "targetRef")]
    for found, allowed, side in zip(ends, (_SENDS, _RECEIVES), ("sourceRef", "targetRef"), strict=True):
        if found is not None and found.kind not in allowed | ACTIVITIES | {"participant"}:
            report.add("MESSAGE_FLOW_END", flow, side=side, end=found.name or found.id, kind=found.kind)
    written = flow.get("messageRef")
    if written and not _elsewhere(model, written) and model.named("message", written) is None:
        report.add("REFERENCE_DANGLING", flow, kind="message", reference=written)
    source, target = ends
    if source is None or target is None:
        return
    inside = [_pool_of(model, end, pools) for end in (source, target)]
    if inside[0] is inside[1]:
        report.add("MESSAGE_FLOW_INSIDE", flow, source=source.name or source.id, target=target.name or target.id)


def _pool_of(model: Model, end: Element, pools: Mapping[str, Element]) -> Element:
    """The pool in which an end lies; without one, its process."""
    process = model.process_of(end)
    return end if end.kind == "participant" else pools.get(process.id, process)


def _lanes(model: Model, process: Element, report: Report) -> None:
    """Every entry of a lane is an element of its process, and stands in one lane of each set."""
    for lane_set in process.xml.iter("{*}laneSet", "{*}childLaneSet"):
        seen: dict[str, Element] = {}
        for xml in lane_set.findall("{*}lane"):
            lane = model.by_xml.get(xml, process)
            for entry in xml.findall("{*}flowNodeRef"):
                written = local(text_of(entry))
                node = model.elements.get(written)
                if node is None or node.kind not in FLOW_NODES or model.process_of(node) is not process:
                    report.add("REFERENCE_DANGLING", lane, xml=entry, kind="flowNodeRef", reference=written)
                elif written in seen and seen[written] is not lane:
                    report.add(
                        "LANE_TWICE", node, lane=lane.name or lane.id, other=seen[written].name or seen[written].id
                    )
                seen.setdefault(written, lane)


def _data(model: Model, report: Report) -> None:
    """Data associations lead from something to something, and the engine's own reader can make sense of them."""
    flow = DataFlow(model.root)
    for element in model.live(*ACTIVITIES, *EVENTS):
        associations = [*element.children("dataInputAssociation"), *element.children("dataOutputAssociation")]
        ends = [
            end for each in associations for side in ("sourceRef", "targetRef") for end in each.findall(f"{{*}}{side}")
        ]
        dangling = [end for end in ends if local(text_of(end)) not in model.elements]
        for end in dangling:
            report.add("REFERENCE_DANGLING", element, xml=end, kind=qname(end)[1], reference=text_of(end))
        if dangling:
            continue
        for read in (flow.inputs, flow.outputs):
            try:
                read(element.xml, element.id)
            except Unsupported as refused:
                report.add("DATA_FLOW", element, reason=refused.reason)
