"""Diagrams full of events, made up at random: every kind of activity, boundary event, event sub-process, compensation.

Nothing joins, so that a branch that is interrupted leaves nobody waiting: an instance that stands still is a fault.
"""

from random import Random

from service.engine.types import ProcessSource
from tests.unit.engine.builder import (
    ANY_ERROR,
    CANCEL,
    CATCH_MESSAGE,
    COMPENSATE,
    ERROR,
    ESCALATION,
    SIGNAL,
    TERMINATE,
    boundary,
    call,
    catch,
    chain,
    compensate,
    conditional,
    each,
    end,
    gateway,
    process,
    script,
    service,
    start,
    sub,
    tag,
    throw,
    timer,
    transaction,
    undo,
    user,
)

DEFINITIONS = {
    "signal": SIGNAL,
    "message": CATCH_MESSAGE,
    "timer": timer("PT1H"),
    "cycle": timer(cycle="R2/PT1H"),
    "condition": conditional("=n > 5"),
    "error": ERROR,
    "any error": ANY_ERROR,
    "escalation": ESCALATION,
}
MILD = ("signal", "message", "condition", "escalation", "cycle")
HARD = ("signal", "message", "condition", "escalation", "timer", "error", "any error")
AWAITED = ("signal", "message", "timer", "condition")
DEEPEST = 3


class Maker:
    """Makes scopes of blocks that follow one another. Handlers have ids that begin with `un`."""

    def __init__(self, random: Random) -> None:
        self.random, self.count = random, 0

    def diagram(self) -> ProcessSource:
        begin, inside = self.scope(0)
        return process(start(begin), inside)

    def scope(self, depth: int, *, cancelled: bool = False) -> tuple[str, str]:
        """The id of its start event, which is to be drawn, and everything else."""
        begin = previous = self.id("s")
        undoable: list[str] = []
        parts = []
        for _ in range(self.random.randint(1, 4)):
            drawn, first, last = self.block(depth, undoable)
            parts += [drawn, chain(previous, first)]
            previous = last
        parts.append(self.ending(previous, depth, cancelled=cancelled))
        while depth < DEEPEST and self.chance(0.3):
            parts.append(self.event_subprocess(depth))
        return begin, "".join(parts)

    def block(self, depth: int, undoable: list[str]) -> tuple[str, str, str]:
        """Its XML, and the ids of its first and last element."""
        kind = self.random.choices(
            ("activity", "catch", "throw", "compensate", "script", "fork", "race", "scope"), (45, 8, 6, 10, 6, 6, 4, 15)
        )[0]
        if kind == "fork":
            fork, main = self.id("g"), self.id("u")
            aside = self.activity(depth, undoable)
            drawn = gateway("parallel", fork) + user(main) + aside[0] + chain(fork, aside[1]) + chain(fork, main)
            return drawn + self.ending(aside[1], depth), fork, main
        if kind == "race":
            fork, first, late, merge = self.id("g"), self.id("c"), self.id("c"), self.id("m")
            drawn = gateway("eventBased", fork) + catch(first, self.several(AWAITED)) + catch(late, timer("PT1H"))
            drawn += gateway("exclusive", merge) + chain(fork, first, merge) + chain(fork, late, merge)
            return drawn, fork, merge
        one = self.id("x")
        if kind == "catch":
            return catch(one, self.several(AWAITED)), one, one
        if kind == "throw":
            return throw(one, self.random.choice([SIGNAL, ESCALATION, SIGNAL + ESCALATION])), one, one
        if kind == "compensate":
            named = self.random.choice(undoable) if undoable and self.chance(0.4) else ""
            return throw(one, compensate(named, waits=self.chance(0.8))), one, one
        if kind == "script":
            return script(one, self.random.choice(["=n + 4", "=0", "=7"]), "n"), one, one
        if kind == "scope" and depth < DEEPEST:
            return self.subprocess(depth, undoable)
        drawn, one = self.activity(depth, undoable)
        return drawn, one, one

    def activity(self, depth: int, undoable: list[str]) -> tuple[str, str]:
        one = self.id("a")
        loop = self.random.choices(
            ("", each(), each(sequential=True), tag("standardLoopCharacteristics", loopMaximum="2")), (65, 13, 12, 10)
        )[0]
        drawn = self.random.choice([user(one, inner=loop), service(one, inner=loop), call(one, "child", inner=loop)])
        return drawn + self.boundaries(one, depth) + self.undoing(one, depth, undoable, 0.45), one

    def subprocess(self, depth: int, undoable: list[str]) -> tuple[str, str, str]:
        one, cancelled = self.id("p"), self.chance(0.3)
        begin, inside = self.scope(depth + 1, cancelled=cancelled)
        inside += start(begin)
        if cancelled:
            border, after = self.id("b"), self.id("u")
            drawn = transaction(one, inside) + boundary(border, one, CANCEL) + user(after) + chain(border, after)
            drawn += self.ending(after, depth)
        else:
            if self.chance(0.25):
                undone, way_back = self.scope(depth + 2)
                inside += sub(self.id("h"), start(undone, COMPENSATE), way_back, triggeredByEvent="true")
            drawn = sub(one, inside + (each("=[1,2]", sequential=self.chance(0.5)) if self.chance(0.25) else ""))
        drawn += self.boundaries(one, depth) + self.undoing(one, depth, undoable, 0.25)
        if one not in undoable:
            undoable.append(one)
        return drawn, one, one

    def event_subprocess(self, depth: int) -> str:
        hard = self.chance(0.5)
        begin, inside = self.scope(depth + 1)
        drawn = start(begin, self.several(HARD if hard else MILD), isInterrupting=str(hard).lower()) + inside
        return sub(self.id("h"), drawn, triggeredByEvent="true")

    def boundaries(self, host: str, depth: int) -> str:
        drawn = ""
        while self.chance(0.35):
            border, after, hard = self.id("b"), self.id("u"), self.chance(0.5)
            drawn += boundary(border, host, self.several(HARD if hard else MILD), interrupting=hard)
            drawn += user(after) + chain(border, after) + self.ending(after, depth)
        return drawn

    def undoing(self, host: str, depth: int, undoable: list[str], often: float) -> str:
        if not self.chance(often):
            return ""
        undoable.append(host)
        handler, kind = f"un{host}", self.random.randint(0, 4)
        if kind == 0:
            return undo(host)
        if kind == 1:
            drawn = script(handler, "=n + 1", "n").replace(
                "<bpmn:scriptTask", '<bpmn:scriptTask isForCompensation="true"'
            )
            return undo(host, drawn)
        if kind == 2:
            return undo(host, service(handler, isForCompensation="true") + self.boundaries(handler, depth))
        if kind == 3:
            loop = each("=[1,2]", sequential=self.chance(0.5))
            return undo(host, user(handler, inner=loop, isForCompensation="true"))
        begin, inside = self.scope(depth + 2)
        return undo(host, sub(handler, start(begin), inside, isForCompensation="true"))

    def ending(self, previous: str, depth: int, *, cancelled: bool = False) -> str:
        kinds = ["", "", "", "", SIGNAL, ESCALATION, COMPENSATE, TERMINATE, COMPENSATE + SIGNAL]
        kinds += [ERROR] * (depth > 0) + [CANCEL] * (2 * cancelled)
        one = self.id("e")
        return end(one, self.random.choice(kinds)) + chain(previous, one)

    def several(self, kinds: tuple[str, ...]) -> str:
        chosen = self.random.sample(kinds, 2 if self.chance(0.25) else 1)
        return "".join(DEFINITIONS[kind] for kind in chosen)

    def chance(self, likely: float) -> bool:
        return self.random.random() < likely

    def id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"
