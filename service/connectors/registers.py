"""`register.create`, `register.update`, `register.transition`, `register.read`."""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import select

from service.connectors import mail
from service.connectors.call import ConnectorCall, ConnectorFault, faults_named
from service.models import ProcessInstance, Record, Submission
from service.registers import reading, writing
from service.registers.declaration import Register
from service.values import Value, Variables


@faults_named
def create(call: ConnectorCall) -> Variables:
    """A new record from `values` and the record fields of submissions."""
    register = reading.declared(call.library, call.text("register"))
    record = writing.create(
        call.session,
        call.authority,
        register.id,
        _values(call, register),
        state=call.optional_text("state"),
        record_id=call.optional_text("id"),
        reason=call.optional_text("reason"),
    )
    mail.of_record(call, register, record)
    return {"record": _told(record)}


@faults_named
def update(call: ConnectorCall) -> Variables:
    """New values for fields of a record."""
    register = reading.declared(call.library, call.text("register"))
    record = writing.update(
        call.session,
        call.authority,
        register.id,
        call.text("id"),
        _values(call, register),
        expected_version=_version(call),
        reason=call.optional_text("reason"),
    )
    return {"record": _told(record)}


@faults_named
def transition(call: ConnectorCall) -> Variables:
    """Another state for a record, with new values of fields."""
    register = reading.declared(call.library, call.text("register"))
    record = writing.transition(
        call.session,
        call.authority,
        register.id,
        call.text("id"),
        call.text("to"),
        _values(call, register),
        expected_version=_version(call),
        reason=call.optional_text("reason"),
    )
    return {"record": _told(record)}


@faults_named
def read(call: ConnectorCall) -> Variables:
    """One record or several, as id, state and the named fields: what is read enters the engine's state."""
    register = reading.declared(call.library, call.text("register"))
    fields = call.texts("fields")
    for name in fields:
        if name not in register.fields:
            raise ConnectorFault(f"the register “{register.id}” has no field “{name}”")
        if register.fields[name].personal:
            raise ConnectorFault(f"“{name}” is personal and may not enter the state of a process")
    where = call.mapping("where")
    if (record_id := call.optional_text("id")) is not None:
        where["id"] = record_id
    matched = dict(_copied(call, "match"))
    if not where and not matched and not call.flag("many"):
        raise ConnectorFault("say which record: `id` or `where`")
    # An empty value there is nobody's: two records without it are not the same person.
    nothing = any(value in (None, "") for value in matched.values())
    rows = [] if nothing else reading.search(call.session, register, where | matched, order=call.texts("order")).rows
    shown: list[Value] = [
        {name: row.data.get(name) for name in fields} | {"id": row.id, "state": row.state} for row in rows
    ]
    if call.flag("many"):
        return {"records": shown}
    if len(shown) > 1:
        raise ConnectorFault(f"{len(shown)} records fit where one was asked for")
    return {"record": shown[0] if shown else None}


def _values(call: ConnectorCall, register: Register) -> Variables:
    """What is to be written: declared fields out of the submissions, copied ones, over them what the diagram says."""
    merged: Variables = {}
    for key in _submissions(call.value("submission")):
        data = call.session.scalar(
            select(Submission.data)
            .join(ProcessInstance, ProcessInstance.key == Submission.instance_key)
            .where(Submission.key == key, ProcessInstance.root_key == call.root_key)
        )
        if data is None:
            raise ConnectorFault(f"there is no submission {key} in this case")
        merged |= {name: value for name, value in data.items() if name in register.fields}
    for target, value in _copied(call, "copy"):
        merged[target] = value
    return merged | call.mapping("values")


def _copied(call: ConnectorCall, name: str) -> Iterator[tuple[str, Value]]:
    """Fields of other records: what is personal goes from record to record, never through a variable."""
    given = call.value(name)
    for source in given if isinstance(given, list) else [] if given is None else [given]:
        match source:
            case {"register": str(register_id), "id": str(record_id), "fields": dict(fields)}:
                record = reading.find(call.session, register_id, record_id)
            case _:
                raise ConnectorFault(f"the input “{name}” needs `register`, `id` and `fields`, field → field there")
        if record is None:
            raise ConnectorFault(f"there is no record “{record_id}” in “{register_id}” to take “{name}” from")
        declared = reading.declared(call.library, register_id).fields
        for target, there in fields.items():
            if there not in declared:
                raise ConnectorFault(f"the register “{register_id}” has no field “{there}”")
            yield target, record.data.get(str(there))


def _submissions(value: Value) -> list[int]:
    """Keys of submissions: one or a list, each alone or as the `key` of an object."""
    found: list[int] = []
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        key = item.get("key") if isinstance(item, dict) else item
        if not isinstance(key, str | Decimal) or not str(key).isdigit():
            raise ConnectorFault("the input “submission” must be the key of a submission")
        found.append(int(key))
    return found


def _version(call: ConnectorCall) -> int | None:
    version = call.value("version")
    if version is None:
        return None
    if not isinstance(version, Decimal) or version != version.to_integral_value():
        raise ConnectorFault("the input “version” must be a whole number")
    return int(version)


def _told(record: Record) -> Variables:
    return {
        "id": record.record_id,
        "key": str(record.key),
        "version": Decimal(record.version),
        "state": record.state,
    }
