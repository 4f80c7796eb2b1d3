"""FEEL, for every expression of a procedure: sandboxed, deterministic, decimal and strict.

FEEL answers null for a mistake: an unknown variable, an unknown function, a comparison of a text
with a number. A procedure must not decide on that, so such a null is an error here
(`is defined(x)` and `get or else(x, d)` are the ways to ask for what may be absent). The reference
for authors is docs/reference/feel.md; why this host, docs/decisions/0001-feel-and-decimals.md.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from service.engine.calendar import WorkCalendar
from service.engine.feel_errors import FeelError, Problem, character
from service.engine.feel_runtime import LimitHit, Needs, Runtime
from service.engine.types import DecisionSource
from service.values import Value, tag, untag

if TYPE_CHECKING:
    from service.engine.decisions import Decided

__all__ = ["FeelError", "FeelHost", "Moment", "Problem", "host"]

MAX_CACHED = 10_000
#: The bundle refuses longer expressions.
MAX_CHARS = 4000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")


@dataclass(frozen=True, slots=True)
class Moment:
    """What an expression may depend on beside its variables.

    `now` is aware; the functions `now()` and `today()` show it in Asia/Shanghai.
    """

    now: datetime
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the parse tree of an expression tells: `needs` also holds names that may be entries of list elements."""

    names: frozenset[str]
    needs: frozenset[str]
    problems: tuple[Problem, ...]


def _bare(top: str, expression: str) -> str:
    """An expression without the `=` that marks it in a diagram. In unary tests `= 5` means something."""
    return expression if top == "unary" else expression.lstrip().removeprefix("=")


class FeelHost:
    """Evaluates expressions; one a process is enough (`host()`). All methods are safe to call from threads."""

    def __init__(self) -> None:
        self.runtime = Runtime()
        self._readings: dict[tuple[str, str], _Reading | FeelError] = {}

    def evaluate(
        self, expression: str, context: Mapping[str, Value], moment: Moment, *, lenient: bool = False
    ) -> Value:
        """The value of an expression; `lenient` gives null for mistakes but syntax. Raises `FeelError`."""
        return self._values([expression], context, moment, lenient=lenient)[0]

    def evaluate_many(
        self, expressions: Sequence[str], context: Mapping[str, Value], moment: Moment, *, lenient: bool = False
    ) -> list[Value]:
        """The values of several expressions over the same variables, in one crossing. Raises at the first mistake."""
        return self._values(expressions, context, moment, lenient=lenient) if expressions else []

    def condition(self, expression: str, context: Mapping[str, Value], moment: Moment) -> bool:
        """True or false. Raises `FeelError` for anything else, null included."""
        value = self.evaluate(expression, context, moment)
        if not isinstance(value, bool):
            start = len(expression) - len(_bare("expression", expression))
            raise FeelError(expression, f"the condition is {_shown(value)}, neither true nor false", position=start)
        return value

    def unary(self, expression: str, value: Value, context: Mapping[str, Value], moment: Moment) -> bool:
        """Whether `value` passes unary tests such as `>= 60` or `"A","B"`."""
        [verdict] = self._values([expression], {**context, "?": value}, moment, top="unary")
        if not isinstance(verdict, bool):
            raise FeelError(expression, f"the test is {_shown(verdict)}, neither true nor false")
        return verdict

    def decide(self, source: DecisionSource, context: Mapping[str, Value], moment: Moment) -> "Decided":
        """Evaluate a decision with every decision it requires. Raises `FeelError`."""
        from service.engine.decisions import decide

        return decide(self, source, context, moment)

    def problems(self, expression: str, kind: str = "expression") -> list[Problem]:
        """Mistakes of syntax, calls that can never be right, and types that do not exist.

        `kind` is "expression" or "unary".
        """
        reading = self._reading(kind, expression)
        if isinstance(reading, FeelError):
            return [Problem(reading.position, reading.reason)]
        return list(reading.problems)

    def names(self, expression: str, kind: str = "expression") -> frozenset[str]:
        """The variables that an expression reads for certain.

        A name inside a filter (`rows[score > 60]`) may be an entry of the list's elements and is left out.
        Raises `FeelError` of kind syntax.
        """
        reading = self._reading(kind, expression)
        if isinstance(reading, FeelError):
            raise reading
        return reading.names

    def mentions(self, expression: str) -> frozenset[str]:
        """As `names`, with those that may be entries of a list's elements."""
        reading = self._reading("expression", expression)
        if isinstance(reading, FeelError):
            raise reading
        return reading.needs

    def functions(self) -> dict[str, dict[str, Any]]:
        """The functions that expressions may call, by name: `parameters`, `least` and `most` (None: any number)."""
        found: dict[str, dict[str, Any]] = orjson.loads(self.runtime.call("functions"))
        return found

    def ask(
        self,
        function: str,
        request: Mapping[str, Any],
        needs: Needs = (),
        *,
        about: str,
        texts: Sequence[str] = (),
    ) -> Any:
        """Call a function of the bundle with tagged JSON; errors name `about`, or one of `texts`."""
        try:
            text = self.runtime.call(function, tag(dict(request)).decode(), needs=needs)
        except LimitHit as error:
            raise FeelError(about, f"a limit was reached: {error}", kind="limit") from None
        if not text.startswith('{"error"'):
            return untag(text)
        answer = orjson.loads(text)
        raise self._error(answer, texts[answer["index"]] if texts and "index" in answer else about)

    def told(self, function: str, arguments: tuple[str, ...], needs: Needs) -> Any:
        """Call a function of the bundle that answers plain JSON about a model. Raises `FeelError`."""
        try:
            found = orjson.loads(self.runtime.call(function, *arguments, needs=needs))
        except LimitHit as error:
            raise FeelError(arguments[-1], f"a limit was reached: {error}", kind="limit") from None
        if isinstance(found, dict) and "error" in found:
            raise self._error(found, arguments[-1])
        return found

    def clock(self, moment: Moment) -> tuple[dict[str, Any], Needs]:
        """The parts of a request that carry the moment, and what a fresh context must be told of it."""
        calendar = moment.calendar
        now = (moment.now - _EPOCH) // timedelta(milliseconds=1)
        key = f"setCalendar:{calendar.hash}"

        def told() -> tuple[Any, ...]:
            return calendar.hash, calendar.first.isoformat(), calendar.days, calendar.bits.hex()

        return {"now": now, "calendar": calendar.hash}, ((key, told),)

    def _values(
        self,
        expressions: Sequence[str],
        context: Mapping[str, Value],
        moment: Moment,
        *,
        lenient: bool = False,
        top: str = "expression",
    ) -> list[Value]:
        wanted, odd = self._wanted(top, expressions, context)
        request, needs = self.clock(moment)
        request |= {"expressions": [_bare(top, expression) for expression in expressions], "context": wanted}
        if lenient:
            request["lenient"] = True
        if odd:
            request["odd"] = True
        if top == "unary":
            request["tests"] = True
        about = " ; ".join(expressions)
        values: list[Value] = self.ask("evaluate", request, needs, about=about, texts=expressions)["values"]
        return values

    def _wanted(
        self, top: str, expressions: Sequence[str], context: Mapping[str, Value]
    ) -> tuple[dict[str, Value], bool]:
        """The variables to hand over, and whether the parser must be told of names with spaces or signs."""
        names: set[str] = {"?"} if top == "unary" else set()
        for expression in expressions:
            reading = self._reading(top, expression)
            if isinstance(reading, FeelError):
                if all(_IDENTIFIER.match(name) or name == "?" for name in context):
                    raise reading
                return dict(context), True
            names |= reading.needs
        return {name: context[name] for name in names if name in context}, False

    def _reading(self, top: str, expression: str) -> _Reading | FeelError:
        key = (top, expression)
        reading = self._readings.get(key)
        if reading is None:
            reading = self._inspect(top, expression)
            if isinstance(reading, FeelError) and reading.kind == "limit" and len(expression) <= MAX_CHARS:
                return reading  # of the moment, not of the expression
            if len(self._readings) >= MAX_CACHED:
                self._readings = {}
            self._readings[key] = reading
        if isinstance(reading, FeelError):
            return FeelError(expression, reading.reason, kind=reading.kind, position=reading.position)
        return reading

    def _inspect(self, top: str, expression: str) -> _Reading | FeelError:
        bare = _bare(top, expression)
        try:
            found = orjson.loads(self.runtime.call("inspect", top, bare))
        except LimitHit as error:
            return FeelError(expression, f"a limit was reached: {error}", kind="limit")
        if "error" in found:
            return self._error(found, expression)
        problems = tuple(
            Problem(character(expression, bare, each["from"]), each["message"]) for each in found["problems"]
        )
        return _Reading(frozenset(found["names"]), frozenset(found["needs"]), problems)

    def _error(self, answer: Mapping[str, Any], about: str) -> FeelError:
        error = answer["error"]
        source, position = error.get("expression"), error.get("position")
        # a decision's expressions are its own; the others are those that were handed in, but for their `=`
        expression = about if source is None or about.endswith(source) else source
        return FeelError(
            expression,
            error["reason"],
            kind=error["kind"],
            position=None if position is None else character(expression, source or expression, position),
            variable=error.get("variable"),
        )


def _shown(value: Value) -> str:
    return "null" if value is None else f"{value!r}"[:80]


_HOST = FeelHost()
os.register_at_fork(after_in_child=_HOST.runtime.after_fork)


def host() -> FeelHost:
    """The process's host; its JavaScript context is made at first use, after any fork."""
    return _HOST
