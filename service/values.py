"""The values that variables may hold, and their three written forms.

A variable is null, a boolean, a string, a `Decimal`, a list or an object of such. There is no
float and no int anywhere between the edges: 0.1 + 0.2 = 0.3 must hold in a score that decides a
rank. Dates and durations are ISO 8601 strings; expressions turn them into dates by `date(x)`.

Three forms: JSON with plain numbers at the REST edge (`from_json`, `to_json`); tagged JSON inside
(`tag`, `untag`), where a number is a string that begins with U+0001, so that neither a JSON
reader nor the expression host can make a double of it; and Python objects.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import orjson

Value: TypeAlias = "None | bool | str | Decimal | list[Value] | dict[str, Value]"
Variables: TypeAlias = dict[str, "Value"]

#: Marks a number in tagged JSON. A control character, so refused in every string that comes in.
NUMBER_TAG = "\u0001"
#: Beyond these a number is no quantity of any procedure, and its plain notation a memory bomb.
MAX_DIGITS, MAX_EXPONENT, MIN_EXPONENT = 34, 6144, -6176


class NotAValue(ValueError):
    """What was handed in is no value: `path` says where."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or '(root)'}: {reason}")
        self.path, self.reason = path, reason


def normalise(value: Any, path: str = "") -> Value:
    """A deep copy in which every number is a `Decimal`.

    Accepts what a JSON reader or Python code may hand in, tuples included. Raises `NotAValue` for
    floats that are not finite, control characters that would forge a number, and other types.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if NUMBER_TAG in value or "\u0000" in value:
            raise NotAValue(path, "control character in a text")
        return value
    if isinstance(value, int):
        return _decimal(Decimal(value), path)
    if isinstance(value, float):
        return _decimal(Decimal(repr(value)), path)
    if isinstance(value, Decimal):
        return _decimal(value, path)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise NotAValue(path, "a key that is no text")
        return {key: normalise(item, f"{path}.{key}" if path else key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [normalise(item, f"{path}[{index}]") for index, item in enumerate(value)]
    raise NotAValue(path, f"a {type(value).__name__} is no value")


def variables(value: Mapping[str, Any] | None) -> Variables:
    """`normalise` for a set of variables; None is the empty set."""
    return {name: normalise(item, name) for name, item in (value or {}).items()}


def from_json(text: str | bytes) -> Value:
    """Read JSON without ever making a double. Raises `ValueError` if it is not JSON."""
    return normalise(json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant))


def to_json(value: Any) -> bytes:
    """Write JSON with every `Decimal` as a plain JSON number, digit for digit."""
    return orjson.dumps(value, default=_plain_number, option=orjson.OPT_NON_STR_KEYS)


def tag(value: Value) -> bytes:
    """Canonical tagged JSON: keys sorted, numbers as marked strings in plain notation."""
    return orjson.dumps(value, default=_tagged_number, option=orjson.OPT_SORT_KEYS)


def untag(text: str | bytes) -> Value:
    """The inverse of `tag`."""
    return _untag(orjson.loads(text))


def plain(number: Decimal) -> str:
    """A number in plain notation without needless zeros: `1E+2` is "100", `1.50` is "1.5"."""
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _untag(value: Any) -> Value:
    if isinstance(value, str):
        return Decimal(value[1:]) if value.startswith(NUMBER_TAG) else value
    if isinstance(value, list):
        return [_untag(item) for item in value]
    if isinstance(value, dict):
        return {key: _untag(item) for key, item in value.items()}
    if value is None or isinstance(value, bool):
        return value
    raise NotAValue("", f"an untagged {type(value).__name__}")


def _decimal(number: Decimal, path: str) -> Decimal:
    if not number.is_finite():
        raise NotAValue(path, "a number that is not finite")
    if number and not MIN_EXPONENT <= number.adjusted() <= MAX_EXPONENT:
        raise NotAValue(path, f"a number beyond 10^{MAX_EXPONENT} or below 10^{MIN_EXPONENT}")
    _, digits, exponent = number.as_tuple()
    if len(digits) > MAX_DIGITS and any(digits[MAX_DIGITS:]):  # zeros at the end say no more than its size
        raise NotAValue(path, f"a number of more than {MAX_DIGITS} digits")
    return Decimal(0) if not number and abs(int(exponent)) > MAX_EXPONENT else number


def _no_constant(name: str) -> Value:
    raise ValueError(f"{name} is no JSON number")


def _plain_number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain(value).encode())
    raise TypeError(type(value).__name__)


def _tagged_number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return NUMBER_TAG + plain(value)
    raise TypeError(type(value).__name__)


def parse_number(text: str) -> Decimal:
    """A number written by a person. Raises `NotAValue`."""
    try:
        return _decimal(Decimal(text.strip()), "")
    except InvalidOperation:
        raise NotAValue("", f"{text!r} is no number") from None
