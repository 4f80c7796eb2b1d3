"""One search for every noun: a table says which fields it has, of which kind, and how they sort.

Pages are by cursor: the sort values of a row and its key, so that a page costs the same wherever it lies, and rows
that come in meanwhile move nothing. The key is always the last thing sorted by.
"""

import operator as operators
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select, true
from sqlalchemy.orm import Session

from service.errors import BadArgument
from service.operations import paging
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
MAX_TOTAL = 10_000
#: A database takes a limited number of parameters in a statement.
MAX_VALUES, MAX_ALTERNATIVES = 1000, 50


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


def search(
    session: Session, noun: Noun, body: Mapping[str, Any], scope: ColumnElement[bool], *, most: int = MAX_TOTAL
) -> Page:
    """Find what fits `body` (filter, sort, page) within `scope`, counting no further than `most`. Two statements.

    With `most` 0 nothing is counted: one statement.

    Raises `BadArgument` naming the field or operator that is wrong.
    """
    where = and_(scope, where_clause(noun, body.get("filter") or {}))
    order = paging.order(noun.name, noun.sorts, noun.default, noun.key, body.get("sort") or [])
    limit, offset, after, before = paging.bounds(body.get("page") or {})
    total = _count(session, noun, where, most) if most else 0
    query = noun.query.where(where)
    cursor = after if after is not None else before
    if cursor is not None:
        query = query.where(paging.beyond(order, paging.read_cursor(cursor, order), backwards=before is not None))
    backwards = before is not None
    query = query.add_columns(*[part.expression.label(f"_sort{n}") for n, part in enumerate(order)])
    query = query.order_by(*[part.expression.desc() if part.down != backwards else part.expression for part in order])
    rows = session.execute(query.options(*noun.options).limit(limit).offset(offset)).all()
    if backwards:
        rows = list(reversed(rows))
    width = len(order)
    cursors = [paging.cursor(rows[0][-width:]), paging.cursor(rows[-1][-width:])] if rows else [None, None]
    items = [row[0] if len(row) == width + 1 else row[:-width] for row in rows]
    return Page(items, min(total, most), bool(most) and total > most, cursors[0], cursors[1])


def _count(session: Session, noun: Noun, where: ColumnElement[bool], most: int) -> int:
    counted = noun.query.where(where).with_only_columns(noun.key).limit(most + 1).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


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
            return value if paging.is_whole(value) else _wrong(name)
        case "date":
            moment = parse_instant(value)
            return _wrong(name) if moment is None else moment
        case "boolean":
            return value if isinstance(value, bool) else _wrong(name)
        case "enum":
            return value.upper() if isinstance(value, str) else _wrong(name)
        case _:
            return value if isinstance(value, str) else _wrong(name)


def _wrong(name: str) -> Any:
    raise BadArgument("The value of %(name)s is of the wrong type.", name=name)


def negate(clause: ColumnElement[bool], yes: bool) -> ColumnElement[bool]:
    """The clause, or its opposite: for boolean filters."""
    return clause if yes else not_(clause)
