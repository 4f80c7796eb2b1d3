"""Reading attributes of one JSON object of a form: the value, or a finding and a harmless default."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from service.engine.feel import host
from service.forms.model import Expression, FormFault, Limit, Text
from service.values import NotAValue, parse_number

_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_EXTENSION = "x-"


class Reader:
    """The attributes of `data`, which stands at `place` in the form.

    The form-js editor writes every custom property as a text; with `loose`, texts that hold
    numbers, booleans or JSON are therefore read as such.
    """

    def __init__(self, data: Any, place: str, report: Callable[[FormFault], None], *, loose: bool = False) -> None:
        self.place, self.report, self._loose = place, report, loose
        self.data: Mapping[str, Any] = {}
        if isinstance(data, Mapping):
            self.data = data
        elif data is not None:
            self.fault("WRONG_TYPE", attribute=place, expected="{ }")

    def fault(self, code: str, at: str | None = None, **params: Any) -> None:
        """Add a finding at this object, or at its attribute `at`."""
        self.report(FormFault(f"{self.place}.{at}" if at else self.place, code, params))

    def inner(self, name: str, *, loose: bool = False) -> "Reader":
        """The object under `name`; empty if there is none."""
        return Reader(self.data.get(name), f"{self.place}.{name}" if self.place else name, self.report, loose=loose)

    def only(self, known: Collection[str]) -> None:
        """A finding for every attribute that is not known: a mistyped rule would be no rule."""
        for name in self.data:
            if name not in known and not name.startswith(_EXTENSION):
                self.fault("UNKNOWN_RULE", name, attribute=self.place.rpartition(".")[2], name=name)

    def text(self, name: str, among: Collection[str] | None = None) -> str | None:
        """A text, or None if absent or empty."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or (among is not None and value not in among):
            self._wrong(name, " / ".join(sorted(among)) if among else "text")
            return None
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean."""
        value = self._value(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._wrong(name, "true / false")
            return default
        return value

    def number(self, name: str) -> Decimal | None:
        """A number; texts that hold one count."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                value = parse_number(value)
            except NotAValue:
                value = None
        if not isinstance(value, Decimal):
            self._wrong(name, "number")
            return None
        return value

    def count(self, name: str, *, least: int = 0, most: int = 1_000_000) -> int | None:
        """A whole number from `least` to `most`."""
        value = self.number(name)
        if value is None:
            return None
        if value != value.to_integral_value() or not least <= value <= most:
            self._wrong(name, f"{least}–{most}")
            return None
        return int(value)

    def expression(self, name: str) -> Expression | None:
        """An attribute that can only be an expression."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not value.startswith("="):
            self.fault("EXPRESSION_MISSING", name, attribute=name)
            return None
        return self._feel(name, value[1:])

    def flag_or_expression(self, name: str) -> bool | Expression:
        """A boolean or an expression for one."""
        value = self.data.get(name)
        if isinstance(value, str) and value.startswith("="):
            return self._feel(name, value[1:]) or False
        return self.flag(name)

    def limit(self, name: str, *, iso: bool = False) -> Limit:
        """A number (with `iso` a text such as a date), or an expression for one."""
        value = self.data.get(name)
        if isinstance(value, str) and value.startswith("="):
            return self._feel(name, value[1:])
        return self.text(name) if iso else self.number(name)

    def shown(self, name: str) -> Text:
        """A text for people: literal, one expression, or a literal with `{{ expressions }}`."""
        value = self.text(name)
        if value is None:
            return ()
        if value.startswith("="):
            only = self._feel(name, value[1:])
            return (only,) if only else ()
        parts: list[str | Expression] = []
        for index, piece in enumerate(_TEMPLATE.split(value)):
            if index % 2 == 0:
                parts += [piece] if piece else []
            elif piece.strip()[:1] in {"#", "/", "@", ""}:
                self.fault("TEMPLATE_BAD", name, reason=piece.strip())
            elif found := self._feel(name, piece.strip()):
                parts.append(found)
        return tuple(parts)

    def items(self, name: str) -> list[Any]:
        """A list; with `loose`, names between commas count as one."""
        value = self._value(name)
        if value is None:
            return []
        if isinstance(value, str) and self._loose:
            return [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, list):
            return value
        if isinstance(value, Mapping) and self._loose:
            return [value]
        self._wrong(name, "[ ]")
        return []

    def _value(self, name: str) -> Any:
        value = self.data.get(name)
        if self._loose and isinstance(value, str) and value[:1] in "[{tf":
            try:
                return json.loads(value, parse_float=Decimal, parse_int=Decimal)
            except ValueError:
                return value
        return value

    def _wrong(self, name: str, expected: str) -> None:
        self.fault("WRONG_TYPE", name, attribute=name, expected=expected)

    def _feel(self, name: str, text: str) -> Expression | None:
        found = host().problems(text)
        for problem in found:
            self.fault("EXPRESSION_BAD", name, attribute=name, reason=problem.message)
        return None if found else Expression(text, host().names(text))
