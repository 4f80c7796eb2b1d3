"""Event definitions where they cannot stand, references that lead nowhere, timers, links, and who catches what."""

from service.engine.lint_rules.language import ELEMENTS, EVENTS, NON_INTERRUPTING
from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, flow, gateway, start, tag, throw, timer, zeebe
from tests.unit.engine.refusals.pairs import (
    Pair,
    attached,
    defined,
    enclosed,
    handled,
    line,
    offered,
    pair,
    task,
    within,
)

PUBLISH = zeebe("publishMessage", correlationKey="=key")
DEFINITIONS = {
    "none": "", "message": b.CATCH_MESSAGE, "timer": timer("P1D"), "signal": b.SIGNAL, "error": b.ERROR,
    "escalation": b.ESCALATION, "terminate": b.TERMINATE, "link": b.link("L"),
    "cancel": tag("cancelEventDefinition"), "compensate": tag("compensateEventDefinition"),
    "conditional": tag("conditionalEventDefinition", tag("condition", "=days &gt; 3")),
}  # fmt: skip
#: Place → element, how an event `x` stands there with a definition, and a definition that it may have.
PLACES = {
    "start of a process": ("startEvent", lambda d: (
        tag("startEvent", d, id="x"), task(), end(), chain("x", "a", "e")), "signal"),
    "start of a sub-process": ("startEvent", lambda d: line(
        b.sub("a", tag("startEvent", d, id="x"), end("ie"), chain("x", "ie"))), "none"),
    "start of an event sub-process": ("startEvent", lambda d: handled(tag("startEvent", d, id="x")), "signal"),
    "intermediate throw": ("intermediateThrowEvent", lambda d: (
        start(), throw("x", d), end(), chain("s", "x", "e")), "none"),
    "intermediate catch": ("intermediateCatchEvent", lambda d: (
        start(), b.catch("x", d), end(), chain("s", "x", "e")), "signal"),
    "boundary": ("boundaryEvent", lambda d: attached(b.boundary("x", "a", d)), "signal"),
    "end": ("endEvent", lambda d: (start(), offered(), end("x", d), chain("s", "a", "x")), "none"),
}  # fmt: skip


def _rule(element: str, kind: str) -> str:
    """What the tables say of a definition in an element: refused altogether, not a child, or not in this place."""
    name = f"{kind}EventDefinition"
    if kind != "none" and ELEMENTS[name].state == "refused":
        return "ELEMENT_REFUSED"
    return "EVENT_NOT_EXECUTED" if kind == "none" or name in ELEMENTS[element].children else "ELEMENT_MISPLACED"


NOT_THERE = [
    within(f"{kind} as {place}", _rule(element, kind), "x", around, wrong, DEFINITIONS[allowed])
    for place, (element, around, allowed) in PLACES.items()
    for kind, wrong in DEFINITIONS.items()
    if kind not in EVENTS[place]
]  # fmt: skip


def _references() -> list[Pair]:
    found = []
    for kind in ("message", "signal", "error", "escalation"):
        for place, (_, around, _) in PLACES.items():
            if kind not in EVENTS[place] or place == "start of a process":
                continue
            for what, written in (
                ("no", None),
                ("an unknown", "gone"),
                ("a wrong", "start_ms" if kind != "message" else "sg"),
            ):
                throws = place in ("intermediate throw", "end")
                if what == "no" and kind in ("error", "escalation") and not throws:
                    continue  # catches all of them
                wrong = tag(f"{kind}EventDefinition", **({f"{kind}Ref": written} if written else {}))
                right = DEFINITIONS[kind]
                if kind == "message" and throws:
                    wrong, right = extensions(PUBLISH) + wrong, extensions(PUBLISH) + right
                rule = "REFERENCE_MISSING" if written is None else "REFERENCE_DANGLING"
                found.append(within(f"{what} {kind} as {place}", rule, "x", around, wrong, right))
    return found


REFERENCES = [
    *_references(),
    within("no message of a receive task", "REFERENCE_MISSING", "a", line, task(kind="receiveTask"),
           task(kind="receiveTask", messageRef="ms")),
    within("an unknown message of a receive task", "REFERENCE_DANGLING", "a", line,
           task(kind="receiveTask", messageRef="gone"), task(kind="receiveTask", messageRef="ms")),
    within("no message of a send task that publishes", "REFERENCE_MISSING", "a", line, task(PUBLISH, kind="sendTask"),
           task(PUBLISH, kind="sendTask", messageRef="ms")),
    within("a shared definition that is not there", "REFERENCE_DANGLING", "x", PLACES["intermediate catch"][1],
           b.SIGNAL + tag("eventDefinitionRef", "gone"), b.SIGNAL),
]  # fmt: skip


def _named(kind: str, rule: str, wrong: dict[str, str], right: dict[str, str]) -> Pair:
    body = PLACES["boundary"][1](tag(f"{kind}EventDefinition", **{f"{kind}Ref": "un"}))
    key = extensions(zeebe("subscription", correlationKey="=key")) if kind == "message" else ""
    return defined(
        f"a {kind} {wrong}", rule, "un", body, tag(kind, key, id="un", **wrong), tag(kind, key, id="un", **right)
    )


ROOTS = [
    _named("message", "NAME_MISSING", {}, {"name": "m"}),
    _named("signal", "NAME_MISSING", {}, {"name": "m"}),
    _named("signal", "NAME_MISSING", {"name": " "}, {"name": "m"}),
    _named("error", "CODE_MISSING", {"name": "x"}, {"errorCode": "E9"}),
    _named("error", "CODE_MISSING", {"errorCode": ""}, {"errorCode": "E9"}),
    _named("escalation", "CODE_MISSING", {"name": "x"}, {"escalationCode": "E9"}),
    _named("error", "CODE_EXPRESSION", {"errorCode": "=code"}, {"errorCode": "E9"}),
    _named("escalation", "CODE_EXPRESSION", {"escalationCode": "=code"}, {"escalationCode": "E9"}),
    defined("a message that nothing uses", "ROOT_UNUSED", "left", line(task()), tag("message", id="left", name="l"),
           ""),
    defined("an error that nothing uses", "ROOT_UNUSED", "left", line(task()), tag("error", id="left", errorCode="l"),
           ""),
]  # fmt: skip

_BARE = tag("message", id="bare", name="bare")
_KEYED = tag("message", extensions(zeebe("subscription", correlationKey="=key")), id="bare", name="bare")
SIGNALLED = [
    within("a signal at two boundary events of which one interrupts", "CAUGHT_TWICE", "y", lambda y: (
        *line(offered()), b.boundary("x", "a", b.SIGNAL), end("z"), chain("x", "z"), y, chain("y", "z")),
        b.boundary("y", "a", b.SIGNAL, interrupting=False), b.boundary("y", "a", b.ESCALATION, interrupting=False)),
]  # fmt: skip

_LITERAL = tag("message", extensions(zeebe("subscription", correlationKey="same")), id="bare", name="bare")
KEYS = [
    defined("a key that is the same for all", "EXPRESSION_EXPECTED", "bare",
            PLACES["intermediate catch"][1](tag("messageEventDefinition", messageRef="bare")), _LITERAL, _KEYED),
] + [
    defined(f"a message without a key as {place}", "CORRELATION_KEY", "x",
            PLACES[place][1](tag("messageEventDefinition", messageRef="bare")), _BARE, _KEYED)
    for place in ("intermediate catch", "boundary", "start of an event sub-process")
] + [
    defined("a message without a key at a receive task", "CORRELATION_KEY", "a",
            line(task(kind="receiveTask", messageRef="bare")), _BARE, _KEYED),
    defined("an empty key", "CORRELATION_KEY", "a", line(task(kind="receiveTask", messageRef="bare")),
            _KEYED.replace("=key", ""), _KEYED),
]  # fmt: skip


def _waits(name: str, rule: str, wrong: str, right: str) -> Pair:
    return within(name, rule, "x", PLACES["intermediate catch"][1], wrong, right)


TIMERS = [
    _waits("a timer without a time", "TIMER_SHAPE", tag("timerEventDefinition"), timer("P1D")),
    _waits("a timer with an empty time", "TIMER_SHAPE", tag("timerEventDefinition", tag("timeDuration")), timer("P1D")),
    _waits("date and duration", "TIMER_SHAPE", timer("P1D", date="2026-12-01"), timer(date="2026-12-01")),
    _waits("duration and cycle", "TIMER_SHAPE", timer("P1D", cycle="R/P1D"), timer("P1D")),
    _waits("two dates", "TIMER_SHAPE", timer(date="2026-12-01").replace("</bpmn:timerEv", "<bpmn:timeDate>2027-01-01"
           "</bpmn:timeDate></bpmn:timerEv"), timer(date="2026-12-01")),
    *(_waits(f"no duration: {text}", "TIMER_TEXT", timer(text), timer("P1D"))
      for text in ("tomorrow", "1D", "P", "PT", "P1H", "PT1D", "5 minutes", "P1D2H", "p1d")),
    *(_waits(f"no date: {text}", "TIMER_TEXT", timer(date=text), timer(date="2026-02-28T17:00:00"))
      for text in ("2026-02-30", "31.12.2026", "2026-13-01", "2026-01-01T25:00:00", "soon",
          "2026-01-01T09:00@Mars/Base")),
    *(within(f"no cycle: {text}", "TIMER_TEXT", "x", PLACES["start of a process"][1], timer(cycle=text),
        timer(cycle="R/P1D"))
      for text in ("P1D", "R3", "R/P0D", "R0/P1D", "daily", "R-1/P1D", "R/2026-01-01")),
    _waits("a catch event that repeats", "TIMER_CYCLE_PLACE", timer(cycle="R3/P1D"), timer("P1D")),
    within("an interrupting boundary event that repeats", "TIMER_CYCLE_PLACE", "x", attached,
           b.boundary("x", "a", timer(cycle="R3/P1D")), b.boundary("x", "a", timer(cycle="R3/P1D"),
           interrupting=False)),
    within("an interrupting start that repeats", "TIMER_CYCLE_PLACE", "x", handled,
           start("x", timer(cycle="R3/P1D")), start("x", timer(cycle="R3/P1D"), isInterrupting="false")),
]  # fmt: skip

_HOSTS = {
    "nothing": "gone", "an event": "e", "a flow": "s_a", "itself": "x", "": "",
}  # fmt: skip
BOUNDARIES = [
    *(within(f"attached to {what}", "BOUNDARY_HOST", "x", attached, b.boundary("x", host, b.SIGNAL),
             b.boundary("x", "a", b.SIGNAL)) for what, host in _HOSTS.items()),
    within("attached to a gateway", "BOUNDARY_HOST", "x", attached, gateway("exclusive", "g") + b.boundary("x", "g",
           b.SIGNAL),
           b.boundary("x", "a", b.SIGNAL)),
    within("attached across the border of a sub-process", "BOUNDARY_HOST", "x", lambda x: (
        *line(enclosed(tag("task", id="i"), chain("is", "i", "ie"))), x, end("z"), chain("x", "z")),
        b.boundary("x", "i", b.SIGNAL), b.boundary("x", "a", b.SIGNAL)),
    within("attached to an event sub-process", "BOUNDARY_HOST", "x", lambda x: (
        *line(task()), b.event_sub("v", b.ESCALATION, end("ve"), chain("v_start", "ve")), x, end("z"), chain("x", "z")),
        b.boundary("x", "v", b.SIGNAL), b.boundary("x", "a", b.SIGNAL)),
    within("leading nowhere", "BOUNDARY_LOST", "x", lambda f: (
        *line(task()), b.boundary("x", "a", b.SIGNAL), end("z"), tag("task", id="y"), chain("a", "y", "z"), f),
        "", flow("x", "z")),
    *(within(f"{kind} that does not interrupt", "EVENT_NON_INTERRUPTING", "x", attached,
             b.boundary("x", "a", DEFINITIONS[kind], interrupting=False), b.boundary("x", "a", DEFINITIONS[kind]))
      for kind in ("error",) if kind not in NON_INTERRUPTING),
    within("an error start that does not interrupt", "EVENT_NON_INTERRUPTING", "x", handled,
           start("x", b.ERROR, isInterrupting="false"), start("x", b.ERROR)),
]  # fmt: skip

_L, _M = b.link("L"), b.link("M")
_JUMP = (start(), end(), chain("s", "t"), chain("c", "e"))
LINKS = [
    within("a link to nowhere", "LINK_TARGET", "t", lambda t: (*_JUMP, b.catch("c", _L), t), throw("t", _M), throw("t",
           _L)),
    within("a link without a name", "LINK_TARGET", "t", lambda t: (*_JUMP, b.catch("c", _L), t),
           throw("t", tag("linkEventDefinition")), throw("t", _L)),
    within("a link out of a sub-process", "LINK_TARGET", "t", lambda t: (
        start(), b.sub("a", start("is"), t, b.catch("c2", _M), chain("is", "t"), throw("t2", _M), chain("is", "t2"),
            end("ie"), chain("c2", "ie")),
        b.catch("c", _L), throw("t3", _L), end(), chain("s", "a", "t3"), chain("c", "e")),
        throw("t", _L), throw("t", _M)),
    within("two targets of one name", "LINK_TWICE", "c2", lambda c: (
        *_JUMP, throw("t", _L), b.catch("c", _L), c, throw("t2", _M), chain("s", "t2"), end("e2"), chain("c2", "e2")),
        b.catch("c2", _L), b.catch("c2", _M)),
    within("a target without a name", "NAME_MISSING", "c", lambda c: (*_JUMP, throw("t", _L), c),
           b.catch("c", tag("linkEventDefinition")), b.catch("c", _L)),
    within("a flow out of a link", "LINK_FLOWS", "t", lambda f: (*_JUMP, throw("t", _L), b.catch("c", _L), f),
           flow("t", "e"), ""),
    within("a flow into a link's target", "INCOMING_FORBIDDEN", "c", lambda f: (
        *_JUMP, throw("t", _L), b.catch("c", _L), f), flow("s", "c"), ""),
    within("a target that nothing leads to", "UNREACHABLE", "c", lambda t: (*_JUMP, b.catch("c", _L), t), tag("task",
           id="t"),
           throw("t", _L)),
]  # fmt: skip

_OTHER = tag("message", extensions(zeebe("subscription", correlationKey="=key")), id="ms2", name="other")
_BOTH = b.DEFINITIONS + _OTHER
_WAIT_OTHER = tag("messageEventDefinition", messageRef="ms2")
_OTHER_ERROR = tag("errorEventDefinition", errorRef="er2")


def _caught(name: str, kind: str, first: str, second: str, right: str) -> Pair:
    around = (start(), end(), chain("s", "a", "e"), tag("task", id="a"), b.boundary("x", "a", first), end("z1"),
        end("z2"),
              chain("x", "z1"), chain("y", "z2"))  # fmt: skip
    return pair(name, "CAUGHT_TWICE", "y", (*around, b.boundary("y", "a", second)), (*around, b.boundary("y", "a",
        right)),
                definitions=_BOTH)  # fmt: skip


CAUGHT = [
    _caught("one message at two borders", "message", b.CATCH_MESSAGE, b.CATCH_MESSAGE, _WAIT_OTHER),
    _caught("one error at two borders", "error", b.ERROR, b.ERROR, _OTHER_ERROR),
    _caught("every error at two borders", "error", b.ANY_ERROR, b.ANY_ERROR, b.ERROR),
    _caught("one escalation at two borders", "escalation", b.ESCALATION, b.ESCALATION,
        tag("escalationEventDefinition")),
    within("one message behind a gateway twice", "CAUGHT_TWICE", "c2", lambda d: (
        start(), gateway("eventBased", "g"), b.catch("c1", b.CATCH_MESSAGE), b.catch("c2", d), end(), chain("s", "g",
            "c1", "e"),
        chain("g", "c2", "e")), b.CATCH_MESSAGE, b.SIGNAL),
    within("one message starts twice", "CAUGHT_TWICE", "s2", lambda d: (
        start("s1", tag("messageEventDefinition", messageRef="start_ms")), start("s2", d), task(), end(), chain("s1",
            "a", "e"),
        chain("s2", "a")), tag("messageEventDefinition", messageRef="start_ms"), b.SIGNAL),
    within("one error starts two event sub-processes", "CAUGHT_TWICE", "w_start", lambda d: (
        *line(task()), b.event_sub("v", b.ERROR, end("ve"), chain("v_start", "ve")),
        b.event_sub("w", d, end("we"), chain("w_start", "we"))), b.ERROR, _OTHER_ERROR),
    within("an error that nobody catches", "THROWN_UNCAUGHT", "x", lambda c: (
        start(), enclosed(end("x", b.ERROR), chain("is", "x"), tag("task", id="i"), chain("is", "i", "ie")),
        b.boundary("y", "a", c), end("z"), chain("y", "z"), end(), chain("s", "a", "e")), _OTHER_ERROR, b.ERROR),
    within("an escalation that nobody catches", "THROWN_UNCAUGHT", "x", lambda v: (
        start(), throw("x", b.ESCALATION), end(), chain("s", "x", "e"), v), "",
        b.event_sub("v", b.ESCALATION, end("ve"), chain("v_start", "ve"))),
    within("a signal that nobody waits for", "SENT_UNHEARD", "x", lambda v: (
        start(), throw("x", b.SIGNAL), end(), chain("s", "x", "e"), v), "",
        b.event_sub("v", b.SIGNAL, end("ve"), chain("v_start", "ve"))),
    defined("a message that nobody waits for", "SENT_UNHEARD", "a", line(task(PUBLISH, kind="sendTask",
           messageRef="m")),
            tag("message", id="m", name="unheard"), tag("message", id="m", name="elsewhere")),
]  # fmt: skip

PAIRS = [*NOT_THERE, *REFERENCES, *ROOTS, *KEYS, *SIGNALLED, *TIMERS, *BOUNDARIES, *LINKS, *CAUGHT]
