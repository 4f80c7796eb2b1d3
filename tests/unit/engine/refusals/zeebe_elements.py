"""The extension elements of the dialect: misplaced, doubled, incomplete, with values that are not executed."""

from service.engine.lint_rules.language_zeebe import REFUSED_EXTENSIONS
from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, start, tag, throw, zeebe
from tests.unit.engine.refusals.elements import _ACTIVITIES as ACTIVITIES
from tests.unit.engine.refusals.pairs import Pair, defined, line, marked, offered, task, within

SCRIPT = zeebe("script", expression="=1", resultVariable="x")
JOB = zeebe("taskDefinition", type="work")
CALLED = zeebe("calledDecision", decisionId="leave_days", resultVariable="r")
PROCESS = zeebe("calledElement", processId="leave")
ASSIGNED = zeebe("assignmentDefinition", candidateGroups="staff")
PUBLISH = zeebe("publishMessage", correlationKey="=key")
KEY = zeebe("subscription", correlationKey="=key")
LOOP = zeebe("loopCharacteristics", inputCollection="=[1]")

#: Extension → kinds of activity on which it has no meaning.
_WRONG_PLACES = {
    SCRIPT: ("task", "userTask", "serviceTask", "callActivity"),
    JOB: ("task", "userTask", "receiveTask", "callActivity", "subProcess"),
    CALLED: ("task", "userTask", "serviceTask", "scriptTask"),
    PROCESS: ("task", "userTask", "subProcess"),
    ASSIGNED: ("task", "serviceTask", "manualTask"),
    zeebe("taskSchedule", dueDate="=now()"): ("serviceTask", "task"),
    zeebe("priorityDefinition", priority="10"): ("serviceTask", "manualTask"),
    zeebe("formDefinition", formId="open"): ("serviceTask", "task"),
    zeebe("userTask"): ("task", "serviceTask"),
    PUBLISH: ("serviceTask", "receiveTask"),
    KEY: ("receiveTask", "sendTask"),
    LOOP: ("userTask", "subProcess"),
    zeebe("versionTag", value="1"): ("task",),
    zeebe("taskHeaders", zeebe("header", key="k", value="v")): ("task", "receiveTask", "callActivity"),
}  # fmt: skip


def _with(kind: str, extension: str) -> str:
    piece = ACTIVITIES[kind]
    if "<bpmn:extensionElements>" in piece:
        return piece.replace("<bpmn:extensionElements>", f"<bpmn:extensionElements>{extension}", 1)
    return piece.replace(">", f">{extensions(extension)}", 1)


def _name(extension: str) -> str:
    return extension[len("<zeebe:") :].partition(">")[0].partition(" ")[0]


MISPLACED = [
    within(f"{_name(extension)} on a {kind}", "EXTENSION_MISPLACED", "a", line, _with(kind, extension),
           ACTIVITIES[kind])
    for extension, kinds in _WRONG_PLACES.items()
    for kind in kinds
] + [
    within("a message published by a signal event", "EXTENSION_MISPLACED", "a", line,
           throw("a", b.SIGNAL, PUBLISH), throw("a", b.SIGNAL)),
    within("a job of a plain throw event", "EXTENSION_MISPLACED", "a", line, throw("a", "", JOB), throw("a")),
    within("a form of a catch event", "EXTENSION_MISPLACED", "a", line,
           b.catch("a", b.SIGNAL, zeebe("formDefinition", formId="open")), b.catch("a", b.SIGNAL)),
    within("a mapping on a gateway", "EXTENSION_MISPLACED", "a", line,
           tag("exclusiveGateway", extensions(b.mapping({"x": "=1"})), id="a"), tag("exclusiveGateway", id="a")),
]  # fmt: skip

TWICE = [
    within(f"two times {_name(extension)}", "EXTENSION_TWICE", "a", line, _with(kind, extension), ACTIVITIES[kind])
    for kind, extension in {
        "userTask": ASSIGNED, "serviceTask": JOB, "scriptTask": SCRIPT, "businessRuleTask": CALLED,
        "callActivity": PROCESS,
    }.items()
] + [
    within("two mappings", "EXTENSION_TWICE", "a", line, task(b.mapping({"x": "=1"}), b.mapping({"y": "=1"})),
           task(b.mapping({"x": "=1", "y": "=1"}))),
]  # fmt: skip

REQUIRED = [
    within("a job without a type", "EXTENSION_REQUIRED", "a", line, b.service("a", type=""), b.service("a")),
    within("a job of blanks", "EXTENSION_REQUIRED", "a", line, b.service("a", type=" "), b.service("a")),
    within("a script without a text", "EXTENSION_REQUIRED", "a", line, b.script("a", "", "x"), b.script("a", "=1",
           "x")),
    within("a script without a result", "EXTENSION_REQUIRED", "a", line, b.script("a", "=1", ""), b.script("a", "=1",
           "x")),
    within("a call without a process", "EXTENSION_REQUIRED", "a", line, b.call("a", ""), b.call("a", "leave")),
    within("a form without an id", "EXTENSION_REQUIRED", "a", line, offered(zeebe("formDefinition")),
           offered(zeebe("formDefinition", formId="open"))),
    within("a priority without a number", "EXTENSION_REQUIRED", "a", line, offered(zeebe("priorityDefinition")),
           offered(zeebe("priorityDefinition", priority="1"))),
    within("a decision without an id", "EXTENSION_REQUIRED", "a", line,
           task(zeebe("calledDecision", resultVariable="r"), kind="businessRuleTask"), ACTIVITIES["businessRuleTask"]),
    within("a decision without a result", "EXTENSION_REQUIRED", "a", line,
           task(zeebe("calledDecision", decisionId="leave_days"), kind="businessRuleTask"),
           ACTIVITIES["businessRuleTask"]),
    within("an input without a source", "EXTENSION_REQUIRED", "a", line, task(b.mapping({"x": ""})),
           task(b.mapping({"x": "=1"}))),
    within("an output without a target", "EXTENSION_REQUIRED", "a", line, task(b.mapping(outputs={"": "=1"})),
           task(b.mapping(outputs={"x": "=1"}))),
    within("a header without a key", "EXTENSION_REQUIRED", "a", line,
           b.service("a", zeebe("taskHeaders", zeebe("header", value="v"))),
           b.service("a", zeebe("taskHeaders", zeebe("header", key="k", value="v")))),
    within("a message published without a key", "EXTENSION_REQUIRED", "a", line,
           task(zeebe("publishMessage"), kind="sendTask", messageRef="ms"),
           task(PUBLISH, kind="sendTask", messageRef="ms")),
    within("a property without a name", "EXTENSION_REQUIRED", "a", line,
           task(zeebe("properties", zeebe("property", value="v"))), task(b.properties(article="1"))),
]  # fmt: skip

ATTRIBUTES = [
    within("a misspelt due date", "EXTENSION_ATTRIBUTE", "a", line, offered(zeebe("taskSchedule", duedate="=now()")),
           offered(zeebe("taskSchedule", dueDate="=now()"))),
    within("a candidate group in the singular", "EXTENSION_ATTRIBUTE", "a", line,
           offered().replace("candidateGroups", "candidateGroup"), offered()),
    within("an embedded form", "EXTENSION_ATTRIBUTE", "a", line,
           offered(zeebe("formDefinition", formKey="camunda-forms:bpmn:x", formId="open")),
           offered(zeebe("formDefinition", formId="open"))),
    within("a message id", "EXTENSION_ATTRIBUTE", "a", line,
           task(PUBLISH.replace("correlationKey", 'messageId="1" correlationKey'), kind="sendTask", messageRef="ms"),
           task(PUBLISH, kind="sendTask", messageRef="ms")),
    within("the latest form", "EXTENSION_VALUE", "a", line,
           offered(zeebe("formDefinition", formId="open", bindingType="latest")),
           offered(zeebe("formDefinition", formId="open", bindingType="deployment"))),
    within("the latest decision", "EXTENSION_VALUE", "a", line,
           task(CALLED.replace("decisionId", 'bindingType="latest" decisionId'), kind="businessRuleTask"),
           task(CALLED.replace("decisionId", 'bindingType="deployment" decisionId'), kind="businessRuleTask")),
    within("a process by its version tag", "EXTENSION_VALUE", "a", line, b.call("a", "leave", bindingType="versionTag"),
           b.call("a", "leave", bindingType="deployment")),
    within("a truth in other letters", "EXTENSION_VALUE", "a", line,
           b.call("a", "leave", propagateAllChildVariables="TRUE"),
           b.call("a", "leave", propagateAllChildVariables="true")),
    within("a property inside a header", "EXTENSION_UNKNOWN", "a", line,
           b.service("a", zeebe("taskHeaders", zeebe("property", name="k"))),
           b.service("a", zeebe("taskHeaders", zeebe("header", key="k")))),
    within("a zeebe element that does not exist", "EXTENSION_UNKNOWN", "a", line, task(zeebe("magic")), task()),
    within("a zeebe element in other letters", "EXTENSION_UNKNOWN", "a", line,
           task(zeebe("TaskDefinition", type="x")), task()),
]  # fmt: skip


def _refused(name: str) -> Pair:
    return within(
        f"refused: {name}", "EXTENSION_REFUSED", "a", line, _with("userTask", zeebe(name)), ACTIVITIES["userTask"]
    )


REFUSED = [_refused(name) for name in REFUSED_EXTENSIONS]
OTHERS = [
    defined("a key on a signal", "EXTENSION_MISPLACED", "sk", line(task()),
            tag("signal", extensions(KEY), id="sk", name="sk"), tag("signal", id="sk", name="sk")),
    within("a loop of the process", "EXTENSION_MISPLACED", "p", lambda x: (x, start(), task(), end(), chain("s", "a",
           "e")),
           extensions(LOOP), ""),
    within("the mark of an engine's task", "USER_TASK_IMPLEMENTATION", "a", line,
           tag("userTask", extensions(ASSIGNED), id="a"), offered()),
    within("two processes for one call", "CALLED_TWICE", "a", line,
           marked("callActivity", b.call("a", "leave"), calledElement="other"),
           marked("callActivity", b.call("a", "leave"), calledElement="leave")),
]  # fmt: skip

PAIRS = [*MISPLACED, *TWICE, *REQUIRED, *ATTRIBUTES, *REFUSED, *OTHERS]
