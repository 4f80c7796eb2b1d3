"""How the tables of the language are written: an entry for each element, and the values of its attributes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["executed", "ignored", "refused"]
#: Allowed values of an attribute; None is any.
Values = frozenset[str] | None

ANY: Values = None
FALSE: Values = frozenset({"false", "0"})
TRUTH: Values = frozenset({"true", "false", "1", "0"})
ONE: Values = frozenset({"1"})


@dataclass(frozen=True, slots=True)
class Entry:
    """An element. `attributes` beside id and name; `children` by local name, beside those that any may have."""

    state: State
    attributes: Mapping[str, Values] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    reason: str = ""
    instead: str = ""
    reason_zh: str = ""
    instead_zh: str = ""


def executed(attributes: Mapping[str, Values] | None = None, *children: str) -> Entry:
    """An element of which the engine does what BPMN says."""
    return Entry("executed", attributes or {}, frozenset(children))


def ignored(attributes: Iterable[str] | Mapping[str, Values] = (), *children: str) -> Entry:
    """An element without execution meaning: kept and drawn."""
    given = attributes if isinstance(attributes, Mapping) else dict.fromkeys(attributes, ANY)
    return Entry("ignored", given, frozenset(children))


def refused(reason: str, instead: str, reason_zh: str, instead_zh: str) -> Entry:
    """An element that keeps a file out: why, and what to draw instead."""
    return Entry("refused", {}, frozenset(), reason, instead, reason_zh, instead_zh)
