"""Whether a picture can be read: each way of spoiling it is found, and a good one is left in peace."""

from pathlib import Path

import pytest

from service.engine.lint_rules.geometry import Box, cross, middle, text_box
from service.engine.lint_rules.interchange import di_findings
from tests.unit.engine.builder import end, flow, gateway, start, sub, tag

LEAVE_REQUEST = Path(__file__).parents[2] / "diagrams" / "leave_request" / "leave_request.bpmn"
NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:dd="http://www.omg.org/spec/DD/20100524/DI"'
)


def bounds(x: float, y: float, width: float, height: float) -> str:
    return f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'


def shape(element: str, x: float, y: float, width: float = 100, height: float = 80, label: str = "") -> str:
    inner = bounds(x, y, width, height) + label
    return f'<di:BPMNShape id="{element}_di" bpmnElement="{element}">{inner}</di:BPMNShape>'


def label(x: float, y: float, width: float = 60, height: float = 14) -> str:
    return f"<di:BPMNLabel>{bounds(x, y, width, height)}</di:BPMNLabel>"


def edge(element: str, *points: tuple[float, float], label: str = "") -> str:
    way = "".join(f'<dd:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<di:BPMNEdge id="{element}_di" bpmnElement="{element}">{way}{label}</di:BPMNEdge>'


def drawing(body: str, *drawn: str) -> bytes:
    plane = f'<di:BPMNDiagram><di:BPMNPlane bpmnElement="p">{"".join(drawn)}</di:BPMNPlane></di:BPMNDiagram>'
    process = tag("process", body, id="p", isExecutable="true")
    return f"<bpmn:definitions {NAMESPACES}>{process}{plane}</bpmn:definitions>".encode()


def rules(body: str, *drawn: str) -> list[tuple[str, str]]:
    findings = di_findings(drawing(body, *drawn))
    assert all(finding.severity == "warning" for finding in findings)
    return sorted((finding.rule, finding.element_id) for finding in findings)


#: Two tasks side by side above two others, so that straight flows need not cross.
FOUR = tag("task", id="a") + tag("task", id="b") + tag("task", id="c") + tag("task", id="d")
CORNERS = (shape("a", 0, 0), shape("b", 300, 0), shape("c", 0, 300), shape("d", 300, 300))


def test_a_good_picture_has_no_finding():
    assert di_findings(LEAVE_REQUEST.read_bytes()) == ()


def test_what_is_not_drawn_is_named():
    assert rules(FOUR + flow("a", "b"), *CORNERS[:3]) == [("DI_MISSING", "a_b"), ("DI_MISSING", "d")]


def test_crossing_flows_are_found():
    body = FOUR + flow("a", "d") + flow("b", "c")
    crossed = (edge("a_d", (100, 80), (300, 300)), edge("b_c", (300, 80), (100, 300)))
    assert rules(body, *CORNERS, *crossed) == [("DI_CROSSING", "a_d")]


def test_flows_side_by_side_do_not_cross():
    body = FOUR + flow("a", "b") + flow("c", "d")
    assert rules(body, *CORNERS, edge("a_b", (100, 40), (300, 40)), edge("c_d", (100, 340), (300, 340))) == []


def test_strangers_may_not_even_run_on_each_other():
    body = FOUR + flow("a", "b") + flow("c", "d")
    shared = (
        edge("a_b", (100, 40), (150, 40), (150, 200), (250, 200), (250, 40), (300, 40)),
        edge("c_d", (100, 340), (180, 340), (180, 200), (220, 200), (220, 340), (300, 340)),
    )
    assert rules(body, *CORNERS, *shared) == [("DI_CROSSING", "a_b")]


def test_flows_of_one_gateway_may_share_the_beginning_of_their_way():
    body = gateway("exclusive", "g") + tag("task", id="b") + tag("task", id="d") + flow("g", "b") + flow("g", "d")
    shapes = (shape("g", 0, 0, 50, 50), shape("b", 300, 0), shape("d", 300, 300))
    ways = (edge("g_b", (50, 25), (200, 25), (300, 25)), edge("g_d", (50, 25), (200, 25), (200, 340), (300, 340)))
    assert rules(body, *shapes, *ways) == []


def test_a_label_on_a_foreign_line_is_found():
    body = FOUR + flow("a", "b") + gateway("exclusive", "g", name="是否通过？")
    drawn = (edge("a_b", (100, 40), (300, 40)), shape("g", 180, 100, 50, 50, label(170, 34)))
    assert rules(body, *CORNERS, *drawn) == [("DI_LABEL", "g")]


def test_a_label_on_a_foreign_shape_is_found():
    body = FOUR + flow("a", "b").replace('id="a_b"', 'id="a_b" name="通过"')
    assert rules(body, *CORNERS, edge("a_b", (100, 40), (300, 40), label=label(280, 18))) == [("DI_LABEL", "a_b")]


def test_a_label_on_its_own_line_is_the_drawers_business():
    body = FOUR + flow("a", "b").replace('id="a_b"', 'id="a_b" name="通过"')
    assert rules(body, *CORNERS, edge("a_b", (100, 40), (300, 40), label=label(170, 34))) == []


def test_two_labels_on_each_other_are_found():
    body = FOUR + start("s", name="要请假") + end("e").replace('id="e"', 'id="e" name="已办结"')
    drawn = (shape("s", 150, 150, 36, 36, label(150, 190)), shape("e", 210, 150, 36, 36, label(190, 192)))
    assert rules(body, *CORNERS, *drawn) == [("DI_LABEL", "s")]


def test_without_a_place_of_its_own_a_label_is_taken_to_stand_below():
    body = FOUR + start("s", name="要请假")
    assert rules(body, *CORNERS, shape("s", 32, 255, 36, 36)) == [("DI_LABEL", "s")]


def test_overlapping_shapes_are_found():
    assert rules(FOUR, *CORNERS[:3], shape("d", 60, 40)) == [("DI_OVERLAP", "a")]


def test_a_flow_through_a_foreign_shape_is_found():
    body = FOUR + tag("task", id="m") + flow("a", "b")
    assert rules(body, *CORNERS, shape("m", 150, 0), edge("a_b", (100, 40), (300, 40))) == [("DI_THROUGH", "a_b")]


def test_boundary_events_lanes_and_sub_processes_are_not_in_the_way():
    body = (
        tag("laneSet", tag("lane", tag("flowNodeRef", "a"), id="lane"), id="lanes")
        + sub("u", tag("task", id="a"), tag("boundaryEvent", id="x", attachedToRef="a"), end("i"), flow("x", "i"))
        + end("z") + flow("u", "z")
    )  # fmt: skip
    drawn = (
        shape("lane", 0, 0, 900, 500), shape("u", 50, 50, 500, 300), shape("a", 100, 100),
        shape("x", 130, 162, 36, 36), shape("i", 400, 250, 36, 36), shape("z", 700, 180, 36, 36),
        edge("x_i", (148, 198), (148, 268), (400, 268)), edge("u_z", (550, 198), (700, 198)),
    )  # fmt: skip
    assert rules(body, *drawn) == []


def test_pages_do_not_disturb_each_other():
    first = drawing(FOUR + flow("a", "d") + flow("b", "c"), *CORNERS, edge("a_d", (100, 80), (300, 300)))
    second = f"<di:BPMNDiagram><di:BPMNPlane>{edge('b_c', (300, 80), (100, 300))}</di:BPMNPlane></di:BPMNDiagram>"
    both = first.replace(b"</bpmn:definitions>", second.encode() + b"</bpmn:definitions>")
    assert di_findings(both) == ()


@pytest.mark.parametrize("number", ["", "ten", "1e999", "NaN"])
def test_broken_numbers_are_no_reason_to_stop(number):
    spoiled = drawing(FOUR, *CORNERS).replace(b'x="300"', f'x="{number}"'.encode())
    assert isinstance(di_findings(spoiled), tuple)


@pytest.mark.parametrize(
    ("segment", "hit"),
    [
        (((0, 5), (20, 5)), True),  # straight through
        (((5, 5), (6, 6)), True),  # inside
        (((0, 10), (20, 10)), False),  # along the lower border
        (((10, -5), (25, 10)), False),  # past a corner
        (((0, 20), (20, 20)), False),
    ],
)
def test_a_box_is_hit_by_what_passes_through_its_inside(segment, hit):
    assert Box(2, 0, 10, 10).hit_by(segment) is hit


def test_meeting_is_no_crossing_unless_it_is_asked_for():
    one, other = ((0, 0), (10, 0)), ((5, 0), (5, 10))
    assert not cross(one, other, touching=False)
    assert cross(one, other, touching=True)


def test_the_middle_of_a_line_lies_half_way_along_it():
    assert middle([(0, 0), (10, 0), (10, 30)]) == (10, 10)


def test_chinese_letters_are_twice_as_wide():
    assert text_box("通过", (0, 0)).width > text_box("ok", (0, 0)).width


def test_a_page_that_is_too_large_is_not_compared():
    zigzag = [(x, 40 + x % 2) for x in range(100, 2_200)]
    assert rules(FOUR + flow("a", "b"), *CORNERS, edge("a_b", *zigzag)) == [("DI_TOO_LARGE", "")]
