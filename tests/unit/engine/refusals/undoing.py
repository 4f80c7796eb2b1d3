"""Compensation, transactions, conditional events, and several definitions on one event."""

from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, start, tag, throw, zeebe
from tests.unit.engine.refusals.pairs import attached, line, offered, task, within

UNDO = b.undo("a")
INNER = (start("is"), tag("task", id="i"), end("ie"), chain("is", "i", "ie"))
HANDLER = tag("task", id="una", isForCompensation="true")


def undone(piece: str) -> tuple[str, ...]:
    """A task `a` that can be undone, and a piece more."""
    return (*line(task()), UNDO, piece)


def before(definition: str) -> tuple[str, ...]:
    """A task `a` that can be undone, another one `b` that cannot, and a throw event `x` behind them."""
    return (
        start(), offered(), tag("task", id="b"), throw("x", definition), end(), UNDO, chain("s", "a", "b", "x", "e"),
    )  # fmt: skip


def inside(piece: str, *more: str) -> tuple[str, ...]:
    """A sub-process `u` beside a task `a` that can be undone; the piece lies in the sub-process, behind `i`."""
    return (
        *line(task()), UNDO, b.sub("u", start("is"), tag("task", id="i"), piece, end("ie"), chain("is", "i"), *more),
        chain("a", "u", "e"),
    )  # fmt: skip


def cancelled(*, ends: str = b.CANCEL, borders: int = 1, extra: str = "", kind: str = "transaction") -> tuple[str, ...]:
    """A transaction `a` with an end and a border, where it can be cancelled."""
    body = (start("is"), end("ie", ends), chain("is", "ie"), extra)
    return (
        *line(tag(kind, "".join(body), id="a")), end("z"),
        *(b.boundary(f"x{n}", "a", b.CANCEL) + chain(f"x{n}", "z") for n in range(borders)),
        *(() if borders else (b.boundary("y", "a", b.SIGNAL), chain("y", "z"))),
    )  # fmt: skip


def _event_sub(id: str, definition: str, **attributes: bool) -> str:
    return b.event_sub(id, definition, end(f"{id}e"), chain(f"{id}_start", f"{id}e"), **attributes)


COMPENSATION = [
    within("a handler that is not marked", "COMPENSATION_HANDLER", "a_undo",
           lambda h: (*line(task()), b.undo("a", h)), tag("task", id="una"), HANDLER),
    within("a line to nobody", "COMPENSATION_HANDLER", "x", lambda x: (*line(task()), x),
           b.boundary("x", "a", b.COMPENSATE), UNDO),
    within("two handlers of one event", "COMPENSATION_HANDLER", "a_undo", undone,
           tag("task", id="h2", isForCompensation="true")
           + tag("association", id="l2", sourceRef="a_undo", targetRef="h2"), ""),
    within("a line to a handler elsewhere", "COMPENSATION_HANDLER", "a_undo", lambda h: (
        start(), task(), end(), chain("s", "a"), b.undo("a", h[0]), b.sub("u", *INNER, h[1]), chain("a", "u", "e")),
        (" ", HANDLER), (HANDLER, " ")),
    within("a handler that nothing leads to", "COMPENSATION_UNUSED", "h", undone,
           tag("task", id="h", isForCompensation="true"), ""),
    within("a handler in the normal flow", "INCOMING_FORBIDDEN", "una", undone, chain("s", "una"), ""),
    within("a handler with a way on", "OUTGOING_FORBIDDEN", "una", undone, chain("una", "e"), ""),
    within("a marked task in the normal flow", "COMPENSATION_UNUSED", "a", line, task(isForCompensation="true"),
           task(isForCompensation="false")),
    within("a flow out of a compensation event", "OUTGOING_FORBIDDEN", "a_undo", undone, chain("a_undo", "e"), ""),
    within("compensation of what compensates", "COMPENSATION_OF_HANDLER", "una_undo", lambda x: (
        *line(task()), UNDO, x), b.undo("una", tag("task", id="ununa", isForCompensation="true")), ""),
    within("two compensations of a task", "COMPENSATION_TWICE", "second", undone, UNDO.replace("a_undo",
           "second").replace(
        "una", "unb").replace("a_line", "b_line"), ""),
    within("two compensations in a sub-process", "COMPENSATION_TWICE", "v2_start", lambda x: line(
        b.sub("a", *INNER, _event_sub("v1", b.COMPENSATE), x)), _event_sub("v2", b.COMPENSATE), _event_sub("v2",
        b.SIGNAL)),
    within("compensation of the process", "COMPENSATION_START", "v_start", lambda d: (*line(task()), _event_sub("v",
           d)),
           b.COMPENSATE, b.SIGNAL),
    within("compensation of an unknown task", "COMPENSATION_SCOPE", "x", before, b.compensate("gone"),
           b.compensate("a")),
    within("compensation of an event", "COMPENSATION_SCOPE", "x", before, b.compensate("s"), b.compensate("a")),
    within("compensation of a task outside", "COMPENSATION_SCOPE", "t", lambda d: inside(
        throw("t", d) + b.undo("i"), chain("i", "t", "ie")), b.compensate("a"), b.compensate("i")),
    within("compensation of what cannot be undone", "COMPENSATION_NOTHING", "x", before, b.compensate("b"),
           b.compensate("a")),
    within("compensation of a handler", "COMPENSATION_NOTHING", "x", before, b.compensate("una"), b.compensate()),
    within("compensation caught in between", "ELEMENT_MISPLACED", "c", lambda d: (
        start(), b.catch("c", d), end(), chain("s", "c", "e")), b.COMPENSATE, b.SIGNAL),
]  # fmt: skip

TRANSACTIONS = [
    within("a process that is cancelled", "CANCEL_PLACE", "z", lambda d: (
        start(), offered(), end("z", d), chain("s", "a", "z")), b.CANCEL, b.TERMINATE),
    within("a task that is cancelled", "CANCEL_PLACE", "x", attached, b.boundary("x", "a", b.CANCEL),
           b.boundary("x", "a", b.SIGNAL)),
    within("a plain sub-process that is cancelled", "CANCEL_PLACE", "ie", lambda k: cancelled(kind=k), "subProcess",
           "transaction"),
    within("a cancelled transaction without a border", "CANCEL_BOUNDARY", "a", lambda n: cancelled(borders=n), 0, 1),
    within("a cancelled transaction with two borders", "CANCEL_BOUNDARY", "a", lambda n: cancelled(borders=n), 2, 1),
    within("a cancelled transaction several times", "CANCEL_LOOP", "a", lambda x: cancelled(extra=x), b.each(), ""),
    within("a cancellation that does not interrupt", "EVENT_NON_INTERRUPTING", "x", lambda flag: (
        *line(tag("transaction", "".join(INNER), id="a")), end("z"), chain("x", "z"),
        b.boundary("x", "a", b.CANCEL, interrupting=flag)), False, True),
    within("a transaction without a start", "SUBPROCESS_START", "a", lambda s: line(
        tag("transaction", s + tag("task", id="i") + end("ie") + chain("i", "ie"), id="a")), "",
        start("is") + chain("is", "i")),
    within("a transaction that a message starts", "EVENT_NOT_EXECUTED", "is", lambda d: line(
        tag("transaction", start("is", d) + end("ie") + chain("is", "ie"), id="a")), b.CATCH_MESSAGE, ""),
]  # fmt: skip

FILTERED = b.conditional("=days > 5").replace(
    "</bpmn:conditional", extensions(zeebe("conditionalFilter", variableEvents="create")) + "</bpmn:conditional"
)
MESSAGE = b.CATCH_MESSAGE
JOB, PUBLISH = zeebe("taskDefinition", type="work"), zeebe("publishMessage", correlationKey="=key")


def _waits(definition: str) -> tuple[str, ...]:
    return (start(), b.catch("x", definition), end(), chain("s", "x", "e"))


SEVERAL = [
    within("a link and a signal", "EVENT_SEVERAL", "x", _waits, b.SIGNAL + b.link("L"), b.SIGNAL + b.timer("P1D")),
    within("two compensations thrown", "EVENT_SEVERAL", "x", before, b.COMPENSATE + b.COMPENSATE, b.COMPENSATE),
    within("compensation and a signal at a border", "EVENT_SEVERAL", "x", attached,
           b.boundary("x", "a", b.SIGNAL + b.COMPENSATE), b.boundary("x", "a", b.SIGNAL + b.timer("P1D"))),
    within("an error and an end of everything", "EVENT_SEVERAL", "z", lambda d: (
        start(), offered(), end("z", d), chain("s", "a", "z")), b.ERROR + b.TERMINATE, b.SIGNAL + b.TERMINATE),
    within("a job that would send one of two", "EVENT_SEVERAL_JOB", "x", lambda e: (
        start(), throw("x", b.SIGNAL + MESSAGE, e), end(), chain("s", "x", "e")), JOB, PUBLISH),
    within("a conditional event without a condition", "CONDITION_EMPTY", "x", _waits, tag("conditionalEventDefinition"),
           b.conditional("=days > 5")),
    within("an empty condition of an event", "CONDITION_EMPTY", "x", _waits,
           tag("conditionalEventDefinition", tag("condition")), b.conditional("=days > 5")),
    within("a condition with a filter", "CONDITION_FILTER", "x", _waits, FILTERED, b.conditional("=days > 5")),
    within("a broken condition of an event", "EXPRESSION_BROKEN", "x", _waits, b.conditional("=days >"),
           b.conditional("=days > 5")),
    within("a condition of an event without a sign", "EXPRESSION_EXPECTED", "x", _waits, b.conditional("days > 5"),
           b.conditional("=days > 5")),
    within("one of several without a reference", "REFERENCE_MISSING", "x", _waits,
           b.timer("P1D") + tag("signalEventDefinition"), b.timer("P1D") + b.SIGNAL),
    within("one of several that does not interrupt", "EVENT_NON_INTERRUPTING", "x", attached,
           b.boundary("x", "a", b.SIGNAL + b.ERROR, interrupting=False), b.boundary("x", "a", b.SIGNAL + b.ERROR)),
    within("one message twice in one event", "CAUGHT_TWICE", "y", lambda d: (
        *attached(b.boundary("x", "a", MESSAGE + b.SIGNAL)), b.boundary("y", "a", d), chain("y", "z")),
        MESSAGE + b.timer("P1D"), b.timer("P1D")),
]  # fmt: skip

PAIRS = [*COMPENSATION, *TRANSACTIONS, *SEVERAL]
