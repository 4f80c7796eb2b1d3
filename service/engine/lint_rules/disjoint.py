"""What can be proved of a decision table before it runs: rows that fit the same case, cases that no row fits,
rows that never count.

A case is a sample for each column. Rows are bits of a number, so that a search through the columns carries only
which rows still fit. Every case that is told was tried with the table's own cells; a cell that cannot be known
counts for whatever makes a claim harder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from service.engine.lint_rules.samples import EMPTY, Column

#: Steps of one search; a table that needs more is left alone.
_MAX_STEPS = 5_000
#: Rows compared with each other: half a second.
MAX_ROWS = 400

#: A case: for each column, the number of a sample, or None where every value does.
Case: TypeAlias = tuple[int | None, ...]
#: Of a column: samples with the rows that they fit.
_Choices: TypeAlias = list[tuple[int | None, int]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as the analysis sees it: the input cells of its rows, and its columns.

    A column is None if its values cannot be sampled. `free` tells which columns can have every sample, whatever the
    others have: only of those a case is known to be possible.
    """

    rows: Sequence[Sequence[str]]
    columns: Sequence[Column | None]
    free: Sequence[bool]


def overlaps(grid: Grid, rows: Sequence[int], *, trusting: bool = False) -> Iterator[tuple[int, int, Case]]:
    """Pairs of rows with a case that fits both. `trusting` takes every column for free, and equal cells for equal."""
    for one, other in combinations(rows, 2):
        case = _common(grid, grid.rows[one], grid.rows[other], trusting)
        if case is not None:
            yield one, other, case


def _common(grid: Grid, one: Sequence[str], other: Sequence[str], trusting: bool) -> Case | None:
    case: list[int | None] = []
    for column, free, first, second in zip(grid.columns, grid.free, one, other, strict=True):
        if first in EMPTY and second in EMPTY:
            case.append(None)
            continue
        if trusting and (first == second or first in EMPTY or second in EMPTY):
            hits = column.hits(second if first in EMPTY else first) if column else None
            case.append(_first(hits) if hits else None)
            continue
        a, b = (column.hits(first), column.hits(second)) if column and (free or trusting) else (None, None)
        if a is None or b is None or not a & b:
            return None
        case.append(_first(a & b))
    return tuple(case)


def gap(grid: Grid) -> Case | None:
    """A case without nulls that no row fits."""
    everyone = (1 << len(grid.rows)) - 1
    choices: list[_Choices] = []
    for place, column in enumerate(grid.columns):
        cells = [row[place] for row in grid.rows]
        if column is None or not grid.free[place] or all(cell in EMPTY for cell in cells):
            choices.append([(None, everyone)])
        else:
            choices.append(_fitting(column, cells, column.all & ~column.null, sure=False))
    return _escape(choices, everyone)


def never(grid: Grid, row: int, before: Sequence[int]) -> bool:
    """Whether each case that fits `row` fits one of the rows `before` too, or no case fits it at all."""
    cells = grid.rows[row]
    if any(all(grid.rows[b][i] in EMPTY or grid.rows[b][i] == cell for i, cell in enumerate(cells)) for b in before):
        return True
    choices: list[_Choices] = []
    for place, column in enumerate(grid.columns):
        above = [grid.rows[other][place] for other in before]
        if all(cell in EMPTY for cell in above) and cells[place] in EMPTY:
            continue
        if column is None or not column.is_complete:
            return False
        hits = column.hits(cells[place])
        choices.append(_fitting(column, above, column.all if hits is None else hits, sure=True))
    return bool(choices) and _escape(choices, (1 << len(before)) - 1, fallback=()) is None


def _fitting(column: Column, cells: Sequence[str], samples: int, *, sure: bool) -> _Choices:
    """For samples that rows treat differently: the sample, and the rows whose cell may (`sure`: does) fit it."""
    kinds: dict[int, int] = {}
    for sample in range(len(column.values)):
        if samples >> sample & 1:
            rows = sum(1 << i for i, cell in enumerate(cells) if _fits(column, cell, sample, sure))
            kinds.setdefault(rows, sample)
    return [(sample, rows) for rows, sample in kinds.items()]


def _fits(column: Column, cell: str, sample: int, sure: bool) -> bool:
    if cell in EMPTY:
        return True
    found = column.cells.get(cell)
    if found is None:
        return not sure
    # a mistake is no gap: the table would stop there
    return bool((found.hits if sure else found.hits | found.errors) >> sample & 1)


def _escape(choices: Sequence[_Choices], rows: int, fallback: Case | None = None) -> Case | None:
    """A choice in every column that leaves no row; None if there is none, `fallback` if that took too long."""
    seen: set[tuple[int, int]] = set()

    def search(place: int, left: int) -> tuple[int | None, ...] | None:
        if place == len(choices):
            return () if not left else None
        if (place, left) in seen or len(seen) > _MAX_STEPS:
            return None
        seen.add((place, left))
        for sample, fitting in choices[place]:
            found = search(place + 1, left & fitting)
            if found is not None:
                return (sample, *found)
        return None

    found = search(0, rows)
    return fallback if found is None and len(seen) > _MAX_STEPS else found


def _first(samples: int) -> int:
    return (samples & -samples).bit_length() - 1
