"""Rules of the lint broken one by one, and how findings speak. Every rule with its twins: `refusals`."""

import re
from pathlib import Path
from random import Random

import pytest

from service.engine.lint import _ask_engine, lint_bpmn
from service.engine.lint_rules.model import Model
from service.engine.lint_rules.report import Report
from service.engine.lint_rules.texts import RULES
from service.engine.xml import parse
from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, flow, gateway, start, tag, throw, user, zeebe
from tests.unit.engine.shelf import Shelf, diagram, lint

LEAVE_REQUEST = Path(__file__).parents[2] / "diagrams" / "leave_request" / "leave_request.bpmn"
MESSAGE_WITHOUT_KEY = '<bpmn:message id="bare" name="bare"/>'
#: A task between start and end; `line` makes the rest of the diagram.
LINE = (start(), end(), chain("s", "a", "e"))
HARMLESS = '<bpmn:task xmlns:x="http://camunda.org/schema/1.0/bpmn" x:asyncBefore="true"'
FOREIGN = '<bpmn:task xmlns:x="http://camunda.org/schema/1.0/bpmn" x:expression="1"'


def line(task: str) -> tuple[str, ...]:
    """Start, one element `a`, end."""
    return (start(), task, end(), chain("s", "a", "e"))


def task(*items: str, inner: str = "", **attributes: str) -> str:
    return tag("task", (extensions(*items) if items else "") + inner, id="a", **attributes)


def offered(*items: str, groups: str = "staff", inner: str = "", **attributes: str) -> str:
    """A user task that nothing is wrong with."""
    return user("a", zeebe("assignmentDefinition", candidateGroups=groups), *items, inner=inner, **attributes)


def decide(*flows: str, default: str = "", kind: str = "exclusive") -> tuple[str, ...]:
    """A gateway `g` with the tasks `x` and `y` behind it."""
    attributes = {"default": default} if default else {}
    return (
        start(), gateway(kind, "g", **attributes), tag("task", id="x"), tag("task", id="y"), end(), end("e2"),
        flow("s", "g"), *flows, chain("x", "e"), chain("y", "e2"),
    )  # fmt: skip


def waits(definition: str) -> tuple[str, ...]:
    return line(tag("intermediateCatchEvent", definition, id="a"))


def looping(loop: str) -> tuple[str, ...]:
    return line(offered(inner=loop))


def prop(**values: str) -> tuple[str, ...]:
    return line(offered(b.properties(**values)))


FORM = zeebe("formDefinition", formId="request")
BARE = tag("messageEventDefinition", messageRef="bare")
HANDLED = b.event_sub("v", b.SIGNAL, end("ve"), chain("v_start", "ve"))
LOOPING = HANDLED.replace("</bpmn:subProcess>", b.each() + "</bpmn:subProcess>")
UNDO = b.undo("a")
UNUNA = tag("task", id="ununa", isForCompensation="true")
FILTERED = b.conditional("=n > 5").replace(
    "</bpmn:conditional", extensions(zeebe("conditionalFilter", variableEvents="create")) + "</bpmn:conditional"
)
INNER = (start("is"), tag("task", id="i"), end("ie"), chain("is", "i", "ie"))


def attached(definition: str, *, interrupting: bool = True) -> tuple[str, ...]:
    """A task with the boundary event `x`."""
    return (*line(task()), b.boundary("x", "a", definition, interrupting=interrupting), end("z"), chain("x", "z"))


def asked(decision: str) -> tuple[str, ...]:
    called = zeebe("calledDecision", decisionId=decision, resultVariable="r")
    return line(tag("businessRuleTask", extensions(called), id="a"))


def published(key: str, ttl: str = "PT1H") -> tuple[str, ...]:
    return line(
        tag(
            "sendTask", extensions(zeebe("publishMessage", correlationKey=key, timeToLive=ttl)), id="a", messageRef="ms"
        )
    )


def spoken(language: str) -> tuple[str, ...]:
    """A condition in a language, on a flow `x_e`."""
    taken = flow("x", "e", "=true").replace(
        "<bpmn:conditionExpression", f'<bpmn:conditionExpression language="{language}"'
    )
    return (start(), tag("task", id="x"), end(), end("e2"), flow("s", "x"), flow("x", "e2"), taken)


FORBIDDEN = {"bpmn": {"forbid": [{"element": "scriptTask", "code": "PROFILE"}]}}

#: (rule, element, diagram): the finding must be of this rule, at this element.
CASES = [
    # --- the language -------------------------------------------------------------------------
    ("PROCESS_MISSING", "", {"body": LINE, "isExecutable": "false"}),
    ("ELEMENT_UNKNOWN", "p", (*line(task()), tag("teleportation"))),
    ("ELEMENT_REFUSED", "c", (*line(task()), tag("adHocSubProcess", id="c"))),
    ("ELEMENT_MISPLACED", "a", line(task(inner=tag("lane")))),
    ("ELEMENT_FOREIGN", "a", line(task(inner="<zeebe:script/>"))),
    ("ATTRIBUTE_UNKNOWN", "a", line(task(scriptFormat="python"))),
    ("ATTRIBUTE_FOREIGN", "a", line(task().replace("<bpmn:task", FOREIGN))),
    ("ATTRIBUTE_VALUE", "a", line(task(startQuantity="2"))),
    ("ATTRIBUTE_VALUE", "a", line(tag("intermediateCatchEvent", b.SIGNAL, id="a", parallelMultiple="true"))),
    ("ATTRIBUTE_VALUE", "a", line(tag("receiveTask", id="a", messageRef="ms", instantiate="true"))),
    ("EXPRESSION_LANGUAGE", "x_e", spoken("python")),
    ("EXTENSION_FOREIGN", "a", line(task('<s:preScript xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core"/>'))),
    ("EXTENSION_UNKNOWN", "a", line(task(zeebe("magic")))),
    ("EXTENSION_REFUSED", "a", line(task(zeebe("executionListeners")))),
    ("EXTENSION_MISPLACED", "a", line(task(zeebe("script", expression="=1", resultVariable="x")))),
    ("EXTENSION_TWICE", "a", line(offered(zeebe("userTask")))),
    ("EXTENSION_ATTRIBUTE", "a", line(offered(zeebe("taskSchedule", overdueDate="=now()")))),
    ("EXTENSION_REQUIRED", "a", line(b.script("a", "=1", ""))),
    ("EXTENSION_VALUE", "a", line(b.call("a", "leave", bindingType="newest"))),
    ("ID_MISSING", "", (*line(task()), tag("task"))),
    ("ATTRIBUTE_IGNORED", "a", line(task().replace("<bpmn:task", HARMLESS))),
    ("EXTENSION_IGNORED", "a", line(task('<s:meta xmlns:s="http://www.signavio.com"/>'))),
    ("ID_INVALID", "9 lives", (*line(task()), tag("task", id="9 lives"))),
    ("ID_TWICE", "a", (*line(task()), tag("task", id="a"))),
    ("DIAGRAM_TOO_LARGE", "", (*line(task()), *(tag("task", id=f"t{n}") for n in range(3_000)))),
    # --- events -------------------------------------------------------------------------------
    ("EVENT_NOT_EXECUTED", "a", line(throw("a", tag("errorEventDefinition", errorRef="er")))),
    ("EVENT_NOT_EXECUTED", "s", (start("s", b.conditional("=true")), task(), end(), chain("s", "a", "e"))),
    ("EVENT_SEVERAL", "a", waits(b.SIGNAL + b.link("L"))),
    ("EVENT_SEVERAL", "a", line(throw("a", b.COMPENSATE + b.COMPENSATE))),
    ("EVENT_SEVERAL", "x", attached(b.SIGNAL + b.COMPENSATE)),
    ("EVENT_SEVERAL_JOB", "a", line(throw("a", b.SIGNAL + b.CATCH_MESSAGE, zeebe("taskDefinition", type="work")))),
    ("REFERENCE_DANGLING", "a", waits(b.SIGNAL + tag("messageEventDefinition", messageRef="gone"))),
    ("CONDITION_EMPTY", "a", waits(tag("conditionalEventDefinition"))),
    ("CONDITION_FILTER", "a", waits(FILTERED)),
    ("EXPRESSION_EXPECTED", "a", waits(b.conditional("n > 5"))),
    ("EXPRESSION_BROKEN", "a", waits(b.conditional("=n >"))),
    ("EXTENSION_REFUSED", "a", waits(FILTERED)),
    ("EVENT_NON_INTERRUPTING", "x", attached(b.ERROR, interrupting=False)),
    ("REFERENCE_MISSING", "a", waits(tag("signalEventDefinition"))),
    ("REFERENCE_DANGLING", "a", waits(tag("signalEventDefinition", signalRef="gone"))),
    ("REFERENCE_DANGLING", "a", waits(tag("signalEventDefinition", signalRef="er"))),
    ("NAME_MISSING", "un", {"body": waits(tag("signalEventDefinition", signalRef="un")),
                            "definitions": tag("signal", id="un")}),
    ("CODE_MISSING", "er", {"body": (start(), tag("task", id="a"), end("e", b.ERROR), chain("s", "a", "e")),
                            "definitions": tag("error", id="er", name="x")}),
    ("CODE_EXPRESSION", "er", {"body": attached(b.ERROR),
                               "definitions": tag("error", id="er", name="x", errorCode="=code")}),
    ("EXPRESSION_BROKEN", "er", {"body": (start(), tag("task", id="a"), end("e", b.ERROR), chain("s", "a", "e")),
                                 "definitions": tag("error", id="er", name="x", errorCode="=code +")}),
    ("CORRELATION_KEY", "a", {"body": waits(BARE), "definitions": MESSAGE_WITHOUT_KEY}),
    ("CORRELATION_KEY", "a", {"body": line(tag("receiveTask", id="a", messageRef="bare")),
                              "definitions": MESSAGE_WITHOUT_KEY}),
    ("TIMER_SHAPE", "a", waits(tag("timerEventDefinition"))),
    ("TIMER_SHAPE", "a", waits(b.timer("P1D", date="2026-01-01"))),
    ("TIMER_TEXT", "a", waits(b.timer("tomorrow"))),
    ("TIMER_TEXT", "a", waits(b.timer(date="2026-02-30"))),
    ("TIMER_CYCLE_PLACE", "a", waits(b.timer(cycle="R3/P1D"))),
    ("BOUNDARY_HOST", "x", (*line(task()), b.boundary("x", "e", b.SIGNAL), end("z"), chain("x", "z"))),
    ("LINK_TWICE", "l2", (start(), throw("t", b.link("L")), chain("s", "t"), *(
        b.catch(f"l{n}", b.link("L")) + end(f"e{n}") + chain(f"l{n}", f"e{n}") for n in (1, 2)))),
    ("LINK_TARGET", "a", (start(), throw("a", b.link("L")), chain("s", "a"))),
    ("LINK_FLOWS", "a", (*line(throw("a", b.link("L"))), b.catch("l", b.link("L")), end("z"), chain("l", "z"))),
    # --- compensation -------------------------------------------------------------------------
    ("COMPENSATION_HANDLER", "a_undo", (*line(task()), UNDO.replace('isForCompensation="true"', ""))),
    ("COMPENSATION_HANDLER", "a_undo", (*line(task()), UNDO.replace('sourceRef="a_undo"', 'sourceRef="a"'))),
    ("COMPENSATION_UNUSED", "u", (*line(task()), tag("task", id="u", isForCompensation="true"))),
    ("COMPENSATION_OF_HANDLER", "una_undo", (*line(task()), UNDO, b.undo("una", UNUNA))),
    ("COMPENSATION_TWICE", "second", (*line(task()), UNDO, UNDO.replace("a_undo", "second"))),
    ("COMPENSATION_TWICE", "v2_start", line(b.sub("a", *INNER, *(
        b.event_sub(each, b.COMPENSATE, end(f"{each}e"), chain(f"{each}_start", f"{each}e")) for each in ("v1", "v2")
    )))),
    ("COMPENSATION_START", "v_start", (*line(task()), HANDLED.replace(b.SIGNAL, b.COMPENSATE))),
    ("COMPENSATION_SCOPE", "a", line(throw("a", b.compensate("gone")))),
    ("COMPENSATION_SCOPE", "i2", (*line(task()), UNDO, b.sub(
        "u", start("is"), throw("i2", b.compensate("a")), end("ie"), chain("is", "i2", "ie")), chain("a", "u", "e"))),
    ("COMPENSATION_NOTHING", "x", (start(), task(), throw("x", b.compensate("a")), end(), chain("s", "a", "x", "e"))),
    ("INCOMING_FORBIDDEN", "una", (*line(task()), UNDO, chain("a", "una"))),
    ("OUTGOING_FORBIDDEN", "una", (*line(task()), UNDO, chain("una", "e"))),
    ("OUTGOING_FORBIDDEN", "a_undo", (*line(task()), UNDO, chain("a_undo", "e"))),
    ("CANCEL_PLACE", "e", (start(), task(), end("e", b.CANCEL), chain("s", "a", "e"))),
    ("CANCEL_PLACE", "x", attached(b.CANCEL)),
    ("CANCEL_BOUNDARY", "a", line(b.transaction("a", start("is"), end("ie", b.CANCEL), chain("is", "ie")))),
    ("CANCEL_LOOP", "a", (*line(b.transaction("a", *INNER, b.each())), b.boundary("x", "a", b.CANCEL), end("z"),
                          chain("x", "z"))),
    ("EVENT_NON_INTERRUPTING", "x", (*line(b.transaction("a", *INNER)), end("z"), chain("x", "z"),
                                     b.boundary("x", "a", b.CANCEL, interrupting=False))),
    # --- structure ----------------------------------------------------------------------------
    ("FLOW_END_MISSING", "a_gone", (*line(task()), flow("a", "gone"))),
    ("FLOW_CROSSES_SCOPE", "a_i", (*line(task()), b.sub("u", *INNER), flow("a", "u"), flow("u", "e"), flow("a", "i"))),
    ("WIRE_WRONG", "a", line(task(inner=tag("incoming", "a_e")))),
    ("START_MISSING", "p", (tag("task", id="a"), end(), chain("a", "e"))),
    ("START_SEVERAL", "s2", (*line(task()), start("s2"), chain("s2", "a"))),
    ("SUBPROCESS_START", "a", line(b.sub("a", tag("task", id="i"), end("ie"), chain("i", "ie")))),
    ("EVENT_SUBPROCESS_LOOP", "v", (*line(task()), LOOPING)),
    ("EVENT_SUBPROCESS_FLOWS", "v", (*line(task()), HANDLED, chain("a", "v"))),
    ("INCOMING_FORBIDDEN", "s", (*line(task()), chain("a", "s"))),
    ("OUTGOING_FORBIDDEN", "e", (*line(task()), chain("e", "a"))),
    ("OUTGOING_MISSING", "s2", (*line(task()), start("s2", b.SIGNAL))),
    ("BOUNDARY_LOST", "x", (*line(task()), b.boundary("x", "a", b.SIGNAL))),
    ("DEFAULT_NOT_OUTGOING", "g", decide(flow("g", "x", "=true"), flow("g", "y", "=true"), default="s_g")),
    ("DEFAULT_HAS_CONDITION", "g_x", decide(flow("g", "x", "=true"), flow("g", "y", "=true"), default="g_x")),
    ("CONDITION_MISSING", "g_y", decide(flow("g", "x", "=true"), flow("g", "y"))),
    ("CONDITION_MISSING", "g_y", decide(flow("g", "x", "=true"), flow("g", "y"), kind="inclusive")),
    ("CONDITION_MEANINGLESS", "g_x", decide(flow("g", "x", "=true"), flow("g", "y"), kind="parallel")),
    ("DEFAULT_MISSING", "g", decide(flow("g", "x", "=true"), flow("g", "y", "=false"))),
    ("EVENT_GATEWAY_FEW", "g", (start(), gateway("eventBased", "g"), b.catch("a", b.SIGNAL), end(),
                                chain("s", "g", "a", "e"))),
    ("EVENT_GATEWAY_MIXED", "g", (start(), gateway("eventBased", "g"), b.catch("x", b.CATCH_MESSAGE),
                                  tag("receiveTask", id="y", messageRef="ms"), end(), chain("s", "g", "x", "e"),
                                  chain("g", "y", "e"))),
    ("EVENT_GATEWAY_TARGET", "x", decide(flow("g", "x"), flow("g", "y"), kind="eventBased")),
    ("UNREACHABLE", "island", (*line(task()), tag("task", id="island"), end("z"), chain("island", "z"))),
    ("DEAD_END", "y", (*line(task()), tag("task", id="x"), tag("task", id="y"), chain("a", "x", "y", "x"))),
    ("END_IMPLICIT", "a", (start(), task(), chain("s", "a"))),
    # --- tasks --------------------------------------------------------------------------------
    ("TASK_KIND", "a", line(tag("serviceTask", id="a"))),
    ("TASK_KIND", "a", line(tag("callActivity", id="a"))),
    ("CALLED_TWICE", "a", line(b.call("a", "leave").replace('id="a"', 'id="a" calledElement="q"'))),
    ("TASK_KIND", "e", (start(), task(), end("e", b.CATCH_MESSAGE), chain("s", "a", "e"))),
    ("USER_TASK_IMPLEMENTATION", "a", line(tag("userTask", id="a"))),
    ("USER_TASK_NOBODY", "a", line(user("a"))),
    ("BINDING_LATEST", "a", line(b.call("a", "leave", bindingType="latest"))),
    ("EXTENSION_VALUE", "a", line(b.call("a", "leave", bindingType="versionTag"))),
    ("EXTENSION_VALUE", "a", line(offered(zeebe("formDefinition", formId="request", bindingType="latest")))),
    ("LOOP_INPUT", "a", looping(tag("multiInstanceLoopCharacteristics"))),
    ("LOOP_INPUT", "a", looping(b.each().replace("</bpmn:multi", tag("loopCardinality", "3") + "</bpmn:multi"))),
    ("LOOP_TWICE", "a", looping(b.each() + tag("standardLoopCharacteristics", loopMaximum="1"))),
    ("LOOP_BOUND", "a", looping(tag("standardLoopCharacteristics", loopMaximum="=n"))),
    ("LOOP_ENDLESS", "a", looping(tag("standardLoopCharacteristics"))),
    ("EXPRESSION_BROKEN", "a", looping(tag("standardLoopCharacteristics", tag("loopCondition", "=)")))),
    ("LITERAL_INTEGER", "a", looping(tag("multiInstanceLoopCharacteristics", tag("loopCardinality", "three")))),
    ("LOOP_OUTPUT", "a", looping(b.each(outputCollection="all"))),
    ("FILTER_SHADOWS", "a", line(b.script("a", '=rows[item.name = "a" and item.id = id]', "found"))),
    ("PROCESS_UNKNOWN", "a", line(b.call("a", "gone"))),
    ("PROCESS_NOT_CALLABLE", "a", line(b.call("a", "by_message"))),
    ("DECISION_UNKNOWN", "a", asked("gone")),
    ("FORM_UNKNOWN", "a", line(offered(zeebe("formDefinition", formId="gone")))),
    ("START_FORM_CLOSED", "s", (start("s", extensions(FORM)), task(), end(), chain("s", "a", "e"))),
    ("SECRET_BOX", "a", line(offered(FORM))),
    ("SECRET_BOX", "a", line(offered(b.properties(secret="box"), zeebe("formDefinition", formId="open")))),
    ("GROUP_UNKNOWN", "a", line(offered(groups="staff, gone"))),
    ("GROUP_UNKNOWN", "a", line(offered(groups='=["staff", "gone"]'))),
    ("REGISTER_UNKNOWN", "d", (*line(task()), tag(
        "dataStoreReference", extensions(b.properties(register="gone")), id="d", name="absences"))),
    ("STORE_DRAWN", "d", (*line(task()), tag("dataStoreReference", id="d", name="gone"))),
    ("STORE_DRAWN", "d", (*line(task()), tag("dataStoreReference", id="d"))),
    ("JOB_TYPE_UNKNOWN", "a", line(b.service("a", type="blockchain"))),
    ("JOB_TYPE_OFF", "a", line(b.service("a", type="mail"))),
    # --- expressions and data -----------------------------------------------------------------
    ("EXPRESSION_EXPECTED", "g_x", decide(flow("g", "x", "true"), flow("g", "y"), default="g_y")),
    ("EXPRESSION_EXPECTED", "g_x", decide(flow("g", "x", " "), flow("g", "y"), default="g_y")),
    ("EXPRESSION_BROKEN", "g_x", decide(flow("g", "x", "=1 +"), flow("g", "y"), default="g_y")),
    ("EXPRESSION_BROKEN", "a", line(b.script("a", "=__import__('os')", "x"))),
    ("EXPRESSION_BROKEN", "a", line(offered(b.mapping({"x": "=)"})))),
    ("EXPRESSION_BROKEN", "a", line(offered(b.mapping(outputs={"x": "=)"})))),
    ("EXPRESSION_BROKEN", "a", line(offered(groups="=)"))),
    ("EXPRESSION_BROKEN", "a", line(offered(zeebe("taskSchedule", dueDate="=)")))),
    ("EXPRESSION_BROKEN", "a", line(offered(zeebe("priorityDefinition", priority="=)")))),
    ("EXPRESSION_BROKEN", "a", waits(b.timer("=)"))),
    ("EXPRESSION_BROKEN", "a", looping(b.each("=)"))),
    ("EXPRESSION_BROKEN", "a", looping(b.each(outputCollection="o", outputElement="=)"))),
    ("EXPRESSION_BROKEN", "a", looping(b.each(condition="=)"))),
    ("EXPRESSION_BROKEN", "a", published("=)")),
    ("EXPRESSION_BROKEN", "ms", {"body": (*LINE, task()), "definitions": b.DEFINITIONS.replace("=key", "=)")}),
    ("EXPRESSION_BROKEN", "a", waits(extensions(b.properties(deadline="=)")) + b.timer("P1D"))),
    ("EXPRESSION_DEEP", "a", line(b.script("a", "=" + "(" * 51 + "1" + ")" * 51, "x"))),
    ("DIAGRAM_TOO_LARGE", "", line(offered(b.mapping({f"x{n}": "=1" for n in range(2_500)})))),
    ("EXPRESSION_LONG", "a", line(b.script("a", "=" + "1+" * 2_000 + "1", "x"))),
    ("NAME_INVALID", "a", line(b.script("a", "=1", "two words"))),
    ("NAME_INVALID", "a", line(b.script("a", "=1", "in"))),
    ("LITERAL_INTEGER", "a", line(offered(zeebe("priorityDefinition", priority="high")))),
    ("PRIORITY_RANGE", "a", line(offered(zeebe("priorityDefinition", priority="101")))),
    ("LITERAL_INSTANT", "a", line(offered(zeebe("taskSchedule", dueDate="soon")))),
    ("LITERAL_DURATION", "a", published("=1", "an hour")),
    ("FIELD_CLOSED", "b", (start(), offered(FORM), b.script("b", "=vote", "x"), end(), chain("s", "a", "b", "e"))),
    ("FIELD_CLOSED", "a", line(offered(FORM, b.mapping(outputs={"x": "=reason"})))),
    ("START_READS", "s", (start("s", b.timer(date="=date(day)")), task(), end(), chain("s", "a", "e"))),
    ("START_READS", "s", {"body": (start("s", b.SIGNAL), task(), end(), chain("s", "a", "e")),
                          "definitions": b.DEFINITIONS.replace('name="sig"', 'name="=sig"')}),
    ("VARIABLE_UNSET", "p", line(b.script("a", "=typo + 1", "x"))),
    # --- properties ---------------------------------------------------------------------------
    ("PROPERTY_UNKNOWN", "a", prop(seperationOfDuties="a")),
    ("PROPERTY_PLACE", "a", prop(startGroups="staff")),
    ("PROPERTY_VALUE", "a", prop(separationOfDuties="x y")),
    ("PROPERTY_VALUE", "a", prop(separationOfDuties="s")),
    ("PROPERTY_VALUE", "a", prop(readGroups="gone")),
    ("PROPERTY_VALUE", "a", prop(substitutes="perhaps")),
    ("PROPERTY_TWICE", "a", line(offered(zeebe("properties", 2 * zeebe("property", name="article", value="1"))))),
    ("PROPERTY_PAIR", "a", prop(blindFor="staff")),
    ("PROPERTY_ELEMENT", "a", prop(needToKnow="elsewhere")),
    ("PROFILE", "a", {"body": line(b.script("a", "=1", "x")), "profile": FORBIDDEN}),
]  # fmt: skip


def found(case) -> list:
    if isinstance(case, dict):
        more = {name: value for name, value in case.items() if name != "body"}
        return lint(*case["body"], **more)
    return lint(*case)


@pytest.mark.parametrize(
    ("rule", "element", "case"), CASES, ids=[f"{n}-{rule}" for n, (rule, _, _) in enumerate(CASES)]
)
def test_each_rule_names_the_element_that_breaks_it(rule, element, case):
    [finding, *_] = [each for each in found(case) if each.rule == rule and each.element_id == element]

    assert finding.severity == RULES[rule].severity
    for language in ("en", "zh"):
        assert "$" not in finding.text(language) + finding.remedy_text(language)
    assert finding.text() == finding.message
    assert finding.remedy_text() == finding.remedy


def test_the_engine_has_the_last_word():
    xml = diagram(*line(task(**{"default": "gone"})))
    report = Report("x.bpmn")
    _ask_engine(xml, Model(parse(xml)), report)
    assert [(each.rule, each.element_id) for each in report.findings()] == [("ENGINE_REFUSES", "a")]


def test_chinese_is_spoken_to_those_who_read_it():
    [finding] = [each for each in lint(*line(user("a", name="审批"))) if each.rule == "USER_TASK_NOBODY"]
    assert finding.text("zh-CN") == "“审批”没有办理人。"
    assert finding.text("de") == finding.message


def test_all_findings_come_at_once_errors_first():
    findings = lint(start(), user("a"), tag("task", id="island"), tag("serviceTask", id="b"), chain("s", "a", "b"))

    rules = [finding.rule for finding in findings]
    assert {"UNREACHABLE", "TASK_KIND", "USER_TASK_NOBODY", "END_IMPLICIT"} <= set(rules)
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities)


def test_a_finding_names_line_and_file():
    xml = diagram("\n", start(), "\n\n", user("a"), end(), chain("s", "a", "e"))
    [finding] = [each for each in lint_bpmn(xml, Shelf(), resource="leave.bpmn") if each.rule == "USER_TASK_NOBODY"]
    assert (finding.line, finding.resource) == (4, "leave.bpmn")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"<html/>", "NOT_BPMN"),
        (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "NOT_BPMN"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/M0DEL"/>', "NOT_BPMN"),  # a zero for an O
        (b"<!DOCTYPE a><a/>", "XML_DOCTYPE"),
        (b"PK\x03\x04", "XML_BROKEN"),
    ],
)
def test_what_is_no_diagram_is_one_finding(data, rule):
    [finding] = lint_bpmn(data, Shelf())
    assert finding.rule == rule
    assert "$" not in finding.text("zh") + finding.remedy_text("zh") + finding.message


def test_a_message_that_nothing_uses_is_a_warning():
    findings = lint_bpmn(diagram(*line(task())), Shelf())
    assert {each.element_id for each in findings if each.rule == "ROOT_UNUSED"} >= {"ms", "sg"}


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_diagram_is_refused_but_never_stops_the_lint(seed):
    random = Random(seed)
    pieces = LEAVE_REQUEST.read_text(encoding="utf-8").splitlines(keepends=True)
    for _ in range(random.randint(1, 6)):
        place, other = random.randrange(1, len(pieces)), random.randrange(1, len(pieces))
        match random.randrange(4):
            case 0:
                pieces[place] = ""
            case 1:
                pieces[place], pieces[other] = pieces[other], pieces[place]
            case 2:
                pieces[place] = re.sub(r'"[^"]*"', '"gone"', pieces[place], count=1)
            case _:
                pieces[place] += pieces[other]
    findings = lint_bpmn("".join(pieces).encode(), Shelf())
    assert any(finding.severity == "error" for finding in findings)


def test_one_mistake_made_often_is_not_said_more_than_a_hundred_times():
    findings = lint(*line(task()), *(tag("task", id=f"t{n}") for n in range(150)))
    assert sum(finding.rule == "UNREACHABLE" for finding in findings) == 100
