"""Unique keys and indexes of a record, kept beside it as rows."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.errors import Refused
from service.models import Record, RecordKey
from service.registers.conditions import key_text
from service.registers.declaration import Index, Register, UniqueKey, parse
from service.registers.refusals import Authority, NotUnique, explained
from service.releases import newest as newest_release
from service.values import Value, Variables, tag

#: (name, value, slot): what tells one row of a register's keys from another.
Held = tuple[str, str, str]


def rules(register: Register) -> dict[str, Index | UniqueKey]:
    """The declared keys and indexes by name."""
    listed: list[Index | UniqueKey] = [*register.indexes, *register.unique]
    return {rule.name: rule for rule in listed}


def keyed(session: Session, authority: Authority, register: Register) -> Register:
    """The register with the keys that the newest release adds to those of the writer's.

    A running instance keeps its rules, but its records must be found by everybody, and a key that is unique cannot be
    so for some writers only.
    """
    newest = newest_release(session)
    found = newest.get("register", register.id) if newest and newest.key != authority.library.key else None
    if found is None:
        return register
    later, mine = parse(found.data), rules(register)
    return replace(
        register,
        fields={**later.fields, **register.fields},
        unique=(*register.unique, *(rule for rule in later.unique if rule.name not in mine)),
        indexes=(*register.indexes, *(rule for rule in later.indexes if rule.name not in mine)),
    )


def of_id(record_id: str) -> set[Held]:
    """The key that makes an id unique in its register; kept for ever, so that an id never means two records."""
    return {("id", key_text([record_id]), "")}


def held(register: Register, key: int, record_id: str, state: str | None, data: Variables) -> set[Held]:
    """The keys that a record holds in this state with these data."""
    unique = {
        (rule.name, value, "")
        for rule in register.unique
        if rule.states is None or state in rule.states
        for value in _values(rule, data)
    }
    plain = {(index.name, value, str(key)) for index in register.indexes for value in _values(index, data)}
    return of_id(record_id) | unique | plain


def refuse_taken(
    session: Session, authority: Authority, register: Register, key: int, wanted: set[Held], data: Variables
) -> None:
    """Raises `Refused` with the key's code if another record holds one of the unique keys."""
    unique = [(name, value) for name, value, slot in wanted if slot == ""]
    taken = session.execute(
        select(RecordKey.name).where(
            RecordKey.register == register.id,
            RecordKey.slot == "",
            tuple_(RecordKey.name, RecordKey.value).in_(unique),
            RecordKey.record_key != key,
        )
    ).scalars()
    if names := set(taken):
        raise _not_unique(authority, register, names, data)


def write(
    session: Session, authority: Authority, register: Register, record: Record, wanted: set[Held], data: Variables
) -> None:
    """Make the record's rows be exactly `wanted`.

    The primary key has the last word: a record that another transaction made since `refuse_taken` looked is refused
    in the same words. The transaction is of no use afterwards.
    """
    key = record.key
    present = _present(session, key) if record.version > 1 else set()
    if gone := present - wanted:
        session.execute(
            delete(RecordKey).where(
                RecordKey.register == register.id,
                RecordKey.record_key == key,
                tuple_(RecordKey.name, RecordKey.value, RecordKey.slot).in_(sorted(gone)),
            )
        )
    # Sorted, so that two transactions that take the same keys wait for each other in one order.
    if new := sorted(wanted - present):
        rows = [
            {"register": register.id, "name": name, "value": value, "slot": slot, "record_key": key}
            for name, value, slot in new
        ]
        try:
            session.execute(insert(RecordKey), rows)
        except IntegrityError as error:
            raise _not_unique(authority, register, {name for name, _, slot in new if slot == ""}, data) from error


def _present(session: Session, key: int) -> set[Held]:
    rows = session.execute(
        select(RecordKey.name, RecordKey.value, RecordKey.slot).where(RecordKey.record_key == key)
    ).all()
    return {(row.name, row.value, row.slot) for row in rows}


def _not_unique(authority: Authority, register: Register, names: set[str], data: Variables) -> Refused:
    """The refusal for keys that are taken: the first declared one speaks, else the record's id."""
    rule = next((rule for rule in register.unique if rule.name in names), None)
    fields = rule.fields if rule else (register.id_field,) if register.id_field else ()
    shown = "，".join(f"{register.fields[field].title} {_shown(data.get(field))}" for field in fields)
    refusal = NotUnique(code=rule.code if rule else "ALREADY_EXISTS", register=register.title, values=shown)
    return explained(authority, refusal, reasons=register.reasons)


def _values(rule: Index | UniqueKey, data: Variables) -> Iterator[str]:
    """The key's texts: one, or one per element where a field is a list; none where a field is empty."""
    choices = [value if isinstance(value := data.get(field), list) else [value] for field in rule.fields]
    for values in product(*choices):
        if all(value not in (None, "") for value in values):
            yield key_text(list(values))


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else tag(value).decode().replace("\\u0001", "")
