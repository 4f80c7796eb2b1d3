"""form-js JSON → `Form`, or every finding about it.

Fails closed: a component, rule or property that is not known is a finding, since leaving it out
would switch a check off in silence. Names that begin with `x-` in `properties` are the author's own.
"""

import functools
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from service.forms.details import choices, display, rows, rules
from service.forms.integrity import check, computing_order
from service.forms.model import (
    CONTAINERS,
    DISPLAY,
    LEAVES,
    REFUSED,
    STORAGES,
    Component,
    Expression,
    Form,
    FormFault,
    FormRefused,
)
from service.forms.reader import Reader
from service.values import from_json, to_json

MAX_DEPTH = 8
_KEY = re.compile(r"[^\W\d_]\w{0,99}")
#: `this`, `parent` and `i` are the scope in expressions, as in form-js; the others are words of FEEL.
_RESERVED = frozenset(
    {"this", "parent", "i", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or",
     "not", "null", "true", "false", "function", "between", "instance", "external"}
)  # fmt: skip
_PROPERTIES = frozenset(
    {"storage", "source", "format", "widget", "unit", "minRows", "maxRows", "rows", "unique", "sumEquals", "check",
     "checkMessage", "checkMessage_en", "patternMessage", "requiredIf", "maxSizeMb", "label_en", "description_en"}
)  # fmt: skip
_WIDGETS = {"dynamiclist": {"table", "score-grid"}, "checkbox": {"signature"}}


def parse(schema: Mapping[str, Any] | bytes) -> Form:
    """The form of a `*.form` file. Raises `FormRefused` with every finding.

    Parsed forms are kept by content, so that calling this for each request is cheap when `schema`
    is bytes.
    """
    try:
        return _parse(schema if isinstance(schema, bytes) else to_json(schema))
    except TypeError as error:
        raise FormRefused((FormFault("", "NOT_JSON", {"reason": str(error)}),)) from None


def problems(schema: Mapping[str, Any] | bytes, language: str = "zh") -> list[tuple[str, str]]:
    """Every finding about a form as (place, message); empty if it may be deployed."""
    try:
        parse(schema)
    except FormRefused as refused:
        return [(fault.path, fault.text(language)) for fault in refused.faults]
    return []


@functools.lru_cache(maxsize=1024)
def _parse(raw: bytes) -> Form:
    try:
        data = from_json(raw)
    except (ValueError, RecursionError) as error:
        raise FormRefused((FormFault("", "NOT_JSON", {"reason": str(error)}),)) from None
    if not isinstance(data, dict) or not isinstance(data.get("components"), list):
        raise FormRefused((FormFault("", "NOT_A_FORM"),))
    builder = _Builder()
    components = builder.components(data["components"], "components", (), None, 1)
    form_id = data.get("id")
    if not isinstance(form_id, str) or not form_id:
        builder.faults.append(FormFault("id", "ID_MISSING"))
    builder.faults += check(components)
    order, cycle = computing_order(components)
    if cycle:
        builder.faults.append(FormFault("components", "EXPRESSION_CYCLE", {"keys": " → ".join(cycle)}))
    if builder.faults:
        raise FormRefused(tuple(builder.faults))
    return Form(str(form_id), sha256(raw).hexdigest(), components, order)


class _Builder:
    """Builds the tree and collects the findings on the way."""

    def __init__(self) -> None:
        self.faults: list[FormFault] = []

    def components(
        self, items: Any, place: str, hides: tuple[Expression, ...], outer: str | None, depth: int
    ) -> tuple[Component, ...]:
        """`hides` come from groups in the same scope, `outer` is the storage class of the container around."""
        if not isinstance(items, list):
            self.faults.append(FormFault(place, "WRONG_TYPE", {"attribute": "components", "expected": "[ ]"}))
            return ()
        if depth > MAX_DEPTH:
            self.faults.append(FormFault(place, "TOO_DEEP", {"limit": MAX_DEPTH}))
            return ()
        return tuple(
            component
            for index, item in enumerate(items)
            if (component := self._component(item, f"{place}[{index}]", hides, outer, depth)) is not None
        )

    def _component(
        self, data: Any, place: str, hides: tuple[Expression, ...], outer: str | None, depth: int
    ) -> Component | None:
        if not isinstance(data, Mapping) or not isinstance(data.get("type"), str):
            self.faults.append(FormFault(place, "NOT_A_COMPONENT"))
            return None
        kind = data["type"]
        if kind not in LEAVES | CONTAINERS | DISPLAY:
            code = "REFUSED_COMPONENT" if kind in REFUSED else "UNKNOWN_COMPONENT"
            self.faults.append(FormFault(place, code, {"type": kind}))
            return None
        reader = Reader(data, place, self.faults.append)
        properties = reader.inner("properties", loose=True)
        properties.only(_PROPERTIES)
        reader.inner("conditional").only({"hide"})
        hide = reader.inner("conditional").expression("hide")
        hides = (*hides, hide) if hide else hides
        key = self._key(reader, kind)
        storage = self._storage(properties, outer)
        inner_hides = () if key is not None else hides
        inner_storage = storage if key is not None else outer
        children: tuple[Component, ...] = ()
        if kind in CONTAINERS:
            children = self.components(
                data.get("components"), f"{place}.components", inner_hides, inner_storage, depth + 1
            )
        widget = properties.text("widget", _WIDGETS.get(kind, frozenset()))
        if widget == "signature" and outer is not None:
            properties.fault("WRONG_TYPE", "widget", attribute="widget", expected="top level")
        read_only = reader.flag_or_expression("readonly")
        return Component(
            type=kind,
            place=place,
            key=key,
            label=reader.shown("label") or reader.shown("dateLabel") or reader.shown("timeLabel"),
            help=reader.shown("description"),
            label_en=properties.text("label_en"),
            help_en=properties.text("description_en"),
            storage=storage,
            hides=hides,
            read_only=True if reader.flag("disabled") else read_only,
            rules=rules(kind, reader, properties),
            choices=choices(kind, reader, properties),
            rows=rows(reader, properties, widget) if kind == "dynamiclist" else None,
            computed=self._computed(reader) if kind == "expression" else None,
            default=data.get("defaultValue"),
            widget=widget,
            unit=properties.text("unit") or reader.inner("appearance").text("suffixAdorner"),
            display=display(kind, reader),
            children=children,
        )

    def _key(self, reader: Reader, kind: str) -> str | None:
        if kind in DISPLAY:
            return None
        attribute = "path" if kind in CONTAINERS else "key"
        key = reader.text(attribute)
        if key is None:
            if kind not in {"group", "expression"}:
                reader.fault("KEY_MISSING", attribute, type=kind, attribute=attribute)
            return None
        if not _KEY.fullmatch(key) or key in _RESERVED:
            reader.fault("KEY_INVALID", attribute, key=key)
            return None
        return key

    def _storage(self, properties: Reader, outer: str | None) -> str:
        own = properties.text("storage", STORAGES)
        if outer is not None and own is not None and own != outer:
            properties.fault("STORAGE_INSIDE", "storage", outer=outer, inner=own)
        return outer or own or "variable"

    def _computed(self, reader: Reader) -> Expression | None:
        found = reader.expression("expression")
        if not reader.data.get("expression"):
            reader.fault("EXPRESSION_MISSING", "expression", attribute="expression")
        return found
