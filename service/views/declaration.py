"""A page declared as data, `<id>.view.json`: a public look-up by code, or a view over records or tasks."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from service.engine.feel import host
from service.registers.findings import Finding, wording
from service.registers.shape import items, keys
from service.views import view as pages
from service.views.view import View

_LOOKUP: dict[str, tuple[type, bool]] = {
    "id": (str, True),
    "kind": (str, True),
    "title": (str, True),
    "help": (str, False),
    "register": (str, True),
    "code": (str, True),
    "codeTitle": (str, True),
    "columns": (list, True),
    "notFound": (str, True),
}
_COLUMN: dict[str, tuple[type, bool]] = {"title": (str, True), "value": (str, True)}
LOOKUP = "lookup"
KINDS = (LOOKUP, *pages.KINDS)


class ViewInvalid(ValueError):
    """The file declares no view; the text says why, in Chinese for its author."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A page on which everybody who has a code sees a few values of its record. `columns`: title and FEEL."""

    id: str
    title: str
    help: str
    register: str
    code: str
    code_title: str
    columns: tuple[tuple[str, str], ...]
    not_found: str


@lru_cache(maxsize=64)
def parse(data: bytes) -> Lookup | View:
    """Read a file. Raises `ViewInvalid`."""
    try:
        declared = json.loads(data)
    except ValueError as error:
        raise ViewInvalid(wording(Finding("", "NOT_JSON", {"reason": str(error)}), "zh")) from error
    findings = [*_shape(declared)]
    if findings:
        raise ViewInvalid(" ".join(f"{finding.path}：{wording(finding, 'zh')}" for finding in findings))
    if declared["kind"] != LOOKUP:
        return pages.read(declared)
    return Lookup(
        declared["id"],
        declared["title"],
        declared.get("help", ""),
        declared["register"],
        declared["code"],
        declared["codeTitle"],
        tuple((column["title"], column["value"].removeprefix("=")) for column in declared["columns"]),
        declared["notFound"],
    )


def dangling(view: Lookup | View, registers: Mapping[str, Any], groups: Collection[str]) -> Iterator[Finding]:
    """What it names that the release would not have: registers, fields, groups."""
    if isinstance(view, View):
        yield from pages.dangling(view, registers, groups)
        return
    register = registers.get(view.register)
    if register is None:
        yield Finding("register", "UNKNOWN_REGISTER", {"register": view.register})
    elif view.code not in register.fields:
        yield Finding("code", "UNKNOWN_NAME", {"register": view.register, "name": view.code})


def _shape(data: Any) -> Iterator[Finding]:
    if not isinstance(data, Mapping):
        yield Finding("", "NOT_AN_OBJECT")
    elif data.get("kind") not in KINDS:
        yield Finding("kind", "UNKNOWN_KIND", {"kind": str(data.get("kind")), "known": ", ".join(KINDS)})
    elif data["kind"] != LOOKUP:
        yield from pages.findings(data)
    else:
        yield from keys(_LOOKUP, data, "")
        for item, path in items(data, "columns"):
            yield from keys(_COLUMN, item, path)
            for problem in host().problems(str(item.get("value", "")).removeprefix("=")):
                yield Finding(f"{path}.value", "EXPRESSION", {"reason": problem.message})
