"""A view over records or tasks: what its file declares. docs/reference/views.md says it for authors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.engine.feel import host
from service.registers.findings import Finding
from service.registers.shape import items, keys

COLUMN_TYPES = ("text", "date", "datetime", "number", "money", "mark", "person")
_COMMON: dict[str, tuple[type, bool]] = {
    "id": (str, True),
    "kind": (str, True),
    "title": (str, True),
    "help": (str, False),
    "empty": (str, False),
    "groups": (list, False),
}
_RECORDS: dict[str, tuple[type, bool]] = {
    "choices": (list, False),
    "register": (str, True),
    "where": (dict, False),
    "when": (str, False),
    "with": (list, False),
    "order": (list, False),
    "columns": (list, True),
    "detail": (list, False),
    "live": (bool, False),
    "work": (bool, False),
}
#: Kind: its keys beside the common ones.
KINDS: dict[str, dict[str, tuple[type, bool]]] = {
    "table": _RECORDS | {"public": (bool, False)},
    "board": _RECORDS | {"public": (bool, False), "stages": (list, True)},
    "spread": _RECORDS | {"values": (str, True), "least": (int, False)},
    "calendar": {"entries": (list, False), "tasks": (bool, False)},
    "tasks": {"processes": (list, False), "by": (str, True)},
}
_PARTS: dict[str, dict[str, tuple[type, bool]]] = {
    "columns": {"title": (str, True), "value": (str, True), "type": (str, False), "link": (bool, False)},
    "choices": {
        "name": (str, True),
        "title": (str, True),
        "register": (str, True),
        "order": (list, False),
        "label": (str, False),
    },
    "with": {
        "name": (str, True),
        "register": (str, False),
        "where": (dict, False),
        "on": (dict, False),
        "process": (str, False),
        "variable": (str, False),
        "ballots": (str, False),
        "case": (list, False),
    },
    "stages": {"title": (str, True), "when": (str, True)},
    "entries": {
        "register": (str, True),
        "where": (dict, False),
        "when": (str, False),
        "date": (str, True),
        "title": (str, True),
    },
}
#: By what open tasks can be counted.
BY = ("person", "process")
#: So many values at least, before anything is said of how they spread: fewer would tell single ones.
LEAST = 3


@dataclass(frozen=True, slots=True)
class Column:
    """What is shown of a record: `value` is FEEL. `link`: it leads to the record's own page of the view."""

    title: str
    value: str
    type: str
    link: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A record of a register that the reader chooses, by its id, for all expressions of the view."""

    name: str
    title: str
    register: str
    order: tuple[str, ...]
    #: FEEL over `record`: what it is called; by itself its id.
    label: str


@dataclass(frozen=True, slots=True)
class Join:
    """What stands beside a row, under `name`; one of four.

    Lists: records of a register, whose fields equal the row's (`on`: theirs → ours); the values of a variable of all
    cases of a process; ballot boxes whose names begin with `ballots`: who may vote and has voted, never what. An
    object: the variables named in `case` of the case that began the record.
    """

    name: str
    register: str
    where: Mapping[str, Any]
    on: Mapping[str, str]
    process: str
    variable: str
    ballots: str
    case: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of a board: the records for which `when` is true."""

    title: str
    when: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Days of a calendar: of each record one, where `date` gives one."""

    register: str
    where: Mapping[str, Any]
    when: str
    date: str
    title: str


@dataclass(frozen=True, slots=True)
class View:
    """A page over records or tasks. `kind` is one of `KINDS`; what a kind has not is empty."""

    id: str
    kind: str
    title: str
    help: str
    empty: str
    groups: tuple[str, ...]
    public: bool
    choices: tuple[Choice, ...]
    register: str
    where: Mapping[str, Any]
    when: str
    joins: tuple[Join, ...]
    order: tuple[str, ...]
    columns: tuple[Column, ...]
    detail: tuple[Column, ...]
    #: The page of a record keeps itself up to date; and shows the open tasks of the case that began it.
    live: bool
    work: bool
    stages: tuple[Stage, ...]
    values: str
    least: int
    entries: tuple[Entry, ...]
    tasks: bool
    processes: tuple[str, ...]
    by: str


def read(data: Mapping[str, Any]) -> View:
    """What a file declares that `findings` found nothing wrong with."""
    return View(
        id=data["id"],
        kind=data["kind"],
        title=data["title"],
        help=data.get("help", ""),
        empty=data.get("empty", ""),
        groups=tuple(data.get("groups", ())),
        public=data.get("public", False),
        choices=tuple(
            Choice(
                each["name"],
                each["title"],
                each["register"],
                tuple(each.get("order", ())),
                _bare(each.get("label", "record.id")),
            )
            for each in data.get("choices", ())
        ),
        register=data.get("register", ""),
        where=data.get("where", {}),
        when=_bare(data.get("when", "")),
        joins=tuple(
            Join(
                each["name"],
                each.get("register", ""),
                each.get("where", {}),
                each.get("on", {}),
                each.get("process", ""),
                each.get("variable", ""),
                each.get("ballots", ""),
                tuple(each.get("case", ())),
            )
            for each in data.get("with", ())
        ),
        order=tuple(data.get("order", ())),
        columns=_columns(data.get("columns", ())),
        detail=_columns(data.get("detail", ())),
        live=data.get("live", False),
        work=data.get("work", False),
        stages=tuple(Stage(each["title"], _bare(each["when"])) for each in data.get("stages", ())),
        values=_bare(data.get("values", "")),
        least=data.get("least", LEAST),
        entries=tuple(
            Entry(
                each["register"],
                each.get("where", {}),
                _bare(each.get("when", "")),
                _bare(each["date"]),
                _bare(each["title"]),
            )
            for each in data.get("entries", ())
        ),
        tasks=data.get("tasks", False),
        processes=tuple(data.get("processes", ())),
        by=data.get("by", ""),
    )


def findings(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with a file of one of `KINDS`, by itself."""
    yield from keys(_COMMON | KINDS[data["kind"]], data, "")
    for part, known in _PARTS.items():
        for name in ("columns", "detail") if part == "columns" else (part,):
            for item, path in items(data, name):
                yield from keys(known, item, path)
                yield from _expressions(item, path)
    for name in ("when", "values"):
        yield from _expression(data.get(name), name)
    yield from _expressions(data.get("where"), "where")
    for item, path in (*items(data, "columns"), *items(data, "detail")):
        if item.get("type", "text") not in COLUMN_TYPES:
            yield Finding(f"{path}.type", "UNKNOWN_TYPE", {"type": str(item["type"]), "known": ", ".join(COLUMN_TYPES)})
    for item, path in items(data, "with"):
        named = [key for key in ("register", "process", "ballots", "case") if key in item]
        wanted = {"register": "on", "process": "variable"}.get(named[0]) if len(named) == 1 else "register"
        if wanted and wanted not in item:
            yield Finding(path, "MISSING", {"key": wanted})
    if data["kind"] == "tasks" and data.get("by") not in BY:
        yield Finding("by", "UNKNOWN_KIND", {"kind": str(data.get("by")), "known": ", ".join(BY)})
    if not data.get("groups") and not data.get("public"):
        yield Finding("", "MISSING", {"key": "groups"})


def dangling(view: View, registers: Mapping[str, Any], groups: Any) -> Iterator[Finding]:
    """What a view names that the release would not have."""
    for group in view.groups:
        if group not in groups:
            yield Finding("groups", "UNKNOWN_GROUP", {"group": group})
    asked = [(view.register, "", view.where, view.order)] if view.register else []
    asked += [(each.register, f"choices.{each.name}", {}, each.order) for each in view.choices]
    asked += [
        (each.register, f"with.{each.name}", {**each.where, **each.on}, ()) for each in view.joins if each.register
    ]
    asked += [(each.register, f"entries[{n}]", each.where, ()) for n, each in enumerate(view.entries)]
    for name, path, where, order in asked:
        register = registers.get(name)
        if register is None:
            yield Finding(path or "register", "UNKNOWN_REGISTER", {"register": name})
            continue
        known = {*register.fields, "id", "state", *(key.name for key in (*register.unique, *register.indexes))}
        for field in (*where, *(each.removeprefix("-") for each in order)):
            if field not in known:
                yield Finding(path or "where", "UNKNOWN_NAME", {"register": name, "name": field})


def _columns(listed: Any) -> tuple[Column, ...]:
    return tuple(
        Column(each["title"], _bare(each["value"]), each.get("type", "text"), each.get("link", False))
        for each in listed
    )


def _expressions(item: Any, path: str) -> Iterator[Finding]:
    """The expressions of a part: those that must be one, and conditions that begin with `=`."""
    if not isinstance(item, Mapping):
        return
    for name, text in item.items():
        if name == "where" and isinstance(text, Mapping):
            yield from _expressions(text, f"{path}.where")
        elif name in ("value", "when", "date") or (isinstance(text, str) and text.startswith("=")):
            yield from _expression(text, f"{path}.{name}")
    if path.startswith("entries"):
        yield from _expression(item.get("title"), f"{path}.title")


def _expression(text: Any, path: str) -> Iterator[Finding]:
    if isinstance(text, str) and text:
        for problem in host().problems(_bare(text)):
            yield Finding(path, "EXPRESSION", {"reason": problem.message})


def _bare(text: str) -> str:
    return text.removeprefix("=")
