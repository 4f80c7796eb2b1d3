"""Writing records: lock, look, ask the guard, write, keep the version.

One order for every write: the scope records (by key), the record itself, types, transition, frozen fields, unique keys,
the guard with its queries, then the record, its version and its keys. Locks come before every look, so that two
writers under one scope cannot both see "2 of 3". The caller commits; a refusal rolls the whole act back.
"""

import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from service import db
from service.errors import Refused
from service.models import Record, RecordVersion
from service.registers import files, guard, keys, locks, reading, types
from service.registers.declaration import Register
from service.registers.refusals import (
    Authority,
    ChangedMeanwhile,
    FieldFrozen,
    RegisterFault,
    TransitionRefused,
    explained,
)
from service.values import Variables, tag, variables


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is about to be written; `key` is already that of the record to be."""

    register: Register
    kind: str
    key: int
    record_id: str
    state: str | None
    data: Variables
    reason: str | None


def new_salt() -> str:
    """What keeps the hash of a record from being guessed at."""
    return secrets.token_hex(16)


def create(
    session: Session,
    authority: Authority,
    register_id: str,
    data: Variables,
    *,
    state: str | None = None,
    record_id: str | None = None,
    reason: str | None = None,
) -> Record:
    """Make a record, in its first initial state unless another initial one is named.

    Its id is the value of the register's id field, or `record_id`, or its key. Raises `errors.Invalid` (fields),
    `errors.Refused` (unique keys, guard), `RegisterFault` (a mistake in the declaration).
    """
    register = reading.declared(authority.library, register_id)
    data = _merged({}, data)
    state = state or (register.initial[0] if register.initial else None)
    if state is not None and state not in register.initial:
        after = register.state_title(state)
        raise _refused(authority, register, TransitionRefused(what=register.title, before="", after=after))
    types.refuse_faults(register, data, data)
    locks.lock_scopes(session, register, data)
    locks.refuse_dangling(session, register, data)
    key = db.new_key(session)
    named = str(data[register.id_field]) if register.id_field else record_id or str(key)
    plan = _Plan(register, "create", key, named, state, data, reason)
    return _write(session, authority, plan, None)


def update(
    session: Session,
    authority: Authority,
    register_id: str,
    record_id: str,
    data: Variables,
    *,
    expected_version: int | None = None,
    reason: str | None = None,
) -> Record:
    """Give fields new values (null empties one); fields not named stay. What changes nothing makes no version.

    Raises as `create`, `RegisterFault` for an unknown record, `ChangedMeanwhile` if the record is not at
    `expected_version`.
    """
    register, record = _locked(session, authority, register_id, record_id, data, expected_version)
    merged = _merged(record.data, data)
    plan = _Plan(register, "update", record.key, record_id, record.state, merged, reason)
    return _change(session, authority, plan, record)


def transition(
    session: Session,
    authority: Authority,
    register_id: str,
    record_id: str,
    to: str,
    data: Variables | None = None,
    *,
    expected_version: int | None = None,
    reason: str | None = None,
) -> Record:
    """Move a record to another state, with new values of fields in the same version. Raises as `update`."""
    register, record = _locked(session, authority, register_id, record_id, data or {}, expected_version)
    if to not in register.states:
        raise RegisterFault(f"the register “{register_id}” has no state “{to}”")
    if not register.may_go(record.state, to):
        before, after = register.state_title(record.state), register.state_title(to)
        raise _refused(authority, register, TransitionRefused(what=record_id, before=before, after=after))
    merged = _merged(record.data, data or {})
    return _change(session, authority, _Plan(register, "transition", record.key, record_id, to, merged, reason), record)


def void(session: Session, authority: Authority, register_id: str, record_id: str, *, reason: str) -> Record:
    """Take a record out of every search and free its unique keys; it stays readable, with the reason."""
    register, record = _locked(session, authority, register_id, record_id, {}, None)
    plan = _Plan(register, "void", record.key, record_id, record.state, dict(record.data), reason)
    _ask_guard(session, authority, plan, record)
    record.voided = True
    _store(session, authority, plan, record)
    keys.write(session, authority, register, record, keys.of_id(record_id), plan.data)
    return record


def _merged(before: Variables, data: Variables) -> Variables:
    """The new data; an empty field is not kept, since null and absent mean the same in a record."""
    return {key: value for key, value in {**before, **variables(data)}.items() if value is not None}


def _locked(
    session: Session,
    authority: Authority,
    register_id: str,
    record_id: str,
    data: Variables,
    expected_version: int | None,
) -> tuple[Register, Record]:
    """The record under its lock, after those of the scopes it lies in and is moved to."""
    register = reading.declared(authority.library, register_id)
    found = reading.find(session, register_id, record_id)
    if found is None or found.voided:
        raise RegisterFault(f"the register “{register_id}” has no record “{record_id}”")
    locks.lock_scopes(session, register, found.data, _merged(found.data, data))
    record = locks.lock_record(session, found.key)
    if expected_version is not None and record.version != expected_version:
        raise _refused(authority, register, ChangedMeanwhile(what=record_id))
    return register, record


def _change(session: Session, authority: Authority, plan: _Plan, record: Record) -> Record:
    """Write a changed record, unless nothing about it is new."""
    if plan.state == record.state and tag(plan.data) == tag(record.data):
        return record
    _refuse_frozen(authority, plan, record)
    given = {key: value for key, value in plan.data.items() if key not in record.data}
    types.refuse_faults(plan.register, plan.data, given)
    locks.refuse_dangling(session, plan.register, plan.data, record.data)
    return _write(session, authority, plan, record)


def _refuse_frozen(authority: Authority, plan: _Plan, record: Record) -> None:
    register = plan.register
    changed = {key for key in register.fields if tag(plan.data.get(key)) != tag(record.data.get(key))}
    if register.id_field in changed:
        raise RegisterFault(f"“{register.id_field}” is the id of the record and cannot change")
    for rule in register.read_only:
        if record.state in rule.states and (frozen := sorted(rule.fields & changed)):
            title = register.fields[frozen[0]].title
            raise _refused(authority, register, FieldFrozen(code=rule.code, field=title, what=plan.record_id))


def _write(session: Session, authority: Authority, plan: _Plan, record: Record | None) -> Record:
    register = keys.keyed(session, authority, plan.register)
    wanted = keys.held(register, plan.key, plan.record_id, plan.state, plan.data)
    keys.refuse_taken(session, authority, register, plan.key, wanted, plan.data)
    _ask_guard(session, authority, plan, record)
    if record is None:
        record = Record(key=plan.key, register=plan.register.id, record_id=plan.record_id, salt=new_salt())
    _store(session, authority, plan, record)
    keys.write(session, authority, register, record, wanted, plan.data)
    return record


def _ask_guard(session: Session, authority: Authority, plan: _Plan, record: Record | None) -> None:
    register = plan.register
    before = reading.view(register, record.record_id, record.state, record.data) if record else None
    after = reading.view(register, plan.record_id, plan.state, plan.data)
    guard.ask(session, authority, register, guard.Change(plan.kind, plan.key, before, after))


def _store(session: Session, authority: Authority, plan: _Plan, record: Record) -> None:
    record.state, record.data = plan.state, plan.data
    record.release_key, record.instance_key = authority.library.key, authority.instance_key
    record.changed_at, record.changed_by = authority.now, authority.actor
    session.add(record)
    # Data that differ only in type (true and 1) look unchanged to the session: a version must always be written.
    flag_modified(record, "data")
    session.flush()
    files.hold(session, files.RECORD, record.key, plan.data)
    text = reading.version_text(plan.register.id, plan.record_id, record.version, plan.state, plan.data)
    session.add(
        RecordVersion(
            record_key=record.key,
            version=record.version,
            state=plan.state,
            data=plan.data,
            hash=reading.version_hash(record.salt, text),
            reason=plan.reason,
            at=authority.now,
            by=authority.actor,
            instance_key=authority.instance_key,
        )
    )
    session.flush()


def _refused(authority: Authority, register: Register, refusal: Refused) -> Refused:
    return explained(authority, refusal, reasons=register.reasons)
