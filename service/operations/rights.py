"""What a group may do: read out of the newest release, for people who grant it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.access import names_in
from service.releases import ReleaseLibrary, newest


@dataclass(frozen=True, slots=True)
class Rights:
    """Names of processes and registers, as they are shown. `sees` is what the procedure itself says of the group."""

    sees: str
    starts: tuple[str, ...]
    reads: tuple[str, ...]
    administers: tuple[str, ...]
    registers: tuple[str, ...]


def of_group(session: Session, group: str) -> Rights:
    """The rights that hang on a group beside tasks offered to it."""
    release = newest(session)
    if release is None:
        return Rights("", (), (), (), ())
    return Rights(
        _said(release, group),
        _processes(release, "startGroups", group),
        _processes(release, "readGroups", group),
        _processes(release, "adminGroups", group),
        tuple(
            _text(declared, "title") or each.resource_id
            for each in release.all("register")
            if group in _list(declared := json.loads(each.data), "readGroups")
        ),
    )


def _processes(release: ReleaseLibrary, name: str, group: str) -> tuple[str, ...]:
    return tuple(
        each.name for each in release.all("process") if group in names_in(each.facts["properties"].get(name))
    )  # fmt: skip


def _said(release: ReleaseLibrary, group: str) -> str:
    declared = release.get("groups", "groups")
    if declared is None:
        return ""
    found: Any = json.loads(declared.data)
    rows = found["groups"] if isinstance(found, dict) else found
    return next((_text(row, "sees") for row in rows if (row.get("name") or row.get("key")) == group), "")


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _list(row: Mapping[str, Any], name: str) -> list[Any]:
    value = row.get(name)
    return value if isinstance(value, list) else []
