"""Acts that no diagram draws: moving tokens within a definition, moving an instance to another definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.values import Variables


@dataclass(frozen=True, slots=True)
class Activation:
    """An element to be entered as if a flow had led to it; scopes around it that are not active are opened.

    `ancestor` is the element instance inside which that happens (0: the process instance, in new scopes
    throughout); None: inside the innermost scope that is active. `variables` are written into scopes before
    the element is entered: by the element id of a scope, "" being the process instance.
    """

    element_id: str
    ancestor: int | None = None
    variables: tuple[tuple[str, Variables], ...] = ()


@dataclass(frozen=True, slots=True)
class Modify:
    """Enter elements, then end element instances (by number), in one act.

    A scope in which nothing is left ends too, and so at last does the instance: terminated, not completed.
    A gateway that is entered passes at once, whoever waits at it.
    """

    activations: tuple[Activation, ...] = ()
    terminations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Migrate:
    """Go on under another definition: `hash` names that of the process `process_id` in the setting's library.

    `mapping` is from the ids of elements (and of flows that lead to joins) to those of the other definition.
    """

    process_id: str
    hash: str
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said against a modification or migration, or what should be known before it.

    `place` is the instruction (`activations[0]`, `terminations[1]`, or the mapped element), `element_id` the author's.
    What is no error (`is_error` false) is done nevertheless.
    """

    code: str
    place: str
    element_id: str
    details: Mapping[str, str] = field(default_factory=dict)
    is_error: bool = True


class MoveRefused(Exception):
    """A modification or migration is impossible. The execution is in no defined state: drop it; nothing was stored."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(", ".join(f"{each.place}: {each.code} at {each.element_id}" for each in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class ActiveElement:
    """A live element instance. `entered` is false for a token that waits at a join and is no instance yet."""

    id: int
    element_id: str
    type: str
    scope_id: int
    entered: bool
