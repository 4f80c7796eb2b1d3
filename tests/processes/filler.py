"""Answers for a form: what is given, and something valid for every other required field that is shown.

A script then says only what matters to it. `given` holds answers by key; inside tables a key fills its whole column,
and `given["rows"]` holds answers for single rows by their row key. A text that begins with `=` is FEEL over what the
task sees, the answers so far and, in tables, the row (`this`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Answers = dict[str, Any]
SAMPLE_DATE = "2026-01-15"
#: Texts with a check digit or a pattern of their own. Test numbers of requirements section 10.
SAMPLES: Mapping[str, Any] = {
    "usc_code": "91210800MA0TETT01K",
    "unit_usc": "12210800MB0000001U",
    "employer_usc": "91210800MA0TETT01K",
    "id_no": "210802198001010019",
    "mobile": "13904170001",
    "email": "demo@example.org",
    "industry_code": "C3130",
}


@dataclass(frozen=True)
class Pen:
    """Who fills in: `password` for signatures, `upload(ending)` for files, `evaluate(expression, scope)` for FEEL."""

    password: str
    upload: Callable[[str], Any]
    evaluate: Callable[[str, Mapping[str, Any]], Any]


def answers(form: Mapping[str, Any], visible: Mapping[str, Any], given: Mapping[str, Any], pen: Pen) -> Answers:
    """One set of answers for the form."""
    return _fill(form["components"], visible, given, pen)


def _fill(
    components: Any, visible: Mapping[str, Any], given: Mapping[str, Any], pen: Pen, row: Mapping[str, Any] | None = None
) -> Answers:
    found: Answers = {}
    for part in components:
        key = part.get("key") or part.get("path")
        scope = {**visible, **found, "this": {**(row or {}), **found}}
        hide = part.get("conditional", {}).get("hide")
        if hide and pen.evaluate(hide, scope) is True:
            continue
        if part["type"] == "group":
            inner = _fill(part["components"], visible, given, pen)
            found |= {part["path"]: inner} if part.get("path") else inner
        elif not key or part["type"] in ("text", "table", "html", "expression", "separator", "spacer"):
            continue
        elif part["type"] == "dynamiclist":
            found[key] = _rows(part, {**visible, **found}, given, pen)
        elif part.get("readonly") is True:
            continue
        elif key in given:
            value = given[key]
            expression = isinstance(value, str) and value.startswith("=")
            found[key] = pen.evaluate(value, scope) if expression else value
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
        single = given.get("rows", {}).get(str(row.get(properties.get("rowKey", ""))), {})
        found.append(_fill(columns, {**visible, **fixed}, {**given, **single}, pen, fixed))
    return found


def _sample(part: Mapping[str, Any], pen: Pen) -> Any:
    kind, checks = part["type"], part.get("validate", {})
    if part["key"] in SAMPLES:
        return SAMPLES[part["key"]]
    match kind:
        case "textfield" | "textarea":
            return "演示内容" * (1 + int(checks.get("minLength", 0)) // 4)
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
