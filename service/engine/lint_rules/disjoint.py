"""Whether two rows of a unique decision table can fit the same case.

The columns of a table are independent, so two rows overlap exactly if in every column some value fits both
cells. Such a value is looked for among samples: every literal of the column, values between and beyond them, and
null. Cells that cannot be sampled (they read variables) count as different; the engine reports a clash when it happens.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise

from service.engine.calendar import from_days
from service.engine.feel import FeelError, Moment, host
from service.values import Value

_EMPTY = frozenset({"", "-"})
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r"(?<![\w.\"])-?\d+(?:\.\d+)?(?![\w\"])")
_NOT = re.compile(r"\s*not\s*\((.*)\)\s*", re.DOTALL)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Any moment does: a cell that reads the clock is no cell of a table.
_MOMENT = Moment(datetime(2000, 1, 1, tzinfo=UTC), from_days({}))
_MAX_SAMPLES = 200
#: Evaluations for one table: some seconds.
_MAX_TRIALS = 20_000


class TableTooLarge(Exception):
    """To compare all rows would take too long."""


def overlapping(rows: Sequence[Sequence[str]], types: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of 0-based row numbers that some case fits both; `rows` are the input cells, `types` of the columns.

    Raises `TableTooLarge`.
    """
    columns = [_Column([row[index] for row in rows if index < len(row)], kind) for index, kind in enumerate(types)]
    if sum(column.trials for column in columns) > _MAX_TRIALS:
        raise TableTooLarge
    for (one, first), (other, second) in combinations(enumerate(rows), 2):
        if all(column.meet(a, b) for column, a, b in zip(columns, first, second, strict=False)):
            yield one, other


class _Column:
    """The samples of one column, and which of them each cell accepts."""

    def __init__(self, cells: list[str], kind: str) -> None:
        text = "\n".join(cells)
        self._samples = list(_samples(text, kind))[:_MAX_SAMPLES]
        self.trials = len(set(cells)) * len(self._samples)
        self._accepted: dict[str, frozenset[int] | None] = {}

    def meet(self, one: str, other: str) -> bool:
        """Whether some value fits both cells."""
        if one in _EMPTY or other in _EMPTY or one == other:
            return True
        first, second = self._accepts(one), self._accepts(other)
        return first is not None and second is not None and not first.isdisjoint(second)

    def _accepts(self, cell: str) -> frozenset[int] | None:
        if cell not in self._accepted:
            self._accepted[cell] = self._try(cell)
        return self._accepted[cell]

    def _try(self, cell: str) -> frozenset[int] | None:
        fitting = set()
        for index, sample in enumerate(self._samples):
            try:
                if _fits(cell, sample):
                    fitting.add(index)
            except FeelError as error:
                if error.kind == "unknown variable":
                    return None
        return frozenset(fitting)


def _fits(cell: str, sample: "Value | date") -> bool:
    if not isinstance(sample, date):
        return host().unary(cell, sample, {}, _MOMENT)
    # A variable holds a date as a text; what a cell compares is the date itself.
    negated = _NOT.fullmatch(cell)
    tests = negated[1] if negated else cell
    return host().condition(f'date("{sample}") in ({tests})', {}, _MOMENT) != bool(negated)


def _samples(text: str, kind: str) -> Iterator["Value | date"]:
    yield None
    if kind in ("", "any", "boolean"):
        yield from (True, False)
    if kind in ("", "any", "number", "integer", "long", "double"):
        yield from _numbers(text)
    if kind in ("", "any", "string"):
        yield from dict.fromkeys(_STRING.findall(text))
        yield "\u2400 another"  # what no cell names
    if kind in ("", "any", "date", "datetime", "date and time"):
        yield from _days(text)


def _numbers(text: str) -> Iterator[Decimal]:
    named = sorted({Decimal(each) for each in _NUMBER.findall(_STRING.sub('""', text))} | {Decimal(0)})
    yield from named
    yield from ((a + b) / 2 for a, b in pairwise(named))
    yield named[0] - 1
    yield named[-1] + 1


def _days(text: str) -> Iterator[date]:
    for written in sorted(set(_DAY.findall(text))):
        try:
            day = date.fromisoformat(written)
        except ValueError:
            continue
        for offset in (-1, 0, 1):
            yield day + timedelta(days=offset)
