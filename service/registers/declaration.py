"""What a register is, as its file `<id>.register.json` declares it: fields, states, keys, guard.

The file's form and every word in it are described in docs/reference/registers.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, cast

from service.registers.findings import Finding, wording
from service.registers.fit import check
from service.values import Value, normalise

FieldType = Literal[
    "text", "long", "number", "integer", "boolean", "date", "datetime", "list", "object", "reference", "money"
]
QueryKind = Literal["one", "count", "exists", "list", "decision", "deadline", "actor"]

#: The decision that gives article and reason of a code, unless the register names another.
REASONS = "refusal_reasons"


class DeclarationInvalid(ValueError):
    """The file declares no register; `findings` says why, and so does the text, in Chinese for its author."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(" ".join(f"{finding.path}：{wording(finding, 'zh')}" for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. `register` is where a reference leads."""

    key: str
    title: str
    type: FieldType
    required: bool = False
    personal: bool = False
    register: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A state of a record; from a `final` one only transitions that name it lead on."""

    id: str
    title: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """Fields whose values no two records may share while in `states` (None: in any); `code` is the refusal.

    A record in which one of the fields is empty holds no key. A field that is a list holds one key per element.
    """

    name: str
    fields: tuple[str, ...]
    states: frozenset[str] | None
    code: str


@dataclass(frozen=True, slots=True)
class Index:
    """Fields by which records are found without looking at all of them."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The record whose row is locked before a write: the one of `register` whose id stands in `field`."""

    register: str
    field: str


@dataclass(frozen=True, slots=True)
class RecusedBy:
    """Records of `register` recuse: each the person that its `index` holds, from the record whose id stands in `of`.

    `states` are those in which they do; empty: all.
    """

    register: str
    index: str
    of: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """Fields that stay as they are once a record is in one of `states`."""

    fields: frozenset[str]
    states: frozenset[str]
    code: str


@dataclass(frozen=True, slots=True)
class Query:
    """What a guard wants to know. Texts in `where` that begin with `=` are FEEL over what is known so far."""

    name: str
    kind: QueryKind
    register: str | None = None
    where: Mapping[str, Value] | None = None
    order: tuple[str, ...] = ()
    decision: str | None = None
    deadline: Value = None


@dataclass(frozen=True, slots=True)
class Guard:
    """The decision that is asked before every write, and its queries in the order they run."""

    decision: str
    queries: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told of a new record: the field that names people or groups, those that make the title and the text.

    Only the title goes into a mail.
    """

    to: str
    title: tuple[str, ...]
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """A declared register."""

    id: str
    title: str
    fields: Mapping[str, Field]
    states: Mapping[str, State]
    initial: tuple[str, ...]
    transitions: frozenset[tuple[str, str]]
    unique: tuple[UniqueKey, ...]
    indexes: tuple[Index, ...]
    id_field: str | None = None
    scope: Scope | None = None
    read_only: tuple[ReadOnly, ...] = ()
    guard: Guard | None = None
    read_groups: tuple[str, ...] = ()
    #: Fields that list persons who may not read the record, or refer to a record of a register that has such.
    recused: tuple[str, ...] = ()
    recused_by: RecusedBy | None = None
    reasons: str = REASONS
    notify: "Notify | None" = None

    def may_go(self, before: str | None, after: str) -> bool:
        """Whether the declaration has this transition; `*` stands for every state that is not final."""
        if (before, after) in self.transitions:
            return True
        state = self.states.get(before or "")  # None: a state that only another release knows
        return state is not None and not state.final and ("*", after) in self.transitions

    def state_title(self, state: str | None) -> str:
        """The state's name for people."""
        return self.states[state].title if state is not None and state in self.states else (state or "")


def problems(data: bytes, language: str = "zh-CN") -> list[tuple[str, str]]:
    """What is wrong with a file, as (path, message); empty: `parse` will take it."""
    return [(finding.path, wording(finding, language)) for finding in _read(data)[1]]


@lru_cache(maxsize=512)
def parse(data: bytes) -> Register:
    """Read a file; kept, since deployed files never change. Raises `DeclarationInvalid`."""
    declared, findings = _read(data)
    if findings:
        raise DeclarationInvalid(findings)
    return _register(declared)


def _read(data: bytes) -> tuple[Any, list[Finding]]:
    try:
        declared = json.loads(data, parse_float=Decimal)
    except ValueError as error:
        return None, [Finding("", "NOT_JSON", {"reason": str(error)})]
    return declared, check(declared)


def _notify(data: Mapping[str, Any]) -> Notify:
    return Notify(data["to"], tuple(data["title"]), tuple(data.get("text", ())))


def _register(data: Mapping[str, Any]) -> Register:
    fields = {item["key"]: _field(item) for item in data["fields"]}
    states = {
        item["id"]: State(item["id"], item.get("title", item["id"]), item.get("final", False))
        for item in data.get("states", ())
    }
    return Register(
        id=data["id"],
        title=data.get("title", data["id"]),
        fields=fields,
        states=states,
        initial=tuple(data.get("initial", ())),
        transitions=frozenset((before, after) for before, after in data.get("transitions", ())),
        unique=tuple(_unique(item) for item in data.get("unique", ())),
        indexes=tuple(Index(item["name"], tuple(item["fields"])) for item in data.get("indexes", ())),
        id_field=data.get("idField"),
        scope=Scope(data["scope"]["register"], data["scope"]["field"]) if "scope" in data else None,
        read_only=tuple(_read_only(item, fields) for item in _listed(data.get("readonlyAfter", ()))),
        guard=_guard(data["guard"]) if "guard" in data else None,
        read_groups=tuple(data.get("readGroups", ())),
        recused=tuple(data.get("recused", ())),
        recused_by=_recused_by(data["recusedBy"]) if "recusedBy" in data else None,
        reasons=data.get("reasons", REASONS),
        notify=_notify(data["notify"]) if "notify" in data else None,
    )


def _recused_by(item: Mapping[str, Any]) -> RecusedBy:
    return RecusedBy(item["register"], item["index"], item["of"], tuple(item.get("states", ())))


def _field(item: Mapping[str, Any]) -> Field:
    return Field(
        key=item["key"],
        title=item.get("title", item["key"]),
        type=cast(FieldType, item["type"]),
        required=item.get("required", False),
        personal=item.get("personal", False),
        register=item.get("register"),
    )


def _unique(item: Mapping[str, Any]) -> UniqueKey:
    states = frozenset(item["states"]) if "states" in item else None
    return UniqueKey(item["name"], tuple(item["fields"]), states, item["code"])


def _read_only(item: Mapping[str, Any], fields: Mapping[str, Field]) -> ReadOnly:
    named = frozenset(fields) if item["fields"] == ["*"] else frozenset(item["fields"])
    return ReadOnly(named, frozenset(item["from"]), item.get("code", "STATE_CONFLICT"))


def _guard(item: Mapping[str, Any]) -> Guard:
    return Guard(item["decision"], tuple(_query(query) for query in item.get("queries", ())))


def _query(item: Mapping[str, Any]) -> Query:
    return Query(
        name=item["name"],
        kind=cast(QueryKind, item["kind"]),
        register=item.get("register"),
        where={key: normalise(value) for key, value in item.get("where", {}).items()},
        order=tuple(item.get("order", ())),
        decision=item.get("decision"),
        deadline=item.get("deadline"),
    )


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value
