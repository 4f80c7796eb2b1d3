"""Whether each event says exactly one thing that is executed where it stands."""

from lxml import etree

from service.engine.describe import references
from service.engine.lint_rules.language import (
    CAUGHT_ALONE,
    EVENTS,
    NON_INTERRUPTING,
    PLACES,
    THROWN_ALONE,
    THROWN_LAST,
)
from service.engine.lint_rules.model import (
    ACTIVITIES,
    BPMN,
    EMBEDDED,
    TIMES,
    Element,
    Model,
    local,
    qname,
    shared_definition,
    text_of,
    truth,
)
from service.engine.lint_rules.report import Report
from service.engine.timers import check_literal

_THROWING = frozenset({"intermediateThrowEvent", "endEvent"})


def check_events(model: Model, report: Report) -> None:
    """Definitions against their place, references, timers, links, correlation keys."""
    for event in model.live(
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"
    ):
        _definitions(event, report)
        for kind, xml in event.definitions:
            _reference(model, event, kind, xml, report)
            _condition(event, kind, xml, report)
        _timer(event, report)
    for task in model.live("receiveTask"):
        _message(model, task, task.xml, report)
    for task in model.live("sendTask"):
        if task.extension("publishMessage") is not None:
            _message(model, task, task.xml, report)
    for event in model.live("boundaryEvent"):
        _host(model, event, report)
    for scope in (*model.executable, *model.live(*EMBEDDED)):
        _links(model, scope, report)
    _roots(model, report)


def place_of(event: Element) -> str:
    """The row of `language.EVENTS` that applies to an event."""
    if event.kind == "startEvent":
        if event.scope is None or event.scope.kind == "process":
            return "start of a process"
        return "start of an event sub-process" if event.scope.is_event_sub_process else "start of a sub-process"
    return PLACES[event.kind]


def interrupting(event: Element) -> bool:
    """Whether a boundary event ends its activity, or the start of an event sub-process its scope."""
    return truth(event.get("cancelActivity" if event.kind == "boundaryEvent" else "isInterrupting") or None, True)


def _definitions(event: Element, report: Report) -> None:
    place = place_of(event)
    for shared in event.children("eventDefinitionRef"):
        if shared_definition(shared) is None:
            report.add("REFERENCE_DANGLING", event, xml=shared, kind="event definition", reference=text_of(shared))
    kinds = [kind for kind, _ in event.definitions] or ["none"]
    may_go_on = place in ("boundary", "start of an event sub-process")
    for kind in dict.fromkeys(kinds):
        if kind not in EVENTS[place]:
            report.add("EVENT_NOT_EXECUTED", event, place=place, kind=kind, allowed=", ".join(sorted(EVENTS[place])))
        if may_go_on and not interrupting(event) and kind not in NON_INTERRUPTING:
            report.add("EVENT_NON_INTERRUPTING", event, kind=kind)
    throws = event.kind in _THROWING
    alone = (THROWN_ALONE if throws else CAUGHT_ALONE) & set(kinds)
    if len(kinds) > 1 and (alone or (throws and sum(kind in THROWN_LAST for kind in kinds) > 1)):
        report.add("EVENT_SEVERAL", event, kinds=", ".join(kinds))
    if len(kinds) > 1 and throws and event.extension("taskDefinition") is not None:
        report.add("EVENT_SEVERAL_JOB", event, kinds=", ".join(kinds))


def _condition(event: Element, kind: str, xml: etree._Element, report: Report) -> None:
    if kind != "conditional":
        return
    if not text_of(xml.find(f"{{{BPMN}}}condition")):
        report.add("CONDITION_EMPTY", event, xml=xml)
    if xml.find(f"{{{BPMN}}}extensionElements") is not None:
        report.add("CONDITION_FILTER", event, xml=xml)


def _reference(model: Model, event: Element, kind: str, xml: etree._Element, report: Report) -> None:
    if kind == "message":
        _message(model, event, xml, report)
    elif kind == "signal":
        found = _referred(model, event, kind, xml, report)
        if found is not None and not found.name:
            report.add("NAME_MISSING", found, kind="signal")
    elif kind in ("error", "escalation"):
        if not xml.get(f"{kind}Ref") and event.kind not in _THROWING:
            return  # catches every error or escalation
        found = _referred(model, event, kind, xml, report)
        code = "" if found is None else found.get(f"{kind}Code")
        if found is not None and not code:
            report.add("CODE_MISSING", found, kind=kind)
        elif found is not None and code.startswith("=") and event.kind not in _THROWING:
            report.add("CODE_EXPRESSION", found, kind=kind, code=code[:80])


def _message(model: Model, element: Element, xml: etree._Element, report: Report) -> None:
    """`xml` is what names the message: the task itself, or a definition of the event."""
    needs_message = element.kind not in _THROWING or element.extension("taskDefinition") is None
    if not needs_message and not xml.get("messageRef"):
        return
    found = _referred(model, element, "message", xml, report)
    if found is None:
        return
    if not found.name:
        report.add("NAME_MISSING", found, kind="message")
    catches = element.kind in ("receiveTask", "intermediateCatchEvent", "boundaryEvent") or (
        element.kind == "startEvent" and element.scope is not None and element.scope.kind != "process"
    )
    subscription = found.extension("subscription")
    if catches and not (subscription is not None and subscription.get("correlationKey")):
        report.add("CORRELATION_KEY", element, message=found.name or found.id)


def _referred(model: Model, element: Element, kind: str, xml: etree._Element, report: Report) -> Element | None:
    written = str(xml.get(f"{kind}Ref") or "").strip()
    found = model.named(kind, local(written)) if written else None
    if found is None:
        report.add("REFERENCE_DANGLING" if written else "REFERENCE_MISSING", element, kind=kind, reference=written)
    return found


def _timer(event: Element, report: Report) -> None:
    for kind, xml in event.definitions:
        if kind != "timer":
            continue
        times = [child for child in xml if qname(child)[0] == BPMN and qname(child)[1] in TIMES]
        if len(times) != 1 or not text_of(times[0]):
            report.add("TIMER_SHAPE", event, xml=xml)
            continue
        _time(event, times[0], report)


def _time(event: Element, xml: etree._Element, report: Report) -> None:
    kind, text = qname(xml)[1].removeprefix("time").lower(), text_of(xml)
    repeats = place_of(event) == "start of a process" or (
        event.kind in ("startEvent", "boundaryEvent") and not interrupting(event)
    )
    if kind == "cycle" and not repeats:
        report.add("TIMER_CYCLE_PLACE", event, xml=xml)
    if not text.startswith("="):
        try:
            check_literal(kind, text)
        except ValueError:
            report.add("TIMER_TEXT", event, xml=xml, text=text, kind=kind)


def _host(model: Model, event: Element, report: Report) -> None:
    host = model.elements.get(event.get("attachedToRef"))
    if host is None or host.kind not in ACTIVITIES or host.scope is not event.scope or host.is_event_sub_process:
        report.add("BOUNDARY_HOST", event, reference=event.get("attachedToRef"))


def _links(model: Model, scope: Element, report: Report) -> None:
    targets: dict[str, Element] = {}
    for event in model.nodes(scope):
        if event.kind == "intermediateCatchEvent" and event.definition == "link":
            name = link_name(event)
            if not name:
                report.add("NAME_MISSING", event, kind="link")
            elif name in targets:
                report.add("LINK_TWICE", event, link=name)
            targets[name] = event
    for event in model.nodes(scope):
        if event.kind == "intermediateThrowEvent" and event.definition == "link":
            if link_name(event) not in targets:
                report.add("LINK_TARGET", event, link=link_name(event))
            if event.outgoing:
                report.add("LINK_FLOWS", event)


def link_name(event: Element) -> str:
    """The name by which link throw and catch events find each other."""
    return next((str(xml.get("name") or "").strip() for kind, xml in event.definitions if kind == "link"), "")


def _roots(model: Model, report: Report) -> None:
    """Messages, signals, errors and escalations that nothing uses: usually the event that should was redrawn."""
    used = {
        found.id
        for element in model.all
        for kind in ("message", "signal", "error", "escalation")
        for found in references(model, element, kind)
    }
    flows = {flow.get("messageRef") for flow in model.kinds("messageFlow")}
    for root in model.kinds("message", "signal", "error", "escalation"):
        if root.id not in used | flows:
            report.add("ROOT_UNUSED", root, kind=root.kind)
