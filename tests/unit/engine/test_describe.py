"""What a deployment learns of a diagram."""

from pathlib import Path

import pytest

from service.engine.describe import describe
from service.engine.xml import XmlRefused
from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, start, tag, zeebe
from tests.unit.engine.shelf import diagram
from tests.unit.engine.test_lint import offered

LEAVE_REQUEST = Path(__file__).parents[2] / "diagrams" / "leave_request" / "leave_request.bpmn"


def test_a_leave_request():
    [process] = describe(LEAVE_REQUEST.read_bytes())

    assert (process.process_id, process.name, process.version_tag) == ("leave_request", "请假", None)
    assert process.user_tasks == ("request", "approve")
    assert process.called_decisions == {"leave_days"}
    assert process.called_forms == {"leave_request_request", "leave_request_approve"}
    assert process.elements["leave_request"] == ("请假", "PROCESS")
    assert process.elements["approve"] == ("审批", "USER_TASK")
    assert process.elements["reminder"] == ("一天未审批", "BOUNDARY_EVENT")
    assert process.elements["approval"] == ("需要", "SEQUENCE_FLOW")
    assert [(each.element_id, each.kind) for each in process.start_events] == [("start", "none")]


def test_starts_of_every_kind():
    timed = start("s4", b.timer(cycle="R/P1D"))
    signalled = start("s3", extensions(b.properties(releaseFrom="cycle")) + b.SIGNAL)
    begun = start("s2", tag("messageEventDefinition", messageRef="start_ms"))
    plain = start("s", extensions(zeebe("formDefinition", formId="request")))
    [process] = describe(
        diagram(plain, begun, signalled, timed, end(), *(chain(s, "e") for s in ("s", "s2", "s3", "s4")))
    )

    found = {event.element_id: event for event in process.start_events}
    assert [(each.kind, each.name) for each in found.values()] == [
        ("none", ""), ("message", "begin"), ("signal", "sig"), ("timer", ""),
    ]  # fmt: skip
    assert (found["s4"].timer_kind, found["s4"].expression) == ("timeCycle", "R/P1D")
    assert found["s3"].properties == {"releaseFrom": "cycle"}
    assert process.start_form_id == "request"
    assert (process.message_names, process.signal_names) == ({"begin"}, {"sig"})


def test_starts_inside_are_no_starts_of_the_process():
    inner = b.sub("u", start("is"), end("ie"), chain("is", "ie"))
    handler = b.event_sub("v", b.CATCH_MESSAGE, end("ve"), chain("v_start", "ve"))
    [process] = describe(diagram(start(), inner, end(), handler, chain("s", "u", "e")))

    assert [event.element_id for event in process.start_events] == ["s"]
    assert process.elements["v"][1] == "EVENT_SUB_PROCESS"
    assert process.elements["u"][1] == "SUB_PROCESS"
    assert {"is", "ie", "v_start", "ve"} <= process.elements.keys()
    assert process.message_names == {"msg"}


def test_references_that_are_computed_are_left_out():
    called = b.call("c", "leave") + b.call("d", '="leave_" + kind') + b.service("w", type="=kind") + b.service("x")
    [process] = describe(diagram(start(), called, offered(), end()))
    assert (process.called_processes, process.job_types) == ({"leave"}, {"work"})


def test_properties_and_version_tag():
    more = extensions(zeebe("versionTag", value="2026"), b.properties(startGroups="staff", retention="P10Y"))
    [process] = describe(diagram(more, start(), end(), chain("s", "e")))
    assert process.version_tag == "2026"
    assert process.properties == {"startGroups": "staff", "retention": "P10Y"}


def test_only_executable_processes_are_described():
    two = diagram(start(), end()).replace(
        b"</bpmn:definitions>", tag("process", tag("task", id="b"), id="q").encode() + b"</bpmn:definitions>"
    )
    assert [process.process_id for process in describe(two)] == ["p"]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"no xml", "XML_BROKEN"),
        (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "NOT_BPMN"),
        (diagram(start(), end(), isExecutable="false"), "PROCESS_MISSING"),
    ],
)
def test_what_holds_no_process_is_refused(data, rule):
    with pytest.raises(XmlRefused) as caught:
        describe(data)
    assert caught.value.rule == rule
