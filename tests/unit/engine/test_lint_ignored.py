"""What has no execution meaning changes nothing; attributes that would have one and are not executed are named."""

from hashlib import sha256

import pytest

from service.engine.lint import lint_bpmn
from service.engine.lint_rules.language import COMMON_CHILDREN, ELEMENTS, IGNORED, IGNORED_ATTRIBUTES
from service.engine.types import ProcessSource
from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, flow, start, tag
from tests.unit.engine.game import Game
from tests.unit.engine.shelf import Shelf, diagram, lint
from tests.unit.engine.test_lint import line, offered

#: What a reference must say so that it leads somewhere.
CONTENT = {"flowNodeRef": "a", "sourceRef": "a", "targetRef": "a", "categoryValueRef": "cv"}
ATTRIBUTES = {
    "dataStoreReference": {"name": "缺勤登记"}, "association": {"sourceRef": "a", "targetRef": "e"},
    "messageFlow": {"sourceRef": "us", "targetRef": "them"}, "participant": {"processRef": "p"},
    "dataObjectReference": {"dataObjectRef": "datum"},
}  # fmt: skip
#: Attributes that must lead somewhere or be one of a few: values for `test_attributes_of_what_is_ignored`.
VALUES = {
    "sourceRef": "us", "targetRef": "them", "processRef": "p", "dataObjectRef": "datum", "dataStoreRef": "store",
    "messageRef": "ms", "mustUnderstand": "false", "importType": "http://www.w3.org/2001/XMLSchema",
    "categoryValueRef": "cv", "itemSubjectRef": "item", "language": "feel",
}  # fmt: skip
POOLS = tag("participant", id="us", name="我方") + tag("participant", id="them", name="对方")
FILE = b.DEFINITIONS + tag("category", tag("categoryValue", id="cv"), id="ca") + tag("itemDefinition", id="item")
FILE += tag("dataStore", id="store") + tag("collaboration", POOLS, id="co")
PROCESS = tag("dataObject", id="datum")


def way_to(element: str) -> list[str]:
    """The elements from the file down to `element`, itself included, of which all before it may hold the next."""
    ways = [["definitions"]]
    for way in ways:
        holder = way[-1]
        inside = [name for name in ELEMENTS if name in ELEMENTS[holder].children and name not in way]
        for name in sorted(inside) + (sorted(COMMON_CHILDREN) if holder == "task" else []):
            if name == element:
                return [*way, name]
            if name in (*IGNORED, "process", "task", "userTask", "messageEventDefinition") and len(way) < 6:
                ways.append([*way, name])
    raise AssertionError(f"{element} may stand nowhere")


def holding(element: str, **attributes: str) -> bytes:
    """The diagram with one more element in its first place."""
    way = way_to(element)
    inner = CONTENT.get(element, "")
    for name in reversed(way):
        if name in ("process", "task", "userTask", "definitions"):
            break
        given = ATTRIBUTES.get(name, {}) | (attributes if name == element else {})
        inner = tag(name, inner, **({} if name.endswith("Ref") else {"id": f"x_{name}"}), **given)
    else:
        raise AssertionError(way)
    task = offered(inner=inner) if name == "userTask" else tag("task", inner if name == "task" else "", id="a")
    return diagram(
        *line(task),
        PROCESS,
        inner if name == "process" else "",
        definitions=FILE + (inner if name == "definitions" else ""),
    )


def trace(xml: bytes) -> list[tuple[str, str]]:
    """Element and state of every change."""
    game = Game(ProcessSource("p", xml, sha256(xml).hexdigest()), {"key": "k"})
    return [(change.element_id, change.state.value) for change in game.changes]


def errors(xml: bytes) -> set[str]:
    return {finding.rule for finding in lint_bpmn(xml, Shelf()) if finding.severity == "error"}


PLAIN = [trace(diagram(*line(each))) for each in (tag("task", id="a"), offered())]


@pytest.mark.parametrize("element", sorted(IGNORED))
def test_what_is_ignored_changes_nothing(element):
    attributes = {
        name: VALUES.get(name, "true")
        for name in ELEMENTS[element].attributes
        if name not in ATTRIBUTES.get(element, {})
    }
    for xml in (holding(element), holding(element, **attributes)):
        assert errors(xml) == set()
        assert trace(xml) in PLAIN


FLOWING = tag("property", id="dp", name="own") + tag(
    "ioSpecification", tag("dataInput", id="di", name="given") + tag("dataOutput", id="do", name="found")
)
FLOWING += tag(
    "dataInputAssociation", tag("targetRef", "di") + tag("assignment", tag("from", "=1") + tag("to", "given"))
)
FLOWING += tag("dataOutputAssociation", tag("targetRef", "dd") + tag("transformation", "=given"))


@pytest.mark.parametrize(
    ("element", "attribute"),
    [
        (name, attribute)
        for name, entry in ELEMENTS.items()
        if entry.state == "executed"
        for attribute in sorted(set(entry.attributes) & IGNORED_ATTRIBUTES)
    ],
)
def test_ignored_attributes_change_nothing(element, attribute):
    called = b.zeebe("calledDecision", decisionId="leave_days", resultVariable="r")
    body = (
        start(), offered(), b.service("b"),
        tag("sendTask", b.extensions(b.zeebe("taskDefinition", type="work")), id="c"),
        tag("businessRuleTask", b.extensions(called), id="d"), tag("receiveTask", id="f", messageRef="ms"),
        b.gateway("exclusive", "g1"), b.gateway("inclusive", "g2"), b.gateway("parallel", "g3"),
        b.gateway("complex", "g5"),
        b.gateway("eventBased", "g4"), b.catch("t", b.timer("P1D")), b.catch("u", b.timer(date="2026-01-01")),
        b.catch("w", b.SIGNAL + b.conditional("=false")),
        b.transaction("q", start("qs"), end("qe"), chain("qs", "qe")), end(),
        b.gateway("exclusive", "h", default="h_e2"), end("e2"),
        tag("subProcess", start("is") + end("ie") + chain("is", "ie") + b.each(condition="=true"), id="m"),
        tag("task", tag("multiInstanceLoopCharacteristics", tag("loopCardinality", "2")), id="n"),
        tag("task", tag("standardLoopCharacteristics", tag("loopCondition", "=false"), loopMaximum="2"), id="o"),
        tag("dataObject", id="dd", name="datum"), tag("task", FLOWING, id="df"),
        b.event_sub("v", b.timer(cycle="R/P1D"), end("ve"), chain("v_start", "ve"), interrupting=False),
        chain("s", "a", "b", "c", "d", "f", "g1", "g2", "g3", "g5", "g4", "t", "m", "n", "o", "df", "q", "h"),
        chain("g4", "u", "m"),
        chain("g4", "w", "m"), flow("h", "e", "=true"), flow("h", "e2"),
    )  # fmt: skip
    plain = diagram(*body, definitions=b.DEFINITIONS + tag("itemDefinition", id="item")).decode()
    value = "item" if attribute == "itemSubjectRef" else "true"
    marked = plain.replace(f"<bpmn:{element} ", f'<bpmn:{element} {attribute}="{value}" ').replace(
        f"<bpmn:{element}>", f'<bpmn:{element} {attribute}="{value}">'
    )
    if element in ("definitions", "process") and attribute in plain.partition(">")[0]:
        marked = plain.replace(f'{attribute}="x"', f'{attribute}="y"')
    assert marked != plain
    assert errors(marked.encode()) == set()
    assert trace(marked.encode()) == trace(plain.encode())


def values(element: str, attribute: str) -> str:
    allowed = ELEMENTS[element].attributes.get(attribute) or frozenset()
    return next(value for value in ("true", "2", "None", "python") if value not in allowed)


LOOP = b.each()
BEARERS = {
    "task": tag("task", id="a"), "receiveTask": tag("receiveTask", id="a", messageRef="ms"),
    "scriptTask": b.script("a", "=1", "x"), "startEvent": start("v_start"),
    "intermediateCatchEvent": b.catch("a", b.SIGNAL),
    "multiInstanceLoopCharacteristics": offered(inner=LOOP), "eventBasedGateway": b.gateway("eventBased", "a"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("element", "attribute"),
    [
        (name, attribute)
        for name in BEARERS
        for attribute, allowed in ELEMENTS[name].attributes.items()
        if allowed is not None and not allowed >= {"true", "false"}
    ]
    + [
        ("multiInstanceLoopCharacteristics", "oneBehaviorEventRef"),
        ("multiInstanceLoopCharacteristics", "noneBehaviorEventRef"),
    ],
)
def test_refused_attributes_are_named(element, attribute):
    marked = BEARERS[element].replace(
        f"<bpmn:{element} ", f'<bpmn:{element} {attribute}="{values(element, attribute)}" '
    )
    found = [each for each in lint(*line(marked)) if each.rule in ("ATTRIBUTE_VALUE", "ATTRIBUTE_UNKNOWN")]
    assert [each.params["attribute"] for each in found] == [attribute]
    assert all(each.element_id in ("a", "v_start") and each.remedy for each in found)


@pytest.mark.parametrize(
    ("side", "flow_id"), [("incoming", "a_e"), ("outgoing", "s_a"), ("incoming", "gone"), ("outgoing", "s")]
)
def test_what_the_wires_repeat_must_be_true(side, flow_id):
    right = tag("task", tag("incoming", "s_a") + tag("outgoing", "a_e"), id="a")
    wrong = tag("task", tag(side, flow_id), id="a")
    assert lint(*line(right)) == []
    assert [(each.rule, each.element_id) for each in lint(*line(wrong))] == [("WIRE_WRONG", "a")]
