"""The file and its vocabulary: what is no diagram, unknown, foreign, misplaced or refused; ids and attributes."""

from service.engine.lint_rules.language import ELEMENTS
from service.engine.lint_rules.model import PARTS
from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, flow, start, tag
from tests.unit.engine.refusals.pairs import Pair, beside, defined, line, marked, offered, pair, task, within
from tests.unit.engine.shelf import diagram

RIGHT = diagram(*line(task()))
TEXT = RIGHT.decode()
SEVEN = 'xmlns:c="http://camunda.org/schema/1.0/bpmn"'
SPIFF = 'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core"'


def file(name: str, rule: str, wrong: str | bytes, element: str = "") -> Pair:
    return Pair(name, rule, element, wrong.encode() if isinstance(wrong, str) else wrong, RIGHT)


FILES = [
    file("an empty file", "XML_BROKEN", b" "),
    file("a tag that is not closed", "XML_BROKEN", TEXT.replace("</bpmn:process>", "")),
    file("a zip", "XML_BROKEN", b"PK\x03\x04"),
    file("a document type", "XML_DOCTYPE", f"<!DOCTYPE a>{TEXT}"),
    file("an entity", "XML_DOCTYPE", f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>{TEXT}'),
    file("a processing instruction", "XML_INSTRUCTION", f'<?xml version="1.0"?><?php x?>{TEXT}'),
    file("an instruction inside", "XML_INSTRUCTION", TEXT.replace("</bpmn:process>", "<?x y?></bpmn:process>")),
    file("another encoding", "XML_ENCODING", b'<?xml version="1.0" encoding="UTF-16"?><a/>'),
    file("bytes that are no UTF-8", "XML_ENCODING", RIGHT.replace("请假".encode(), b"\xff\xfe")),
    file("a file that includes another", "XML_INCLUDE", TEXT.replace(
        "</bpmn:process>", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="a"/></bpmn:process>')),
    file("elements nested without end", "XML_TOO_DEEP", "<a>" * 300 + "</a>" * 300),
    file("a file of six megabytes", "XML_TOO_LARGE", "<a>" + " " * 6_000_000 + "</a>"),
    file("a hundred attributes", "XML_TOO_LARGE", "<a " + " ".join(f'x{n}="1"' for n in range(100)) + "/>"),
    file("a page of the web", "NOT_BPMN", "<html/>"),
    file("a decision", "NOT_BPMN", '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'),
    file("a namespace with a slip", "NOT_BPMN", TEXT.replace("20100524/MODEL", "20100524/M0DEL")),
    file("BPMN 1.2", "NOT_BPMN", TEXT.replace("spec/BPMN/20100524/MODEL", "bpmn20")),
    pair("no process is executable", "PROCESS_MISSING", "", line(task()), line(task()), isExecutable="false"),
    file("no process at all", "PROCESS_MISSING", TEXT[: TEXT.index("<bpmn:process")] + "</bpmn:definitions>"),
    pair("three thousand elements", "DIAGRAM_TOO_LARGE", "",
         (*line(task()), *(tag("task", id=f"t{n}") for n in range(3_000))), line(task())),
    within("five thousand expressions", "DIAGRAM_TOO_LARGE", "", line,
           offered(b.mapping({f"x{n}": "=1" for n in range(2_500)})), offered(b.mapping({"x": "=1"}))),
]  # fmt: skip

IDS = [
    within("a task without an id", "ID_MISSING", "", beside, tag("task"), ""),
    within("a gateway without an id", "ID_MISSING", "", beside, tag("exclusiveGateway"), ""),
    within("a flow without an id", "ID_MISSING", "", lambda f: (start(), task(), end(), chain("s", "a"), f),
           tag("sequenceFlow", sourceRef="a", targetRef="e"), flow("a", "e")),
    defined("a message without an id", "ID_MISSING", "", line(task()), tag("message", name="x"), ""),
    defined("a signal without an id", "ID_MISSING", "", line(task()), tag("signal", name="x"), ""),
    defined("an error without an id", "ID_MISSING", "", line(task()), tag("error", errorCode="x"), ""),
    defined("an escalation without an id", "ID_MISSING", "", line(task()), tag("escalation", escalationCode="x"), ""),
    defined("a pool without an id", "ID_MISSING", "", line(task()), tag("collaboration", tag("participant"), id="c"),
           ""),
    file("a process without an id", "ID_MISSING", TEXT.replace('<bpmn:process id="p"', "<bpmn:process")),
    within("an id with a blank", "ID_INVALID", "b c", lambda t: (*beside(t), chain("a", "x")),
           tag("task", id="b c") + tag("task", id="x"), tag("task", id="x")),
    within("an id that begins with a digit", "ID_INVALID", "9", beside, tag("task", id="9"), ""),
    within("an id with a colon", "ID_INVALID", "b:c", beside, tag("task", id="b:c"), ""),
    within("an id of 201 characters", "ID_INVALID", "b" * 201, beside, tag("task", id="b" * 201), ""),
    within("two tasks of one id", "ID_TWICE", "a", lambda t: (*beside(t), chain("a", "y", "e")),
           tag("task", id="a") + tag("task", id="y"), tag("task", id="y")),
    within("a flow called like a task", "ID_TWICE", "a",
           lambda f: (start(), task(), end(), chain("s", "a"), f), flow("a", "e", id="a"), flow("a", "e")),
    within("an element called like one in a sub-process", "ID_TWICE", "i", lambda t: (
        start(), tag("task", id="i"), t, end(), chain("s", "i", "a", "e")),
        b.sub("a", start("is"), tag("task", id="i"), chain("is", "i")),
        b.sub("a", start("is"), tag("task", id="j"), chain("is", "j"))),
    defined("an element called like a message", "ID_TWICE", "a", line(task()), tag("message", id="a", name="m"), ""),
    defined("two processes of one id", "ID_TWICE", "p", line(task()), tag("process", id="p"), tag("process", id="q")),
    defined("a shape called like an element", "ID_TWICE", "a", line(task()),
            '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="a"/>', ""),
]  # fmt: skip

STRANGE = [
    within("an element that does not exist", "ELEMENT_UNKNOWN", "t", beside, tag("teleportation", id="t"), ""),
    within("an element with a capital letter", "ELEMENT_UNKNOWN", "t", beside, tag("UserTask", id="t"), ""),
    within("an element unknown inside a task", "ELEMENT_UNKNOWN", "a", line, task(inner=tag("sorcery")), task()),
    defined("an unknown element at the top", "ELEMENT_UNKNOWN", "t", line(task()), tag("spell", id="t"), ""),
    within("an extension outside extensionElements", "ELEMENT_FOREIGN", "a", line,
           task(inner="<zeebe:userTask/>", kind="userTask"), offered()),
    within("a script of the web", "ELEMENT_FOREIGN", "a", line,
           task(inner='<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>'), task()),
    within("a class of Camunda 7", "ATTRIBUTE_FOREIGN", "a", line,
           f'<bpmn:task {SEVEN} id="a" c:class="org.X"/>', task()),
    within("an expression of Camunda 7", "ATTRIBUTE_FOREIGN", "a", line,
           f'<bpmn:task {SEVEN} id="a" c:expression="x"/>', task()),
    within("an assignee of Camunda 7", "ATTRIBUTE_FOREIGN", "a", line,
           marked("userTask", offered(), **{"xmlns:c": "http://camunda.org/schema/1.0/bpmn", "c:assignee": "me"}),
           offered()),
    within("a class of Flowable", "ATTRIBUTE_FOREIGN", "a", line,
           '<bpmn:task xmlns:f="http://flowable.org/bpmn" id="a" f:class="X"/>', task()),
    within("a zeebe attribute that does not exist", "ATTRIBUTE_FOREIGN", "a", line, task(**{"zeebe:type": "x"}),
           task()),
    within("an asynchronous mark of Camunda 7", "ATTRIBUTE_IGNORED", "a", line,
           f'<bpmn:task {SEVEN} id="a" c:asyncBefore="true"/>', task()),
    within("an attribute of a drawing tool", "ATTRIBUTE_IGNORED", "a", line,
           '<bpmn:task xmlns:t="https://tool.example/1" id="a" t:colour="red"/>', task()),
    within("a pre-script of SpiffWorkflow", "EXTENSION_FOREIGN", "a", line,
           task(f"<s:preScript {SPIFF}>x=1</s:preScript>"), task()),
    within("a listener of Camunda 7", "EXTENSION_FOREIGN", "a", line,
           task(f'<c:executionListener {SEVEN} class="X" event="start"/>'), task()),
    within("inputs of Camunda 7", "EXTENSION_FOREIGN", "a", line, task(f"<c:inputOutput {SEVEN}/>"), task()),
    within("a field of Activiti", "EXTENSION_FOREIGN", "a", line,
           task('<f:field xmlns:f="http://activiti.org/bpmn" name="x"/>'), task()),
    within("a zeebe namespace with a slip", "EXTENSION_FOREIGN", "a", line,
           task('<z:ioMapping xmlns:z="http://camunda.org/schema/zeebe/1.1"/>'), task(b.mapping({"x": "=1"}))),
    within("metadata of a drawing tool", "EXTENSION_IGNORED", "a", line,
           task('<s:signavioMetaData xmlns:s="http://www.signavio.com" metaKey="bgcolor"/>'), task()),
    within("a retry cycle of Camunda 7", "EXTENSION_IGNORED", "a", line,
           task(f"<c:failedJobRetryTimeCycle {SEVEN}>R3/PT1M</c:failedJobRetryTimeCycle>"), task()),
    within("an attribute that no element has", "ATTRIBUTE_UNKNOWN", "a", line, task(colour="red"), task()),
    within("a condition as an attribute", "ATTRIBUTE_UNKNOWN", "a_e", lambda f: (start(), task(), end(), chain("s",
           "a"), f),
           marked("sequenceFlow", flow("a", "e"), condition="=true"), flow("a", "e")),
    within("a message on a service task", "ATTRIBUTE_UNKNOWN", "a", line,
           marked("serviceTask", b.service("a"), messageRef="ms"), b.service("a")),
    within("an element in disguise", "ATTRIBUTE_VALUE", "a_e", lambda f: (
        start(), task(), end(), end("e2"), chain("s", "a", "e2"), f),
        marked("conditionExpression", flow("a", "e", "=true"), **{
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:type": "bpmn:tScriptTask"}),
        marked("conditionExpression", flow("a", "e", "=true"), **{
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:type": "bpmn:tFormalExpression"})),
    defined("an imported diagram", "ATTRIBUTE_VALUE", "", line(task()),
            tag("import", importType="http://www.omg.org/spec/BPMN/20100524/MODEL", location="other.bpmn"),
            tag("import", importType="http://www.w3.org/2001/XMLSchema", location="types.xsd")),
    defined("an extension that must be understood", "ATTRIBUTE_VALUE", "", line(task()),
            tag("extension", mustUnderstand="true", definition="x"), tag("extension", mustUnderstand="false")),
]  # fmt: skip

_ACTIVITIES = {
    "task": task(), "manualTask": task(kind="manualTask"), "userTask": offered(), "serviceTask": b.service("a"),
    "sendTask": task(b.zeebe("taskDefinition", type="work"), kind="sendTask"), "scriptTask": b.script("a", "=1", "x"),
    "businessRuleTask": task(b.zeebe("calledDecision", decisionId="leave_days", resultVariable="r"),
    kind="businessRuleTask"),
    "receiveTask": task(kind="receiveTask", messageRef="ms"), "callActivity": b.call("a", "leave"),
    "subProcess": b.sub("a", start("is"), end("ie"), chain("is", "ie")),
}  # fmt: skip
#: Attributes of activities of which one value only is executed.
_ONLY = {"startQuantity": ("2", "1"), "completionQuantity": ("3", "1")}
VALUES = [
    within(f"{attribute} of a {kind}", "ATTRIBUTE_VALUE", "a", line, marked(kind, piece, **{attribute: values[0]}),
           marked(kind, piece, **{attribute: values[1]}))
    for kind, piece in _ACTIVITIES.items() for attribute, values in _ONLY.items()
] + [
    within("a receive task that begins", "ATTRIBUTE_VALUE", "a", line,
           task(kind="receiveTask", messageRef="ms", instantiate="true"),
           task(kind="receiveTask", messageRef="ms", instantiate="false")),
    within("a script in another language", "ATTRIBUTE_VALUE", "a", line,
           marked("scriptTask", b.script("a", "=1", "x"), scriptFormat="python"),
           marked("scriptTask", b.script("a", "=1", "x"), scriptFormat="feel")),
    within("a truth that is none", "ATTRIBUTE_VALUE", "a", line,
           marked("subProcess", _ACTIVITIES["subProcess"], triggeredByEvent="maybe"), _ACTIVITIES["subProcess"]),
    within("the behaviour of a multi-instance", "ATTRIBUTE_VALUE", "a", line,
           offered(inner=marked("multiInstanceLoopCharacteristics", b.each(), behavior="One")),
               offered(inner=b.each())),
]  # fmt: skip


def _refused(kind: str) -> Pair:
    at = "a" if kind in PARTS or kind.endswith("EventDefinition") else "r"
    return within(f"refused: {kind}", "ELEMENT_REFUSED", at, line, task(inner=tag(kind, id="r")), task())


REFUSED = [_refused(kind) for kind, entry in ELEMENTS.items() if entry.state == "refused"]
MISPLACED = [
    within(f"{kind} in a task", "ELEMENT_MISPLACED", "a", line, task(inner=tag(kind)), task())
    for kind in ("lane", "process", "timeDate", "conditionExpression", "participant", "collaboration", "flowNodeRef")
] + [
    within("a task in a task", "ELEMENT_MISPLACED", "b", line, task(inner=tag("task", id="b")), task()),
    within("a flow in a task", "ELEMENT_MISPLACED", "f", line, task(inner=flow("s", "a", id="f")), task()),
    within("a message in a process", "ELEMENT_MISPLACED", "m", beside, tag("message", id="m", name="m"), ""),
    within("a pool in a process", "ELEMENT_MISPLACED", "m", beside, tag("participant", id="m"), ""),
    defined("a task at the top", "ELEMENT_MISPLACED", "t", line(task()), tag("task", id="t"), ""),
    within("extensions of a condition are none", "EXTENSION_MISPLACED", "a_e", lambda f: (
        start(), task(), end(), end("e2"), chain("s", "a", "e2"), f),
        flow("a", "e", "=true").replace("=true", extensions(b.mapping({"x": "=1"})) + "=true"), flow("a", "e",
            "=true")),
]  # fmt: skip

PAIRS = [*FILES, *IDS, *STRANGE, *VALUES, *REFUSED, *MISPLACED]
