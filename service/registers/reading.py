"""Finding records: by id, by key, by what they hold; and their earlier versions.

Keys, indexes, id and state narrow in the database; what else a condition says is compared in Python, over at most
`MAX_ROWS` records, so that both databases answer alike and no statement looks into the stored JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service.models import Record, RecordVersion
from service.registers.conditions import by, fits, key_text, split
from service.registers.declaration import Register, parse
from service.registers.refusals import RegisterFault
from service.releases import ReleaseLibrary
from service.values import Value, Variables, tag

#: More records than this are not looked through one by one: the register wants an index.
MAX_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it was read."""

    key: int
    register: str
    id: str
    state: str | None
    version: int
    data: Variables
    changed_at: datetime
    changed_by: str | None
    voided: bool
    salt: str

    @property
    def hash(self) -> str:
        """The hash of this version, as its row in `record_versions` has it."""
        return version_hash(self.salt, version_text(self.register, self.id, self.version, self.state, self.data))


@dataclass(frozen=True, slots=True)
class Page:
    """Records in order, and where to go on; `cursor` is None at the end."""

    rows: tuple[Row, ...]
    cursor: str | None


def declared(library: ReleaseLibrary, register_id: str) -> Register:
    """The register's declaration in this release. Raises `RegisterFault` if it has none."""
    found = library.get("register", register_id)
    if found is None:
        raise RegisterFault(f"the release has no register “{register_id}”")
    return parse(found.data)


def version_hash(salt: str, text: bytes) -> str:
    """What the history is committed to of a version of a record; `text` is its `version_text`."""
    return sha256(bytes.fromhex(salt) + text).hexdigest()


def version_text(register: str, record_id: str, version: int, state: str | None, data: Variables) -> bytes:
    """What a version of a record says, as it is hashed."""
    content: Value = {
        "register": register,
        "id": record_id,
        "version": Decimal(version),
        "state": state,
        "data": data,
    }
    return tag(content)


def seen(register: Register, row: Row) -> Variables:
    """A record as expressions see it: every declared field (null where empty), `id` and `state`."""
    return view(register, row.id, row.state, row.data)


def view(register: Register, record_id: str | None, state: str | None, data: Variables) -> Variables:
    """`seen` for a record that is only about to be written."""
    return {key: data.get(key) for key in register.fields} | {"id": record_id, "state": state}


def find(session: Session, register_id: str, record_id: str) -> Row | None:
    """The record of this id, voided or not, as it is now."""
    mine = by(register_id, "id", [key_text([record_id])])
    found = session.execute(_columns().where(Record.key.in_(mine))).first()
    return Row(*found) if found else None


def by_keys(session: Session, keys: Sequence[int]) -> list[Row]:
    """The records with these keys, voided or not."""
    return [Row(*found) for found in session.execute(_columns().where(Record.key.in_(keys)))] if keys else []


def versions(session: Session, key: int) -> Sequence[RecordVersion]:
    """Every version of a record, the first one first."""
    return session.scalars(
        select(RecordVersion).where(RecordVersion.record_key == key).order_by(RecordVersion.version)
    ).all()


def search(
    session: Session,
    register: Register,
    where: Mapping[str, Value] | None = None,
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
    cursor: str | None = None,
    voided: bool = False,
    without: int | None = None,
    keep: Callable[[Row], bool] | None = None,
) -> Page:
    """The records that fit, in the order of the named fields (`-` before one for descending), then of making.

    `voided` looks at the voided ones instead; `without` leaves one record out, and `keep` all of which it says no.
    Raises `RegisterFault` for unknown names, and if more than `MAX_ROWS` records would have to be looked through.
    """
    tests, narrowing = split(register, dict(where or {}))
    query = _columns().where(Record.register == register.id, Record.voided.is_(voided), *narrowing)
    if without is not None:
        query = query.where(Record.key != without)
    query = query.order_by(Record.key)
    if not tests and not order and keep is None:
        if cursor is not None:
            query = query.where(Record.key > _cursor(cursor))
        rows = _rows(session, query, limit + 1 if limit is not None else MAX_ROWS + 1)
    else:
        rows = [row for row in _rows(session, query, MAX_ROWS + 1) if fits(register, row.data, tests)]
        rows = [row for row in rows if keep is None or keep(row)]
        for name in reversed(order):
            rows.sort(key=lambda row: _sort_key(_value(row, name.removeprefix("-"))), reverse=name.startswith("-"))
        rows = _after(rows, cursor)
    if limit is None or len(rows) <= limit:
        return Page(tuple(rows), None)
    return Page(tuple(rows[:limit]), str(rows[limit - 1].key))


def _columns() -> Select[Any]:
    # Columns, not entities: what a guard counts must be what the database says now, not what the session remembers.
    return select(
        Record.key,
        Record.register,
        Record.record_id,
        Record.state,
        Record.version,
        Record.data,
        Record.changed_at,
        Record.changed_by,
        Record.voided,
        Record.salt,
    )


def _rows(session: Session, query: Select[Any], most: int) -> list[Row]:
    rows = [Row(*found) for found in session.execute(query.limit(most))]
    if len(rows) > MAX_ROWS:
        raise RegisterFault(f"more than {MAX_ROWS} records to look through; declare an index for these fields")
    return rows


def _value(row: Row, name: str) -> Value:
    return {"id": row.id, "state": row.state}.get(name) if name in ("id", "state") else row.data.get(name)


def _sort_key(value: Value) -> tuple[int, Any]:
    match value:
        case None:
            return 0, 0
        case bool():
            return 1, value
        case Decimal():
            return 2, value
        case str():
            return 3, value
        case _:
            return 4, tag(value)


def _after(rows: list[Row], cursor: str | None) -> list[Row]:
    if cursor is None:
        return rows
    last = _cursor(cursor)
    return rows[next((index + 1 for index, row in enumerate(rows) if row.key == last), len(rows)) :]


def _cursor(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise RegisterFault("this cursor was not given out here")
    return int(text)
