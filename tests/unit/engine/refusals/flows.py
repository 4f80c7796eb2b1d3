"""How elements hang together: starts and ends, flows, gateways, ways in and out, joins that are never passed."""

from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, flow, gateway, start, tag, throw, user, zeebe
from tests.unit.engine.refusals.pairs import Pair, beside, decide, enclosed, line, offered, pair, task, within

INNER = tag("task", id="i"), chain("is", "i", "ie")
HANDLED = b.event_sub("v", b.SIGNAL, end("ve"), chain("v_start", "ve"))

ENDS = [
    *(within(f"a flow {what}", "FLOW_END_MISSING", "f", beside, flow(*ends, id="f"), flow("s", "e", id="f"))
      for what, ends in {
          "to nothing": ("a", "gone"), "from nothing": ("gone", "a"), "to a process": ("a", "p"), "to a flow": ("a",
          "s_a"),
          "to a message": ("a", "ms"), "to an empty name": ("a", ""), "from an empty name": ("", "a"),
      }.items()),
    within("a flow without a source", "FLOW_END_MISSING", "f", beside, tag("sequenceFlow", id="f", targetRef="e"),
           flow("s", "e", id="f")),
    within("a flow without a target", "FLOW_END_MISSING", "f", beside, tag("sequenceFlow", id="f", sourceRef="s"),
           flow("s", "e", id="f")),
    within("a flow to a note", "FLOW_END_MISSING", "f", lambda f: (
        *beside(f), tag("textAnnotation", tag("text", "x"), id="n")), flow("a", "n", id="f"), flow("s", "e", id="f")),
    within("a flow into a sub-process", "FLOW_CROSSES_SCOPE", "f", lambda f: (*line(enclosed(*INNER)), f),
           flow("s", "i", id="f"), flow("s", "e", id="f")),
    within("a flow out of a sub-process", "FLOW_CROSSES_SCOPE", "f", lambda f: (*line(enclosed(*INNER)), f),
           flow("i", "e", id="f"), flow("s", "e", id="f")),
    within("a flow drawn in the wrong sub-process", "FLOW_CROSSES_SCOPE", "f", lambda x: line(enclosed(*INNER, x)),
           flow("s", "a", id="f"), flow("is", "ie", id="f")),
    within("a flow between sub-processes", "FLOW_CROSSES_SCOPE", "f", lambda f: (
        start(), enclosed(*INNER), b.sub("b", start("js"), tag("task", id="j"), end("je"), chain("js", "j", "je")),
            end(),
        chain("s", "a", "b", "e"), f), flow("i", "j", id="f"), flow("a", "e", id="f")),
    within("an incoming that leads elsewhere", "WIRE_WRONG", "a", line, task(inner=tag("incoming", "a_e")),
           task(inner=tag("incoming", "s_a"))),
    within("an incoming that is not there", "WIRE_WRONG", "a", line, task(inner=tag("incoming", "gone")),
           task(inner=tag("incoming", "s_a"))),
    within("an outgoing of another task", "WIRE_WRONG", "a", line, task(inner=tag("outgoing", "s_a")),
           task(inner=tag("outgoing", "a_e"))),
    within("an outgoing that is no flow", "WIRE_WRONG", "a", line, task(inner=tag("outgoing", "e")),
           task(inner=tag("outgoing", "a_e"))),
]  # fmt: skip

STARTS = [
    within("a process without a start", "START_MISSING", "p", lambda s: (task(), end(), chain("a", "e"), s), "",
           start() + chain("s", "a")),
    pair("an empty process", "START_MISSING", "p", (), line(task())),
    within("two plain starts", "START_SEVERAL", "s2", lambda d: (
        *line(task()), start("s2", d), chain("s2", "a")), "", b.SIGNAL),
    within("a sub-process without a start", "SUBPROCESS_START", "a", lambda s: line(
        b.sub("a", s, tag("task", id="i"), end("ie"), chain("i", "ie"))), "", start("is") + chain("is", "i")),
    within("an empty sub-process", "SUBPROCESS_START", "a", line, b.sub("a"), enclosed(*INNER)),
    within("a sub-process with two starts", "SUBPROCESS_START", "a", lambda x: line(enclosed(*INNER, x)),
           start("is2") + chain("is2", "i"), ""),
    within("an event sub-process without a start", "SUBPROCESS_START", "v", lambda x: (
        *line(task()), b.sub("v", x, triggeredByEvent="true")), tag("task", id="q"),
        start("x", b.SIGNAL) + end("q") + chain("x", "q")),
    within("an event sub-process with two starts", "SUBPROCESS_START", "v", lambda x: (
        *line(task()), b.event_sub("v", b.SIGNAL, end("ve"), x, chain("v_start", "ve"))),
        start("v2", b.ESCALATION) + chain("v2", "ve"), ""),
    within("an event sub-process with a plain start", "EVENT_NOT_EXECUTED", "v_start", lambda d: (
        *line(task()), b.event_sub("v", d, end("ve"), chain("v_start", "ve"))), "", b.SIGNAL),
    within("a sub-process that a signal starts", "EVENT_NOT_EXECUTED", "is", lambda d: line(
        b.sub("a", start("is", d), end("ie"), chain("is", "ie"))), b.SIGNAL, ""),
    within("a flow into a start", "INCOMING_FORBIDDEN", "s", beside, flow("a", "s"), ""),
    within("a flow into a start inside", "INCOMING_FORBIDDEN", "is", lambda f: line(enclosed(*INNER, f)), flow("i",
           "is"), ""),
    within("a flow into a boundary event", "INCOMING_FORBIDDEN", "x", lambda f: (
        *line(task()), b.boundary("x", "a", b.SIGNAL), end("z"), chain("x", "z"), f), flow("s", "x"), ""),
    within("a flow out of an end", "OUTGOING_FORBIDDEN", "e", beside, flow("e", "a"), ""),
    within("a flow out of a terminating end", "OUTGOING_FORBIDDEN", "e", lambda f: (
        start(), task(), end("e", b.TERMINATE), chain("s", "a", "e"), f), flow("e", "a"), ""),
    within("a start that leads nowhere", "OUTGOING_MISSING", "s2", lambda f: (
        *line(task()), start("s2", b.SIGNAL), f), "", flow("s2", "a")),
    within("a flow into an event sub-process", "EVENT_SUBPROCESS_FLOWS", "v", lambda f: (
        *line(task()), HANDLED, f), flow("a", "v"), ""),
    within("a flow out of an event sub-process", "EVENT_SUBPROCESS_FLOWS", "v", lambda f: (
        *line(task()), HANDLED, f), flow("v", "e"), ""),
    within("an event sub-process several times", "EVENT_SUBPROCESS_LOOP", "v", lambda loop: (
        *line(task()), HANDLED.replace("</bpmn:subProcess>", f"{loop}</bpmn:subProcess>")), b.each(), ""),
]  # fmt: skip

_X, _Y = flow("g", "x", "=true"), flow("g", "y", "=false")
GATEWAYS = [
    *(within(f"a flow without a condition out of {kind}", "CONDITION_MISSING", "g_y",
             lambda f, kind=kind: decide(_X, f, kind=kind), flow("g", "y"), _Y) for kind in ("exclusive", "inclusive")),
    *(within(f"a condition out of {kind}", "CONDITION_MEANINGLESS", "g_x",
             lambda f, kind=kind: decide(f, flow("g", "y"), kind=kind), _X, flow("g", "x")) for kind in ("parallel",)),
    within("a condition behind an event-based gateway", "CONDITION_MEANINGLESS", "g_x", lambda f: (
        start(), gateway("eventBased", "g"), b.catch("x", b.SIGNAL), b.catch("y", b.timer("P1D")), end(), chain("s",
            "g"),
        f, chain("x", "e"), chain("g", "y", "e")), _X, flow("g", "x")),
    within("a condition behind a start", "CONDITION_EVENT", "s_a", lambda f: (f, start(), task(), end(), chain("a",
           "e")),
           flow("s", "a", "=true"), flow("s", "a")),
    within("a condition behind a catch event", "CONDITION_EVENT", "c_e", lambda f: (
        start(), b.catch("c", b.SIGNAL), end(), chain("s", "c"), f), flow("c", "e", "=true"), flow("c", "e")),
    within("a condition behind a throw event", "CONDITION_EVENT", "c_e", lambda f: (
        start(), throw("c"), end(), chain("s", "c"), f), flow("c", "e", "=true"), flow("c", "e")),
    within("a condition behind a boundary event", "CONDITION_EVENT", "x_z", lambda f: (
        *line(task()), b.boundary("x", "a", b.SIGNAL), end("z"), f), flow("x", "z", "=true"), flow("x", "z")),
    *(within(f"a default of {kind} that leaves elsewhere", "DEFAULT_NOT_OUTGOING", "g",
             lambda d, kind=kind: decide(_X, _Y, kind=kind) if not d else decide(_X, _Y, kind=kind, default=d), "s_g",
                 "")
      for kind in ("exclusive", "inclusive")),
    within("a default that is not there", "DEFAULT_NOT_OUTGOING", "g", lambda d: decide(_X, flow("g", "y"), default=d),
           "gone",
           "g_y"),
    within("a task's default that leads to it", "DEFAULT_NOT_OUTGOING", "a", lambda d: line(task(default=d)), "s_a",
           "a_e"),
    *(within(f"a default of {kind} with a condition", "DEFAULT_HAS_CONDITION", "g_y",
             lambda f, kind=kind: decide(_X, f, kind=kind, default="g_y"), _Y, flow("g", "y"))
      for kind in ("exclusive", "inclusive")),
    within("a task's default with a condition", "DEFAULT_HAS_CONDITION", "a_e", lambda f: (
        start(), task(default="a_e"), end(), end("e2"), chain("s", "a"), flow("a", "e2", "=true"), f),
        flow("a", "e", "=true"), flow("a", "e")),
    *(within(f"no default of {kind}", "DEFAULT_MISSING", "g", lambda d, kind=kind: decide(
        _X, flow("g", "y", "=false" if not d else ""), kind=kind, **({"default": d} if d else {})), "", "g_y")
      for kind in ("exclusive", "inclusive")),
    within("one event behind an event-based gateway", "EVENT_GATEWAY_FEW", "g", lambda f: (
        start(), gateway("eventBased", "g"), b.catch("x", b.SIGNAL), b.catch("y", b.timer("P1D")), end(), chain("s",
            "g", "x", "e"),
        chain("y", "e"), f), flow("s", "y"), flow("g", "y")),
    within("no event behind an event-based gateway", "EVENT_GATEWAY_FEW", "a", line, gateway("eventBased", "a"),
           gateway("exclusive", "a")),
]  # fmt: skip


def _behind(name: str, wrong: str, more: str = "") -> Pair:
    """One of the two events behind an event-based gateway is not right."""
    around = (
        start(),
        gateway("eventBased", "g"),
        b.catch("x", b.SIGNAL),
        end(),
        chain("s", "g", "x", "e"),
        chain("g", "y", "e"),
    )
    return pair(name, "EVENT_GATEWAY_TARGET", "y", (*around, wrong, more), (*around, b.catch("y", b.timer("P1D"))))


_EITHER = (start(), gateway("eventBased", "g"), b.catch("x", b.CATCH_MESSAGE), end(), chain("s", "g", "x", "e"),
           chain("g", "y", "e"))  # fmt: skip
TARGETS = [
    pair("a receive task beside a message event", "EVENT_GATEWAY_MIXED", "g",
         (*_EITHER, tag("receiveTask", id="y", messageRef="other")), (*_EITHER, b.catch("y", b.timer("P1D"))),
         definitions=b.DEFINITIONS + tag("message", extensions(zeebe("subscription", correlationKey="=key")),
                                         id="other", name="other")),
    _behind("a task behind an event-based gateway", tag("task", id="y")),
    _behind("a user task behind an event-based gateway", offered().replace('id="a"', 'id="y"')),
    _behind("a throw event behind an event-based gateway", throw("y")),
    _behind("a gateway behind an event-based gateway", gateway("exclusive", "y")),
    _behind("a sub-process behind an event-based gateway", enclosed(*INNER, id="y")),
    _behind("an event with another way in", b.catch("y", b.timer("P1D")), flow("x", "y")),
    _behind("a receive task several times", tag("receiveTask", b.each(), id="y", messageRef="ms")),
    _behind("a receive task with a boundary event", tag("receiveTask", id="y", messageRef="ms"),
            b.boundary("q", "y", b.timer("P1D")) + end("z") + chain("q", "z")),
    _behind("a link's target", b.catch("y", b.link("L")), throw("t", b.link("L")) + flow("s", "t")),
]  # fmt: skip

WAYS = [
    within("an island", "UNREACHABLE", "i", lambda f: (*line(task()), tag("task", id="i"), end("z"), chain("i", "z"),
           f), "",
           flow("a", "i")),
    within("two tasks that only reach each other", "UNREACHABLE", "x", lambda f: (
        *line(task()), user("x"), tag("task", id="y"), chain("x", "y", "x"), flow("y", "e"), f), "",
            flow("a", "x")),
    within("an end that nothing reaches", "UNREACHABLE", "e2", lambda f: (*line(task()), end("e2"), f), "", flow("a",
           "e2")),
    within("an island in a sub-process", "UNREACHABLE", "j", lambda f: line(
        enclosed(*INNER, tag("task", id="j"), chain("j", "ie"), f)), "", flow("i", "j")),
    within("a join behind an island", "UNREACHABLE", "h", lambda f: (
        *line(task()), tag("task", id="h"), tag("task", id="k"), chain("h", "k"), chain("k", "e"), f), "", flow("s",
            "h")),
    within("a loop without a way out", "DEAD_END", "y", lambda f: (
        *line(task()), user("x"), tag("task", id="y"), chain("a", "x", "y", "x"), f), "", flow("y", "e")),
    within("a task that leads to itself", "DEAD_END", "x", lambda f: (*line(task()), user("x"), chain("a",
           "x", "x"), f),
           "", flow("x", "e")),
    within("a process that never ends", "DEAD_END", "a", lambda f: (
        start(), task(), gateway("exclusive", "g"), end("z"), chain("s", "a", "g"), f),
        flow("g", "a"), flow("g", "z")),
    within("an exclusive loop without a way out", "DEAD_END", "g", lambda f: (
        start(), task(), gateway("exclusive", "g"), user("x"), end(), chain("s", "a", "g"), f, chain("x",
            "a")),
        flow("g", "a", "=true") + flow("g", "x", "=false"), flow("g", "e", "=true") + flow("g", "x", "=false")),
    within("a path that just stops", "END_IMPLICIT", "a", lambda f: (start(), task(), chain("s", "a"), f), "",
           end() + chain("a", "e")),
]  # fmt: skip


def _join(name: str, *around: str, wrong: str, right: str, element: str = "j") -> Pair:
    return pair(name, "JOIN_NEVER", element, (*around, wrong), (*around, right))


_SPLIT = (
    start(),
    tag("task", id="x"),
    tag("task", id="y"),
    end(),
    chain("s", "g"),
    chain("x", "j"),
    chain("y", "j"),
    chain("j", "e"),
)
_CHOICE = (*_SPLIT, gateway("exclusive", "g"), flow("g", "x", "=true"), flow("g", "y", "=false"))
_LINKED = (start(), gateway("parallel", "g"), tag("task", id="x"), tag("task", id="y"), tag("task", id="z"), end(),
    chain("s", "g"),
           chain("g", "z", "j"), flow("h", "x", "=true"), flow("h", "y", "=false"), gateway("exclusive", "h"),
               chain("g", "h"))  # fmt: skip
JOINS = [
    _join("an exclusive split joined in parallel", *_CHOICE, wrong=gateway("parallel", "j"), right=gateway("exclusive",
           "j")),
    _join("two events joined in parallel", start(), gateway("eventBased", "g"), b.catch("x", b.SIGNAL),
          b.catch("y", b.timer("P1D")), end(), chain("s", "g", "x", "j", "e"), chain("g", "y", "j"),
          wrong=gateway("parallel", "j"), right=gateway("exclusive", "j")),
    _join("a choice inside a parallel branch", *_LINKED, chain("x", "j", "e"), chain("y", "j"),
           wrong=gateway("parallel", "j"),
          right=gateway("inclusive", "j")),
    _join("a loop back into a join", start(), offered(), gateway("exclusive", "g"), end(), chain("s", "j", "a", "g"),
          flow("g", "j", "=true"), flow("g", "e", "=false"), wrong=gateway("parallel", "j"), right=gateway("exclusive",
              "j")),
    _join("a boundary event and its task joined", start(), offered(), b.boundary("x", "a", b.timer("P1D")), end(),
          chain("s", "a", "j", "e"), chain("x", "j"), wrong=gateway("parallel", "j"), right=gateway("exclusive", "j")),
    _join("two starts joined", start(), start("s2", b.SIGNAL), end(), chain("s", "j", "e"), chain("s2", "j"),
          wrong=gateway("parallel", "j"), right=gateway("exclusive", "j")),
    _join("a choice of three joined", start(), gateway("exclusive", "g"), end(), chain("s", "g"), chain("j", "e"),
          *(tag("task", id=f"t{n}") + flow("g", f"t{n}", "=true") + chain(f"t{n}", "j") for n in range(3)),
          wrong=gateway("parallel", "j"), right=gateway("exclusive", "j")),
    pair("a choice joined inside a sub-process", "JOIN_NEVER", "j", line(enclosed(
        gateway("exclusive", "g"), gateway("parallel", "j"), tag("task", id="x"), tag("task", id="y"), chain("is", "g"),
        flow("g", "x", "=true"), flow("g", "y", "=false"), chain("x", "j", "ie"), chain("y", "j"))), line(enclosed(
            gateway("parallel", "g"), gateway("parallel", "j"), tag("task", id="x"), tag("task", id="y"), chain("is",
                "g"),
            flow("g", "x"), flow("g", "y"), chain("x", "j", "ie"), chain("y", "j")))),
    pair("a choice by a task's conditions, one of them the default", "JOIN_NEVER", "k", (
        start(), gateway("exclusive", "g", default="g_y"), tag("task", id="x"), tag("task", id="y"), end(), chain("s",
            "g"),
        flow("g", "x", "=true"), flow("g", "y"), chain("x", "k", "e"), chain("y", "k"), gateway("parallel", "k")), (
        start(), gateway("inclusive", "g", default="g_y"), tag("task", id="x"), tag("task", id="y"), end(), chain("s",
            "g"),
        flow("g", "x", "=true"), flow("g", "y"), chain("x", "k", "e"), chain("y", "k"), gateway("inclusive", "k"))),
]  # fmt: skip

STUCK = [
    within("a complex gateway that joins", "COMPLEX_JOIN", "j", lambda j: (
        start(), gateway("parallel", "g"), tag("task", id="x"), tag("task", id="y"), end(), chain("s", "g", "x", "j",
            "e"),
        chain("g", "y", "j"), j), gateway("complex", "j"), gateway("inclusive", "j")),
    within("a complex gateway that waits for something", "ELEMENT_REFUSED", "g", lambda c: (
        start(), tag("complexGateway", c, id="g"), end(), chain("s", "g", "e")), tag("activationCondition", "=true"),
            ""),
    within("a complex gateway with a bare flow", "CONDITION_MISSING", "g_y", lambda f: decide(_X, f, kind="complex"),
           flow("g", "y"), _Y),
    within("a join that is never passed, beside an end", "JOIN_STUCK", "j", lambda j: (
        *_CHOICE, end("z"), flow("g", "z", "=true"), j), gateway("parallel", "j"), gateway("exclusive", "j")),
    within("a join that is never passed, in what is interrupted", "JOIN_STUCK", "j", lambda j: (
        *_CHOICE, HANDLED, j), gateway("parallel", "j"), gateway("exclusive", "j")),
]  # fmt: skip

PAIRS = [*ENDS, *STARTS, *GATEWAYS, *TARGETS, *WAYS, *JOINS, *STUCK]
