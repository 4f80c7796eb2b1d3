"""Rewrites a diagram, before it is read, into fewer constructs with the same meaning.

Only what needs no new element: the author's ids are the only ids there are, so that history, inbox and
diagram agree. (Implicit splits, event sub-processes and joins, which once were rewritten here into gateways and
boundary events, are executed as drawn: see `corrections`.)
"""

from collections import Counter
from copy import deepcopy
from typing import Final

from lxml import etree

from service.engine.model import Unsupported

#: Part of the engine build: another number, another meaning of the same diagram.
NORMALISER_VERSION: Final = 2

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"


def bpmn(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def local(element: etree._Element) -> str:
    """The element's name if it is BPMN's, else an empty text."""
    name = etree.QName(element)
    return name.localname if name.namespace == BPMN else ""


def normalise(process: etree._Element) -> None:
    """Changes the tree of a process: references to event definitions resolved, links drawn as flows, forks named.

    Other processes of the file stay as they are: what is wrong in a picture beside must not stop this one.
    """
    _inline_event_definitions(process)
    for scope in process.iter(bpmn("process"), bpmn("subProcess"), bpmn("transaction")):
        _draw_links(scope)
        _name_forks(scope)


def _inline_event_definitions(process: etree._Element) -> None:
    """`eventDefinitionRef` means the definition that it points to; the library takes it for none."""
    root = process.getroottree().getroot()
    shared = {child.get("id"): child for child in root if local(child).endswith("EventDefinition")}
    for reference in list(process.iter(bpmn("eventDefinitionRef"))):
        event = reference.getparent()
        definition = shared.get((reference.text or "").strip().rpartition(":")[2])
        if event is None or definition is None:
            raise Unsupported((event.get("id") if event is not None else None) or "", "unknown event definition")
        event.replace(reference, deepcopy(definition))


def _draw_links(scope: etree._Element) -> None:
    """A link is a flow that is not drawn. It gets no id, because nobody can find one in the diagram."""
    targets: dict[str, str] = {}
    for event in scope.findall(bpmn("intermediateCatchEvent")):
        name = _link_name(event)
        if name is not None:
            if name in targets:
                raise Unsupported(event.get("id", ""), f"a second target of the link {name!r}")
            targets[name] = event.get("id", "")
    for event in scope.findall(bpmn("intermediateThrowEvent")):
        name = _link_name(event)
        if name is not None:
            if name not in targets:
                raise Unsupported(event.get("id", ""), f"the link {name!r} leads nowhere")
            etree.SubElement(scope, bpmn("sequenceFlow"), sourceRef=event.get("id", ""), targetRef=targets[name])


def _link_name(event: etree._Element) -> str | None:
    definition = event.find(bpmn("linkEventDefinition"))
    return None if definition is None else definition.get("name", "")


def _name_forks(scope: etree._Element) -> None:
    """A complex gateway that only forks is an inclusive one; one that joins has no meaning we could execute."""
    incoming = Counter(flow.get("targetRef") for flow in scope.findall(bpmn("sequenceFlow")))
    for gateway in scope.findall(bpmn("complexGateway")):
        if incoming[gateway.get("id")] <= 1 and gateway.find(bpmn("activationCondition")) is None:
            gateway.tag = bpmn("inclusiveGateway")
