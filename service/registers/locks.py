"""The locks of a write: scope records first, by key, then the record; and whether its references lead anywhere."""

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from service.errors import Fault, Invalid
from service.models import Record, RecordKey
from service.registers.conditions import key_text
from service.registers.declaration import Register
from service.values import Variables


def lock_scopes(session: Session, register: Register, *versions: Variables) -> None:
    """Lock the records whose rows stand for the register's scope, in any of these versions of the data.

    Raises `Invalid` if there is no such record: a rule that counts within a scope cannot hold without its lock.
    """
    if register.scope is None:
        return
    names = {str(data.get(register.scope.field, "")) for data in versions}
    found = session.scalars(
        select(Record.record_id)
        .where(_have_ids(register.scope.register, names))
        .order_by(Record.key)
        .with_for_update(of=Record)
    )
    if missing := names - set(found):
        raise Invalid([_dangling(register.scope.field, register.scope.register, *missing)])


def lock_record(session: Session, key: int) -> Record:
    """The record under its lock, as it is now."""
    return session.scalars(
        select(Record).where(Record.key == key).with_for_update().execution_options(populate_existing=True)
    ).one()


def refuse_dangling(session: Session, register: Register, data: Variables, before: Variables | None = None) -> None:
    """Raises `Invalid` for new references to records that are not there or voided."""
    wanted = {
        key: (field.register or "", str(data[key]))
        for key, field in register.fields.items()
        if field.type == "reference" and data.get(key) not in (None, "", (before or {}).get(key))
    }
    if not wanted:
        return
    ids = [(target, key_text([name])) for target, name in wanted.values()]
    known = {
        (row.register, row.record_id)
        for row in session.execute(
            select(Record.register, Record.record_id)
            .join(RecordKey, RecordKey.record_key == Record.key)
            .where(
                RecordKey.name == "id",
                tuple_(RecordKey.register, RecordKey.value).in_(ids),
                Record.voided.is_(False),
            )
        )
    }
    if faults := [_dangling(key, *target) for key, target in wanted.items() if target not in known]:
        raise Invalid(faults)


def _have_ids(register_id: str, names: set[str]) -> ColumnElement[bool]:
    return Record.key.in_(
        select(RecordKey.record_key).where(
            RecordKey.register == register_id,
            RecordKey.name == "id",
            RecordKey.value.in_([key_text([name]) for name in sorted(names)]),
        )
    )


def _dangling(field: str, register_id: str, *names: str) -> Fault:
    return Fault(field, f"There is no record “{', '.join(sorted(names))}” in “{register_id}”.", "UNKNOWN_RECORD")
