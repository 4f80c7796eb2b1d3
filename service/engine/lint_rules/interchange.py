"""Whether a diagram can be read as it is drawn (its BPMN DI). All findings are warnings: it would still run.

Every element has a shape and every flow a line; no two sequence flows cross; no label lies on a line, shape or
label of something else; no shape lies on another; no flow runs through a shape that it does not belong to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from lxml import etree

from service.engine.lint_rules.geometry import Box, Point, Segment, around, cross, middle, segments, text_box
from service.engine.lint_rules.model import DC, DD, DI, FLOW_NODES, Element, Model, local, qname
from service.engine.lint_rules.report import Finding, Report
from service.engine.xml import parse

#: Everything is compared with everything, so that a page has a largest size.
MAX_PIECES = 2_000

_DRAWN_ELSE = frozenset({"dataObjectReference", "dataStoreReference", "textAnnotation", "participant"})
_LINES = frozenset({"sequenceFlow", "messageFlow", "association"})
#: What is drawn around others and never in their way.
_FRAMES = frozenset({"participant", "lane", "group"})
#: Elements whose name stands outside their shape.
_LABELLED_OUTSIDE = frozenset(
    {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
     "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway",
     "dataObjectReference", "dataStoreReference", "sequenceFlow", "messageFlow"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One element on one page of the drawing (`plane`)."""

    element: Element
    plane: int
    box: Box | None
    line: tuple[Segment, ...]
    label: Box | None
    #: The box around shape or line, to tell at a glance what is far apart.
    reach: Box


def di_findings(xml: bytes, *, resource: str = "") -> tuple[Finding, ...]:
    """The findings for a file by itself. Raises `XmlRefused` if it cannot be read."""
    report = Report(resource)
    lint_di(Model(parse(xml)), report)
    return report.findings()


def lint_di(model: Model, report: Report) -> None:
    """All rules about the picture."""
    if model.root.find(f".//{{{DI}}}BPMNPlane") is None:
        report.put("DI_NONE", line=1)
        return
    drawn = list(_read(model))
    _missing(model, drawn, report)
    for plane in sorted({each.plane for each in drawn}):
        page = [each for each in drawn if each.plane == plane]
        size = sum(len(each.line) or 1 for each in page)
        if size > MAX_PIECES:
            report.put("DI_TOO_LARGE", count=size)
            continue
        _crossings(page, report)
        _labels(page, report)
        _overlaps(page, report)
        _through(page, report)


def _read(model: Model) -> Iterator[_Drawn]:
    for number, plane in enumerate(model.root.iter(f"{{{DI}}}BPMNPlane")):
        for shape in plane:
            element = model.elements.get(local(str(shape.get("bpmnElement") or "")))
            if element is None:
                continue
            points = [_point(each) for each in shape.findall(f"{{{DD}}}waypoint")]
            box = _box(shape.find(f"{{{DC}}}Bounds"))
            if qname(shape)[1] == "BPMNShape" and box is not None:
                label = _label(shape, element, (box.x + box.width / 2, box.bottom + 12))
                yield _Drawn(element, number, box, (), label, box)
            elif qname(shape)[1] == "BPMNEdge" and len(points) > 1:
                x, y = middle(points)
                label = _label(shape, element, (x, y - 10))
                yield _Drawn(element, number, None, tuple(segments(points)), label, around(points))


def _label(shape: etree._Element, element: Element, usual: Point) -> Box | None:
    """Where the name stands: as drawn, or where a modeller would put it."""
    if not element.name or element.kind not in _LABELLED_OUTSIDE:
        return None
    drawn = _box(shape.find(f"{{{DI}}}BPMNLabel/{{{DC}}}Bounds"))
    return drawn or text_box(element.name, usual)


def _missing(model: Model, drawn: list[_Drawn], report: Report) -> None:
    shapes = {each.element for each in drawn if each.box is not None}
    lines = {each.element for each in drawn if each.line}
    for element in model.all:
        needs_shape = element.kind in FLOW_NODES | _DRAWN_ELSE and element not in shapes
        if needs_shape or (element.kind in _LINES and element not in lines):
            report.add("DI_MISSING", element)


def _crossings(page: list[_Drawn], report: Report) -> None:
    flows = [each for each in page if each.element.kind == "sequenceFlow"]
    for one, other in combinations(flows, 2):
        # Flows of one gateway may share a piece of their way; others may not even touch.
        apart = not {one.element.get("sourceRef"), one.element.get("targetRef")} & {
            other.element.get("sourceRef"), other.element.get("targetRef"),
        }  # fmt: skip
        if one.reach.meets(other.reach) and any(cross(a, b, touching=apart) for a in one.line for b in other.line):
            report.add("DI_CROSSING", one.element, other=other.element.id)


def _labels(page: list[_Drawn], report: Report) -> None:
    labelled = [each for each in page if each.label is not None]
    for each in labelled:
        label = each.label.shrunk() if each.label is not None else None
        if label is None:
            continue
        for other in page:
            if other is each or _around(other, each.element):
                continue
            on_shape = other.box is not None and label.overlaps(other.box)
            if on_shape or any(label.hit_by(piece) for piece in other.line):
                report.add("DI_LABEL", each.element, other=_spoken(other.element))
        if each.box is not None and each.element.kind != "sequenceFlow" and label.overlaps(each.box.shrunk(3)):
            report.add("DI_LABEL", each.element, other=_spoken(each.element))
    for one, other in combinations(labelled, 2):
        if one.label is not None and other.label is not None and one.label.shrunk(2).overlaps(other.label.shrunk(2)):
            report.add("DI_LABEL", one.element, other=_spoken(other.element))


def _overlaps(page: list[_Drawn], report: Report) -> None:
    shapes = [each for each in page if each.box is not None and each.element.kind not in _FRAMES]
    for one, other in combinations(shapes, 2):
        if not one.reach.meets(other.reach):
            continue
        attached = {one.element.get("attachedToRef"), other.element.get("attachedToRef")}
        if attached & {one.element.id, other.element.id} or _around(one, other.element) or _around(other, one.element):
            continue
        if one.box is not None and other.box is not None and one.box.shrunk().overlaps(other.box.shrunk()):
            report.add("DI_OVERLAP", one.element, other=_spoken(other.element))


def _through(page: list[_Drawn], report: Report) -> None:
    shapes = [each for each in page if each.box is not None]
    for flow in page:
        if flow.element.kind != "sequenceFlow":
            continue
        ends = {flow.element.get("sourceRef"), flow.element.get("targetRef")}
        hosts = {each.element.get("attachedToRef") for each in shapes if each.element.id in ends}
        for other in shapes:
            if other.box is None or other.element.id in ends | hosts or _around(other, flow.element):
                continue
            if other.box.meets(flow.reach) and any(other.box.shrunk(2).hit_by(piece) for piece in flow.line):
                report.add("DI_THROUGH", flow.element, other=_spoken(other.element))


def _around(frame: _Drawn, element: Element) -> bool:
    """Whether `frame` is drawn around `element`: a pool, lane, group, or the opened sub-process that it lies in."""
    if frame.element.kind in _FRAMES:
        return True
    return frame.element.kind in ("subProcess", "transaction", "adHocSubProcess") and element.within(frame.element)


def _box(bounds: etree._Element | None) -> Box | None:
    if bounds is None:
        return None
    x, y, width, height = (_number(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return Box(x, y, width, height)


def _point(waypoint: etree._Element) -> Point:
    return _number(waypoint.get("x")), _number(waypoint.get("y"))


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return 0.0


def _spoken(element: Element) -> str:
    return element.name or element.id
