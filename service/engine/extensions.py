"""The extension elements of the dialect, element by element; unknown ones are refused, foreign ones ignored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from service.engine.formal import expression, is_feel, truth, written
from service.engine.lint_rules.foreign import attribute_meaning, extension_meaning
from service.engine.model import Loop, MappingRule, Node, StandardLoop, Unsupported
from service.engine.normaliser import ZEEBE, bpmn, local

#: What may make an activity run several times.
LOOPS: Final = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}")
_JOB: Final = {"taskDefinition"}
_COMMON: Final = {"ioMapping", "properties", "taskHeaders"}
#: Element → `zeebe:` elements that have an effect there.
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "process": frozenset({"versionTag", "properties"}),
    "message": frozenset({"subscription", "properties"}),
    "startEvent": frozenset(_COMMON | {"formDefinition"}),
    "userTask": frozenset(
        _COMMON | {"userTask", "formDefinition", "assignmentDefinition", "taskSchedule", "priorityDefinition"}
    ),
    "serviceTask": frozenset(_COMMON | _JOB),
    "sendTask": frozenset(_COMMON | _JOB | {"publishMessage"}),
    "scriptTask": frozenset(_COMMON | _JOB | {"script"}),
    "businessRuleTask": frozenset(_COMMON | _JOB | {"calledDecision"}),
    "callActivity": frozenset(_COMMON | {"calledElement"}),
    "intermediateThrowEvent": frozenset(_COMMON | _JOB | {"publishMessage"}),
    "endEvent": frozenset(_COMMON | _JOB | {"publishMessage"}),
    "multiInstanceLoopCharacteristics": frozenset({"loopCharacteristics", "properties"}),
}


@dataclass(frozen=True, slots=True)
class Extensions:
    inputs: tuple[MappingRule, ...]
    outputs: tuple[MappingRule, ...]
    single: Mapping[str, Mapping[str, str]]
    properties: Mapping[str, str]
    headers: Mapping[str, str]


def read_extensions(element: etree._Element, tag: str) -> Extensions:
    """Everything that `extensionElements` of this element says."""
    element_id = element.get("id") or tag
    for name in map(etree.QName, element.attrib):
        if name.namespace and attribute_meaning(name.namespace, name.localname) == "refused":
            raise Unsupported(element_id, f"the attribute {name.localname} belongs to another engine")
    inputs: list[MappingRule] = []
    outputs: list[MappingRule] = []
    single: dict[str, Mapping[str, str]] = {}
    properties: dict[str, str] = {}
    headers: dict[str, str] = {}
    for child in element.iterfind(f"{bpmn('extensionElements')}/*"):
        name = etree.QName(child)
        if name.namespace != ZEEBE:
            if extension_meaning(name.namespace or "", name.localname) == "refused":
                raise Unsupported(element_id, f"the extension {name.localname} belongs to another engine")
            continue
        kind = name.localname
        if kind not in ALLOWED.get(tag, _COMMON):
            raise Unsupported(element_id, f"zeebe:{kind} is not executed on {tag}")
        if kind == "ioMapping":
            inputs += _rules(child, "input", element_id)
            outputs += _rules(child, "output", element_id)
        elif kind == "properties":
            properties |= {item.get("name", ""): item.get("value", "") for item in child}
        elif kind == "taskHeaders":
            headers |= {item.get("key", ""): item.get("value", "") for item in child}
        else:
            single[kind] = {str(key): str(value) for key, value in child.attrib.items()}
    return Extensions(tuple(inputs), tuple(outputs), single, properties, headers)


def read_loop(element: etree._Element, node: Node) -> Loop | StandardLoop | None:
    loops = [child for child in element if local(child) in LOOPS]
    if len(loops) > 1:
        raise Unsupported(node.id, "more than one loop on an activity")
    if not loops:
        return None
    [loop] = loops
    return _standard_loop(loop, node) if local(loop) == "standardLoopCharacteristics" else _multi_instance(loop, node)


def _standard_loop(loop: etree._Element, node: Node) -> StandardLoop:
    for child in loop:
        if local(child) not in ("loopCondition", "documentation", "extensionElements"):
            raise Unsupported(node.id, f"{etree.QName(child).localname} is not executed in a loop")
    condition, maximum = loop.find(bpmn("loopCondition")), loop.get("loopMaximum")
    if maximum is not None and not _INTEGER.fullmatch(maximum.strip()):
        raise Unsupported(node.id, "loopMaximum is no whole number")
    text = expression(condition) if condition is not None else ""
    if not text and maximum is None:
        raise Unsupported(node.id, "a loop needs a loopCondition or a loopMaximum, or it has no end")
    return StandardLoop(truth(loop.get("testBefore")), int(maximum) if maximum is not None else None, text or None)


def _multi_instance(loop: etree._Element, node: Node) -> Loop:
    if loop.get("behavior", "All") != "All":
        raise Unsupported(node.id, "multi-instance behaviour other than All is not executed")
    for child in loop:
        if local(child) not in ("extensionElements", "documentation", "completionCondition", "loopCardinality"):
            raise Unsupported(node.id, f"{etree.QName(child).localname} is not executed")
    found = read_extensions(loop, "multiInstanceLoopCharacteristics").single.get("loopCharacteristics", {})
    collection, cardinality = found.get("inputCollection") or None, loop.find(bpmn("loopCardinality"))
    if (collection is None) == (cardinality is None):
        raise Unsupported(node.id, "multi-instance needs an input collection or a cardinality, not both")
    if bool(found.get("outputCollection")) != bool(found.get("outputElement")):
        raise Unsupported(node.id, "an output collection needs an output element, and the other way round")
    condition = loop.find(bpmn("completionCondition"))
    return Loop(
        sequential=truth(loop.get("isSequential")),
        input_collection=collection,
        cardinality=_cardinality(cardinality, node) if cardinality is not None else None,
        input_element=found.get("inputElement") or None,
        output_collection=found.get("outputCollection") or None,
        output_element=found.get("outputElement") or None,
        condition=expression(condition) or None if condition is not None else None,
    )


def _cardinality(element: etree._Element, node: Node) -> str:
    text = written(element)
    if not text or not (text.startswith("=") or text.isdecimal()):
        raise Unsupported(node.id, "a cardinality is a whole number or an expression")
    return expression(element)


def condition_text(flow: etree._Element, scope_id: str) -> str | None:
    condition = flow.find(bpmn("conditionExpression"))
    if condition is None:
        return None
    text = expression(condition)
    if not text:
        raise Unsupported(flow.get("id") or scope_id, "an empty condition")
    if condition.get("language") and not is_feel(condition.get("language", "")):
        raise Unsupported(flow.get("id") or scope_id, "conditions are FEEL")
    return text


def required(element: etree._Element, attribute: str, element_id: str) -> str:
    value = (element.get(attribute) or "").strip()
    if not value:
        raise Unsupported(element_id, f"{etree.QName(element).localname} without {attribute}")
    return value


def _rules(mapping: etree._Element, kind: str, element_id: str) -> list[MappingRule]:
    rules = []
    for item in mapping.iterfind(f"{{{ZEEBE}}}{kind}"):
        source, target = item.get("source") or "", (item.get("target") or "").strip()
        if not target or not all(part.strip() for part in target.split(".")):
            raise Unsupported(element_id, f"an {kind} mapping without a target")
        rules.append(MappingRule(source, target))
    return rules
