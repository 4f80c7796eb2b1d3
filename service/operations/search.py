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
from service.schemas.base import TENANT, parse_instant, parse_key

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
#: A database takes a limited number of parameters in a statement.
MAX_VALUES, MAX_ALTERNATIVES, MAX_SORTS, MAX_OFFSET = 1000, 50, 10, 1_000_000
#: Bounds of a 64-bit integer.
_LEAST, _MOST = -(2**63), 2**63 - 1
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
    #: Loader options: columns that no list shows are left in the database.
    options: Sequence[Any] = ()


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
    cursor = after if after is not None else before
    if cursor is not None:
        query = query.where(_beyond(order, _read_cursor(cursor, order), backwards=before is not None))
    backwards = before is not None
    query = query.add_columns(*[part.expression.label(f"_sort{n}") for n, part in enumerate(order)])
    query = query.order_by(*[part.expression.desc() if part.down != backwards else part.expression for part in order])
    rows = session.execute(query.options(*noun.options).limit(limit).offset(offset)).all()
    if backwards:
        rows = list(reversed(rows))
    width = len(order)
    cursors = [_cursor(rows[0][-width:]), _cursor(rows[-1][-width:])] if rows else [None, None]
    items = [row[0] if len(row) == width + 1 else row[:-width] for row in rows]
    return Page(items, min(total, MAX_TOTAL), total > MAX_TOTAL, cursors[0], cursors[1])


def where_clause(noun: Noun, filters: Mapping[str, Any], *, inner: bool = False) -> ColumnElement[bool]:
    """The condition that a filter means. Raises `BadArgument`. `inner`: an alternative, which holds no others."""
    if not isinstance(filters, Mapping):
        raise BadArgument("filter must be an object.")
    clauses: list[ColumnElement[bool]] = []
    for name, wanted in filters.items():
        if name == "$or" and noun.alternatives and not inner:
            if not isinstance(wanted, list) or len(wanted) > MAX_ALTERNATIVES:
                raise BadArgument("$or must be a list of at most %(most)s filters.", most=MAX_ALTERNATIVES)
            clauses.append(or_(false(), *[where_clause(noun, each, inner=True) for each in wanted]))
        elif name == "tenantId":
            _check_tenant(wanted)
        elif name not in noun.fields:
            raise BadArgument("%(noun)s cannot be filtered by “%(name)s”; leave it out.", noun=noun.name, name=name)
        elif wanted is not None:
            clauses.append(_compare(name, noun.fields[name], wanted))
    return and_(true(), *clauses)


def _check_tenant(wanted: Any) -> None:
    """The one tenant may be named in any way; clients do so unasked."""
    named = list(wanted.values()) if isinstance(wanted, Mapping) else [wanted]
    flat = [each for item in named for each in (item if isinstance(item, list) else [item])]
    if any(each not in (TENANT, None) for each in flat):
        raise BadArgument("There is one tenant, named <default>.")


def _compare(name: str, field: Field, wanted: Any) -> ColumnElement[bool]:
    if field.clause is not None:
        return field.clause(wanted)
    operations = wanted if isinstance(wanted, Mapping) else {"$eq": wanted}
    clauses = []
    for operator, operand in operations.items():
        if operator not in OPERATORS[field.kind]:
            raise BadArgument("%(name)s does not take the operator “%(operator)s”.", name=name, operator=operator)
        if operand is not None:
            clauses.append(_apply(name, field, operator, operand))
    return and_(true(), *clauses)


def _apply(name: str, field: Field, operator: str, operand: Any) -> ColumnElement[bool]:
    column: ColumnElement[Any] = field.column
    if operator == "$exists":
        if not isinstance(operand, bool):
            _wrong(name)
        return column.is_not(None) if operand else column.is_(None)
    if operator in ("$in", "$notIn"):
        if not isinstance(operand, list) or len(operand) > MAX_VALUES:
            raise BadArgument(
                "%(name)s %(operator)s takes a list of at most %(most)s values.",
                name=name, operator=operator, most=MAX_VALUES,
            )  # fmt: skip
        listed = [_operand(name, field.kind, each) for each in operand]
        return column.in_(listed) if operator == "$in" else or_(column.not_in(listed), column.is_(None))
    if operator == "$like":
        return _like(column, operand) if isinstance(operand, str) else _wrong(name)
    return _COMPARISONS[operator](column, _operand(name, field.kind, operand))


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
}


def _operand(name: str, kind: Kind, value: Any) -> Any:
    match kind:
        case "key":
            found = parse_key(value)
            return _wrong(name) if found is None else found
        case "number":
            return value if _is_whole(value) else _wrong(name)
        case "date":
            moment = parse_instant(value)
            return _wrong(name) if moment is None else moment
        case "boolean":
            return value if isinstance(value, bool) else _wrong(name)
        case "enum":
            return value.upper() if isinstance(value, str) else _wrong(name)
        case _:
            return value if isinstance(value, str) else _wrong(name)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _LEAST <= value <= _MOST


def _wrong(name: str) -> Any:
    raise BadArgument("The value of %(name)s is of the wrong type.", name=name)


@dataclass(frozen=True, slots=True)
class _Part:
    expression: ColumnElement[Any]
    down: bool
    is_date: bool


def _order(noun: Noun, sort: Sequence[Mapping[str, Any]]) -> list[_Part]:
    parts: list[_Part] = []
    if not isinstance(sort, list) or len(sort) > MAX_SORTS:
        raise BadArgument("sort must be a list of at most %(most)s fields.", most=MAX_SORTS)
    for each in sort:
        name = each.get("field") if isinstance(each, Mapping) else None
        if not isinstance(name, str) or name not in noun.sorts:
            raise BadArgument("%(noun)s cannot be sorted by “%(name)s”.", noun=noun.name, name=name)
        direction = str(each.get("order") or "ASC").upper()
        if direction not in ("ASC", "DESC"):
            raise BadArgument("order is ASC or DESC, not “%(order)s”.", order=direction)
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
    if not _is_whole(limit) or not 1 <= limit <= MAX_LIMIT:
        raise BadArgument("limit must be a whole number between 1 and %(most)s.", most=MAX_LIMIT)
    if not _is_whole(offset) or not 0 <= offset <= MAX_OFFSET:
        raise BadArgument("from must be a whole number between 0 and %(most)s.", most=MAX_OFFSET)
    return limit, offset, page.get("after"), page.get("before")


def _cursor(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.b64encode(json.dumps(plain).encode()).decode()


def _read_cursor(cursor: str, order: Sequence[_Part]) -> list[Any]:
    try:
        found = json.loads(base64.b64decode(cursor, validate=True))
        if not isinstance(found, list) or len(found) != len(order):
            raise ValueError
        return [_at(part, value) for part, value in zip(order, found, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadArgument("The cursor is of another search.") from None


def _at(part: _Part, value: Any) -> Any:
    """A value of a cursor, if it is of the kind that its part sorts by: what a client invents gets no further."""
    if part.is_date:
        return datetime.fromisoformat(value)
    if not (isinstance(value, str) if part.expression.type.python_type is str else _is_whole(value)):
        raise ValueError
    return value


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
