"""What must not be refused: files as modellers and other tools write them, and names of any kind."""

from hashlib import sha256

import pytest

from service.engine.describe import describe
from service.engine.lint import lint_bpmn
from service.engine.types import ProcessSource
from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, flow, start, tag, zeebe
from tests.unit.engine.game import Game
from tests.unit.engine.shelf import Shelf, diagram
from tests.unit.engine.test_lint import line, offered

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
MODELER = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0"
    xmlns:color="http://www.omg.org/spec/BPMN/non-normative/color/1.0" id="Definitions_1bwqhi1"
    targetNamespace="http://bpmn.io/schema/bpmn" exporter="Camunda Modeler" exporterVersion="5.36.0"
    modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.7.0">
  <bpmn:process id="Process_0wkf3y1" name="Hire" isExecutable="true">
    <bpmn:documentation>About it</bpmn:documentation>
    <bpmn:extensionElements>
      <zeebe:versionTag value="v2" />
      <zeebe:properties><zeebe:property name="camundaModeler:exampleOutputJson" value="{}" /></zeebe:properties>
    </bpmn:extensionElements>
    <bpmn:startEvent id="StartEvent_1"><bpmn:outgoing>Flow_0</bpmn:outgoing></bpmn:startEvent>
    <bpmn:exclusiveGateway id="Gateway_1" default="Flow_2">
      <bpmn:incoming>Flow_0</bpmn:incoming><bpmn:outgoing>Flow_1</bpmn:outgoing><bpmn:outgoing>Flow_2</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:sequenceFlow id="Flow_0" sourceRef="StartEvent_1" targetRef="Gateway_1" />
    <bpmn:sequenceFlow id="Flow_1" name="yes" sourceRef="Gateway_1" targetRef="Activity_1">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=days &gt; 3</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="Flow_2" sourceRef="Gateway_1" targetRef="Event_1" />
    <bpmn:userTask id="Activity_1" name="" zeebe:modelerTemplate="x.y" zeebe:modelerTemplateVersion="2"
        zeebe:modelerTemplateIcon="data:image/svg+xml,x">
      <bpmn:extensionElements>
        <zeebe:userTask />
        <zeebe:assignmentDefinition candidateGroups="staff" />
        <zeebe:taskSchedule />
        <zeebe:priorityDefinition priority="50" />
        <zeebe:ioMapping><zeebe:input source="=days" target="n" /></zeebe:ioMapping>
      </bpmn:extensionElements>
      <bpmn:incoming>Flow_1</bpmn:incoming><bpmn:outgoing>Flow_3</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="Flow_3" sourceRef="Activity_1" targetRef="Event_1" />
    <bpmn:endEvent id="Event_1">
      <bpmn:incoming>Flow_2</bpmn:incoming><bpmn:incoming>Flow_3</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:boundaryEvent id="Event_2" attachedToRef="Activity_1">
      <bpmn:outgoing>Flow_4</bpmn:outgoing>
      <bpmn:timerEventDefinition id="TimerEventDefinition_1">
        <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:sequenceFlow id="Flow_4" sourceRef="Event_2" targetRef="Event_1" />
    <bpmn:textAnnotation id="TextAnnotation_1"><bpmn:text>Note</bpmn:text></bpmn:textAnnotation>
    <bpmn:association id="Association_1" associationDirection="None" sourceRef="Activity_1"
        targetRef="TextAnnotation_1" />
  </bpmn:process>
  <bpmn:message id="Message_1" name="left over" />
  <bpmndi:BPMNDiagram id="BPMNDiagram_1">
    <bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement="Process_0wkf3y1">
      <bpmndi:BPMNShape id="Activity_1_di" bpmnElement="Activity_1" bioc:stroke="#205022" bioc:fill="#c8e6c9"
          color:background-color="#c8e6c9" color:border-color="#205022">
        <dc:Bounds x="270" y="77" width="100" height="80" />
      </bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
EXPORTED = """<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<!-- made by a tool -->
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:signavio="http://www.signavio.com"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:tns="http://www.signavio.com/bpmn20"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    exporter="Signavio Process Editor" exporterVersion="15.3" expressionLanguage="http://www.w3.org/TR/XPath"
    id="sid-0f2e" targetNamespace="http://www.signavio.com/bpmn20" typeLanguage="http://www.w3.org/2001/XMLSchema"
    xsi:schemaLocation="http://www.omg.org/spec/BPMN/20100524/MODEL http://www.omg.org/spec/BPMN/2.0/20100501/BPMN20.xsd">
  <import importType="http://www.w3.org/2001/XMLSchema" location="types.xsd" namespace="urn:x"/>
  <itemDefinition id="item" isCollection="false" itemKind="Information" structureRef="tns:order"/>
  <resource id="clerk" name="Clerk"/>
  <interface id="i1" name="Orders">
    <operation id="o1" name="place"><inMessageRef>m1</inMessageRef></operation>
  </interface>
  <message id="m1" name="order" itemRef="tns:item">
    <extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements>
  </message>
  <signal id="sg" name="sig" structureRef="tns:item"/>
  <collaboration id="sid-c" isClosed="false">
    <extensionElements><signavio:signavioDiagramMetaData metaKey="prozessowner" metaValue=""/></extensionElements>
    <participant id="us" name="We" processRef="sid-p"><participantMultiplicity minimum="0" maximum="1"/></participant>
    <participant id="others" name="They" processRef="sid-q"/>
    <participant id="them" name="Black box"/>
    <messageFlow id="mf1" sourceRef="them" targetRef="sid-a" messageRef="tns:m1"/>
    <messageFlow id="mf2" sourceRef="qa" targetRef="sid-a"/>
    <conversation id="cv"><participantRef>us</participantRef><participantRef>them</participantRef></conversation>
  </collaboration>
  <process id="sid-p" isClosed="false" isExecutable="true" name="Ours" processType="None">
    <extensionElements/>
    <laneSet id="ls"><lane id="l1" name="Clerk"><flowNodeRef>sid-s</flowNodeRef><flowNodeRef>sid-a</flowNodeRef></lane>
      <lane id="l2"><childLaneSet id="cs"><lane id="l3"><flowNodeRef>sid-e</flowNodeRef></lane></childLaneSet></lane>
    </laneSet>
    <startEvent id="sid-s" name="" isInterrupting="true" parallelMultiple="false">
      <outgoing>sid-f1</outgoing>
    </startEvent>
    <receiveTask completionQuantity="1" id="sid-a" implementation="##WebService" instantiate="false"
        isForCompensation="false" messageRef="tns:m1" name="Take order" operationRef="tns:o1" startQuantity="1">
      <documentation textFormat="text/html"><b xmlns="http://www.w3.org/1999/xhtml">Read</b> it</documentation>
      <extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffcc"/></extensionElements>
      <auditing/><monitoring/>
      <incoming>
        sid-f1
      </incoming>
      <outgoing>sid-f2</outgoing>
    </receiveTask>
    <endEvent id="sid-e" name="done"><incoming>sid-f2</incoming></endEvent>
    <sequenceFlow id="sid-f1" isImmediate="true" name="" sourceRef="sid-s" targetRef="sid-a"/>
    <sequenceFlow id="sid-f2" sourceRef="sid-a" targetRef="sid-e"/>
  </process>
  <process id="sid-q" isExecutable="false" name="Theirs">
    <task id="qa"/>
    <adHocSubProcess id="qb" ordering="Parallel"><completionCondition>over</completionCondition></adHocSubProcess>
    <complexGateway id="qg"/>
    <serviceTask id="qs" implementation="Java"><ioSpecification><inputSet/><outputSet/></ioSpecification></serviceTask>
    <scriptTask id="qt" scriptFormat="groovy"><script>x</script></scriptTask>
    <sequenceFlow id="q1" sourceRef="qa" targetRef="qb"><conditionExpression>true</conditionExpression></sequenceFlow>
    <boundaryEvent id="qe" attachedToRef="qa"/>
    <intermediateThrowEvent id="ql"><linkEventDefinition name="nowhere"/></intermediateThrowEvent>
  </process>
</definitions>
"""
OWNED = extensions(zeebe("properties", zeebe("property", name="owner", value="me")))
SEVEN = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'


def prefixed(prefix: str) -> bytes:
    """The file of the modeller with another prefix for BPMN."""
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    text = MODELER.replace("xmlns:bpmn=", f"{name}=").replace(
        "bpmn:tFormal", f"{prefix}:tFormal" if prefix else "tFormal"
    )
    return (
        text.replace("<bpmn:", f"<{prefix}:" if prefix else "<")
        .replace("</bpmn:", f"</{prefix}:" if prefix else "</")
        .encode()
    )


def named(*ids: str) -> bytes:
    """Start, task, gateway and end by these ids."""
    s, a, g, e = ids
    return diagram(
        start(s), offered().replace('id="a"', f'id="{a}"'), b.gateway("exclusive", g), end(e), chain(s, a, g, e)
    )


PLAIN = diagram(*line(offered()))
FILES = {
    "a file of the modeller": MODELER.encode(),
    "with another prefix": prefixed("bpmn2"),
    "with the prefix of a tool": prefixed("semantic"),
    "without a prefix": prefixed(""),
    "a mark at the beginning": b"\xef\xbb\xbf" + MODELER.encode(),
    "line ends of another system": MODELER.replace("\n", "\r\n").encode(),
    "a file of another tool": EXPORTED.encode(),
    "no picture": MODELER[: MODELER.index("  <bpmndi:BPMNDiagram")].encode() + b"</bpmn:definitions>",
    "remarks everywhere": PLAIN.replace(b"><", b"><!-- a remark --><"),
    "marks of Camunda 7": PLAIN.replace(b"<bpmn:definitions ", f"<bpmn:definitions {SEVEN} ".encode())
    .replace(b'<bpmn:process id="p"', b'<bpmn:process camunda:historyTimeToLive="180" camunda:versionTag="1" id="p"')
    .replace(b'<bpmn:userTask id="a"', b'<bpmn:userTask camunda:asyncBefore="true" camunda:exclusive="false" id="a"')
    .replace(b"<zeebe:userTask>",
        b"<camunda:failedJobRetryTimeCycle>R3/PT1M</camunda:failedJobRetryTimeCycle><zeebe:userTask>"),
    "names of the library": named("Start", "Root", "End", "BoundaryEventParent"),
    "names in Chinese": named("开始", "请假申请", "判断", "结束"),
    "names with all signs": named("_s.1-x", "a__b", "g--.", "é·ñ"),
    "one name a letter, the other long": named("s", "a" * 200, "g", "E"),
    "two processes": diagram(*line(offered())).replace(
        b"</bpmn:definitions>", tag("process", start("t") + end("u") + chain("t", "u"), id="q",
        isExecutable="true").encode()
        + b"</bpmn:definitions>"),
    "blanks around texts": diagram(
        start(), b.gateway("exclusive", "g", default="g_b"), b.catch("a", b.timer("\n  PT1H\n ")), tag("task", id="b"),
            end(),
        chain("s", "g"), flow("g", "a", "\n    = days > 3\n  "), flow("g", "b"), chain("a", "e"), chain("b", "e")),
    "a text kept as it stands": diagram(*line(offered())).replace(
        b'sourceRef="a" targetRef="e">', b'sourceRef="a" targetRef="e"><bpmn:conditionExpression><![CDATA[=days > 0]]>'
        b"</bpmn:conditionExpression>"),
    "truths as digits": diagram(
        *line(b.sub("a", start("is"), end("ie"), chain("is", "ie"), triggeredByEvent="0")),
        b.event_sub("v", b.SIGNAL, end("ve"), chain("v_start", "ve")).replace('"true"', '"1"')).replace(
        b'isExecutable="true"', b'isExecutable="1"'),
    "a call in both ways": diagram(*line(b.call("a", "leave").replace('id="a"', 'id="a" calledElement="leave"'))),
    "a script that names its language": diagram(*line(b.script("a", "=1", "x").replace('id="a"',
    'id="a" scriptFormat="FEEL"'))),
    "an error without a name": diagram(
        *line(offered()), b.boundary("x", "a", tag("errorEventDefinition", errorRef="nameless")), end("z"), chain("x",
            "z"),
        definitions=tag("error", id="nameless", errorCode="E7")),
    "references with a prefix": diagram(
        *line(tag("receiveTask", id="a", messageRef="tns:ms"))).replace(b"<bpmn:definitions ",
            b'<bpmn:definitions xmlns:tns="x" '),
    "a message that a job sends": diagram(start(), offered(), tag("endEvent", extensions(zeebe(
        "taskDefinition", type="work")) + tag("messageEventDefinition", id="d1"), id="e"), chain("s", "a", "e")),
    "properties on everything": diagram(*line(offered(inner=b.each()))).replace(
        b'name="sig"/>', b'name="sig">' + OWNED.encode() + b"</bpmn:signal>").replace(
        b'id="a_e" sourceRef="a" targetRef="e">', b'id="a_e" sourceRef="a" targetRef="e">' + OWNED.encode()),
    "a task that an engine of old keeps": diagram(*line(tag("userTask", extensions(
        zeebe("assignmentDefinition", candidateGroups="staff")), id="a"))),
    "paths that just stop": diagram(start(), offered(), chain("s", "a")),
    "a gateway with one way in and one out": diagram(*line(b.gateway("parallel", "a"))),
    "several ways out of a start": diagram(start(), end(), end("f"), chain("s", "e"), chain("s", "f")),
    "a loop that messages drive": diagram(
        start(), b.catch("a", b.CATCH_MESSAGE), tag("task", id="b"), b.gateway("exclusive", "g", default="g_a"), end(),
        chain("s", "m", "a", "b", "g"), flow("g", "a"), flow("g", "e", "=days > 1"), b.gateway("exclusive",
            "m")).replace(
        b'targetRef="a"><', b'targetRef="m"><', 2).replace(b'id="m_a" sourceRef="m" targetRef="m"',
        b'id="m_a" sourceRef="m" targetRef="a"'),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_it_may_be_deployed_and_starts(name):
    xml = FILES[name]
    findings = lint_bpmn(xml, Shelf())
    assert [(each.rule, each.element_id, each.message) for each in findings if each.severity == "error"] == []
    for process in describe(xml):
        game = Game(ProcessSource(process.process_id, xml, sha256(xml).hexdigest()), {"key": "k", "days": 3})
        assert game.step.changes
        game.replay()


def test_what_is_passed_over_is_said():
    rules = {each.rule for each in lint_bpmn(FILES["marks of Camunda 7"], Shelf())}
    assert {"ATTRIBUTE_IGNORED", "EXTENSION_IGNORED"} <= rules


def test_a_file_without_a_picture_has_one_finding_about_it():
    rules = [each.rule for each in lint_bpmn(FILES["no picture"], Shelf())]
    assert [rule for rule in rules if rule.startswith("DI_")] == ["DI_NONE"]
