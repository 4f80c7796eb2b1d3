"""Every diagram of the award can be deployed and can be read: nothing crosses, no label lies on another line."""

from pathlib import Path

import pytest
from lxml import etree

from service.engine.lint_rules.interchange import di_findings
from service.operations import deployments, vetting

ROOT = Path(__file__).parents[3]
DIAGRAMS = sorted((ROOT / "processes").glob("*/*.bpmn"))
BPMN = {"b": "http://www.omg.org/spec/BPMN/20100524/MODEL"}
ACTIVITIES = ("userTask", "serviceTask", "scriptTask", "businessRuleTask", "callActivity")
#: The roles of requirements section 3.1; organisations and persons are groups of their own (`org:`, `person:`).
ROLES = {
    "applicant", "recommender", "office_clerk", "office_head", "assessor", "panel_leader", "committee_member",
    "committee_chair", "government", "finance", "supervisor", "department",
}  # fmt: skip


def named(path):
    return path.stem


@pytest.fixture(scope="module")
def findings():
    parts, unreadable = vetting.read_all(deployments.read_tree(ROOT))
    assert unreadable == []
    return vetting.check(parts, [], ROLES)


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_a_picture_is_complete_and_nothing_in_it_crosses(path):
    assert di_findings(path.read_bytes(), resource=path.name) == ()


def test_the_whole_procedure_can_be_deployed(findings):
    assert [finding for finding in findings if finding.code.startswith("error:")] == []


#: Messages that the requirements name, for whoever draws or connects what follows: nothing waits for them here.
SENT = ("application_submitted", "bonus_paid", "cycle_announced", "doc_report_signed", "rule_version_published",
        "sheets_complete", "survey_report_signed")  # fmt: skip


def test_the_only_warnings_are_of_what_another_diagram_of_the_year_asks_for(findings):
    # The commitment is signed when the panel is formed, and names are hidden until the year is archived; scoring and
    # invitations are other instances of the same year.
    assert {finding.code for finding in findings} <= {"warning:PROPERTY_ELEMENT", "warning:SENT_UNHEARD"}
    known = (("“needToKnow”", "“declare”"), ("“blindUntil”", "“archive”"), *(("send", f"“{name}”") for name in SENT))
    strange = [each.message for each in findings if not any(a in each.message and b in each.message for a, b in known)]
    assert strange == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_a_diagram_speaks_chinese_and_has_lanes(path):
    [process] = etree.parse(path).iterfind("b:process", BPMN)

    assert process.get("id") == path.stem == path.parent.name
    assert process.findall("b:laneSet/b:lane", BPMN)
    for gateway in process.iter("{*}exclusiveGateway"):
        if len(gateway.findall("b:outgoing", BPMN)) > 1:
            assert gateway.get("name", "").endswith("？"), gateway.get("id")
            flows = [flow for flow in process.iter("{*}sequenceFlow") if flow.get("sourceRef") == gateway.get("id")]
            assert all(flow.get("name") for flow in flows), gateway.get("id")
    for task in process.iter(*(f"{{{BPMN['b']}}}{kind}" for kind in ACTIVITIES)):
        assert any(ord(sign) > 0x2E7F for sign in task.get("name", "")), task.get("id")


@pytest.mark.parametrize("path", DIAGRAMS, ids=named)
def test_a_diagram_has_its_variables_in_the_readme(path):
    text = (path.parent / "README.md").read_text(encoding="utf-8")

    for activity in etree.parse(path).iter(*(f"{{{BPMN['b']}}}{kind}" for kind in ACTIVITIES)):
        # What a multi-instance activity puts out stays inside; its collection is the process's variable.
        loop = activity.find(".//{*}loopCharacteristics")
        outputs = [loop] if loop is not None else activity.iter("{*}output")
        named = [output.get("target") or output.get("outputCollection") for output in outputs]
        assert all(f"| `{name}` |" in text for name in named if name), (activity.get("id"), named)
