"""Values that stand for all values of a table's column, and which of them each cell lets pass.

Every literal of the column is a sample, with what lies between and beyond the literals, `another` for texts, and
null: cells made of literals cannot tell a value that is not among them from one that is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import orjson

from service.engine.calendar import from_days
from service.engine.feel import FeelError, Moment, host

EMPTY = frozenset({"", "-"})
#: A text that no cell names.
ANOTHER = "\u2400"
_MAX_SAMPLES = 500
#: Cells, and cells times samples, of one call, which may take half a second.
_MAX_CELLS_AT_ONCE, _MAX_TRIALS_AT_ONCE = 40, 4_000
#: Any moment does: a cell that reads the clock is no cell of a table.
_MOMENT = Moment(datetime(2000, 1, 1, tzinfo=UTC), from_days({}))

_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = r"-?\s*(?:\d+(?:\.\d+)?|\.\d+)"
_TEMPORAL = rf"(?:date and time|date|time|duration)\s*\(\s*{_STRING}\s*\)|@{_STRING}"
_LITERAL = rf"(?:{_TEMPORAL}|{_STRING}|{_NUMBER}|true|false|null)"
_TEST = rf"(?:(?:<=|>=|<|>|=)?\s*{_LITERAL}|[\[\]\(]\s*{_LITERAL}\s*\.\.\s*{_LITERAL}\s*[\[\]\)])"
_TESTS = rf"\s*{_TEST}\s*(?:,\s*{_TEST}\s*)*"
_SIMPLE = re.compile(rf"{_TESTS}|\s*not\s*\({_TESTS}\)\s*")
_ORDERED = re.compile(r"[<>]|\.\.")
_KINDS = {
    "number": "number", "integer": "number", "long": "number", "double": "number", "string": "string",
    "boolean": "boolean", "date": "date", "dateTime": "date and time", "date and time": "date and time",
    "time": "time", "dayTimeDuration": "duration", "days and time duration": "duration",
    "yearMonthDuration": "months", "years and months duration": "months",
}  # fmt: skip
#: The next value after and before a literal of the kind, as far as cells can tell.
_STEPS = {"date": "P1D", "date and time": "PT1S", "time": "PT1S", "duration": "PT1S", "months": "P1M"}


class TooLarge(Exception):
    """To try all cells of a column would take too long."""


@dataclass(slots=True)
class Allowance:
    """How often a cell may still be tried in a file; 50,000 times take a second."""

    left: int = 150_000

    def spend(self, trials: int) -> None:
        """Raises `TooLarge`."""
        if trials > self.left:
            raise TooLarge
        self.left -= trials


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says of each sample, as bits: `hits` it lets pass, `errors` are mistakes."""

    hits: int
    errors: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its samples, as FEEL writes them, and what its cells say of them.

    `cells` holds None for a cell that cannot be known before it runs. `is_complete`: the samples stand for every
    value that the column can have. `null` is the bit of null.
    """

    values: tuple[str, ...]
    cells: dict[str, Cell | None]
    is_complete: bool
    null: int

    @property
    def all(self) -> int:
        return (1 << len(self.values)) - 1

    def hits(self, cell: str) -> int | None:
        """The samples that a cell lets pass; None if that cannot be known."""
        if cell in EMPTY:
            return self.all
        found = self.cells.get(cell)
        return found.hits if found else None


def column(cells: Sequence[str], type_name: str, allowed: Sequence[str], allowance: Allowance) -> Column | None:
    """The column of these cells; None if its values cannot be sampled. `allowed` are unary tests that values pass.

    `type_name` is a type of FEEL; "" or "Any" leaves it to the literals. Raises `TooLarge`.
    """
    kind = _KINDS.get(type_name, "" if type_name in ("", "Any") else None)
    written = list(dict.fromkeys(cell for cell in cells if cell not in EMPTY))
    if kind is None:
        return None
    named = list(dict.fromkeys(_samples("\n".join([*written, *allowed]), kind)))
    if len(named) > _MAX_SAMPLES:
        raise TooLarge
    allowance.spend(len(named) * len(written))
    samples = [*named, "null"]
    try:
        values, verdicts = _try(samples, [*written, *allowed])
    except FeelError:
        return None
    null = 1 << (len(samples) - 1)
    possible = (1 << len(samples)) - 1
    for tests in allowed:
        if (found := verdicts[tests]) is None:
            return None
        possible &= found.hits | null
    kept = [index for index in range(len(samples)) if possible >> index & 1]
    simple = all(_is_simple(each, kind) for each in [*written, *allowed])
    return Column(
        values=tuple(values[index] for index in kept),
        cells={cell: _only(verdicts[cell], kept) for cell in written},
        is_complete=bool(kind) and simple,
        null=1 << (len(kept) - 1),
    )


def is_literal(text: str) -> bool:
    """Whether an output is a plain value."""
    return re.fullmatch(_LITERAL, text.strip()) is not None


def differ(one: str, other: str) -> bool:
    """Whether two plain values are known to be different."""
    try:
        return host().evaluate(f"({one}) = ({other})", {}, _MOMENT) is False
    except FeelError:
        return False


def _is_simple(cell: str, kind: str) -> bool:
    """Whether the cell is made of literals; texts in order have more between them than one sample."""
    ordered = kind == "string" and _ORDERED.search(re.sub(_STRING, '""', cell))
    return _SIMPLE.fullmatch(cell) is not None and not ordered


def _only(cell: Cell | None, kept: Sequence[int]) -> Cell | None:
    if cell is None:
        return None
    hits = sum(1 << place for place, index in enumerate(kept) if cell.hits >> index & 1)
    errors = sum(1 << place for place, index in enumerate(kept) if cell.errors >> index & 1)
    return Cell(hits, errors)


def _try(samples: Sequence[str], cells: Sequence[str]) -> tuple[list[str], dict[str, Cell | None]]:
    """How the samples are written, and what each cell says of them."""
    at_once = max(1, min(_MAX_CELLS_AT_ONCE, _MAX_TRIALS_AT_ONCE // len(samples)))
    clock, needs = host().clock(_MOMENT)
    values: list[str] = []
    verdicts: dict[str, Cell | None] = {}
    for start in range(0, max(1, len(cells)), at_once):
        some = list(cells[start : start + at_once])
        request = orjson.dumps({**clock, "samples": list(samples), "cells": some}).decode()
        answer = host().told("tryCells", (request,), needs)
        values = answer["values"]
        verdicts |= {cell: _cell(text) for cell, text in zip(some, answer["cells"], strict=True)}
    return values, verdicts


def _cell(text: str | None) -> Cell | None:
    if text is None:
        return None
    hits = sum(1 << index for index, verdict in enumerate(text) if verdict == "1")
    return Cell(hits, sum(1 << index for index, verdict in enumerate(text) if verdict == "e"))


def _samples(text: str, kind: str) -> Iterator[str]:
    """Samples as FEEL expressions; of a column without a type, of the kinds that its literals have."""
    temporal = re.findall(_TEMPORAL, text)
    rest = re.sub(_TEMPORAL, " ", text)
    strings = re.findall(_STRING, rest)
    rest = re.sub(_STRING, " ", rest)
    numbers = sorted({Decimal(each) for each in re.findall(r"(?<![\w.])\d*\.?\d+(?!\w)", re.sub(r"\.\.", " ", rest))})
    if kind == "boolean" or (not kind and re.search(r"\b(?:true|false)\b", rest)):
        yield from ("true", "false")
    if kind == "number" or (not kind and numbers):
        yield from (str(each) for each in _numbers(numbers, signed="-" in rest))
    if kind == "string" or (not kind and strings):
        yield from strings
        yield f'"{ANOTHER}"'
    for literal in temporal:
        step = _STEPS[kind] if kind in _STEPS else _step(literal)
        yield from (literal, f'{literal} - duration("{step}")', f'{literal} + duration("{step}")')


def _step(literal: str) -> str:
    """The step of a literal in a column without a type."""
    inner = re.search(_STRING, literal)
    value = inner.group()[1:-1] if inner else ""
    if value.lstrip("-").startswith("P"):
        return "P1M" if re.fullmatch(r"-?P(\d+Y)?(\d+M)?", value) else "PT1S"
    return "P1D" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else "PT1S"


def _numbers(found: Sequence[Decimal], *, signed: bool) -> Iterator[Decimal]:
    named = sorted({*found, *(-each for each in found if signed), Decimal(0)})
    yield from named
    yield from ((a + b) / 2 for a, b in pairwise(named))
    yield named[0] - 1
    yield named[-1] + 1
