"""What a diagram of the notation says, between its text and its XML."""

from dataclasses import dataclass, field


class Unreadable(ValueError):
    """The text is not in the notation."""


@dataclass
class Element:
    """One flow node. `inner` and `extensions` are pieces of XML."""

    id: str
    kind: str | None = None
    arg: str = ""
    host: str | None = None
    interrupting: bool = True
    attributes: dict[str, str] = field(default_factory=dict)
    extensions: list[str] = field(default_factory=list)
    inputs: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[tuple[str, str]] = field(default_factory=list)
    assignment: dict[str, str] = field(default_factory=dict)
    schedule: dict[str, str] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    loop: dict[str, str] = field(default_factory=dict)
    rounds: dict[str, str] = field(default_factory=dict)
    publish: dict[str, str] = field(default_factory=dict)
    retries: str = ""
    inner: list[str] = field(default_factory=list)
    also: list[tuple[str, str]] = field(default_factory=list)
    waits: bool = True
    body: "Body | None" = None


@dataclass
class Body:
    """A process or the inside of a sub-process."""

    elements: dict[str, Element] = field(default_factory=dict)
    flows: list[tuple[str, str, str, str | None]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)


def rule(rest: str) -> tuple[str, str]:
    """`target = FEEL`, as the target and an expression of the dialect."""
    target, _, source = rest.partition(" = ")
    return target.strip(), f"={source.strip()}"
