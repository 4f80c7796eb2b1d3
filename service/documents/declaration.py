"""What a document is, as its file `<id>.document.json` declares it: inputs, the records it may read, its template.

The file's form and every word in it are described in docs/reference/documents.md.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from service.documents.masks import MASKS
from service.engine.feel import host
from service.registers.findings import Finding, wording
from service.registers.shape import items, keys
from service.values import Value, Variables, normalise

#: What the platform tells every template beside its inputs.
TOLD = ("platform",)
#: Query kind: what it must say beside its name.
QUERY_KINDS = {
    "one": "register",
    "list": "register",
    "count": "register",
    "exists": "register",
    "decision": "decision",
    "accounts": "usernames",
}
#: Ending of the template → ending of what comes of it.
ENDINGS = {".typ": ".pdf", ".docx": ".docx"}
SHEET_ENDING = ".xlsx"

_DOCUMENT: dict[str, tuple[type, bool]] = {
    "id": (str, True),
    "title": (str, True),
    "description": (str, False),
    "template": (str, False),
    "sheet": (dict, False),
    "fileName": (str, True),
    "inputs": (list, False),
    "records": (list, False),
    "values": (dict, False),
    "codes": (dict, False),
    "example": (dict, False),
}
_INPUT: dict[str, tuple[type, bool]] = {"key": (str, True), "title": (str, True), "optional": (bool, False)}
_QUERY: dict[str, tuple[type, bool]] = {
    "name": (str, True),
    "kind": (str, True),
    "register": (str, False),
    "where": (dict, False),
    "order": (list, False),
    "fields": (list, False),
    "masks": (dict, False),
    "optional": (bool, False),
    "decision": (str, False),
    "usernames": (str, False),
}
_SHEET: dict[str, tuple[type, bool]] = {"title": (str, True), "rows": (str, True), "columns": (list, True)}
_COLUMN: dict[str, tuple[type, bool]] = {"key": (str, True), "title": (str, True), "width": (object, False)}


class DeclarationInvalid(ValueError):
    """The file declares no document; the text says why, in Chinese for its author."""


@dataclass(frozen=True, slots=True)
class Input:
    """What whoever asks for the document hands in."""

    key: str
    title: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What the document reads by itself, and of that which fields; a field whose name ends in `?` may be empty.

    What is not named here the template does not see.
    """

    name: str
    kind: str
    register: str | None
    where: Mapping[str, Value]
    order: tuple[str, ...]
    fields: tuple[str, ...]
    masks: Mapping[str, str]
    optional: bool
    decision: str | None
    usernames: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A workbook of one sheet: its rows (FEEL), and of each row the columns (key, title, width in characters)."""

    title: str
    rows: str
    columns: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared document. `values` and `codes` are FEEL without their `=`; a value's name may end in `?`."""

    id: str
    title: str
    file_name: str
    template: str | None
    sheet: Sheet | None
    inputs: tuple[Input, ...]
    queries: tuple[Query, ...]
    values: Mapping[str, str]
    codes: Mapping[str, str]
    example: Variables | None

    @property
    def ending(self) -> str:
        """Of the file that comes of it."""
        return ENDINGS[PurePosixPath(self.template).suffix] if self.template else SHEET_ENDING


def problems(data: bytes, language: str = "zh-CN") -> list[tuple[str, str]]:
    """What is wrong with a file, as (path, message); empty: `parse` will take it."""
    return [(finding.path, wording(finding, language)) for finding in _read(data)[1]]


@lru_cache(maxsize=256)
def parse(data: bytes) -> Declaration:
    """Read a file; kept, since deployed files never change. Raises `DeclarationInvalid`."""
    declared, findings = _read(data)
    if findings:
        raise DeclarationInvalid(" ".join(f"{finding.path}：{wording(finding, 'zh')}" for finding in findings))
    sheet = declared.get("sheet")
    return Declaration(
        id=declared["id"],
        title=declared["title"],
        file_name=declared["fileName"],
        template=declared.get("template"),
        sheet=_sheet(sheet) if sheet else None,
        inputs=tuple(Input(i["key"], i["title"], i.get("optional", False)) for i in declared.get("inputs", ())),
        queries=tuple(_query(item) for item in declared.get("records", ())),
        values={name: text.removeprefix("=") for name, text in declared.get("values", {}).items()},
        codes={name: text.removeprefix("=") for name, text in declared.get("codes", {}).items()},
        example=normalise(declared["example"]) if "example" in declared else None,  # type: ignore[arg-type]
    )


def _sheet(data: Mapping[str, Any]) -> Sheet:
    columns = tuple((c["key"], c["title"], float(c.get("width", 12))) for c in data["columns"])
    return Sheet(data["title"], data["rows"].removeprefix("="), columns)


def _query(item: Mapping[str, Any]) -> Query:
    return Query(
        name=item["name"],
        kind=item["kind"],
        register=item.get("register"),
        where={key: normalise(value) for key, value in item.get("where", {}).items()},
        order=tuple(item.get("order", ())),
        fields=tuple(item.get("fields", ())),
        masks=item.get("masks", {}),
        optional=item.get("optional", False),
        decision=item.get("decision"),
        usernames=item.get("usernames"),
    )


def _read(data: bytes) -> tuple[Any, list[Finding]]:
    try:
        declared = json.loads(data, parse_float=Decimal)
    except ValueError as error:
        return None, [Finding("", "NOT_JSON", {"reason": str(error)})]
    return declared, list(_shape(declared)) or list(_fit(declared))


def _shape(data: Any) -> Iterator[Finding]:
    yield from keys(_DOCUMENT, data, "")
    if not isinstance(data, Mapping):
        return
    for part, known in (("inputs", _INPUT), ("records", _QUERY)):
        for index, item in enumerate(data.get(part, ()) if isinstance(data.get(part, ()), list) else ()):
            yield from keys(known, item, f"{part}[{index}]")
    if isinstance(data.get("sheet"), Mapping):
        yield from keys(_SHEET, data["sheet"], "sheet")
        for item, path in items(data["sheet"], "columns"):
            yield from keys(_COLUMN, item, f"sheet.{path}")
    for part in ("values", "codes"):
        for name, text in (data.get(part) or {}).items() if isinstance(data.get(part), Mapping) else ():
            if not isinstance(text, str):
                yield Finding(f"{part}.{name}", "NOT_A_TEXT")


def _fit(data: Mapping[str, Any]) -> Iterator[Finding]:
    if ("template" in data) == ("sheet" in data):
        yield Finding("", "TEMPLATE_OR_SHEET")
    elif "template" in data and PurePosixPath(data["template"]).suffix not in ENDINGS:
        yield Finding("template", "TEMPLATE_KIND", {"file": data["template"]})
    names = [item["key"] for item in data.get("inputs", ())] + [item["name"] for item in data.get("records", ())]
    names += [name.removesuffix("?") for name in data.get("values", {})]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Finding("", "TWICE", {"key": name})
    for item, path in items(data, "records"):
        needed = QUERY_KINDS.get(item["kind"])
        if needed is None:
            yield Finding(f"{path}.kind", "UNKNOWN_KIND", {"kind": item["kind"], "known": ", ".join(QUERY_KINDS)})
        elif needed not in item:
            yield Finding(path, "QUERY_NEEDS", {"key": needed})
        for mask in item.get("masks", {}).values():
            if mask not in MASKS:
                yield Finding(f"{path}.masks", "UNKNOWN_MASK", {"mask": str(mask), "known": ", ".join(MASKS)})
    for path, text in _expressions(data):
        for problem in host().problems(text.removeprefix("=")):
            yield Finding(path, "EXPRESSION", {"reason": problem.message})


def _expressions(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if data["fileName"].startswith("="):
        yield "fileName", data["fileName"]
    for part in ("values", "codes"):
        yield from ((f"{part}.{name}", text) for name, text in data.get(part, {}).items())
    if "sheet" in data:
        yield "sheet.rows", data["sheet"]["rows"]
    for item, path in items(data, "records"):
        if "usernames" in item:
            yield f"{path}.usernames", item["usernames"]
        for key, value in item.get("where", {}).items():
            if isinstance(value, str) and value.startswith("="):
                yield f"{path}.where.{key}", value
