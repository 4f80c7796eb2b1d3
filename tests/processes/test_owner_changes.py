"""The process owner changes the procedure alone: a defence of the application between document and on-site review, with
a form of its own, and another quorum. No line of Python changes; the year that runs keeps its rules, the next has the
new ones.
"""

import io
import json

import pytest
from lxml import etree

from tests.processes.theatre import ROOT

BPMN, ZEEBE = "http://www.omg.org/spec/BPMN/20100524/MODEL", "http://camunda.org/schema/zeebe/1.0"
DI, DC = "http://www.omg.org/spec/BPMN/20100524/DI", "http://www.omg.org/spec/DD/20100524/DC"
YEARS = ROOT / "processes" / "rehearsals" / "several_years.json"
FILES = {
    "review": ROOT / "processes" / "cycle_review" / "cycle_review.bpmn",
    "parameters": ROOT / "processes" / "shared" / "parameters.dmn",
}
TASKS = "/v2/user-tasks/search"
#: What the script says where the test itself does something.
DEPLOYS, LOOKS = "流程负责人部署", "查看两个年度"
#: What the owner draws, in the words of the diagram.
DEFENCE = f"""
<bpmn:userTask xmlns:bpmn="{BPMN}" xmlns:zeebe="{ZEEBE}" id="defence" name="答辩">
  <bpmn:extensionElements>
    <zeebe:userTask />
    <zeebe:formDefinition formId="defence" />
    <zeebe:assignmentDefinition candidateGroups="office_clerk" />
  </bpmn:extensionElements>
  <bpmn:incoming>to_defence</bpmn:incoming>
  <bpmn:outgoing>{{outgoing}}</bpmn:outgoing>
</bpmn:userTask>"""
FORM = {
    "id": "defence",
    "type": "default",
    "schemaVersion": 19,
    "components": [
        {"type": "datetime", "subtype": "date", "key": "defence_date", "dateLabel": "答辩日期",
         "validate": {"required": True}},
        {"type": "textarea", "key": "defence_record", "label": "答辩记录", "validate": {"required": True},
         "properties": {"storage": "record"}},
    ],
}  # fmt: skip


def with_defence(source):
    """The diagram with the task before the call of the on-site review, drawn on the flow that leads there."""
    root = etree.fromstring(source)
    called = "//b:callActivity[b:extensionElements/z:calledElement/@processId='onsite_review']"
    names = {"b": BPMN, "z": ZEEBE, "di": DI, "dc": DC}
    [call] = root.xpath(called, namespaces=names)
    [lane] = root.xpath(f"//b:lane[b:flowNodeRef='{call.get('id')}']", namespaces=names)
    [flow] = root.xpath(f"//b:sequenceFlow[@targetRef='{call.get('id')}']", namespaces=names)
    [before] = root.xpath(f"//*[@id='{flow.get('sourceRef')}']", namespaces=names)
    [onward] = [out for out in before.findall(f"{{{BPMN}}}outgoing") if out.text == flow.get("id")]
    onward.text = "to_defence"
    call.addprevious(etree.fromstring(DEFENCE.format(outgoing=flow.get("id"))))
    flow.addprevious(
        etree.Element(f"{{{BPMN}}}sequenceFlow", id="to_defence", sourceRef=flow.get("sourceRef"), targetRef="defence")
    )
    flow.set("sourceRef", "defence")
    etree.SubElement(lane, f"{{{BPMN}}}flowNodeRef").text = "defence"
    [edge] = root.xpath(f"//di:BPMNEdge[@bpmnElement='{flow.get('id')}']", namespaces=names)
    points = edge.findall("{*}waypoint")
    start, end = points[0].attrib, points[-1].attrib
    middle = (float(start["x"]) + float(end["x"])) / 2
    shape = etree.Element(f"{{{DI}}}BPMNShape", id="defence_di", bpmnElement="defence")
    etree.SubElement(shape, f"{{{DC}}}Bounds", x=str(middle - 4), y=start["y"], width="8", height="8")
    drawn = etree.fromstring(etree.tostring(edge))
    drawn.set("id", "to_defence_di")
    drawn.set("bpmnElement", "to_defence")
    edge.addprevious(shape)
    edge.addprevious(drawn)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def with_another_quorum(source):
    """Three quarters in place of two thirds."""
    root = etree.fromstring(source)
    [row] = [rule for rule in root.iter("{*}rule") if rule.get("id") == "PA_quorum"]
    value = row.findall("{*}outputEntry/{*}text")[1]
    assert value.text == "{numerator: 2, denominator: 3}"
    value.text = "{numerator: 3, denominator: 4}"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def deploy_as_owner(stage):
    """Through the interface, in the owner's own name."""
    files = {
        "cycle_review.bpmn": with_defence(FILES["review"].read_bytes()),
        "parameters.dmn": with_another_quorum(FILES["parameters"].read_bytes()),
        "defence.form": json.dumps(FORM, ensure_ascii=False).encode(),
    }
    sent = [(io.BytesIO(data), name) for name, data in files.items()]
    headers = {"Authorization": f"Bearer {stage.tokens['owner']}", "Accept-Language": "zh-CN"}
    answer = stage.client.post("/v2/deployments", data={"resources": sent}, headers=headers)
    assert answer.status_code == 200, answer.get_json()


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """Two years with one application each, as far as the on-site review; between them the owner deploys."""
    content = json.loads(YEARS.read_text(encoding="utf-8"))
    assess = content["parts"]["assess"]
    [shortlisted] = [number for number, step in enumerate(assess) if step.get("do") == "list_onsite"]
    content["parts"]["to_the_list"] = content["parts"]["panels"] + assess[: shortlisted + 1]
    filer = {"user": "bohai_steel", "name": "营口渤海特钢有限公司", "code": "91210800MA0TETT01K"}
    other = {"user": "liaohe_valve", "name": "营口辽河阀门制造有限公司", "code": "91210800MA0TETT02N"}

    def year(y, filing, before_review):
        given = {"y": y, "strong": [filing["user"]], "winners": []}
        return [
            {"play": "open", "with": {"y": y}},
            {"each": [filing], "steps": [{"play": "file", "with": {"y": y}}]},
            {"play": "qualify", "with": given},
            *before_review,
            {"play": "to_the_list", "with": given},
        ]

    plan = {"do": "plan", "process": "onsite_arrangement", "as": "assignee", "answers": {
        "onsite_from": "=string(y) + \"-07-06\"", "onsite_to": "=string(y) + \"-07-08\"",
        "team": "=entry.members", "team_leader": "=entry.leader"}}  # fmt: skip
    content["parts"]["on_site"] = [plan]
    content["steps"] = [
        *year(2026, filer, [{"say": DEPLOYS}]),
        {"play": "on_site", "with": {"y": 2026}},
        *year(2027, other, []),
        {"do": "defence", "as": "clerk1", "answers": {"defence_date": "2027-06-21"}},
        {"play": "on_site", "with": {"y": 2027}},
        {"say": LOOKS},
    ]
    path = tmp_path_factory.mktemp("owner") / "owner_changes.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def look(stage):
    """By which fraction's denominator each year counts its quorum, and the versions that had a defence."""

    def found(path, **wanted):
        return stage.call("director", "POST", path, {"filter": wanted, "page": {"limit": 1000}}).body["items"]

    cycles = found("/v2/process-instances/search", processDefinitionId="annual_cycle")
    held = found("/v2/variables/search?truncateValues=false", name="parameters")
    quorums = {row["processInstanceKey"]: json.loads(row["value"])["quorum"]["denominator"] for row in held}
    defences = [int(task["processDefinitionVersion"]) for task in found(TASKS, elementId="defence")]
    # The year that January begins by itself ends at once where somebody has begun it already: it holds no parameters.
    begun = sorted(one["processInstanceKey"] for one in cycles if one["state"] == "ACTIVE")
    return [quorums[key] for key in begun], defences


def test_the_owner_adds_a_task_a_form_and_a_quorum_for_the_next_year_only(theatre, script):
    with theatre.opened(script) as player:
        seen = []
        acts = {DEPLOYS: lambda: deploy_as_owner(player.stage), LOOKS: lambda: seen.append(look(player.stage))}
        player.tell = lambda line: acts.get(line, lambda: None)()
        player.play()

    [(quorums, defences)] = seen
    assert quorums == [3, 4]
    assert defences == [2]
