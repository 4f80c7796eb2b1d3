"""Where a page of a search lies: what its rows are sorted by, how many, and the cursors before and behind them."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, literal_column, or_, tuple_

from service.errors import BadArgument
from service.models.base import UtcDateTime
from service.schemas.base import parse_instant

DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET, MAX_SORTS = 100, 10_000, 1_000_000, 10
#: Bounds of a 64-bit integer.
_LEAST, _MOST = -(2**63), 2**63 - 1
#: Written out, not as parameters: only so an index over the same expression is found (models.UserTask has one). Both
#: databases read this spelling; sessions of PostgreSQL are in UTC.
_EARLIEST = literal_column("'0001-01-01 00:00:00.000000'", UtcDateTime())
_LATEST = literal_column("'9999-12-31 00:00:00.000000'", UtcDateTime())


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that rows are sorted by."""

    expression: ColumnElement[Any]
    down: bool
    is_date: bool


def order(
    name: str, sorts: Mapping[str, Any], default: Sequence[Any], key: Any, sort: Sequence[Mapping[str, Any]]
) -> list[Part]:
    """What the rows are sorted by; the key is always the last. Raises `BadArgument`."""
    parts: list[Part] = []
    if not isinstance(sort, list) or len(sort) > MAX_SORTS:
        raise BadArgument("sort must be a list of at most %(most)s fields.", most=MAX_SORTS)
    for each in sort:
        field = each.get("field") if isinstance(each, Mapping) else None
        if not isinstance(field, str) or field not in sorts:
            raise BadArgument("%(noun)s cannot be sorted by “%(name)s”.", noun=name, name=field)
        direction = str(each.get("order") or "ASC").upper()
        if direction not in ("ASC", "DESC"):
            raise BadArgument("order is ASC or DESC, not “%(order)s”.", order=direction)
        parts.append(_sortable(sorts[field], direction == "DESC"))
    if not parts:
        parts = [_sortable(column, False) for column in default]
    return [*parts, Part(key, bool(parts and parts[-1].down), False)]


def _sortable(column: ColumnElement[Any], down: bool) -> Part:
    """Nulls last in either direction, as a value: the two databases put them at different ends."""
    if isinstance(column.type, UtcDateTime):
        return Part(func.coalesce(column, _EARLIEST, type_=UtcDateTime()) if down else dated_last(column), down, True)
    if column.type.python_type is str:
        return Part(func.coalesce(column, ""), down, False)
    return Part(column, down, False)


def dated_last(column: Any) -> ColumnElement[Any]:
    """A time, or where there is none the latest: what lists are sorted by, and an index may be over."""
    return func.coalesce(column, _LATEST, type_=UtcDateTime())


def bounds(page: Mapping[str, Any]) -> tuple[int, int, str | None, str | None]:
    """Limit, offset, and at most one cursor: after or before."""
    if not isinstance(page, Mapping):
        raise BadArgument("page must be an object.")
    unknown = sorted(set(page) - {"limit", "from", "after", "before"})
    if unknown:
        raise BadArgument("page does not take “%(name)s”.", name=unknown[0])
    if sum(page.get(name) is not None for name in ("from", "after", "before")) > 1:
        raise BadArgument("A page takes only one of from, after and before.")
    limit, offset = page.get("limit"), page.get("from")
    limit, offset = DEFAULT_LIMIT if limit is None else limit, 0 if offset is None else offset
    if not is_whole(limit) or not 1 <= limit <= MAX_LIMIT:
        raise BadArgument("limit must be a whole number between 1 and %(most)s.", most=MAX_LIMIT)
    if not is_whole(offset) or not 0 <= offset <= MAX_OFFSET:
        raise BadArgument("from must be a whole number between 0 and %(most)s.", most=MAX_OFFSET)
    return limit, offset, page.get("after"), page.get("before")


def cursor(values: Sequence[Any]) -> str:
    """A row's place: its sort values and its key."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.b64encode(json.dumps(plain).encode()).decode()


def read_cursor(cursor: str, order: Sequence[Part]) -> list[Any]:
    """The values of a cursor. Raises `BadArgument` for one that this search did not give out."""
    try:
        found = json.loads(base64.b64decode(cursor, validate=True))
        if not isinstance(found, list) or len(found) != len(order):
            raise ValueError
        return [_at(part, value) for part, value in zip(order, found, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadArgument("The cursor is of another search.") from None


def _at(part: Part, value: Any) -> Any:
    """A value of a cursor, if it is of the kind that its part sorts by: what a client invents gets no further."""
    if part.is_date:
        moment = parse_instant(value)
        if moment is None:
            raise ValueError
        return moment
    if not (isinstance(value, str) if part.expression.type.python_type is str else is_whole(value)):
        raise ValueError
    return value


def beyond(order: Sequence[Part], values: Sequence[Any], *, backwards: bool) -> ColumnElement[bool]:
    """Rows behind (or before) the cursor's: greater in the first part that differs.

    In one direction that is one comparison of rows, which an index answers wherever the page lies.
    """
    if len({part.down for part in order}) == 1:
        here, there = tuple_(*[part.expression for part in order]), tuple_(*_bound(order, values))
        return here < there if order[0].down != backwards else here > there
    alternatives = []
    equal: list[ColumnElement[bool]] = []
    for part, value in zip(order, values, strict=True):
        further = part.expression < value if part.down != backwards else part.expression > value
        alternatives.append(and_(*equal, further))
        equal.append(part.expression == value)
    return or_(*alternatives)


def _bound(order: Sequence[Part], values: Sequence[Any]) -> list[ColumnElement[Any]]:
    return [literal(value, part.expression.type) for part, value in zip(order, values, strict=True)]


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number that a database column can be compared with."""
    return isinstance(value, int) and not isinstance(value, bool) and _LEAST <= value <= _MOST
