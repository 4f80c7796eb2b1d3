"""What may be drawn, and that whatever is not in the tables is refused."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from service.engine import dialect
from service.engine.describe import TYPES
from service.engine.lint import lint_bpmn
from service.engine.lint_rules.language import ELEMENTS, EVENTS
from service.engine.lint_rules.model import FLOW_NODES
from service.engine.lint_rules.properties import PROPERTIES
from service.engine.types import DecisionSource, ProcessSource
from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, flow, gateway, start, tag, throw, user, zeebe
from tests.unit.engine.game import Game
from tests.unit.engine.game import Shelf as Release
from tests.unit.engine.shelf import Shelf, diagram, lint
from tests.unit.engine.test_lint import line, offered

LEAVE_DAYS = Path(__file__).parents[2] / "diagrams" / "leave_request" / "leave_days.dmn"
REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def released(decision: Path) -> Release:
    """A release that holds one decision, called like its file."""
    xml = decision.read_bytes()
    return Release(DecisionSource(decision.stem, xml, sha256(xml).hexdigest()))


def rules(*body: str, **more: object) -> set[str]:
    return {finding.rule for finding in lint(*body, **more) if finding.severity == "error"}


def sub(*body: str) -> str:
    return b.sub("a", start("is"), *body, end("ie"))


CALLED = zeebe("calledDecision", decisionId="leave_days", resultVariable="r")
CAUGHT = (b.CATCH_MESSAGE, b.timer(cycle="R/P1D"), b.SIGNAL, b.ESCALATION)
SPIFF = 'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core"'
SENT = zeebe("taskDefinition", type="work")
PUBLISHED = zeebe("publishMessage", correlationKey="=1", timeToLive="PT1H")
#: One diagram for each construct that the engine executes.
DRAWN = {
    "task": line(tag("task", id="a")),
    "manual task": line(tag("manualTask", id="a")),
    "user task": line(
        offered(
            zeebe("formDefinition", formId="open"),
            zeebe("taskSchedule", dueDate='=now() + duration("P1D")', followUpDate="2026-01-01"),
            zeebe("priorityDefinition", priority="80"),
            b.mapping({"x": "=1"}, {"y": "=x"}),
            zeebe("taskHeaders", zeebe("header", key="k", value="v")),
        )
    ),
    "service task": line(b.service("a")),
    "send task by a job": line(tag("sendTask", extensions(SENT), id="a")),
    "send task by message": line(tag("sendTask", extensions(PUBLISHED), id="a", messageRef="ms")),
    "script task": line(b.script("a", "=1 + 1", "x")),
    "decision": line(
        tag("businessRuleTask", extensions(CALLED), id="a")
    ),
    "rule task by a job": line(tag("businessRuleTask", extensions(SENT), id="a")),
    "receive task": line(tag("receiveTask", id="a", messageRef="ms")),
    "call activity": line(b.call("a", "leave", propagateAllChildVariables="false", bindingType="deployment")),
    "sub-process": line(sub(tag("task", id="i"), chain("is", "i", "ie"))),
    "event sub-processes": (
        *line(tag("task", id="a")),
        *(
            b.event_sub(f"v{n}", definition, end(f"v{n}_e"), chain(f"v{n}_start", f"v{n}_e"), interrupting=n > 3)
            for n, definition in enumerate((*CAUGHT, b.ERROR))
        ),
    ),
    "boundary events": (
        *line(offered()),
        *(
            b.boundary(f"x{n}", "a", definition, interrupting=n > 3) + end(f"z{n}") + chain(f"x{n}", f"z{n}")
            for n, definition in enumerate((*CAUGHT, b.ANY_ERROR))
        ),
    ),
    "catch events": (
        start(), b.catch("m", b.CATCH_MESSAGE), b.catch("t", b.timer(date="=now()")), b.catch("g", b.SIGNAL), end(),
        chain("s", "m", "t", "g", "e"),
    ),
    "throw events": (
        start(), throw("n"), throw("m", b.CATCH_MESSAGE, SENT), throw("g", b.SIGNAL), throw("x", b.ESCALATION), end(),
        chain("s", "n", "m", "g", "x", "e"),
    ),
    "links": (start(), throw("a", b.link("L")), b.catch("l", b.link("L")), end(), chain("s", "a"), chain("l", "e")),
    "end events": (
        start(), gateway("parallel", "g"), flow("s", "g"),
        *(
            tag("endEvent", (extensions(SENT) if "message" in definition else "") + definition, id=f"e{n}")
            + flow("g", f"e{n}")
            for n, definition in enumerate(("", b.TERMINATE, b.ERROR, b.ESCALATION, b.CATCH_MESSAGE, b.SIGNAL))
        ),
    ),
    "start events": (
        start(), start("s2", tag("messageEventDefinition", messageRef="start_ms")), start("s3", b.SIGNAL),
        start("s4", b.timer(cycle="R/P1D")), tag("task", id="a"), end(),
        chain("s", "a", "e"), chain("s2", "a"), chain("s3", "a"), chain("s4", "a"),
    ),
    "exclusive gateway": (
        start(), gateway("exclusive", "g", default="g_y"), end("x"), end("y"),
        flow("s", "g"), flow("g", "x", "=1 > 2"), flow("g", "y"),
    ),
    "inclusive gateway": (
        start(), gateway("inclusive", "g", default="g_y"), end("x"), end("y"),
        flow("s", "g"), flow("g", "x", "=1 > 2"), flow("g", "y"),
    ),
    "parallel gateways": (
        start(), gateway("parallel", "g"), gateway("parallel", "h"), end(),
        flow("s", "g"), flow("g", "h", id="one"), flow("g", "h", id="two"), flow("h", "e"),
    ),
    "event-based gateway": (
        start(), gateway("eventBased", "g"), b.catch("m", b.CATCH_MESSAGE), b.catch("t", b.timer("P1D")), end(),
        flow("s", "g"), flow("g", "m"), flow("g", "t"), flow("m", "e"), flow("t", "e"),
    ),
    "several flows out of a task, with condition and default": (
        start(), tag("task", id="a", default="a_y"), end("x"), end("y"),
        flow("s", "a"), flow("a", "x", "=1 > 2"), flow("a", "y"),
    ),
    "multi-instance": line(offered(inner=b.each(outputCollection="o", outputElement="=i", condition="=i = 2"))),
    "sequential multi-instance": line(offered(inner=b.each(sequential=True))),
    "documentation": (
        tag("laneSet", tag("lane", tag("flowNodeRef", "a"), id="lane", name="员工"), id="lanes"),
        *line(tag("task", tag("documentation", "第七条"), id="a")),
        tag("textAnnotation", tag("text", "说明"), id="note"),
        tag("association", id="about", sourceRef="a", targetRef="note"),
        tag("group", id="group"), tag("dataObject", id="object"),
        tag("dataObjectReference", id="paper", name="申请表", dataObjectRef="object"),
        tag("dataStoreReference", id="store", name="缺勤登记"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_executed_may_be_deployed(name):
    assert rules(*DRAWN[name]) == set()


@pytest.mark.parametrize("name", DRAWN)
def test_the_engine_reads_whatever_the_lint_lets_pass(name):
    assert dialect.read(diagram(*DRAWN[name]), "p").nodes


@pytest.mark.parametrize("name", DRAWN)
def test_the_engine_runs_whatever_the_lint_lets_pass(name):
    xml = diagram(*DRAWN[name])
    variables = {"key": "k", "days": 3}
    game = Game(ProcessSource("p", xml, sha256(xml).hexdigest()), variables, shelf=released(LEAVE_DAYS))
    assert game.step.changes
    game.replay()


@pytest.mark.parametrize("kind", sorted(name for name, entry in ELEMENTS.items() if entry.state == "refused"))
def test_refused_elements_say_what_to_draw_instead(kind):
    [finding] = [each for each in lint(*line(tag("task", tag(kind), id="a"))) if each.rule == "ELEMENT_REFUSED"]
    assert finding.remedy == ELEMENTS[kind].instead
    assert finding.remedy_text("zh") == ELEMENTS[kind].instead_zh


@pytest.mark.parametrize(
    "intruder",
    [
        tag("scriptTask", tag("script", "import os"), id="a", scriptFormat="python"),
        tag("task", extensions(f"<s:preScript {SPIFF}>x=1</s:preScript>"), id="a"),
        tag("task", extensions(f"<s:postScript {SPIFF}>x=1</s:postScript>"), id="a"),
        tag("serviceTask", extensions(f'<s:serviceTaskOperator {SPIFF} id="http"/>'), id="a"),
        '<bpmn:serviceTask xmlns:c="http://camunda.org/schema/1.0/bpmn" id="a" c:class="java.lang.Runtime"/>',
        '<bpmn:serviceTask xmlns:c="http://camunda.org/schema/1.0/bpmn" id="a" c:expression="${evil}"/>',
        '<bpmn:scriptTask xmlns:z="http://camunda.org/schema/zeebe/1.1" id="a"><bpmn:extensionElements>'
        '<z:script expression="=1" resultVariable="x"/></bpmn:extensionElements></bpmn:scriptTask>',
        '<scriptTask xmlns="http://www.omg.org/spec/BPMN/20100524/MODELS" id="a"/>',
        '<bpmn:task id="a"><script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script></bpmn:task>',
        tag("task", tag("extensionElements", "<zeebe:userTask><zeebe:script/></zeebe:userTask>"), id="a"),
        tag("subProcess", tag("process", id="q"), id="a"),
        tag("task", tag("multiInstanceLoopCharacteristics", tag("complexBehaviorDefinition")), id="a"),
        tag("adHocSubProcess", id="a"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(intruder):
    assert rules(*line(intruder)) & {
        "ELEMENT_UNKNOWN", "ELEMENT_REFUSED", "ELEMENT_FOREIGN", "ELEMENT_MISPLACED", "EXTENSION_FOREIGN",
        "EXTENSION_UNKNOWN", "EXTENSION_MISPLACED", "ATTRIBUTE_FOREIGN", "ATTRIBUTE_UNKNOWN",
    }  # fmt: skip


def test_an_element_cannot_pass_for_another_by_xsi_type():
    disguised = flow("a", "e", "=true").replace(
        "<bpmn:conditionExpression",
        '<bpmn:conditionExpression xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="bpmn:tScriptTask"',
    )
    assert "ATTRIBUTE_VALUE" in rules(start(), tag("task", id="a"), end(), flow("s", "a"), disguised)


@pytest.mark.parametrize("kind", ["compensate", "conditional", "cancel", "multiple", "parallelMultiple", "none_at_all"])
@pytest.mark.parametrize("event", ["startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent"])
def test_no_event_definition_passes_for_none(kind, event):
    if (kind, event) == ("compensate", "intermediateThrowEvent"):
        kind = "error"
    assert rules(*line(tag(event, tag(f"{kind}EventDefinition"), id="a")))


def test_a_definition_without_effect_in_its_place_is_refused():
    places = {
        "startEvent": "start of a process", "endEvent": "end", "intermediateCatchEvent": "intermediate catch",
        "intermediateThrowEvent": "intermediate throw",
    }  # fmt: skip
    for event, place in places.items():
        for kind in {"message", "timer", "signal", "error", "escalation", "terminate", "link"} - EVENTS[place]:
            found = rules(*line(tag(event, tag(f"{kind}EventDefinition"), id="a")))
            assert found & {"EVENT_NOT_EXECUTED", "ELEMENT_MISPLACED"}, (event, kind)


def test_the_lint_and_the_engine_speak_of_the_same_elements():
    executed = {name for name, entry in ELEMENTS.items() if entry.state == "executed"} & FLOW_NODES
    # A complex gateway that only forks is read as an inclusive one.
    assert executed == {*dialect.TYPES, "complexGateway"}
    assert {name: TYPES[name] for name in dialect.TYPES} == dialect.TYPES


def test_a_path_into_another_process_is_no_flow():
    two = diagram(*line(tag("task", id="a"))).replace(
        b"</bpmn:definitions>", tag("process", tag("task", id="b"), id="q").encode() + b"</bpmn:definitions>"
    )
    assert dialect.read(two, "p").nodes.keys() == {"s", "a", "e"}


def test_pools_of_others_are_documentation():
    pools = tag(
        "collaboration",
        tag("participant", id="us", name="单位", processRef="p")
        + tag("participant", id="them", name="申请人")
        + tag("messageFlow", id="sent", sourceRef="a", targetRef="them"),
        id="parties",
    )
    assert rules(*line(tag("task", id="a")), definitions=b.DEFINITIONS + pools) == set()
    gone = pools.replace('processRef="p"', 'processRef="q"').replace('targetRef="them"', 'targetRef="nobody"')
    assert rules(*line(tag("task", id="a")), definitions=b.DEFINITIONS + gone) == {"REFERENCE_DANGLING"}


def test_what_a_modeller_leaves_behind_does_no_harm():
    drawn = line(tag("task", extensions(), id="a"))
    xml = diagram(*drawn, definitions="").decode()
    xml = xml.replace(
        ' id="d"',
        ' id="d" exporter="Camunda Modeler" exporterVersion="5.30.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0"'
        ' modeler:executionPlatform="Camunda Cloud" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd"',
    ).replace('<bpmn:task id="a"', '<bpmn:task zeebe:modelerTemplate="x" zeebe:modelerTemplateVersion="1" id="a"')
    findings = lint_bpmn(xml.encode(), Shelf())
    assert [finding for finding in findings if finding.severity == "error"] == []


PAYLOADS = [
    "=__import__('os').system('id')", "=().__class__.__bases__[0].__subclasses__()", "=open('/etc/passwd').read()",
    "=eval('1')", "=exec('1')", "=constructor.constructor('return 1')()", "=require('fs')",
    "=(function() { while (true) {} })()", "=fetch('http://127.0.0.1')", "=${7*7}", "=#{7*7}", "=`id`()",
    "=lambda: 1", "=f'{x}'", "=x := 1", "=1; 2", "=" + "(" * 1_900, "=" + "[" * 3_000, "=9**9**9**9 !",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_program_code_is_refused_in_every_slot(payload):
    slots = {
        "condition": (start(), tag("task", id="a", default="a_z"), end("x"), end("z"), flow("s", "a"),
                      flow("a", "x", payload), flow("a", "z")),
        "script": line(b.script("a", payload, "x")),
        "input": line(offered(b.mapping({"x": payload}))),
        "output": line(offered(b.mapping(outputs={"x": payload}))),
        "group": line(offered(groups=payload)),
        "due date": line(offered(zeebe("taskSchedule", dueDate=payload))),
        "priority": line(offered(zeebe("priorityDefinition", priority=payload))),
        "timer": line(tag("intermediateCatchEvent", b.timer(payload), id="a")),
        "collection": line(offered(inner=b.each(payload))),
        "completion": line(offered(inner=b.each(condition=payload))),
        "decision": line(tag("businessRuleTask", extensions(
            zeebe("calledDecision", decisionId=payload, resultVariable="r")), id="a")),
        "process": line(b.call("a", payload)),
        "job type": line(b.service("a", type=payload)),
    }  # fmt: skip
    for slot, body in slots.items():
        assert rules(*body) & {"EXPRESSION_BROKEN", "EXPRESSION_DEEP"}, slot


def test_the_reference_lists_the_properties_with_their_places():
    text = (REFERENCE / "properties.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", text, re.MULTILINE))
    assert rows.keys() == PROPERTIES.keys()
    for name, places in rows.items():
        listed = {"any element"} if name in ("article", "receives") else set(PROPERTIES[name].on)
        listed = {"any node"} if listed == FLOW_NODES else listed
        assert set(places.strip().split(", ")) == listed, name


def test_properties_with_right_values_are_taken():
    attributes = '[{"name": "days", "title": "天数", "expression": "days"}]'
    task = user(
        "a", zeebe("assignmentDefinition", candidateGroups="staff"), zeebe("formDefinition", formId="request"),
        b.properties(
            separationOfDuties="first", needToKnow="first", secret="ballot", blindFor="staff, managers", blindUntil="a",
            substitutes="false", public="true", readGroups="managers", actorVariable="who", article="第七条",
        ),
    )  # fmt: skip
    process = extensions(
        b.properties(
            startGroups="staff", readGroups="managers", adminGroups="managers", publicStart="false", retention="P10Y",
            searchAttributes=attributes, receives="days, cycle",
        )
    )  # fmt: skip
    timed = tag(
        "intermediateCatchEvent", extensions(b.properties(deadline="filing")) + b.timer(date="=date(cycle)"), id="t"
    )
    begun = start("s", extensions(b.properties(releaseFrom="cycle")))
    store = tag("dataStoreReference", extensions(b.properties(register="absences")), id="d", name="台账")
    body = (process, begun, offered().replace('id="a"', 'id="first"'), task, timed, end(), store)

    assert lint(*body, chain("s", "first", "a", "t", "e")) == []
