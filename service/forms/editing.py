"""Answers on their way through a page without JavaScript: rows added and removed, hidden fields dropped."""

import re
from collections.abc import Mapping
from typing import Any

from service.engine.feel import FeelError, Moment
from service.forms import pasting
from service.forms.details import MAX_ROWS
from service.forms.model import Component, Form, fields
from service.forms.posted import Action
from service.forms.scope import Scope, Setting, Sources, draft, no_sources
from service.values import Value

#: Conditions may uncover conditions; a form whose conditions chase each other is left to `validate`.
_ROUNDS = 5


def apply(form: Form, answers: Mapping[str, Value], action: Action) -> dict[str, Value]:
    """The answers after rows or items were added, moved, pasted or removed; as they were if the path names no list."""
    changed: dict[str, Any] = _copy(answers)
    if action.kind == "refresh":
        return changed
    holder: Any = changed
    components, steps = form.components, re.split(r"\.|(?=\[)", action.path)
    for at, step in enumerate(steps):
        last = at == len(steps) - 1
        if step.startswith("["):
            index = int(step[1:-1]) if step[1:-1].isdigit() else len(holder)
            if last or not isinstance(holder, list) or index >= len(holder):
                return changed
            holder = holder[index]
            continue
        component = next((one for one in fields(components) if one.key == step), None)
        if component is None or not isinstance(holder, dict):
            return changed
        if last:
            _change(holder, component, action)
            return changed
        holder = holder.setdefault(step, [] if component.type == "dynamiclist" else {})
        components = component.children
    return changed


def prune(
    form: Form,
    answers: Mapping[str, Value],
    *,
    given: Mapping[str, Value],
    moment: Moment,
    sources: Sources = no_sources,
) -> dict[str, Value]:
    """The answers without those that conditions hide or lock *now*.

    A page without JavaScript may show a field that an answer on the same page hides; the browser's
    form-js viewer drops such answers before it sends them, so pages do too.
    """
    kept: dict[str, Any] = _copy(answers)
    for _ in range(_ROUNDS):
        if not _drop(draft(form, kept, Setting(given, moment, sources)), kept):
            break
    return kept


def cleaned(
    form: Form, answers: Mapping[str, Value], *, given: Mapping[str, Value], moment: Moment
) -> dict[str, Value]:
    """The answers as values of their types, as far as they can be read: to compare, not to keep."""
    data = draft(form, answers, Setting(given, moment)).data
    return {key: data[key] for key in answers if key in data}


def _drop(scope: Scope, answers: dict[str, Any]) -> bool:
    dropped = False
    for component in fields(scope.components):
        key = component.key or ""
        if key not in answers:
            continue
        try:
            gone = scope.hidden(component) or scope.read_only(component)
        except FeelError:
            gone = False  # validate says so
        if gone:
            del answers[key]
            dropped = True
        elif component.is_scope:
            rows = answers[key] if isinstance(answers[key], list) else [answers[key]]
            for inner, row in zip(scope.inner[key], rows, strict=False):
                dropped |= isinstance(row, dict) and _drop(inner, row)
    return dropped


def _change(holder: dict[str, Any], component: Component, action: Action) -> None:
    items = holder.get(component.key or "")
    items = items if isinstance(items, list) else []
    may_change = component.rows is None or component.rows.may_change
    if action.kind in ("up", "down") and component.type == "dynamiclist" and may_change:
        items = _moved(items, action.index, -1 if action.kind == "up" else 1)
    elif action.kind == "paste" and component.type == "dynamiclist" and may_change:
        kept = len(items)
        while kept and pasting.is_blank(items[kept - 1]):
            kept -= 1
        items = [*items[:kept], *pasting.rows(component, action.text)][:MAX_ROWS]
    elif action.kind == "add" and component.type == "dynamiclist" and may_change:
        items = [*items, {}]
    elif action.kind == "remove" and component.type in {"dynamiclist", "filepicker"} and may_change:
        items = items[: action.index] + items[action.index + 1 :]
    holder[component.key or ""] = items


def _moved(items: list[Any], index: int, by: int) -> list[Any]:
    if not (0 <= index < len(items) and 0 <= index + by < len(items)):
        return items
    moved = [*items]
    moved[index], moved[index + by] = moved[index + by], moved[index]
    return moved


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
