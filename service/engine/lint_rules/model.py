"""A BPMN file as the lint and the deployment read it: elements by id, with scope, flows and extension elements.

Reading is lenient on purpose: whatever is wrong must survive until every rule has had its say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from service.engine.formal import truth as truth
from service.engine.xml import line_of

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: DMN 1.1 to 1.6; the modeller writes 1.3.
DMN_NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20240513/MODEL/",
    }
)

#: Sub-processes that are executed.
EMBEDDED = frozenset({"subProcess", "transaction"})
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
TASKS = frozenset(
    {
        "task", "userTask", "manualTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "receiveTask",
    }
)  # fmt: skip
ACTIVITIES = TASKS | SUB_PROCESSES | {"callActivity"}
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS
LOOPS = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})
#: Parts of an element that may have ids of their own; what is wrong in them is said of the element.
PARTS = frozenset(
    {
        "conditionExpression", "timeDate", "timeDuration", "timeCycle", "completionCondition", "documentation",
        "loopCardinality", "loopCondition",
        "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "property", "ioSpecification",
        "dataInputAssociation", "dataOutputAssociation", "script", "performer", "humanPerformer", "potentialOwner",
    }
)  # fmt: skip
#: Elements whose content is for people, in whatever markup.
PROSE = frozenset({"documentation", "text", "rendering"})
#: The three ways to say when a timer is due.
TIMES = ("timeDate", "timeDuration", "timeCycle")
#: The event definitions of BPMN, short ("message" for `messageEventDefinition`).
DEFINITION_SUFFIX = "EventDefinition"


def qname(element: etree._Element) -> tuple[str, str]:
    """Namespace and local name of an element."""
    name = etree.QName(element)
    return name.namespace or "", name.localname


def text_of(element: etree._Element | None) -> str:
    """The text of an element, stripped; of a missing one, nothing."""
    return "" if element is None else "".join(str(piece) for piece in element.itertext()).strip()


@dataclass(frozen=True, eq=False)
class Element:
    """One BPMN element with an id, or a flow node that lacks one."""

    xml: etree._Element
    kind: str
    id: str
    name: str
    scope: "Element | None"
    incoming: list["Element"] = field(default_factory=list)
    outgoing: list["Element"] = field(default_factory=list)
    boundary: list["Element"] = field(default_factory=list)

    @property
    def line(self) -> int | None:
        return line_of(self.xml)

    def get(self, attribute: str) -> str:
        """An attribute as written, stripped; missing and empty are the same."""
        return str(self.xml.get(attribute) or "").strip()

    def child(self, kind: str) -> etree._Element | None:
        return self.xml.find(f"{{{BPMN}}}{kind}")

    def children(self, kind: str) -> list[etree._Element]:
        return self.xml.findall(f"{{{BPMN}}}{kind}")

    @cached_property
    def definitions(self) -> tuple[tuple[str, etree._Element], ...]:
        """The event definitions inside, ("message", element) in order, and those of the file that it refers to."""
        found = []
        for child in self.xml:
            definition = shared_definition(child) if qname(child) == (BPMN, "eventDefinitionRef") else child
            if definition is not None and qname(definition)[0] == BPMN:
                name = qname(definition)[1]
                if name.endswith(DEFINITION_SUFFIX):
                    found.append((name.removesuffix(DEFINITION_SUFFIX), definition))
        return tuple(found)

    @property
    def definition(self) -> str:
        """The kind of the first event definition, or "none"."""
        return self.definitions[0][0] if self.definitions else "none"

    def has(self, kind: str) -> bool:
        """Whether one of the event definitions is of this kind."""
        return any(each == kind for each, _ in self.definitions)

    @property
    def is_event_sub_process(self) -> bool:
        return self.kind == "subProcess" and truth(self.get("triggeredByEvent"))

    @cached_property
    def loops(self) -> tuple[etree._Element, ...]:
        """The characteristics of multi-instance and of a standard loop; more than one is a mistake."""
        return tuple(child for child in self.xml if qname(child)[0] == BPMN and qname(child)[1] in LOOPS)

    @property
    def loop(self) -> etree._Element | None:
        return self.loops[0] if self.loops else None

    def extension(self, name: str, within: etree._Element | None = None) -> etree._Element | None:
        """The first `zeebe:` extension element of that name."""
        return next(iter(self.extensions(name, within)), None)

    def extensions(self, name: str, within: etree._Element | None = None) -> list[etree._Element]:
        holder = self.xml if within is None else within
        return holder.findall(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}{name}")

    @cached_property
    def properties(self) -> Mapping[str, str]:
        """The `zeebe:property` entries; of a name written twice, the last."""
        holder = self.extension("properties")
        entries = [] if holder is None else holder.findall(f"{{{ZEEBE}}}property")
        return {str(entry.get("name") or ""): str(entry.get("value") or "") for entry in entries}

    def within(self, scope: "Element | None") -> bool:
        """Whether this lies, at any depth, in `scope`."""
        at = self.scope
        while at is not None and at is not scope:
            at = at.scope
        return at is scope


class Model:
    """All of a file. `elements` has one entry an id (the first that bears it); `all` has every element."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.all: list[Element] = []
        self.elements: dict[str, Element] = {}
        self.duplicates: list[Element] = []
        #: Whole elements only, so that a finding names what can be clicked on the diagram.
        self.by_xml: dict[etree._Element, Element] = {}
        self._nodes: dict[Element, list[Element]] = {}
        self._inside: dict[Element, list[Element]] = {}
        self._read(root, None)
        self._connect()

    def kinds(self, *kinds: str) -> Iterator[Element]:
        return (element for element in self.all if element.kind in kinds)

    @property
    def processes(self) -> list[Element]:
        return list(self.kinds("process"))

    @property
    def executable(self) -> list[Element]:
        return [process for process in self.processes if truth(process.get("isExecutable"))]

    @cached_property
    def drawn_only(self) -> frozenset[Element]:
        """What lies in processes that are not executable: pictures of other parties, which may say what they like."""
        executable = set(self.executable)
        return frozenset(
            element for process in self.processes if process not in executable for element in self.inside(process)
        )

    def live(self, *kinds: str) -> Iterator[Element]:
        """Elements of these kinds (of all, if none is named), without what is only drawn."""
        return (e for e in self.all if (not kinds or e.kind in kinds) and e not in self.drawn_only)

    def nodes(self, scope: Element) -> list[Element]:
        """The flow nodes directly in a process or sub-process."""
        return self._nodes.get(scope, [])

    def process_of(self, element: Element) -> Element:
        """The process (or other root element) in which an element lies."""
        at = element
        while at.scope is not None:
            at = at.scope
        return at

    def inside(self, scope: Element) -> list[Element]:
        """Everything at any depth in `scope`."""
        return self._inside.get(scope, [])

    def named(self, kind: str, reference: str) -> Element | None:
        """The root element (message, signal, error, escalation) that a reference means."""
        found = self.elements.get(local(reference))
        at_the_top = found is not None and found.xml.getparent() is self.root
        return found if found is not None and found.kind == kind and at_the_top else None

    def _read(self, holder: etree._Element, scope: Element | None) -> None:
        for child in holder:
            namespace, kind = qname(child)
            if namespace == DI or (namespace == BPMN and kind in PROSE):
                continue
            inner = scope
            if namespace == BPMN and (child.get("id") is not None or kind in FLOW_NODES or kind == "sequenceFlow"):
                element = Element(child, kind, str(child.get("id") or ""), str(child.get("name") or "").strip(), scope)
                self._keep(element)
                if kind in SUB_PROCESSES or kind == "process":
                    inner = element
            self._read(child, inner)

    def _keep(self, element: Element) -> None:
        self.all.append(element)
        if element.kind not in PARTS and not element.kind.endswith(DEFINITION_SUFFIX):
            self.by_xml[element.xml] = element
        if element.scope is not None and element.kind in FLOW_NODES:
            self._nodes.setdefault(element.scope, []).append(element)
        around = element.scope
        while around is not None:
            self._inside.setdefault(around, []).append(element)
            around = around.scope
        if element.id in self.elements:
            self.duplicates.append(element)
        elif element.id:
            self.elements[element.id] = element

    def _connect(self) -> None:
        for flow in self.kinds("sequenceFlow"):
            for attribute, side in (("sourceRef", "outgoing"), ("targetRef", "incoming")):
                node = self.elements.get(flow.get(attribute))
                if node is not None and node.kind in FLOW_NODES:
                    getattr(node, side).append(flow)
        for event in self.kinds("boundaryEvent"):
            host = self.elements.get(event.get("attachedToRef"))
            if host is not None and host.kind in ACTIVITIES:
                host.boundary.append(event)


def shared_definition(reference: etree._Element) -> etree._Element | None:
    """The event definition at the top of the file that an `eventDefinitionRef` means."""
    wanted = local(text_of(reference))
    for child in reference.getroottree().getroot():
        if child.get("id") == wanted and qname(child)[1].endswith(DEFINITION_SUFFIX):
            return child
    return None


def local(reference: str) -> str:
    """A reference without its prefix: some tools write `tns:message_1`."""
    return reference.strip().rpartition(":")[2]
