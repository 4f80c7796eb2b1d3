"""Whether a decision file holds together: its elements, ids, types, and who requires whom."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from service.engine.dmn_logic import BUILT_IN, EXPRESSIONS, child, children, local
from service.engine.lint_rules.model import DMN_NAMESPACES, qname
from service.engine.lint_rules.report import Report
from service.engine.xml import line_of

_NODES = frozenset({"decision", "inputData", "businessKnowledgeModel", "decisionService", "knowledgeSource"})
_IN_DEFINITIONS = _NODES | {
    "import", "itemDefinition", "textAnnotation", "association", "group", "elementCollection", "performanceIndicator",
    "organizationUnit", "description", "extensionElements",
}  # fmt: skip
_IN_DECISION = EXPRESSIONS | {
    "question", "allowedAnswers", "variable", "informationRequirement", "knowledgeRequirement", "authorityRequirement",
    "supportedObjective", "impactedPerformanceIndicator", "decisionMaker", "decisionOwner", "usingProcess",
    "usingTask", "description", "extensionElements",
}  # fmt: skip
#: What each kind of requirement may lead to.
_TARGETS: Mapping[str, frozenset[str]] = {
    "requiredDecision": frozenset({"decision"}),
    "requiredInput": frozenset({"inputData"}),
    "requiredKnowledge": frozenset({"businessKnowledgeModel", "decisionService"}),
    "outputDecision": frozenset({"decision"}),
    "encapsulatedDecision": frozenset({"decision"}),
    "inputDecision": frozenset({"decision"}),
    "inputData": frozenset({"inputData"}),
}
_FEEL = re.compile(r"feel|https?://www\.omg\.org/spec/(dmn/\d+/)?feel(/\d+)?/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """The nodes of a file by id, and the definitions of its types by name."""

    root: etree._Element
    nodes: Mapping[str, etree._Element]
    types: Mapping[str, etree._Element]
    report: Report = field(compare=False)

    def flaw(self, rule: str, owner: etree._Element, at: etree._Element | None = None, **params: object) -> None:
        """Note that `rule` is broken in a decision, a knowledge model or another node, at an element inside it."""
        self.report.put(
            rule,
            element_id=owner.get("id") or "",
            element_name=title(owner),
            line=line_of(owner if at is None else at),
            **params,
        )

    def required(self, node: etree._Element) -> Iterator[tuple[str, etree._Element]]:
        """What a node requires: the kind of the reference, and the node, if it exists and is of that kind."""
        for kind, element in _references(node):
            target = self.nodes.get((element.get("href") or "").rpartition("#")[2])
            if target is not None and local(target) in _TARGETS[kind]:
                yield kind, target


def title(node: etree._Element) -> str:
    """What people call a node."""
    return node.get("name") or node.get("id") or ""


def variable_name(node: etree._Element) -> str:
    """The name under which expressions know a node."""
    variable = child(node, "variable")
    return (variable.get("name") if variable is not None else None) or node.get("name") or ""


def read_file(root: etree._Element, report: Report) -> DecisionFile:
    """The file as the checks see it; of nodes with the same id, the first."""
    nodes: dict[str, etree._Element] = {}
    for element in root:
        if isinstance(element.tag, str) and local(element) in _NODES:
            nodes.setdefault(element.get("id") or title(element), element)
    types = {item.get("name") or "": item for item in children(root, "itemDefinition")}
    return DecisionFile(root, nodes, types, report)


def check_file(file: DecisionFile) -> None:
    """Everything but the logic of the decisions: that is `check_logic`."""
    if not any(local(node) == "decision" for node in file.nodes.values()):
        file.report.put("DMN_EMPTY", line=1, element_name=file.root.get("name") or "")
    _check_ids(file)
    _check_languages(file)
    _check_elements(file, file.root, _IN_DEFINITIONS)
    for element in children(file.root, "import"):
        kind, name = element.get("importType") or "", element.get("name") or element.get("namespace") or ""
        file.flaw("DMN_IMPORT", element, imported=name, type=kind.rstrip("/").rpartition("/")[2] or "?")
    for item in children(file.root, "itemDefinition"):
        _check_item(file, item)
    for node in file.nodes.values():
        _check_node(file, node)
    _check_cycles(file)


def type_name(element: etree._Element) -> str:
    """The type that an element names, without the prefix that DMN 1.1 writes."""
    inner = child(element, "typeRef")
    return (element.get("typeRef") or (inner.text if inner is not None else None) or "").strip().rpartition(":")[2]


def _check_ids(file: DecisionFile) -> None:
    # The shapes of the drawing have ids of their own; nothing refers to them.
    places = [each for each in file.root.iter("*") if qname(each)[0] in DMN_NAMESPACES and each.get("id")]
    counts = Counter(each.get("id") for each in places)
    seen: set[str] = set()
    for element in places:
        id = element.get("id") or ""
        if counts[id] > 1 and id in seen:
            file.flaw("DMN_ID_TWICE", _owner(file, element), element, id_twice=id)
        seen.add(id)
    for element in file.root:
        if isinstance(element.tag, str) and local(element) in _NODES and not (element.get("id") or title(element)):
            file.flaw("DMN_ID_MISSING", element, element=local(element))


def _owner(file: DecisionFile, element: etree._Element) -> etree._Element:
    """The node or item definition that an element is part of."""
    while element.getparent() is not None and element.getparent() is not file.root:
        element = element.getparent()  # type: ignore[assignment]
    return element


def _check_languages(file: DecisionFile) -> None:
    for element in file.root.iter("*"):
        for attribute in ("expressionLanguage", "typeLanguage"):
            language = (element.get(attribute) or "").strip()
            if language and not _FEEL.fullmatch(language):
                file.flaw("DMN_LANGUAGE", _owner(file, element), element, language=language[:120])


def _check_elements(file: DecisionFile, parent: etree._Element, known: frozenset[str]) -> None:
    for element in parent:
        if isinstance(element.tag, str) and qname(element)[0] in DMN_NAMESPACES and local(element) not in known:
            file.flaw("DMN_ELEMENT_UNKNOWN", _owner(file, element), element, element=local(element)[:60])


def check_type(file: DecisionFile, owner: etree._Element, element: etree._Element | None) -> None:
    """The type that an element names exists."""
    name = type_name(element) if element is not None else ""
    if name and name not in BUILT_IN and name not in file.types:
        file.flaw("DMN_TYPE_UNKNOWN", owner, element, type=name[:120])


def _check_item(file: DecisionFile, item: etree._Element) -> None:
    for part in item.iter("*"):
        if local(part) in ("itemDefinition", "itemComponent"):
            check_type(file, item, part)
    above, other = {item.get("name")}, type_name(item)
    while other in file.types:
        if other in above:
            file.flaw("DMN_TYPE_CYCLE", item, type=other)
            return
        above.add(other)
        other = type_name(file.types[other])


def _check_node(file: DecisionFile, node: etree._Element) -> None:
    check_type(file, node, child(node, "variable"))
    for kind, element in _references(node):
        href = element.get("href") or ""
        target = file.nodes.get(href.rpartition("#")[2])
        if target is None or href.partition("#")[0] not in ("", file.root.get("namespace")):
            file.flaw("DMN_REQUIRES_UNKNOWN", node, element, required=href[:120])
        elif local(target) not in _TARGETS[kind]:
            wanted = " / ".join(sorted(_TARGETS[kind]))
            file.flaw("DMN_REQUIRES_WRONG", node, element, required=title(target), found=local(target), wanted=wanted)
    names = Counter(variable_name(target) for target in {id(t): t for _, t in file.required(node)}.values())
    for name, count in names.items():
        if count > 1:
            file.flaw("DMN_NAME_TWICE", node, variable=name)
    if local(node) == "decision":
        _check_elements(file, node, frozenset(_IN_DECISION))
    if local(node) == "decisionService" and child(node, "outputDecision") is None:
        file.flaw("DMN_SERVICE_EMPTY", node)


def _references(node: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The references of a node with their kinds; `authorityRequirement` has no meaning for the execution."""
    if local(node) == "decisionService":
        for element in children(node, "outputDecision", "encapsulatedDecision", "inputDecision", "inputData"):
            yield local(element), element
    for requirement in children(node, "informationRequirement", "knowledgeRequirement"):
        for element in children(requirement, "requiredDecision", "requiredInput", "requiredKnowledge"):
            yield local(element), element


def _check_cycles(file: DecisionFile) -> None:
    """A decision that requires itself has no value; a knowledge model may call itself. Without recursion: a file may
    hold long chains."""
    done: set[int] = set()
    for start in file.nodes.values():
        path = [(start, _below(file, start))]
        above = {id(start)}
        while path:
            node, below = path[-1]
            target = next(below, None)
            if target is None:
                done.add(id(node))
                above.discard(id(node))
                path.pop()
            elif id(target) in above:
                names = [title(each) for each, _ in path]
                circle = names[next(place for place, (each, _) in enumerate(path) if each is target) :]
                file.flaw("DMN_CYCLE", node, path=" → ".join([*circle, title(target)]))
            elif id(target) not in done:
                path.append((target, _below(file, target)))
                above.add(id(target))


def _below(file: DecisionFile, node: etree._Element) -> Iterator[etree._Element]:
    """The decisions and services that must be evaluated first."""
    for kind, target in file.required(node):
        if kind in ("requiredDecision", "outputDecision") or local(target) == "decisionService":
            yield target
