"""Diagrams in a few lines of text, turned into BPMN. The notation is described in README.md."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from xml.sax.saxutils import escape

from service.engine.types import ProcessSource
from tests.unit.engine.builder import HEAD, tag, zeebe

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
_ARROW = re.compile(r"\s(=>|~>|->|-(?:\((?P<id>\w+)\))?(?:\[(?P<condition>.*?)\])?->)\s")
_MENTION = re.compile(r"(?:(?P<kind>~?[a-z][a-z+-]*):)?(?P<id>[^\s():{},]+)(?:\((?P<arg>.*)\))?")
_WITH = re.compile(r"(?P<id>[^\s:()]+): (?P<key>[a-z-]+) ?(?P<rest>.*)")


class Unreadable(ValueError):
    """The text is not in the notation."""


@dataclass
class Element:
    """One flow node. `inner` and `extensions` are pieces of XML."""

    id: str
    kind: str | None = None
    arg: str = ""
    host: str | None = None
    interrupting: bool = True
    attributes: dict[str, str] = field(default_factory=dict)
    extensions: list[str] = field(default_factory=list)
    inputs: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[tuple[str, str]] = field(default_factory=list)
    assignment: dict[str, str] = field(default_factory=dict)
    schedule: dict[str, str] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    loop: dict[str, str] = field(default_factory=dict)
    publish: dict[str, str] = field(default_factory=dict)
    retries: str = ""
    inner: list[str] = field(default_factory=list)
    also: list[tuple[str, str]] = field(default_factory=list)
    waits: bool = True
    body: "Body | None" = None


@dataclass
class Body:
    """A process or the inside of a sub-process."""

    elements: dict[str, Element] = field(default_factory=dict)
    flows: list[tuple[str, str, str, str | None]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)


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


def sources(text: str) -> dict[str, ProcessSource]:
    """The processes of a diagram by id, all in one file. Lines outside a `process:` block belong to the process `p`."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    processes: dict[str, Body] = {}
    rest = _read(lines, Body(), processes)
    if rest:
        raise Unreadable("a } too many")
    definitions = Definitions()
    inside = "".join(
        tag("process", _body(body, definitions), id=process_id, name=process_id, isExecutable="true")
        for process_id, body in processes.items()
    )
    xml = f"{HEAD}{''.join(definitions.xml)}{inside}</bpmn:definitions>".encode()
    return {process_id: ProcessSource(process_id, xml, sha256(xml).hexdigest()) for process_id in processes}


# --- reading --------------------------------------------------------------------------------------


def _read(lines: list[str], body: Body, processes: dict[str, Body] | None = None) -> list[str]:
    """Take lines up to the end of the block into the body; what is left comes back."""
    while lines:
        line, lines = lines[0], lines[1:]
        if line == "}":
            return ["", *lines]  # so that the caller sees that the block was closed
        if line.endswith(" {"):
            inside = Body()
            left = _read(lines, inside)
            if not left:
                raise Unreadable(f"{line} is not closed")
            lines = left[1:]
            kind, _, name = line[:-2].partition(":")
            if kind == "process" and processes is not None:
                processes[name] = inside
            else:
                _mention(line[:-2], body).body = inside
        elif line.startswith("<"):
            body.raw.append(line)
        elif found := _WITH.fullmatch(line):
            _with(body.elements.setdefault(found["id"], Element(found["id"])), found["key"], found["rest"])
        else:
            _flows(line, body)
    if processes is not None and body.elements:
        processes["p"] = body
    return []


def _flows(line: str, body: Body) -> None:
    """`a -> b, c -> d`, `x -[n > 1]-> a`, `a => timer:t(PT5M) -> b`."""
    place, arrows = 0, list(_ARROW.finditer(line))
    sources: list[Element] = []
    arrow: re.Match[str] | None = None
    for following in [*arrows, None]:
        piece = line[place : following.start() if following else len(line)]
        place = following.end() if following else place
        attached = arrow is not None and arrow[1] in ("=>", "~>")
        targets = []
        for text in _split(piece):
            target = _mention(text, body, event="boundary-" if attached else "")
            targets.append(target)
            for source in sources:
                if attached:
                    target.host, target.interrupting = source.id, arrow is not None and arrow[1] == "=>"
                elif arrow is not None:
                    flow_id = arrow["id"] or f"{source.id}_{target.id}"
                    body.flows.append((flow_id, source.id, target.id, arrow["condition"]))
                    if arrow["condition"] == "default":
                        source.attributes["default"] = flow_id
        sources, arrow = targets, following


def _split(piece: str) -> list[str]:
    """At commas outside brackets and quotes."""
    parts, depth, quoted, begun = [], 0, False, 0
    for place, sign in enumerate(piece):
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign in "([{") - (sign in ")]}")
            if sign == "," and depth == 0:
                parts.append(piece[begun:place])
                begun = place + 1
    return [part.strip() for part in (*parts, piece[begun:])]


def _mention(text: str, body: Body, event: str = "") -> Element:
    found = _MENTION.fullmatch(text)
    if not found:
        raise Unreadable(f"{text!r} is no element")
    element = body.elements.setdefault(found["id"], Element(found["id"]))
    if kind := found["kind"]:
        if element.kind:
            raise Unreadable(f"{element.id} is declared twice")
        element.interrupting = not kind.startswith("~")
        element.kind, element.arg = event + kind.removeprefix("~"), found["arg"] or ""
    return element


def _as(element: Element, rest: str) -> None:
    """`each EXPRESSION as NAME`; the item is `i` if nothing is said."""
    collection, named, name = rest.rpartition(" as ")
    element.loop |= {"inputCollection": f"={collection if named else rest}", "inputElement": name if named else "i"}


def _into(element: Element, rest: str) -> None:
    name, _, value = rest.partition(" = ")
    element.loop |= {"outputCollection": name, "outputElement": f"={value}"}


def _rule(rest: str) -> tuple[str, str]:
    target, _, source = rest.partition(" = ")
    return target.strip(), f"={source.strip()}"


def _attribute(element: Element, rest: str) -> None:
    name, _, value = rest.partition("=")
    element.attributes[name] = value


#: What may follow `id: `. Another construct needs another line here.
WITH: dict[str, Callable[[Element, str], object]] = {
    "input": lambda e, rest: e.inputs.append(_rule(rest)),
    "output": lambda e, rest: e.outputs.append(_rule(rest)),
    "each": _as,
    "into": _into,
    "sequential": lambda e, rest: e.loop.update(sequential="true"),
    "until": lambda e, rest: e.loop.update(condition=f"={rest}"),
    "assignee": lambda e, rest: e.assignment.update(assignee=rest),
    "groups": lambda e, rest: e.assignment.update(candidateGroups=rest),
    "users": lambda e, rest: e.assignment.update(candidateUsers=rest),
    "due": lambda e, rest: e.schedule.update(dueDate=rest),
    "priority": lambda e, rest: e.extensions.append(zeebe("priorityDefinition", priority=rest)),
    "retries": lambda e, rest: setattr(e, "retries", rest),
    "keeps-parent": lambda e, rest: e.called.update(propagateAllParentVariables="false"),
    "keeps-child": lambda e, rest: e.called.update(propagateAllChildVariables="false"),
    "ttl": lambda e, rest: e.publish.update(timeToLive=rest),
    "name": lambda e, rest: e.attributes.update(name=rest),
    "attribute": _attribute,
    "also": lambda e, rest: e.also.append((rest.partition("(")[0], rest.partition("(")[2].removesuffix(")"))),
    "at-once": lambda e, rest: setattr(e, "waits", False),
    "extension": lambda e, rest: e.extensions.append(rest),
    "inside": lambda e, rest: e.inner.append(rest),
}


def _with(element: Element, key: str, rest: str) -> None:
    if key not in WITH:
        raise Unreadable(f"nothing is known as {key!r} ({element.id}: {key} {rest})")
    WITH[key](element, rest)


# --- writing --------------------------------------------------------------------------------------


def _body(body: Body, definitions: Definitions) -> str:
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
        inner.append(_body(element.body, definitions))
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
        target, source = _rule(arg)
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
    given = {key: value for key, value in loop.items() if key not in ("sequential", "condition")}
    inner = tag("extensionElements", zeebe("loopCharacteristics", **given))
    if "condition" in loop:
        inner += tag("completionCondition", escape(loop["condition"]))
    return tag("multiInstanceLoopCharacteristics", inner, isSequential=loop.get("sequential", "false"))


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
