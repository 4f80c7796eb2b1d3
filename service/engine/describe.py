"""What a deployment must know of a diagram without running it: what it is called, how it starts, what it names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from service.engine.lint_rules.model import BPMN, FLOW_NODES, TIMES, Element, Model, qname, text_of
from service.engine.xml import XmlRefused, parse

#: Element types of the Camunda 8 REST API by the BPMN name.
TYPES: Mapping[str, str] = {
    "process": "PROCESS",
    "startEvent": "START_EVENT",
    "endEvent": "END_EVENT",
    "intermediateCatchEvent": "INTERMEDIATE_CATCH_EVENT",
    "intermediateThrowEvent": "INTERMEDIATE_THROW_EVENT",
    "boundaryEvent": "BOUNDARY_EVENT",
    "task": "TASK",
    "userTask": "USER_TASK",
    "manualTask": "MANUAL_TASK",
    "serviceTask": "SERVICE_TASK",
    "sendTask": "SEND_TASK",
    "scriptTask": "SCRIPT_TASK",
    "businessRuleTask": "BUSINESS_RULE_TASK",
    "receiveTask": "RECEIVE_TASK",
    "callActivity": "CALL_ACTIVITY",
    "subProcess": "SUB_PROCESS",
    "adHocSubProcess": "AD_HOC_SUB_PROCESS",
    "transaction": "SUB_PROCESS",
    "exclusiveGateway": "EXCLUSIVE_GATEWAY",
    "inclusiveGateway": "INCLUSIVE_GATEWAY",
    "parallelGateway": "PARALLEL_GATEWAY",
    "eventBasedGateway": "EVENT_BASED_GATEWAY",
    "complexGateway": "INCLUSIVE_GATEWAY",
    "sequenceFlow": "SEQUENCE_FLOW",
}


@dataclass(frozen=True, slots=True)
class StartEvent:
    """One definition of a start event of the process itself.

    `kind` is none, message, signal or timer. `name` is the name of the message or signal as written (a
    literal, or an expression beginning with "="), `expression` the text of the timer and `timer_kind`
    timeDate, timeDuration or timeCycle.
    """

    element_id: str
    kind: str
    name: str = ""
    correlation_key: str = ""
    expression: str = ""
    timer_kind: str = ""
    properties: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ProcessDescription:
    """An executable process of a file. References are the static ones; expressions are left out.

    `elements` has name and REST type of the process, its flow nodes and its sequence flows by id, at any depth.
    `documentation` is what the diagram says in words of the process and of its user tasks, by id.
    """

    process_id: str
    name: str
    version_tag: str | None
    start_form_id: str | None
    start_events: tuple[StartEvent, ...]
    properties: Mapping[str, str]
    user_tasks: tuple[str, ...]
    #: What outsiders are told of its course, in the order of the file: title, when it may be over (FEEL), elements.
    stages: tuple[tuple[str, str, tuple[str, ...]], ...]
    elements: Mapping[str, tuple[str, str]]
    documentation: Mapping[str, str]
    called_processes: frozenset[str]
    called_decisions: frozenset[str]
    called_forms: frozenset[str]
    message_names: frozenset[str]
    signal_names: frozenset[str]
    job_types: frozenset[str]


def describe(xml: bytes) -> tuple[ProcessDescription, ...]:
    """The executable processes of a file, in order; there is at least one.

    Raises `XmlRefused` if the file cannot be read, is no diagram, or has no executable process, so that
    nothing that was handed in is passed over in silence.
    """
    root = parse(xml)
    if qname(root) != (BPMN, "definitions"):
        raise XmlRefused("NOT_BPMN", "the file is no BPMN 2.0 diagram", 1)
    model = Model(root)
    if not model.executable:
        raise XmlRefused("PROCESS_MISSING", "the file has no executable process", 1)
    return tuple(describe_process(model, process) for process in model.executable)


def describe_process(model: Model, process: Element) -> ProcessDescription:
    """One process of a file that is read already."""
    inside = model.inside(process)
    starts = [node for node in model.nodes(process) if node.kind == "startEvent"]
    plain = next((start for start in starts if start.definition == "none"), None)
    version_tag = process.extension("versionTag")
    return ProcessDescription(
        process_id=process.id,
        name=process.name or process.id,
        version_tag=None if version_tag is None else version_tag.get("value") or None,
        start_form_id=next(iter(_static([plain] if plain else (), "formDefinition", "formId")), None),
        start_events=tuple(each for start in starts for each in _start(model, start)),
        properties=dict(process.properties),
        stages=_stages(inside),
        user_tasks=tuple(node.id for node in inside if node.kind == "userTask"),
        elements={
            element.id: (element.name, type_of(element))
            for element in (process, *inside)
            if element is process or element.kind in FLOW_NODES or element.kind == "sequenceFlow"
        },
        documentation={
            element.id: words
            for element in (process, *inside)
            if (element is process or element.kind == "userTask") and (words := _documentation(element.xml))
        },
        called_processes=_static(inside, "calledElement", "processId"),
        called_decisions=_static(inside, "calledDecision", "decisionId"),
        called_forms=_static(inside, "formDefinition", "formId"),
        message_names=_names(model, inside, "message"),
        signal_names=_names(model, inside, "signal"),
        job_types=_static(inside, "taskDefinition", "type"),
    )


def _documentation(xml: etree._Element) -> str:
    texts = [text_of(child) for child in xml if qname(child) == (BPMN, "documentation")]
    return "\n".join(text.strip() for text in texts if text.strip())


def type_of(element: Element) -> str:
    """The REST type of an element."""
    return "EVENT_SUB_PROCESS" if element.is_event_sub_process else TYPES.get(element.kind, "UNSPECIFIED")


def awaited(model: Model) -> frozenset[tuple[str, str]]:
    """Kind ("message", "signal") and name of all that the executable processes wait for; "" is any name."""
    found: set[tuple[str, str]] = set()
    for element in model.live("startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"):
        for kind in ("message", "signal"):
            for named in references(model, element, kind):
                found.add((kind, named.name if is_static(named.name) else ""))
    return frozenset(found)


def references(model: Model, element: Element, kind: str) -> tuple[Element, ...]:
    """The messages, signals, errors or escalations that an event, or a task that sends or receives, names."""
    places = [element.xml, *(xml for definition, xml in element.definitions if definition == kind)]
    written = [str(xml.get(f"{kind}Ref") or "") for xml in places]
    found = [model.named(kind, each) for each in written if each]
    return tuple(each for each in found if each is not None)


def timer_of(definition: etree._Element) -> tuple[str, str]:
    """Kind (timeDate, timeDuration, timeCycle) and text of a timer; empty for what is none."""
    for child in definition:
        kind = str(child.tag).rpartition("}")[2]
        if kind in TIMES:
            return kind, text_of(child)
    return "", ""


def is_static(text: str | None) -> bool:
    """Whether a text is a literal: neither missing nor an expression."""
    return bool(text) and not str(text).lstrip().startswith("=")


def _stages(elements: Iterable[Element]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The elements by their property `stage`; `stageDue` of any of them counts for it."""
    found: dict[str, list[Element]] = {}
    for element in elements:
        if title := element.properties.get("stage", "").strip():
            found.setdefault(title, []).append(element)
    return tuple(
        (
            title,
            next((due for each in of if (due := each.properties.get("stageDue"))), ""),
            tuple(each.id for each in of),
        )
        for title, of in found.items()
    )


def _start(model: Model, start: Element) -> Iterator[StartEvent]:
    """One for each definition; whichever happens begins the process at this element."""
    for kind, xml in start.definitions or (("none", start.xml),):
        written = str(xml.get(f"{kind}Ref") or "")
        named = model.named(kind, written) if written else None
        subscription = None if named is None else named.extension("subscription")
        timer_kind, expression = timer_of(xml) if kind == "timer" else ("", "")
        yield StartEvent(
            element_id=start.id,
            kind=kind,
            name="" if named is None else named.name,
            correlation_key="" if subscription is None else str(subscription.get("correlationKey") or ""),
            expression=expression,
            timer_kind=timer_kind,
            properties=dict(start.properties),
        )


def _static(elements: Iterable[Element], extension: str, attribute: str) -> frozenset[str]:
    texts = (xml.get(attribute) for element in elements for xml in element.extensions(extension))
    return frozenset(str(text) for text in texts if is_static(text))


def _names(model: Model, elements: Iterable[Element], kind: str) -> frozenset[str]:
    found = (each for element in elements if element.kind in FLOW_NODES for each in references(model, element, kind))
    return frozenset(each.name for each in found if is_static(each.name))
