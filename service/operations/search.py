"""One search for every noun: a table says which fields it has, of which kind, and how they sort.

Pages are by cursor: the sort values of a row and its key, so that a page costs the same wherever it lies, and rows
that come in meanwhile move nothing. The key is always the last thing sorted by.
"""

import base64
import binascii
import json
import operator as operators
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, select, true
from sqlalchemy.orm import Session

from service.errors import BadArgument
from service.models.base import UtcDateTime

Kind = Literal["string", "key", "enum", "number", "date", "boolean", "plain"]
OPERATORS: Mapping[Kind, frozenset[str]] = {
    "string": frozenset({"$eq", "$neq", "$exists", "$in", "$notIn", "$like"}),
    "key": frozenset({"$eq", "$neq", "$exists", "$in", "$notIn"}),
    "enum": frozenset({"$eq", "$neq", "$exists", "$in", "$like"}),
    "number": frozenset({"$eq", "$neq", "$exists", "$gt", "$gte", "$lt", "$lte", "$in"}),
    "date": frozenset({"$eq", "$neq", "$exists", "$gt", "$gte", "$lt", "$lte", "$in"}),
    "boolean": frozenset({"$eq"}),
    "plain": frozenset({"$eq"}),
}
DEFAULT_LIMIT, MAX_LIMIT, MAX_TOTAL = 100, 10_000, 10_000
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Field:
    """A field of a noun: what it is in SQL. `clause` replaces the comparison where a column is not enough."""

    kind: Kind
    column: Any = None
    clause: Callable[[Any], ColumnElement[bool]] | None = None


@dataclass(frozen=True)
class Noun:
    """What can be searched: a query whose first entity is the model, its key, its fields, what it sorts by."""

    name: str
    query: Any
    key: Any
    fields: Mapping[str, Field]
    sorts: Mapping[str, Any] = field(default_factory=dict)
    #: What it is sorted by where nothing is asked for. Keys of several processes are in no order of time.
    default: Sequence[Any] = ()
    #: Whether a filter may hold `$or`.
    alternatives: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows. Cursors are None where there are no items."""

    items: Sequence[Any]
    total: int
    has_more_total: bool
    start_cursor: str | None
    end_cursor: str | None


def search(session: Session, noun: Noun, body: Mapping[str, Any], scope: ColumnElement[bool]) -> Page:
    """Find what fits `body` (filter, sort, page) within `scope`. Two statements.

    Raises `BadArgument` naming the field or operator that is wrong.
    """
    where = and_(scope, where_clause(noun, body.get("filter") or {}))
    order = _order(noun, body.get("sort") or [])
    limit, offset, after, before = _page(body.get("page") or {})
    counted = noun.query.where(where).with_only_columns(noun.key).limit(MAX_TOTAL + 1).order_by(None).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    query = noun.query.where(where)
    if after or before:
        query = query.where(_beyond(order, _read_cursor(after or before or "", order), backwards=before is not None))
    backwards = before is not None
    query = query.add_columns(*[part.expression.label(f"_sort{n}") for n, part in enumerate(order)])
    query = query.order_by(*[part.expression.desc() if part.down != backwards else part.expression for part in order])
    rows = session.execute(query.limit(limit).offset(offset)).all()
    if backwards:
        rows = list(reversed(rows))
    width = len(order)
    cursors = [_cursor(rows[0][-width:]), _cursor(rows[-1][-width:])] if rows else [None, None]
    items = [row[0] if len(row) == width + 1 else row[:-width] for row in rows]
    return Page(items, min(total, MAX_TOTAL), total > MAX_TOTAL, cursors[0], cursors[1])


def where_clause(noun: Noun, filters: Mapping[str, Any]) -> ColumnElement[bool]:
    """The condition that a filter means. Raises `BadArgument`."""
    if not isinstance(filters, Mapping):
        raise BadArgument(reason="filter must be an object")
    clauses: list[ColumnElement[bool]] = []
    for name, wanted in filters.items():
        if name == "$or" and noun.alternatives:
            if not isinstance(wanted, list):
                raise BadArgument(reason="$or must be a list of filters")
            clauses.append(or_(false(), *[where_clause(noun, each) for each in wanted]))
        elif name == "tenantId":
            clauses.append(true() if wanted in ("<default>", {"$eq": "<default>"}, None) else false())
        elif name not in noun.fields:
            raise BadArgument(reason=f"{noun.name} cannot be filtered by {name!r}")
        elif wanted is not None:
            clauses.append(_compare(name, noun.fields[name], wanted))
    return and_(true(), *clauses)


def _compare(name: str, field: Field, wanted: Any) -> ColumnElement[bool]:
    if field.clause is not None:
        return field.clause(wanted)
    operations = wanted if isinstance(wanted, Mapping) else {"$eq": wanted}
    clauses = []
    for operator, operand in operations.items():
        if operator not in OPERATORS[field.kind]:
            raise BadArgument(reason=f"{name} does not take {operator}")
        clauses.append(_apply(name, field, operator, operand))
    return and_(true(), *clauses)


def _apply(name: str, field: Field, operator: str, operand: Any) -> ColumnElement[bool]:
    column: ColumnElement[Any] = field.column
    if operator == "$exists":
        return column.is_not(None) if operand else column.is_(None)
    if operator in ("$in", "$notIn"):
        if not isinstance(operand, list):
            raise BadArgument(reason=f"{name} {operator} takes a list")
        values = [_operand(name, field.kind, each) for each in operand]
        return column.in_(values) if operator == "$in" else column.not_in(values)
    value = _operand(name, field.kind, operand)
    return _COMPARISONS[operator](column, value)


def _like(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    """`*` any characters, `?` one, `\\` escapes; the whole value, case counts on both databases."""
    parts: list[str] = []
    escaped = False
    for char in pattern:
        if escaped or char not in "*?\\":
            parts.append("/" + char if char in "%_/" else char)
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            parts.append("%" if char == "*" else "_")
    return column.like("".join(parts), escape="/")


_COMPARISONS: Mapping[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "$eq": operators.eq,
    "$neq": lambda column, value: or_(operators.ne(column, value), column.is_(None)),
    "$gt": operators.gt,
    "$gte": operators.ge,
    "$lt": operators.lt,
    "$lte": operators.le,
    "$like": lambda column, value: _like(column, str(value)),
}


def _operand(name: str, kind: Kind, value: Any) -> Any:
    try:
        match kind:
            case "key":
                return int(value) if isinstance(value, str) else _wrong(name)
            case "number":
                return int(value) if not isinstance(value, bool | str) else _wrong(name)
            case "date":
                moment = datetime.fromisoformat(value)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            case "boolean":
                return value if isinstance(value, bool) else _wrong(name)
            case "enum":
                return value.upper()
            case _:
                return value if isinstance(value, str) else _wrong(name)
    except (ValueError, TypeError, AttributeError):
        return _wrong(name)


def _wrong(name: str) -> Any:
    raise BadArgument(reason=f"the value of {name} is of the wrong type")


@dataclass(frozen=True, slots=True)
class _Part:
    expression: ColumnElement[Any]
    down: bool
    is_date: bool


def _order(noun: Noun, sort: Sequence[Mapping[str, Any]]) -> list[_Part]:
    parts: list[_Part] = []
    if not isinstance(sort, list):
        raise BadArgument(reason="sort must be a list")
    for each in sort:
        name = each.get("field") if isinstance(each, Mapping) else None
        if not isinstance(name, str) or name not in noun.sorts:
            raise BadArgument(reason=f"{noun.name} cannot be sorted by {name!r}")
        direction = str(each.get("order") or "ASC").upper()
        if direction not in ("ASC", "DESC"):
            raise BadArgument(reason=f"order is ASC or DESC, not {direction}")
        parts.append(_sortable(noun.sorts[name], direction == "DESC"))
    if not parts:
        parts = [_sortable(column, False) for column in noun.default]
    return [*parts, _Part(noun.key, bool(parts and parts[-1].down), False)]


def _sortable(column: ColumnElement[Any], down: bool) -> _Part:
    """Nulls last in either direction, as a value: the two databases put them at different ends."""
    if isinstance(column.type, UtcDateTime):
        last = literal(_EARLIEST if down else _LATEST, UtcDateTime())
        return _Part(func.coalesce(column, last, type_=UtcDateTime()), down, True)
    if column.type.python_type is str:
        return _Part(func.coalesce(column, ""), down, False)
    return _Part(column, down, False)


def _page(page: Mapping[str, Any]) -> tuple[int, int, str | None, str | None]:
    if not isinstance(page, Mapping):
        raise BadArgument(reason="page must be an object")
    unknown = set(page) - {"limit", "from", "after", "before"}
    if unknown:
        raise BadArgument(reason=f"page does not take {sorted(unknown)[0]!r}")
    if sum(page.get(name) is not None for name in ("from", "after", "before")) > 1:
        raise BadArgument(reason="a page takes only one of from, after and before")
    limit, offset = page.get("limit", DEFAULT_LIMIT), page.get("from") or 0
    if limit is None:
        limit = DEFAULT_LIMIT
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
        raise BadArgument(reason=f"limit must be between 1 and {MAX_LIMIT}")
    if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
        raise BadArgument(reason="from must not be negative")
    return limit, offset, page.get("after"), page.get("before")


def _cursor(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.b64encode(json.dumps(plain).encode()).decode()


def _read_cursor(cursor: str, order: Sequence[_Part]) -> list[Any]:
    try:
        values = json.loads(base64.b64decode(cursor, validate=True))
        if not isinstance(values, list) or len(values) != len(order):
            raise ValueError
        return [datetime.fromisoformat(v) if part.is_date else v for v, part in zip(values, order, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        raise BadArgument(reason="the cursor is of another search") from None


def _beyond(order: Sequence[_Part], values: Sequence[Any], *, backwards: bool) -> ColumnElement[bool]:
    """Rows behind (or before) the cursor's: greater in the first part that differs."""
    alternatives = []
    equal: list[ColumnElement[bool]] = []
    for part, value in zip(order, values, strict=True):
        further = part.expression < value if part.down != backwards else part.expression > value
        alternatives.append(and_(*equal, further))
        equal.append(part.expression == value)
    return or_(*alternatives)


def negate(clause: ColumnElement[bool], yes: bool) -> ColumnElement[bool]:
    """The clause, or its opposite: for boolean filters."""
    return clause if yes else not_(clause)
