"""What a diagram says, read once: plain facts about elements, without XML and without the library."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final


class Unsupported(Exception):
    """The diagram holds something that this engine does not execute; nothing of it may be deployed."""

    def __init__(self, element_id: str, reason: str) -> None:
        super().__init__(f"{element_id}: {reason}")
        self.element_id, self.reason = element_id, reason


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow. `id` is None for the invisible way from a link throw event to its catch event."""

    id: str | None
    source: str
    target: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class MappingRule:
    """One `zeebe:input` or `zeebe:output`; `source` is an expression ("=…") or a literal text."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What an event waits for or throws. Only the fields of its `kind` are set.

    `kind`: none, timer, message, signal, error, escalation, conditional, compensate, cancel, terminate, link. `name`
    (message, signal), `text` (timer, conditional) and the `code` of what is thrown may be expressions. `code` None
    catches every error or escalation. `activity` is the one to be compensated, None all; `waits` whether its throw
    event waits for that.
    """

    kind: str
    name: str | None = None
    code: str | None = None
    timer: str | None = None  # date, duration, cycle
    text: str | None = None
    correlation_key: str | None = None
    activity: str | None = None
    waits: bool = True


NO_EVENT: Final = EventDefinition("none")


@dataclass(frozen=True, slots=True)
class Loop:
    """Multi-instance characteristics. Of `input_collection` and `cardinality` exactly one is given."""

    sequential: bool
    input_collection: str | None
    cardinality: str | None
    input_element: str | None
    output_collection: str | None
    output_element: str | None
    condition: str | None

    def expressions(self) -> tuple[str | None, ...]:
        return self.input_collection, self.cardinality, self.output_element, self.condition

    @property
    def result(self) -> str | None:
        """The variable that `output_element` reads, if it is a plain name or a path.

        Each instance has one of its own, as in Camunda 8: what one has left must not pass for the result of another.
        """
        path = bare(self.output_element or "").strip().split(".")
        named = all(part.isidentifier() for part in path) and path[0] not in ("null", "true", "false", "loopCounter")
        return path[0] if named else None


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """Again and again while `condition` holds, at most `maximum` times. At least one of the two is given."""

    test_before: bool
    maximum: int | None
    condition: str | None

    def expressions(self) -> tuple[str | None, ...]:
        return (self.condition,)


@dataclass(slots=True)
class Node:
    """A flow node with everything that its extension elements say.

    `extensions` holds the attributes of the single `zeebe:` elements by their local name. `body` is the inside
    of a sub-process, `scope` the one that it stands in. `boundaries` are the events attached to it. `events` are its
    event definitions: any of them is caught, all of them are thrown. `compensates`: runs only as the handler of a
    compensation boundary event, whose own `handler` names it.
    """

    id: str
    name: str
    tag: str
    type: str
    scope: "Scope" = field(repr=False)
    events: tuple[EventDefinition, ...] = ()
    locals: tuple[str, ...] = ()
    inputs: tuple[MappingRule, ...] = ()
    outputs: tuple[MappingRule, ...] = ()
    extensions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    loop: Loop | StandardLoop | None = None
    body: "Scope | None" = None
    attached_to: str | None = None
    interrupting: bool = True
    default: str | None = None
    compensates: bool = False
    handler: str | None = None
    outgoing: list[Flow] = field(default_factory=list)
    incoming: list[Flow] = field(default_factory=list)
    boundaries: list["Node"] = field(default_factory=list)

    @property
    def event(self) -> EventDefinition:
        """The first definition; most events have one."""
        return self.events[0] if self.events else NO_EVENT

    def is_event(self, kind: str) -> bool:
        """Whether one of its definitions is of this kind."""
        return any(each.kind == kind for each in self.events)

    @property
    def undoes_scope(self) -> bool:
        """Whether this is an event sub-process that compensates the one around it."""
        return self.body is not None and any(start.is_event("compensate") for start in self.body.starts)

    @property
    def undo(self) -> "Node | None":
        """The compensation event attached to it."""
        return next((event for event in self.boundaries if event.is_event("compensate")), None)


@dataclass(slots=True)
class Scope:
    """A process or the inside of a sub-process. `owner` is the sub-process; None for the process."""

    id: str
    owner: Node | None
    variables: tuple[str, ...] = ()
    nodes: dict[str, Node] = field(default_factory=dict)

    @property
    def event_subprocesses(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.type == "EVENT_SUB_PROCESS"]

    @property
    def undoing(self) -> Node | None:
        """The event sub-process that compensates the whole scope once it has completed."""
        return next((node for node in self.event_subprocesses if node.undoes_scope), None)

    @property
    def compensable(self) -> "Iterator[Scope]":
        """The scopes whose activities a compensation event in here compensates.

        This one, and from an event sub-process outwards.
        """
        scope: Scope | None = self
        while scope is not None:
            yield scope
            owner = scope.owner
            scope = owner.scope if owner is not None and owner.type == "EVENT_SUB_PROCESS" else None

    @property
    def starts(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.tag == "startEvent"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole process. `nodes` are those of all its scopes; element ids are unique in a diagram."""

    process_id: str
    root: Scope
    nodes: Mapping[str, Node]

    def expressions(self) -> Iterator[str]:
        """Every FEEL expression that may be evaluated, without its "=", element by element; some occur twice."""
        for node in self.nodes.values():
            texts: list[str | None] = [rule.source for rule in (*node.inputs, *node.outputs)]
            texts += [text for attributes in node.extensions.values() for text in attributes.values()]
            for event in node.events:
                texts += [event.name, event.text, event.correlation_key, event.code]
            texts.append(node.properties.get("deadline"))
            texts += node.loop.expressions() if node.loop is not None else ()
            # Conditions are expressions with or without the sign.
            always = [flow.condition for flow in node.outgoing]
            always.append(node.extensions.get("script", {}).get("expression"))
            yield from (bare(text) for text in texts if text and is_expression(text))
            yield from (bare(text) for text in always if text)


def is_expression(text: str) -> bool:
    return text.lstrip().startswith("=")


def bare(text: str) -> str:
    """The FEEL of an expression, without the sign by which the dialect tells it from a literal."""
    return text.lstrip().removeprefix("=")
