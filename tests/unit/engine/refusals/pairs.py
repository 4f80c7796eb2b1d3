"""A wrong diagram, the finding it must get, and its twin: the smallest change that makes it right."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, flow, gateway, start, tag, user, zeebe
from tests.unit.engine.shelf import diagram

#: Makes the pieces around the one that matters.
Around = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """`rule` must be found at `element` of `wrong`; `right` passes, compiles and starts."""

    name: str
    rule: str
    element: str
    wrong: bytes
    right: bytes

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"


def pair(
    name: str, rule: str, element: str, wrong: Iterable[str], right: Iterable[str], *,
    definitions: str = b.DEFINITIONS, right_definitions: str = "", **attributes: Any,
) -> Pair:  # fmt: skip
    """A case from the bodies of the process `p`. What stands at the top of the file is `definitions` in both."""
    return Pair(
        name, rule, element,
        diagram(*wrong, definitions=definitions, **attributes),
        diagram(*right, definitions=right_definitions or definitions),
    )  # fmt: skip


def within(name: str, rule: str, element: str, around: Around, wrong: str, right: str, **more: Any) -> Pair:
    """A case in which one piece differs."""
    return pair(name, rule, element, tuple(around(wrong)), tuple(around(right)), **more)


def defined(name: str, rule: str, element: str, body: Iterable[str], wrong: str, right: str) -> Pair:
    """A case in which the top of the file differs, beside the usual definitions."""
    body = tuple(body)
    return pair(name, rule, element, body, body, definitions=b.DEFINITIONS + wrong,
                right_definitions=b.DEFINITIONS + right)  # fmt: skip


def line(piece: str) -> tuple[str, ...]:
    """Start, one element `a`, end."""
    return (start(), piece, end(), chain("s", "a", "e"))


def beside(piece: str) -> tuple[str, ...]:
    """A complete diagram and one piece more."""
    return (*line(tag("task", id="a")), piece)


def task(*items: str, inner: str = "", kind: str = "task", **attributes: str) -> str:
    """A task `a`."""
    return tag(kind, (extensions(*items) if items else "") + inner, id="a", **attributes)


def offered(*items: str, groups: str = "staff", inner: str = "", **attributes: str) -> str:
    """A user task `a` that nothing is wrong with."""
    return user("a", zeebe("assignmentDefinition", candidateGroups=groups), *items, inner=inner, **attributes)


def attached(piece: str) -> tuple[str, ...]:
    """A task `a` with the boundary event `x`, which leads to an end."""
    return (*line(tag("task", id="a")), piece, end("z"), chain("x", "z"))


def handled(piece: str) -> tuple[str, ...]:
    """An event sub-process `v` whose start event is the piece `x`."""
    return (
        *line(tag("task", id="a")),
        b.sub("v", piece, end("ve"), chain("x", "ve"), triggeredByEvent="true"),
    )  # fmt: skip


def enclosed(*body: str, more: str = "", id: str = "a") -> str:
    """A sub-process with the body between its start `is` and its end `ie`."""
    return b.sub(id, start("is"), *body, end("ie"), more)


def decide(*flows: str, kind: str = "exclusive", **attributes: str) -> tuple[str, ...]:
    """A gateway `g` with the tasks `x` and `y` behind it, each with its own end."""
    return (
        start(), gateway(kind, "g", **attributes), tag("task", id="x"), tag("task", id="y"), end(), end("e2"),
        flow("s", "g"), *flows, chain("x", "e"), chain("y", "e2"),
    )  # fmt: skip


def marked(element: str, piece: str, **attributes: str) -> str:
    """The piece with attributes on its first element of this kind."""
    listed = "".join(f' {name}="{value}"' for name, value in attributes.items())
    assert f"<bpmn:{element}" in piece
    return piece.replace(f"<bpmn:{element}", f"<bpmn:{element}{listed}", 1)
