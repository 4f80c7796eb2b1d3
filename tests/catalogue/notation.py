"""Diagrams in a few lines of text, turned into BPMN. The notation is described in README.md."""

import re
from collections.abc import Callable
from hashlib import sha256

from service.engine.types import ProcessSource
from tests.catalogue.drawing import Definitions, body_xml
from tests.catalogue.elements import Body, Element, Unreadable, rule
from tests.unit.engine.builder import HEAD, tag, zeebe

_ARROW = re.compile(r"\s(=>|~>|->|-(?:\((?P<id>\w+)\))?(?:\[(?P<condition>.*?)\])?->)\s")
_MENTION = re.compile(r"(?:(?P<kind>~?[a-z][a-z+-]*):)?(?P<id>[^\s():{},]+)(?:\((?P<arg>.*)\))?")
_WITH = re.compile(r"(?P<id>[^\s:()]+): (?P<key>[a-z-]+) ?(?P<rest>.*)")


def sources(text: str) -> dict[str, ProcessSource]:
    """The processes of a diagram by id, all in one file. Lines outside a `process:` block belong to the process `p`."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    beside = [line.removeprefix("file ") for line in lines if line.startswith("file <")]
    lines = [line for line in lines if not line.startswith("file <")]
    processes: dict[str, Body] = {}
    rest = _read(lines, Body(), processes)
    if rest:
        raise Unreadable("a } too many")
    definitions = Definitions()
    inside = "".join(
        tag("process", body_xml(body, definitions), id=process_id, name=process_id, isExecutable="true")
        for process_id, body in processes.items()
    )
    xml = f"{HEAD}{''.join((*definitions.xml, *beside))}{inside}</bpmn:definitions>".encode()
    return {process_id: ProcessSource(process_id, xml, sha256(xml).hexdigest()) for process_id in processes}


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


def _attribute(element: Element, rest: str) -> None:
    name, _, value = rest.partition("=")
    element.attributes[name] = value


#: What may follow `id: `. Another construct needs another line here.
WITH: dict[str, Callable[[Element, str], object]] = {
    "input": lambda e, rest: e.inputs.append(rule(rest)),
    "output": lambda e, rest: e.outputs.append(rule(rest)),
    "each": _as,
    "into": _into,
    "sequential": lambda e, rest: e.loop.update(sequential="true"),
    "times": lambda e, rest: e.loop.update(cardinality=f"={rest}"),
    "until": lambda e, rest: e.loop.update(condition=f"={rest}"),
    "again": lambda e, rest: e.rounds.update(condition=f"={rest}"),
    "at-most": lambda e, rest: e.rounds.update(maximum=rest),
    "asked-first": lambda e, rest: e.rounds.update(before="true"),
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
