"""Pools, lanes, message flows, notes and data: references that lead nowhere, message flows inside one pool."""

from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, start, tag, throw
from tests.unit.engine.refusals.pairs import Pair, beside, defined, pair, task, within

BODY = (
    start(),
    task(),
    tag("exclusiveGateway", id="g"),
    throw("t"),
    b.catch("c", b.SIGNAL),
    end(),
    chain("s", "a", "g", "t", "c", "e"),
)


def drawn(*flows: str, us: str = "p") -> str:
    """Two pools: ours around the process, that of others black."""
    pools = tag("participant", id="us", processRef=us) + tag("participant", id="them")
    return tag("collaboration", pools + "".join(flows), id="co")


def sent(source: str, target: str, **attributes: str) -> str:
    return tag("messageFlow", id="mf", sourceRef=source, targetRef=target, **attributes)


def _sent(name: str, rule: str, wrong: tuple[str, str], right: tuple[str, str]) -> Pair:
    return defined(name, rule, "mf", BODY, drawn(sent(*wrong)), drawn(sent(*right)))


MESSAGES = [
    _sent("a message flow from nothing", "REFERENCE_DANGLING", ("gone", "a"), ("them", "a")),
    _sent("a message flow to nothing", "REFERENCE_DANGLING", ("a", "gone"), ("a", "them")),
    _sent("a message flow without a source", "REFERENCE_DANGLING", ("", "a"), ("them", "a")),
    _sent("a message flow inside a pool", "MESSAGE_FLOW_INSIDE", ("a", "c"), ("them", "c")),
    _sent("a message flow from an element to its own pool", "MESSAGE_FLOW_INSIDE", ("t", "us"), ("t", "them")),
    _sent("a message flow from a pool to its own element", "MESSAGE_FLOW_INSIDE", ("us", "a"), ("them", "a")),
    _sent("a message flow from a pool to itself", "MESSAGE_FLOW_INSIDE", ("them", "them"), ("us", "them")),
    _sent("a message flow from a gateway", "MESSAGE_FLOW_END", ("g", "them"), ("a", "them")),
    _sent("a message flow to a gateway", "MESSAGE_FLOW_END", ("them", "g"), ("them", "a")),
    _sent("a message flow from a start", "MESSAGE_FLOW_END", ("s", "them"), ("e", "them")),
    _sent("a message flow to an end", "MESSAGE_FLOW_END", ("them", "e"), ("them", "s")),
    _sent("a message flow to a throw event", "MESSAGE_FLOW_END", ("them", "t"), ("them", "c")),
    _sent("a message flow from a catch event", "MESSAGE_FLOW_END", ("c", "them"), ("t", "them")),
    _sent("a message flow from a sequence flow", "MESSAGE_FLOW_END", ("s_a", "them"), ("a", "them")),
    defined("a message flow with an unknown message", "REFERENCE_DANGLING", "mf", BODY,
            drawn(sent("a", "them", messageRef="gone")), drawn(sent("a", "them", messageRef="ms"))),
    defined("a message flow with a signal", "REFERENCE_DANGLING", "mf", BODY,
            drawn(sent("a", "them", messageRef="sg")), drawn(sent("a", "them", messageRef="ms"))),
    defined("a pool of an unknown process", "REFERENCE_DANGLING", "us", BODY, drawn(us="gone"), drawn()),
    defined("a pool of a task", "REFERENCE_DANGLING", "us", BODY, drawn(us="a"), drawn()),
]  # fmt: skip


def lanes(*lanes: tuple[str, str]) -> str:
    drawn = "".join(tag("lane", tag("flowNodeRef", node), id=id, name=id) for id, node in lanes)
    return tag("laneSet", drawn, id="ls")


_OTHER = tag("process", tag("task", id="b"), id="q")
LANES = [
    within("a lane with nothing", "REFERENCE_DANGLING", "l1", beside, lanes(("l1", "gone")), lanes(("l1", "a"))),
    within("a lane with a flow", "REFERENCE_DANGLING", "l1", beside, lanes(("l1", "s_a")), lanes(("l1", "a"))),
    within("a lane with a message", "REFERENCE_DANGLING", "l1", beside, lanes(("l1", "ms")), lanes(("l1", "a"))),
    pair("a lane with a task of another process", "REFERENCE_DANGLING", "l1", beside(lanes(("l1", "b"))),
         beside(lanes(("l1", "a"))), definitions=b.DEFINITIONS + _OTHER),
    within("a task in two lanes", "LANE_TWICE", "a", beside, lanes(("l1", "a"), ("l2", "a")), lanes(("l1", "a"), ("l2",
           "e"))),
    within("a lane in a lane with nothing", "REFERENCE_DANGLING", "l2", lambda x: beside(tag("laneSet", tag("lane", tag(
        "childLaneSet", tag("lane", tag("flowNodeRef", x), id="l2"), id="cs"), id="l1"), id="ls")), "gone", "a"),
]  # fmt: skip

_DATA = tag("dataObject", id="do")
NOTES = [
    within("a note on nothing", "REFERENCE_DANGLING", "as", lambda x: (
        *beside(tag("textAnnotation", tag("text", "x"), id="n")), tag("association", id="as", sourceRef=x,
            targetRef="n")),
        "gone", "a"),
    within("a line from a note to nothing", "REFERENCE_DANGLING", "as", lambda x: (
        *beside(tag("textAnnotation", tag("text", "x"), id="n")), tag("association", id="as", sourceRef="n",
            targetRef=x)),
        "gone", "a"),
    within("a datum that is not there", "REFERENCE_DANGLING", "dr", lambda x: beside(
        _DATA + tag("dataObjectReference", id="dr", dataObjectRef=x)), "gone", "do"),
    within("a datum that is a task", "REFERENCE_DANGLING", "dr", lambda x: beside(
        _DATA + tag("dataObjectReference", id="dr", dataObjectRef=x)), "a", "do"),
    within("a store that is not there", "REFERENCE_DANGLING", "ds", lambda x: beside(
        tag("dataStoreReference", id="ds", name="absences", **x)), {"dataStoreRef": "gone"}, {}),
    pair("a type that is not there", "REFERENCE_DANGLING", "do", beside(tag("dataObject", id="do",
           itemSubjectRef="gone")),
         beside(tag("dataObject", id="do", itemSubjectRef="it")), definitions=b.DEFINITIONS + tag("itemDefinition",
         id="it")),
    within("a frame of an unknown category", "REFERENCE_DANGLING", "gr", lambda x: beside(tag("group", id="gr", **x)),
           {"categoryValueRef": "gone"}, {}),
    within("a store of a register that is not there", "REGISTER_UNKNOWN", "ds",
           lambda x: beside(tag("dataStoreReference", b.extensions(b.properties(register=x)), id="ds", name="x")),
           "gone", "absences"),
]  # fmt: skip

STORES = [
    within("a drawn store that no register is", "STORE_DRAWN", "ds",
           lambda x: beside(tag("dataStoreReference", id="ds", name=x)), "gone", "absences"),
    within("a drawn store without a name", "STORE_DRAWN", "ds",
           lambda x: beside(tag("dataStoreReference", id="ds", **x)),
           {}, {"name": "缺勤登记"}),
]  # fmt: skip

_PLACE = tag("property", id="pr", name="mine")


def _flowing(source: str, target: str, inner: str = "") -> tuple[str, ...]:
    """A task `a` with a property, into which a data object flows."""
    line = tag("dataInputAssociation", tag("sourceRef", source) + tag("targetRef", target) + inner, id="da")
    datum = tag("dataObject", id="do", name="days") + tag("dataObjectReference", id="dr", dataObjectRef="do")
    return (*beside(datum)[:1], task(inner=_PLACE + line), *beside(datum)[2:])


def _assigned(origin: str, target: str) -> str:
    return tag("assignment", tag("from", origin) + tag("to", target))


DATA = [
    within("a datum from nowhere", "REFERENCE_DANGLING", "a", lambda x: _flowing(x, "pr"), "gone", "dr"),
    within("a datum into nowhere", "REFERENCE_DANGLING", "a", lambda x: _flowing("dr", x), "gone", "pr"),
    within("a datum from a note", "DATA_FLOW", "a", lambda x: (
        *_flowing(x, "pr"), tag("textAnnotation", tag("text", "x"), id="n")), "n", "dr"),
    within("an assignment to another variable", "DATA_FLOW", "a", lambda x: _flowing("dr", "pr", x),
           _assigned("=days", "other"), _assigned("=days", "mine")),
    within("an assignment without a place", "DATA_FLOW", "a", lambda x: _flowing("dr", "pr", x),
           _assigned("=days", ""), _assigned("=days", "mine")),
    within("an assignment in another language", "DATA_FLOW", "a", lambda x: _flowing("dr", "pr", x),
           _assigned("getDataObject('days')", "mine"), _assigned("=days", "mine")),
]  # fmt: skip

PAIRS = [*MESSAGES, *LANES, *NOTES, *STORES, *DATA]
