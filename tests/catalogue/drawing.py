"""Diagrams of the notation, written as BPMN."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from tests.catalogue.elements import Body, Element, Unreadable, rule
from tests.unit.engine.builder import tag, zeebe

#: Kind → BPMN element, for everything that is no event.
NODES = {
    "user": "userTask",
    "service": "serviceTask",
    "task": "task",
    "manual": "manualTask",
    "script": "scriptTask",
    "rule": "businessRuleTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "call": "callActivity",
    "sub": "subProcess",
    "esub": "subProcess",
    "transaction": "transaction",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "event": "eventBasedGateway",
    "complex": "complexGateway",
}
EVENTS = {"start": "startEvent", "end": "endEvent", "throw": "intermediateThrowEvent"}


@dataclass
class Definitions:
    """What stands beside the processes of a file: messages, signals, errors, escalations, each once."""

    known: dict[tuple[str, ...], str] = field(default_factory=dict)
    xml: list[str] = field(default_factory=list)

    def of(self, kind: str, name: str, key: str = "") -> str:
        """The id of this definition, which is made if there is none."""
        facts = (kind, name, key)
        if facts not in self.known:
            self.known[facts] = identity = f"{kind}_{len(self.known) + 1}"
            more = {"errorCode": name} if kind == "error" else {"escalationCode": name} if kind == "escalation" else {}
            inner = tag("extensionElements", zeebe("subscription", correlationKey=f"={key}")) if key else ""
            self.xml.append(tag(kind, inner, id=identity, name=name, **more))
        return self.known[facts]


def body_xml(body: Body, definitions: Definitions) -> str:
    flows = "".join(_flow(body, *flow) for flow in body.flows)
    nodes = "".join(_node(element, definitions) for element in body.elements.values())
    return nodes + flows + "".join(body.raw)


def _flow(body: Body, flow_id: str, source: str, target: str, condition: str | None) -> str:
    """A sequence flow; from a compensation event the association with its handler."""
    ends = {"id": flow_id, "sourceRef": source, "targetRef": target}
    if body.elements[source].kind == "boundary-compensate":
        body.elements[target].attributes["isForCompensation"] = "true"
        return tag("association", **ends)
    written = tag("conditionExpression", escape(f"={condition}")) if condition not in (None, "default") else ""
    return tag("sequenceFlow", written, **ends)


def _node(element: Element, definitions: Definitions) -> str:
    kind = element.kind or "user"
    extensions, inner = [*element.extensions, *_work(element, kind)], list(element.inner)
    attributes = dict(element.attributes)
    if element.inputs or element.outputs:
        rules = [zeebe("input", source=source, target=target) for target, source in element.inputs]
        rules += [zeebe("output", source=source, target=target) for target, source in element.outputs]
        extensions.append(zeebe("ioMapping", "".join(rules)))
    if element.loop:
        inner.append(_loop(element.loop))
    if element.rounds:
        inner.append(_rounds(element.rounds))
    if kind == "receive":
        attributes["messageRef"] = _reference(element.arg or "msg by key", "message", definitions)
    elif kind == "send" and element.arg:
        attributes["messageRef"] = _reference(element.arg, "message", definitions, thrown=True)
    name = NODES.get(kind)
    if name is None:
        name, definition = _event(element, kind, attributes, definitions)
        inner.append(definition)
    if kind == "esub":
        attributes["triggeredByEvent"] = "true"
    if element.body is not None:
        inner.append(body_xml(element.body, definitions))
    head = tag("extensionElements", "".join(extensions)) if extensions else ""
    return tag(name, head + "".join(inner), id=element.id, **attributes)


def _work(element: Element, kind: str) -> list[str]:
    """The extension elements that say what a task does."""
    arg, found = element.arg, []
    if kind == "user":
        found.append(zeebe("userTask"))
        found.append(zeebe("assignmentDefinition", **(element.assignment or {"candidateGroups": "staff"})))
        if element.schedule:
            found.append(zeebe("taskSchedule", **element.schedule))
    elif kind == "service" or (kind in ("send", "script", "rule") and not arg):
        more = {"retries": element.retries} if element.retries else {}
        found.append(zeebe("taskDefinition", type=arg or "work", **more))
    elif kind == "script":
        target, source = rule(arg)
        found.append(zeebe("script", expression=source, resultVariable=target))
    elif kind == "rule":
        target, _, decision = arg.partition(" = ")
        found.append(zeebe("calledDecision", decisionId=decision, resultVariable=target))
    elif kind == "call":
        found.append(zeebe("calledElement", processId=arg or "child", **element.called))
    if kind in ("send", "throw-message", "end-message") and arg:
        _, _, key = arg.partition(" by ")
        found.append(zeebe("publishMessage", correlationKey=f"={key}", **element.publish))
    return found


def _loop(loop: dict[str, str]) -> str:
    given = {key: value for key, value in loop.items() if key not in ("sequential", "condition", "cardinality")}
    inner = tag("extensionElements", zeebe("loopCharacteristics", **given)) if given else ""
    if "cardinality" in loop:
        inner += tag("loopCardinality", escape(loop["cardinality"]))
    if "condition" in loop:
        inner += tag("completionCondition", escape(loop["condition"]))
    return tag("multiInstanceLoopCharacteristics", inner, isSequential=loop.get("sequential", "false"))


def _rounds(rounds: dict[str, str]) -> str:
    given = {"loopMaximum": rounds["maximum"]} if "maximum" in rounds else {}
    inner = tag("loopCondition", escape(rounds["condition"])) if "condition" in rounds else ""
    return tag("standardLoopCharacteristics", inner, testBefore=rounds.get("before", "false"), **given)


def _event(element: Element, kind: str, attributes: dict[str, str], definitions: Definitions) -> tuple[str, str]:
    """The name of the BPMN element and its event definition."""
    place, _, what = kind.partition("-")
    if place in EVENTS:
        name = EVENTS[place]
        if place == "start" and not element.interrupting:
            attributes["isInterrupting"] = "false"
    elif place == "boundary":
        name = "boundaryEvent"
        attributes["attachedToRef"] = element.host or ""
        attributes["cancelActivity"] = str(element.interrupting).lower()
    else:
        name, what = "intermediateCatchEvent", kind
    thrown = name in ("endEvent", "intermediateThrowEvent")
    without_key = thrown or (name == "startEvent" and " by " not in element.arg)
    whats = [(what, element.arg), *element.also] if what else element.also
    more = {} if element.waits else {"waitForCompletion": "false"}
    return name, "".join(definition(*each, definitions, without_key=without_key, **more) for each in whats)


def definition(kind: str, arg: str, definitions: Definitions, *, without_key: bool = False, **attributes: str) -> str:
    """An event definition. Another kind of event needs another case here."""
    if kind == "conditional":
        return tag("conditionalEventDefinition", tag("condition", escape(f"={arg}")))
    if kind == "compensate":
        return tag("compensateEventDefinition", **({"activityRef": arg} if arg else {}), **attributes)
    if kind == "cancel":
        return tag("cancelEventDefinition")
    if kind == "timer":
        return _timer(arg)
    if kind == "link":
        return tag("linkEventDefinition", name=arg)
    if kind == "terminate":
        return tag("terminateEventDefinition")
    if kind not in ("message", "signal", "error", "escalation"):
        raise Unreadable(f"there is no event {kind!r}")
    if kind in ("error", "escalation") and not arg:
        return tag(f"{kind}EventDefinition")
    reference = _reference(arg, kind, definitions, thrown=without_key)
    return tag(f"{kind}EventDefinition", **{f"{kind}Ref": reference})


def _reference(arg: str, kind: str, definitions: Definitions, *, thrown: bool = False) -> str:
    name, _, key = arg.partition(" by ")
    if kind == "message":
        return definitions.of(kind, name or "msg", "" if thrown else key or "key")
    return definitions.of(kind, name or "sig")


def _timer(arg: str) -> str:
    """`PT5M`, `R3/P1D`, `2026-12-01`, or `date =…`, `duration =…`, `cycle =…`."""
    kind, spaced, text = arg.partition(" ")
    if not spaced or kind not in ("date", "duration", "cycle"):
        kind, text = "cycle" if arg.startswith("R") else "duration" if arg[0] in "P-=" else "date", arg
    return tag("timerEventDefinition", tag(f"time{kind.title()}", escape(text)))
