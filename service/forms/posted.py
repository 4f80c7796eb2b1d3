"""An HTML form post → answers for `validate`, for pages that work without JavaScript.

Names are paths: `organisation.name`, `awards[0].title`. Names of the page itself begin with `_`:
`_shown` lists the paths whose absence means something (a box that is not ticked, a row with nothing
in it); `_add:<path>`, `_remove:<path>[i]`, `_up:<path>[i]`, `_down:<path>[i]`, `_paste:<path>` (what is
pasted stands in `_pasted:<path>`) and `_refresh` are submit buttons; `<path>._password` goes with a
signature. Option values that are no texts are written as `json:…`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from service.forms.model import Component, Form, fields
from service.values import NotAValue, Value, from_json, parse_number, to_json

_INDEX = re.compile(r"\[(\d{1,5})\]")
_ITEM = re.compile(r"(.+)\[(\d{1,5})\]", re.DOTALL)
_ON_ITEMS = frozenset({"_remove", "_up", "_down"})
_JSON = "json:"


class Posted(Protocol):
    """The fields of an HTML form post, as werkzeug's `MultiDict` holds them."""

    def __iter__(self) -> Iterator[str]: ...

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Action:
    """A button that is not the final one.

    `kind` is `add` (a row to the list at `path`), `remove`, `up` or `down` (its item `index`), `paste` (`text` into
    it) or `refresh`.
    """

    kind: str
    path: str = ""
    index: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was posted: `answers` for `validate`, the button pressed (None: submit), passwords of signatures by path."""

    answers: dict[str, Value]
    action: Action | None = None
    passwords: Mapping[str, str] = field(default_factory=dict)


def from_html(form: Form, data: Posted) -> Decoded:
    """Decode a post. Nothing is checked: wrong texts stay as they are, unknown names are kept, for `validate`."""
    decoder = _Decoder(data)
    answers = decoder.scope(form.components, "")
    for name in sorted(decoder.unknown()):
        answers[name] = data.getlist(name)[-1]
    return Decoded(answers, _action(data), decoder.passwords)


def encode_option(value: Value) -> str:
    """An option's value for a `value` attribute; `from_html` reads it back."""
    if isinstance(value, str) and not value.startswith(_JSON):
        return value
    return _JSON + to_json(value).decode()


def _action(data: Posted) -> Action | None:
    for name in data:
        if name == "_refresh":
            return Action("refresh")
        if name.startswith("_add:"):
            return Action("add", name.removeprefix("_add:"))
        if name.startswith("_paste:"):
            path = name.removeprefix("_paste:")
            return Action("paste", path, text=(data.getlist(f"_pasted:{path}") or [""])[-1])
        kind, _, item = name.partition(":")
        if kind in _ON_ITEMS and (found := _ITEM.fullmatch(item)):
            return Action(kind[1:], found[1], int(found[2]))
    return None


class _Decoder:
    def __init__(self, data: Posted) -> None:
        self._data = data
        self._names = {name for name in data if not name.startswith("_")}
        self._shown = set(data.getlist("_shown"))
        self._used: set[str] = set()
        self._indices: dict[str, set[int]] = {}
        self.passwords: dict[str, str] = {}
        for name in self._names | self._shown:
            for found in _INDEX.finditer(name):
                self._indices.setdefault(name[: found.start()], set()).add(int(found[1]))

    def unknown(self) -> set[str]:
        """Posted names that no component asked for."""
        return self._names - self._used

    def scope(self, components: tuple[Component, ...], prefix: str) -> dict[str, Value]:
        """The answers of an object whose fields' names begin with `prefix`."""
        answers: dict[str, Value] = {}
        for component in fields(components):
            key = component.key or ""
            path = prefix + key
            if component.type == "group":
                if inner := self.scope(component.children, f"{path}."):
                    answers[key] = inner
            elif component.type == "dynamiclist":
                indices = sorted(self._indices.get(path, ()))
                if indices or path in self._shown:
                    answers[key] = [self.scope(component.children, f"{path}[{index}].") for index in indices]
            elif path in self._names or path in self._shown:
                answers[key] = self._leaf(component, path)
        return answers

    def _leaf(self, component: Component, path: str) -> Value:
        texts = self._data.getlist(path)
        self._used.add(path)
        if component.widget == "signature":
            self._used.add(f"{path}._password")
            if password := self._data.getlist(f"{path}._password"):
                self.passwords[path] = password[-1]
        if component.type in {"checklist", "taglist", "filepicker"}:
            read = _option if component.type != "filepicker" else _file
            return [read(text) for text in texts if text]
        if component.type == "checkbox":
            return bool(texts)
        return _SINGLE.get(component.type, _text)(texts[-1] if texts else "")


def _text(text: str) -> Value:
    return text


def _optional(text: str) -> Value:
    return text or None


def _number(text: str) -> Value:
    if not text.strip():
        return None
    try:
        return parse_number(text)
    except NotAValue:
        return text


def _option(text: str) -> Value:
    if not text.startswith(_JSON):
        return text or None
    try:
        return from_json(text.removeprefix(_JSON))
    except (ValueError, RecursionError):
        return text


def _file(text: str) -> Value:
    try:
        return from_json(text)
    except (ValueError, RecursionError):
        return text


_SINGLE: dict[str, Callable[[str], Value]] = {
    "number": _number,
    "datetime": _optional,
    "radio": _option,
    "select": _option,
}
