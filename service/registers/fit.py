"""Whether the parts of a register declaration fit together: fields, states, keys, the guard's queries."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.engine.feel import host
from service.registers.findings import Finding
from service.registers.shape import items, shape

FIELD_TYPES = (
    "text", "long", "number", "integer", "boolean", "date", "datetime", "list", "object", "reference", "money",
)  # fmt: skip
#: Query kind: what it must say beside its name.
QUERY_KINDS = {
    "one": "register",
    "count": "register",
    "exists": "register",
    "list": "register",
    "decision": "decision",
    "deadline": "deadline",
    "actor": "name",
}
#: The types of fields that can say who is recused.
NAMING = ("text", "list", "reference")
#: Names under which a row shows what is not its data; a field may not hide them.
RESERVED = ("id", "state")
#: What a guard knows without asking.
KNOWN_TO_GUARDS = ("before", "after", "change")

_ID = re.compile(r"[a-z][a-z0-9_]*")


def check(data: Any) -> list[Finding]:
    """Every fault of a declaration. Where the shape is wrong, how the parts fit is not looked at."""
    return list(shape(data)) or list(_fit(data))


def _fit(data: Mapping[str, Any]) -> Iterator[Finding]:
    fields = {item["key"]: item for item in data["fields"]}
    states = {item["id"] for item in data.get("states", [])}
    if not _ID.fullmatch(data["id"]):
        yield Finding("id", "BAD_ID", {"id": data["id"]})
    yield from _twice((item["key"] for item in data["fields"]), "fields")
    yield from _twice((item["id"] for item in data.get("states", [])), "states")
    yield from _twice((item["name"] for key in ("unique", "indexes") for item in data.get(key, [])), "unique")
    for item, path in items(data, "fields"):
        yield from _fit_field(item, path, data.get("idField"))
    if "idField" in data:
        yield from _known_fields([data["idField"]], fields, "idField")
        mine = fields.get(data["idField"])
        if mine is not None and not (mine["type"] == "text" and mine.get("required")):
            yield Finding("idField", "ID_FIELD_REQUIRED", {"field": data["idField"]})
    for part, names in data.get("notify", {}).items():
        yield from _known_fields([names] if isinstance(names, str) else names, fields, f"notify.{part}")
    if "scope" in data:
        yield from _known_fields([data["scope"]["field"]], fields, "scope.field")
    for item, path in (*items(data, "unique"), *items(data, "indexes")):
        if item["name"] in RESERVED:
            yield Finding(f"{path}.name", "RESERVED", {"key": item["name"]})
        yield from _known_fields(item["fields"], fields, f"{path}.fields")
        yield from _known_states(item.get("states", []), states, f"{path}.states")
    for index, name in enumerate(data.get("recused", [])):
        path = f"recused[{index}]"
        yield from _known_fields([name], fields, path)
        if name in fields and fields[name]["type"] not in NAMING:
            yield Finding(path, "NAMES_NOBODY", {"field": name, "known": ", ".join(NAMING)})
    value = data.get("readonlyAfter", [])
    for item, path in items({"readonlyAfter": value if isinstance(value, list) else [value]}, "readonlyAfter"):
        if item["fields"] != ["*"]:
            yield from _known_fields(item["fields"], fields, f"{path}.fields")
        yield from _known_states(item["from"], states, f"{path}.from")
    yield from _fit_states(data, states)
    yield from _fit_guard(data.get("guard", {}).get("queries", []))


def _fit_field(item: Mapping[str, Any], path: str, id_field: str | None) -> Iterator[Finding]:
    key = item["key"]
    if not _ID.fullmatch(key):
        yield Finding(f"{path}.key", "BAD_ID", {"id": key})
    if key in RESERVED and not key == id_field == "id":
        yield Finding(f"{path}.key", "RESERVED", {"key": key})
    if item["type"] not in FIELD_TYPES:
        yield Finding(f"{path}.type", "UNKNOWN_TYPE", {"type": item["type"], "known": ", ".join(FIELD_TYPES)})
    if item["type"] == "reference" and "register" not in item:
        yield Finding(path, "REFERENCE_REGISTER")


def _fit_states(data: Mapping[str, Any], states: set[str]) -> Iterator[Finding]:
    initial, transitions = data.get("initial", []), data.get("transitions", [])
    if states and not initial:
        yield Finding("", "NO_INITIAL")
    yield from _known_states(initial, states, "initial")
    for index, (before, after) in enumerate(transitions):
        yield from _known_states([after] if before == "*" else [before, after], states, f"transitions[{index}]")
    reached = set(initial) | {after for before, after in transitions if before != after}
    for item, path in items(data, "states"):
        if initial and item["id"] not in reached:
            yield Finding(path, "UNREACHABLE", {"state": item["id"]})


def _fit_guard(queries: list[Mapping[str, Any]]) -> Iterator[Finding]:
    yield from _twice((query["name"] for query in queries), "guard.queries")
    for index, query in enumerate(queries):
        path = f"guard.queries[{index}]"
        if query["name"] in KNOWN_TO_GUARDS:
            yield Finding(f"{path}.name", "QUERY_NAME", {"name": query["name"]})
        if query["kind"] not in QUERY_KINDS:
            yield Finding(f"{path}.kind", "UNKNOWN_KIND", {"kind": query["kind"], "known": ", ".join(QUERY_KINDS)})
        elif QUERY_KINDS[query["kind"]] not in query:
            yield Finding(path, "QUERY_NEEDS", {"key": QUERY_KINDS[query["kind"]]})
        texts = {f"{path}.where.{key}": value for key, value in query.get("where", {}).items()}
        texts[f"{path}.deadline"] = query.get("deadline")
        for where, text in texts.items():
            if isinstance(text, str) and text.startswith("="):
                for problem in host().problems(text[1:]):
                    yield Finding(where, "EXPRESSION", {"reason": problem.message})


def _known_fields(names: Iterable[str], fields: Mapping[str, Any], path: str) -> Iterator[Finding]:
    for name in names:
        if name not in fields:
            yield Finding(path, "UNKNOWN_FIELD", {"field": name})


def _known_states(names: Iterable[str], states: set[str], path: str) -> Iterator[Finding]:
    for name in names:
        if name not in states:
            yield Finding(path, "UNKNOWN_STATE", {"state": name})


def _twice(names: Iterable[str], path: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Finding(path, "TWICE", {"key": name})
        seen.add(name)
