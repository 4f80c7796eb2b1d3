"""Answers for a form: what is given, and something valid for every other required field.

A script then says only what matters to it. `given` holds answers by key; a key inside a table is looked up by itself
("percent"), so that one word fills a column.
"""

from collections.abc import Callable, Mapping
from typing import Any

SAMPLE_DATE = "2026-01-15"
#: Texts with a check digit or a pattern of their own, by key. Test numbers of requirements section 10.
SAMPLES: Mapping[str, Any] = {
    "usc_code": "91210800MA0TETT01K",
    "unit_usc": "12210800MB0000001U",
    "employer_usc": "91210800MA0TETT01K",
    "code": "12210800MB0000001U",
    "id_no": "210802198001010019",
    "mobile": "13904170001",
    "email": "demo@example.org",
    "contact": "0417-1234567",
    "industry_code": "C3130",
}


def answers(form: Mapping[str, Any], visible: Mapping[str, Any], given: Mapping[str, Any], password: str, upload: Callable[[str], Any]) -> dict[str, Any]:  # fmt: skip
    """One valid set of answers. `upload` stores a sample file that ends so and returns its reference."""
    return _fill(form["components"], visible, given, password, upload, top=True)


def _fill(
    components: Any, visible: Mapping[str, Any], given: Mapping[str, Any], password: str,
    upload: Callable[[str], Any], *, top: bool = False,
) -> dict[str, Any]:  # fmt: skip
    found: dict[str, Any] = {}
    for part in components:
        key = part.get("key") or part.get("path")
        if part["type"] == "group":
            inner = _fill(part["components"], visible, given, password, upload)
            found |= {part["path"]: inner} if part.get("path") else inner
        elif not key or part["type"] in ("text", "table", "html", "expression", "separator", "spacer"):
            continue
        elif part["type"] == "dynamiclist":
            found[key] = _rows(part, visible, given, password, upload)
        elif key in given:
            found[key] = given[key]
        elif part.get("readonly") is True:
            continue
        elif part.get("validate", {}).get("required") or part.get("conditional"):
            value = _value(part, visible, password if top else "", upload)
            if value is not None:
                found[key] = value
    return found


def _rows(
    part: Mapping[str, Any], visible: Mapping[str, Any], given: Mapping[str, Any], password: str,
    upload: Callable[[str], Any],
) -> list[dict[str, Any]]:  # fmt: skip
    key, properties = part["path"], part.get("properties", {})
    if isinstance(given.get(key), list):
        return [{**_fill(part["components"], visible, {**given, **row}, password, upload), **row} for row in given[key]]
    source = properties.get("rows")
    if source:
        base = visible.get(source.removeprefix("=")) or []
        own = {inner.get("key") for inner in part["components"]}
        return [
            {
                **{name: value for name, value in row.items() if name in own},
                **_fill(part["components"], visible, given | _by_row(given, row, properties), password, upload),
            }
            for row in base
        ]
    count = int(properties.get("minRows", 0))
    return [_fill(part["components"], visible, given, password, upload) for _ in range(count)]


def _by_row(given: Mapping[str, Any], row: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """`given["rows"][value of the row key]`: answers for one row."""
    name = row.get(properties.get("rowKey", ""))
    return dict(given.get("rows", {}).get(str(name), {}))


def _value(part: Mapping[str, Any], visible: Mapping[str, Any], password: str, upload: Callable[[str], Any]) -> Any:
    kind, key = part["type"], part.get("key", "")
    if key in SAMPLES:
        return SAMPLES[key]
    checks = part.get("validate", {})
    match kind:
        case "textfield" | "textarea":
            return "演示内容，" * (1 + max(0, int(checks.get("minLength", 0))) // 5)
        case "number":
            return max(float(checks.get("min", 0)), 1)
        case "checkbox":
            signs = part.get("properties", {}).get("widget") == "signature"
            return {"signed": True, "password": password} if signs else True
        case "datetime":
            return SAMPLE_DATE if part.get("subtype", "date") == "date" else f"{SAMPLE_DATE}T09:00:00+08:00"
        case "select" | "radio":
            return part["values"][0]["value"] if part.get("values") else None
        case "taglist" | "checklist":
            return [part["values"][0]["value"]] if part.get("values") else []
        case "filepicker":
            return [upload(part.get("accept", ".pdf").split(",")[0])]
    return None
