"""Whether values fit the fields of a register."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from service.errors import Fault, Invalid
from service.registers.declaration import Field, Register
from service.values import Value, Variables

MAX_TEXT, MAX_LONG = 1_000, 100_000

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)(@[A-Za-z_/+-]+)?")


def refuse_faults(register: Register, data: Variables, given: Variables) -> None:
    """Raises `Invalid` with every field that is unknown, missing or of the wrong type.

    Only what is `given` must be known: the record may have fields that a later release added.
    """
    if faults := [*_unknown(register, given), *_missing(register, data), *_mistyped(register, data)]:
        raise Invalid(faults)


def _unknown(register: Register, data: Mapping[str, Value]) -> Iterator[Fault]:
    for key in data:
        if key not in register.fields:
            yield Fault(key, f"The register “{register.title}” has no field “{key}”.", "UNKNOWN_FIELD")


def _missing(register: Register, data: Mapping[str, Value]) -> Iterator[Fault]:
    for field in register.fields.values():
        if field.required and data.get(field.key) in (None, ""):
            yield Fault(field.key, f"“{field.title}” is required.", "REQUIRED")


def _mistyped(register: Register, data: Mapping[str, Value]) -> Iterator[Fault]:
    for key, value in data.items():
        field = register.fields.get(key)
        if field is not None and value is not None and not fits(field, value):
            yield Fault(key, f"“{field.title}” is no valid {field.type}.", "WRONG_TYPE")


def fits(field: Field, value: Value) -> bool:
    """Whether a value that is not null is of the field's type."""
    return _TESTS[field.type](value)


def _is_integer(value: Value) -> bool:
    return isinstance(value, Decimal) and value == value.to_integral_value()


def _is_money(value: Value) -> bool:
    """An amount in whole cents."""
    return isinstance(value, Decimal) and _is_integer(value * 100)


def _is_date(value: Value) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    return _parses(date.fromisoformat, value)


def _is_datetime(value: Value) -> bool:
    """RFC 3339; FEEL writes a zone's name behind it."""
    found = _DATETIME.fullmatch(value) if isinstance(value, str) else None
    return found is not None and _parses(datetime.fromisoformat, found[1])


def _parses(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


_TESTS: dict[str, Callable[[Value], bool]] = {
    "text": lambda value: isinstance(value, str) and len(value) <= MAX_TEXT,
    "long": lambda value: isinstance(value, str) and len(value) <= MAX_LONG,
    "number": lambda value: isinstance(value, Decimal),
    "integer": _is_integer,
    "money": _is_money,
    "boolean": lambda value: isinstance(value, bool),
    "date": _is_date,
    "datetime": _is_datetime,
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "reference": lambda value: isinstance(value, str),
}
