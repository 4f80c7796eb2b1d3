"""A public look-up, as its file `<id>.view.json` declares it: a register, its field of codes, what is shown."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from service.engine.feel import host
from service.registers.findings import Finding, wording
from service.registers.shape import items, keys

_VIEW: dict[str, tuple[type, bool]] = {
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
KINDS = ("lookup",)


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
def parse(data: bytes) -> Lookup:
    """Read a file. Raises `ViewInvalid`."""
    try:
        declared = json.loads(data)
    except ValueError as error:
        raise ViewInvalid(wording(Finding("", "NOT_JSON", {"reason": str(error)}), "zh")) from error
    findings = [*_shape(declared)]
    if findings:
        raise ViewInvalid(" ".join(f"{finding.path}：{wording(finding, 'zh')}" for finding in findings))
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


def dangling(view: Lookup, registers: Mapping[str, Any]) -> Iterator[Finding]:
    """The register that the release would not have, or its field."""
    register = registers.get(view.register)
    if register is None:
        yield Finding("register", "UNKNOWN_REGISTER", {"register": view.register})
    elif view.code not in register.fields:
        yield Finding("code", "UNKNOWN_NAME", {"register": view.register, "name": view.code})


def _shape(data: Any) -> Iterator[Finding]:
    yield from keys(_VIEW, data, "")
    if not isinstance(data, Mapping):
        return
    if data.get("kind") not in KINDS:
        yield Finding("kind", "UNKNOWN_KIND", {"kind": str(data.get("kind")), "known": ", ".join(KINDS)})
    for item, path in items(data, "columns"):
        yield from keys(_COLUMN, item, path)
        for problem in host().problems(str(item.get("value", "")).removeprefix("=")):
            yield Finding(f"{path}.value", "EXPRESSION", {"reason": problem.message})
