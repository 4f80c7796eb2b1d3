"""Findings about a form as a whole: keys, columns, storage classes, the order of computing."""

import re
from collections import Counter
from collections.abc import Iterator

from service.forms.model import STORAGES, Component, FormFault, expressions, fields

_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")


def check(components: tuple[Component, ...]) -> list[FormFault]:
    """Every finding about keys, columns and storage classes."""
    storage = {field.key: field.storage for field in fields(components) if field.key}
    return [*_keys(components), *_columns(components), *_leaks(components, storage)]


def computing_order(components: tuple[Component, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The top-level keys that compute something, each after those it reads; and a cycle, if there is one."""
    reads = {
        field.key: frozenset(_computed_names(field)) - {field.key if field.children else None}
        for field in fields(components)
        if field.key and any(True for _ in _computed(field))
    }
    order: list[str] = []
    while waiting := [key for key in reads if key not in order]:
        ready = [key for key in waiting if not reads[key] & set(waiting)]
        if not ready:
            return tuple(order), tuple(waiting)
        order += ready
    return tuple(order), ()


def _computed(component: Component) -> Iterator[Component]:
    if component.computed and component.key:
        yield component
    for child in component.children:
        yield from _computed(child)


def _computed_names(component: Component) -> Iterator[str]:
    for one in _computed(component):
        if one.computed:
            yield from one.computed.names


def _keys(components: tuple[Component, ...]) -> Iterator[FormFault]:
    found = list(fields(components))
    counts = Counter(field.key for field in found)
    seen: set[str | None] = set()
    for field in found:
        if counts[field.key] > 1 and field.key in seen:
            yield FormFault(field.place, "KEY_REPEATED", {"key": field.key})
        seen.add(field.key)
        if field.is_scope:
            yield from _keys(field.children)


def _columns(components: tuple[Component, ...]) -> Iterator[FormFault]:
    for component in components:
        if component.rows:
            yield from _read_only_columns(component)
            known = {field.key: field.type for field in component.fields()}
            for name in component.rows.unique:
                if name not in known:
                    place = f"{component.place}.properties.unique"
                    yield FormFault(place, "COLUMN_UNKNOWN", {"attribute": "unique", "column": name})
            for total in component.rows.totals:
                if known.get(total.column) not in {"number", "expression"}:
                    place = f"{component.place}.properties.sumEquals"
                    yield FormFault(place, "COLUMN_UNKNOWN", {"attribute": "sumEquals", "column": total.column})
        yield from _columns(component.children)


def _read_only_columns(component: Component) -> Iterator[FormFault]:
    if component.rows and component.rows.may_change and component.read_only is False:
        for column in component.fields():
            if column.read_only is not False:
                yield FormFault(column.place, "READ_ONLY_COLUMN", {"column": column.key})


def _leaks(
    components: tuple[Component, ...], storage: dict[str, str], inherited: str | None = None
) -> Iterator[FormFault]:
    """A computed value may not be kept more openly than what it was computed from.

    A condition or a text in the form is shown to the person who fills it in and kept nowhere, except
    for secrets: whether an open field was visible would tell of the secret one.
    """
    for component in components:
        own = inherited or component.storage
        for attribute, expression in expressions(component):
            # By words: `names` leaves out what stands in a filter, where it may be an entry of the list.
            for name in sorted(set(_WORD.findall(expression.text)) & storage.keys()):
                inner = storage[name]
                kept = attribute == "expression" or inner == "secret"
                if kept and component.key and STORAGES.index(inner) > STORAGES.index(own):
                    params = {"key": name, "inner": inner, "outer": own}
                    yield FormFault(f"{component.place}.{attribute}", "STORAGE_LEAK", params)
        yield from _leaks(component.children, storage, own if component.is_scope else inherited)
