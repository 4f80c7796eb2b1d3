"""Conditions on records: what the database narrows by, and what is compared afterwards.

A condition names fields, `id` or `state`, or a declared key or index, each with the value it must have. A list as value
means "any of these"; for a field that is itself a list, a single value means "contains".
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from service.models import Record, RecordKey
from service.registers.declaration import Index, Register, UniqueKey
from service.registers.refusals import RegisterFault
from service.values import Value, Variables, normalise, tag

MAX_KEY_BYTES = 512


def key_text(values: list[Value]) -> str:
    """The values of a key as they stand in `record_keys`; long ones as a hash: an index entry has its limit."""
    text = tag(values)
    return text.decode() if len(text) <= MAX_KEY_BYTES else f"sha256:{sha256(text).hexdigest()}"


def split(register: Register, where: dict[str, Value]) -> tuple[dict[str, Value], list[ColumnElement[bool]]]:
    """What is left to compare in Python, and what the database narrows by."""
    narrowing: list[ColumnElement[bool]] = []
    if "id" in where:
        ids = [key_text([str(item)]) for item in _alternatives(where.pop("id"))]
        narrowing.append(Record.key.in_(by(register.id, "id", ids)))
    if "state" in where:
        narrowing.append(Record.state.in_([str(state) for state in _alternatives(where.pop("state"))]))
    listed: list[Index | UniqueKey] = [*register.indexes, *register.unique]
    indexes = {index.name: index for index in listed}
    for name in [name for name in where if name in indexes and name not in register.fields]:
        narrowing.append(_held(register, indexes[name], where.pop(name)))
    for name in where:
        if name not in register.fields:
            raise RegisterFault(f"the register “{register.id}” has neither a field nor an index “{name}”")
    best = _best_index(register, where)
    if best is not None:
        narrowing.append(_held(register, best, [where[name] for name in best.fields]))
        where = {name: value for name, value in where.items() if name not in best.fields}
    return where, narrowing


def _best_index(register: Register, where: Mapping[str, Value]) -> Index | UniqueKey | None:
    """The index that covers most of the condition. A unique key that holds in some states only misses the others."""
    always: tuple[Index | UniqueKey, ...] = (
        *register.indexes,
        *(key for key in register.unique if key.states is None),
    )
    fitting = [
        index
        for index in always
        if all(name in where and not isinstance(where[name], list | None) for name in index.fields)
    ]
    return max(fitting, key=lambda index: len(index.fields), default=None)


def _held(register: Register, index: Index | UniqueKey, value: Value) -> ColumnElement[bool]:
    values: list[Value] = value if isinstance(value, list) else [value]
    if len(values) != len(index.fields):
        raise RegisterFault(f"“{index.name}” consists of {len(index.fields)} fields")
    return Record.key.in_(by(register.id, index.name, [key_text(values)]))


def by(register_id: str, name: str, texts: list[str]) -> Select[Any]:
    """The keys of the records that hold one of these values of a key or index."""
    return select(RecordKey.record_key).where(
        RecordKey.register == register_id, RecordKey.name == name, RecordKey.value.in_(texts)
    )


def _alternatives(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value]


def fits(register: Register, data: Variables, tests: Mapping[str, Value]) -> bool:
    """Whether a record's data hold what was left to compare."""
    for name, wanted in tests.items():
        actual = data.get(name)
        if register.fields[name].type == "list" and isinstance(actual, list) and not isinstance(wanted, list):
            if not any(_same(item, wanted) for item in actual):
                return False
        elif isinstance(wanted, list) and register.fields[name].type != "list":
            if not any(_same(actual, item) for item in wanted):
                return False
        elif not _same(actual, wanted):
            return False
    return True


def _same(one: Value, other: Value) -> bool:
    return tag(one) == tag(normalise(other))  # not `==`: True would equal 1
