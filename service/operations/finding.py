"""One search over cases, people and records, each within what this user may know of.

A text is found wherever it stands in a value, as it is written: Chinese has no words to be split at, and both databases
compare alike. Capitals count for Latin letters in search attributes only.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, or_, select, true, type_coerce, union
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.errors import BadArgument
from service.models import Account, ProcessInstance, Record, Resource, SearchAttribute
from service.operations import records, search
from service.operations.inbox import containing
from service.operations.search import Noun, Page
from service.registers import Register, reading
from service.registers.reading import Row
from service.values import Value

#: Records are looked through in so many steps of so many rows; what lies behind is on the next page.
_AT_ONCE, _STEPS = 200, 5
_CUT = 120
_CASES = Noun(
    "cases",
    select(ProcessInstance, Resource.name).join(Resource, Resource.key == ProcessInstance.definition_key),
    ProcessInstance.key,
    {},
    {"started": ProcessInstance.started_at},
)
_PEOPLE = Noun("people", select(Account), Account.username, {}, {"name": Account.name})


@dataclass(frozen=True, slots=True)
class Hit:
    """A record in which the text stands, and where: the field's title and what it holds."""

    register: Register
    row: Row
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Hits:
    """Records that were found, and where to go on; None at the end."""

    items: Sequence[Hit]
    cursor: str | None


def cases(session: Session, user: User, text: str, *, limit: int, after: str | None = None) -> Page:
    """By number, process and search attributes; the latest first. One statement."""
    processes = select(Resource.key).where(Resource.kind == "process", containing(text, Resource.name))
    # Keys first, each from its own index: whether somebody may know of a case is dearer than whether it fits.
    fitting = union(
        select(ProcessInstance.key).where(containing(text, ProcessInstance.business_id)),
        select(ProcessInstance.key).where(ProcessInstance.definition_key.in_(processes)),
        select(SearchAttribute.instance_key).where(SearchAttribute.value.contains(text, autoescape=True)),
    )
    where = ProcessInstance.key.in_(fitting) & access.instance_scope(user)
    return _page(session, _CASES, "started", "DESC", where, limit, after)


def people(session: Session, user: User, text: str, *, limit: int, after: str | None = None) -> Page:
    """Accounts by name and user name: who reads everything sees all, others themselves. One statement."""
    scope: ColumnElement[bool] = true() if user.reads_all else Account.username == user.username
    where = containing(text, Account.name, Account.username) & scope
    return _page(session, _PEOPLE, "name", "ASC", where, limit, after)


def in_records(session: Session, user: User, text: str, *, limit: int, after: str | None = None) -> Hits:
    """Records of the registers that the user may read, the latest first, without those they are recused from."""
    registers = {register.id: register for register in records.readable(session, user)}
    keepers: dict[str, Callable[[Row], bool] | None] = {}
    found: list[Hit] = []
    last = _cursor(after)
    for _ in range(_STEPS if registers else 0):
        keys = _candidates(session, list(registers), text, last)
        rows = {row.key: row for row in reading.by_keys(session, keys)}
        for key in keys:
            last, row = key, rows[key]
            register = registers[row.register]
            if register.id not in keepers:
                keepers[register.id] = records.keeper(session, user, register)
            keep = keepers[register.id]
            hit = _hit(register, row, text)
            if hit is not None and (keep is None or keep(row)):
                found.append(hit)
            if len(found) == limit:
                return Hits(found, str(key))
        if len(keys) < _AT_ONCE:
            return Hits(found, None)
    return Hits(found, str(last) if registers else None)


def _candidates(session: Session, registers: Sequence[str], text: str, after: int | None) -> list[int]:
    """Records whose stored text holds it somewhere, perhaps only in the name of a field."""
    stored = type_coerce(Record.data, Text)
    written = json.dumps(text, ensure_ascii=False)[1:-1]
    where = or_(containing(text, Record.record_id), containing(written, stored))
    query = select(Record.key).where(Record.register.in_(registers), Record.voided.is_(False), where)
    if after is not None:
        query = query.where(Record.key < after)
    return list(session.scalars(query.order_by(Record.key.desc()).limit(_AT_ONCE)))


def _hit(register: Register, row: Row, text: str) -> Hit | None:
    wanted = text.lower()
    for key, field in register.fields.items():
        for value in _texts(row.data.get(key)):
            if wanted in value.lower():
                return Hit(register, row, field.title, value[:_CUT])
    return Hit(register, row, "", "") if wanted in row.id.lower() else None


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)


def _page(
    session: Session, noun: Noun, sort: str, order: str, where: ColumnElement[bool], limit: int, after: str | None
) -> Page:
    body: dict[str, Any] = {"sort": [{"field": sort, "order": order}], "page": {"limit": limit, "after": after}}
    return search.search(session, noun, body, where, most=0)


def _cursor(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadArgument("The cursor is of another search.")
    return int(text)
