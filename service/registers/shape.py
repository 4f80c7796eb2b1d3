"""Whether a JSON document has the shape of a register declaration: known keys, of the right types."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.registers.findings import Finding

_NOT_A = {str: "NOT_A_TEXT", int: "NOT_A_NUMBER", bool: "NOT_A_BOOLEAN", list: "NOT_A_LIST", dict: "NOT_AN_OBJECT"}

#: Part: key → (type, required).
_PARTS: dict[str, dict[str, tuple[type, bool]]] = {
    "register": {
        "id": (str, True),
        "title": (str, True),
        "description": (str, False),
        "idField": (str, False),
        "fields": (list, True),
        "states": (list, False),
        "initial": (list, False),
        "transitions": (list, False),
        "unique": (list, False),
        "indexes": (list, False),
        "scope": (dict, False),
        "readonlyAfter": (object, False),
        "guard": (dict, False),
        "readGroups": (list, False),
        "recused": (list, False),
        "recusedBy": (dict, False),
        "reasons": (str, False),
        "notify": (dict, False),
    },
    "field": {
        "key": (str, True),
        "title": (str, True),
        "type": (str, True),
        "required": (bool, False),
        "personal": (bool, False),
        "register": (str, False),
        "description": (str, False),
    },
    "state": {"id": (str, True), "title": (str, True), "final": (bool, False)},
    "unique": {"name": (str, True), "fields": (list, True), "states": (list, False), "code": (str, True)},
    "index": {"name": (str, True), "fields": (list, True)},
    "scope": {"register": (str, True), "field": (str, True)},
    "recused_by": {"register": (str, True), "index": (str, True), "of": (str, True), "states": (list, False)},
    "read_only": {"fields": (list, True), "from": (list, True), "code": (str, False)},
    "notify": {"to": (str, True), "title": (list, True), "text": (list, False)},
    "guard": {"decision": (str, True), "queries": (list, False)},
    "query": {
        "name": (str, True),
        "kind": (str, True),
        "register": (str, False),
        "where": (dict, False),
        "order": (list, False),
        "decision": (str, False),
        "deadline": (str, False),
    },
}


def shape(data: Any) -> Iterator[Finding]:
    """Unknown, missing and mistyped keys at every level."""
    yield from _part("register", data, "")
    if not isinstance(data, Mapping):
        return
    for key, part in (("fields", "field"), ("states", "state"), ("unique", "unique"), ("indexes", "index")):
        yield from _parts(part, data.get(key, []), key)
    for key in ("initial", "readGroups", "recused"):
        yield from _texts(data.get(key, []), key)
    for item, path in (*items(data, "unique"), *items(data, "indexes")):
        yield from _texts(item.get("fields", []), f"{path}.fields")
        yield from _texts(item.get("states", []), f"{path}.states")
    transitions = data.get("transitions", [])
    for index, pair in enumerate(transitions if isinstance(transitions, list) else ()):
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, str) for end in pair)):
            yield Finding(f"transitions[{index}]", "NOT_A_PAIR")
    if "scope" in data:
        yield from _part("scope", data["scope"], "scope")
    if "recusedBy" in data:
        yield from _part("recused_by", data["recusedBy"], "recusedBy")
    yield from _shape_of_read_only(data.get("readonlyAfter", []))
    if "notify" in data:
        yield from _part("notify", data["notify"], "notify")
    if "guard" in data:
        yield from _part("guard", data["guard"], "guard")
        if isinstance(data["guard"], Mapping):
            yield from _parts("query", data["guard"].get("queries", []), "guard.queries")


def _shape_of_read_only(value: Any) -> Iterator[Finding]:
    listed = [value] if isinstance(value, Mapping) else value
    if not isinstance(listed, list):
        yield Finding("readonlyAfter", "NOT_A_LIST")
    yield from _parts("read_only", listed, "readonlyAfter")
    for item, path in items({"readonlyAfter": listed}, "readonlyAfter"):
        yield from _texts(item.get("fields", []), f"{path}.fields")
        yield from _texts(item.get("from", []), f"{path}.from")


def _part(part: str, value: Any, path: str) -> Iterator[Finding]:
    yield from keys(_PARTS[part], value, path)


def keys(known: Mapping[str, tuple[type, bool]], value: Any, path: str) -> Iterator[Finding]:
    """Unknown, missing and mistyped keys of one object; `known` has for each key its type and whether it must be."""
    if not isinstance(value, Mapping):
        yield Finding(path, "NOT_AN_OBJECT")
        return
    for key in value:
        if key not in known:
            yield Finding(path, "UNKNOWN_KEY", {"key": str(key), "known": ", ".join(known)})
    for key, (expected, required) in known.items():
        if key not in value:
            if required:
                yield Finding(path, "MISSING", {"key": key})
        elif not isinstance(value[key], expected):
            yield Finding(f"{path}.{key}".lstrip("."), _NOT_A[expected])


def _parts(part: str, value: Any, path: str) -> Iterator[Finding]:
    """Each part of a list; that it is one was looked at with what holds it."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from _part(part, item, f"{path}[{index}]")


def _texts(value: Any, path: str) -> Iterator[Finding]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(item, str):
            yield Finding(f"{path}[{index}]", "NOT_A_TEXT")


def items(data: Mapping[str, Any], key: str) -> list[tuple[Mapping[str, Any], str]]:
    """The objects of a list with their paths; what is none was reported already."""
    value = data.get(key, [])
    listed = value if isinstance(value, list) else []
    return [(item, f"{key}[{index}]") for index, item in enumerate(listed) if isinstance(item, Mapping)]
