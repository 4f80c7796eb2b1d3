"""Answers for a form: what the script gives, and something valid for every other required field that is shown.

A script then says only what matters to it. `given` holds answers by key; inside tables a key fills its whole column,
and `given["rows"]` holds answers for single rows by a value of one of their read-only columns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Answers = dict[str, Any]
SAMPLE_TEXT, SAMPLE_DATE = "演示内容", "2026-01-15"
#: Components that hold no answer.
_SILENT = ("text", "table", "expression", "separator", "spacer", "image", "button", "documentPreview")


@dataclass(frozen=True)
class Pen:
    """Who fills in: `password` for signatures, `upload(ending)` for files, `hides(expression, scope)` for conditions.

    `samples` are valid answers by field key, for formats with a check digit and the like.
    """

    password: str
    upload: Callable[[str], Any]
    hides: Callable[[str, Mapping[str, Any]], bool]
    samples: Mapping[str, Any]


def answers(form: Mapping[str, Any], visible: Mapping[str, Any], given: Mapping[str, Any], pen: Pen) -> Answers:
    """One set of answers for the form."""
    return _fill(form["components"], visible, given, pen)


def _fill(
    components: Any,
    visible: Mapping[str, Any],
    given: Mapping[str, Any],
    pen: Pen,
    row: Mapping[str, Any] | None = None,
) -> Answers:
    """`row` holds the read-only values of the table row that is filled: conditions see them in `this`."""
    found: Answers = {}
    for part in components:
        key = part.get("key") or part.get("path")
        hide = part.get("conditional", {}).get("hide")
        if hide and pen.hides(hide, {**visible, **found, "this": {**(row or {}), **found}}):
            continue
        if part["type"] == "group":
            inner = _fill(part["components"], visible, given, pen)
            found |= {part["path"]: inner} if part.get("path") else inner
        elif not key or part["type"] in _SILENT:
            continue
        elif part["type"] == "dynamiclist":
            found[key] = _rows(part, {**visible, **found}, given, pen)
        elif part.get("readonly") is True:
            continue
        elif key in given:
            found[key] = given[key]
        elif part.get("validate", {}).get("required"):
            found[key] = _sample(part, pen)
    return found


def _rows(part: Mapping[str, Any], visible: Mapping[str, Any], given: Mapping[str, Any], pen: Pen) -> list[Answers]:
    path, columns, properties = part["path"], part["components"], part.get("properties", {})
    if isinstance(given.get(path), list):
        return [_fill(columns, visible, {**given, **row}, pen, row) for row in given[path]]
    if not properties.get("rows"):
        return [_fill(columns, visible, given, pen) for _ in range(int(properties.get("minRows", 0)))]
    found = []
    own = {column.get("key") for column in columns}
    for row in visible.get(properties["rows"].removeprefix("=")) or []:
        fixed = {name: value for name, value in row.items() if name in own}
        values = {str(value) for value in fixed.values()}
        single: Mapping[str, Any] = next((some for name, some in given.get("rows", {}).items() if name in values), {})
        # The service fills in what is read-only; to send it back is refused.
        found.append(_fill(columns, {**visible, **fixed}, {**given, **single}, pen, fixed))
    return found


def _sample(part: Mapping[str, Any], pen: Pen) -> Any:
    kind, checks = part["type"], part.get("validate", {})
    if part["key"] in pen.samples:
        return pen.samples[part["key"]]
    match kind:
        case "textfield" | "textarea":
            return SAMPLE_TEXT * (1 + int(checks.get("minLength", 0)) // len(SAMPLE_TEXT))
        case "number":
            return checks.get("min", 1)
        case "checkbox":
            signs = part.get("properties", {}).get("widget") == "signature"
            return {"signed": True, "password": pen.password} if signs else True
        case "datetime":
            return SAMPLE_DATE if part.get("subtype", "date") == "date" else f"{SAMPLE_DATE}T09:00:00+08:00"
        case "select" | "radio":
            return part["values"][0]["value"] if part.get("values") else None
        case "taglist" | "checklist":
            return [part["values"][0]["value"]] if part.get("values") else []
        case "filepicker":
            return [pen.upload(part.get("accept", ".pdf").split(",")[0])]
    raise ValueError(f"no sample for a {kind}")
