"""What goes into the engine and what comes out: acts, steps, and what they hold.

No library type occurs here. Ids of element instances, scopes and waits are small integers
counted within one process instance, so that the same acts give the same ids in any process.
`0` is the process instance itself (its scope holds the process variables). Element ids are always
the author's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from service.engine.calendar import WorkCalendar
from service.engine.move_types import Activation as Activation
from service.engine.move_types import ActiveElement as ActiveElement
from service.engine.move_types import Finding as Finding
from service.engine.move_types import Migrate as Migrate
from service.engine.move_types import Modify as Modify
from service.engine.move_types import MoveRefused as MoveRefused
from service.engine.wait_types import CallWait as CallWait
from service.engine.wait_types import JobWait as JobWait
from service.engine.wait_types import MessageWait as MessageWait
from service.engine.wait_types import SignalWait as SignalWait
from service.engine.wait_types import TimerWait as TimerWait
from service.engine.wait_types import UserTaskWait as UserTaskWait
from service.engine.wait_types import Wait as Wait
from service.values import Value, Variables


class EngineError(Exception):
    """The execution cannot go on at an element. The act has no effect; the caller stores an incident.

    `kind` is one of the error types of the Camunda 8 REST API (CONDITION_ERROR, EXTRACT_VALUE_ERROR,
    IO_MAPPING_ERROR, CALLED_DECISION_ERROR, CALLED_ELEMENT_ERROR, FORM_NOT_FOUND, UNHANDLED_ERROR_EVENT,
    JOB_NO_RETRIES, MESSAGE_SIZE_EXCEEDED, RESOURCE_NOT_FOUND, UNKNOWN).
    """

    def __init__(self, kind: str, element_id: str, reason: str, expression: str | None = None) -> None:
        super().__init__(f"{element_id}: {reason}")
        self.kind, self.element_id, self.reason, self.expression = kind, element_id, reason, expression


class StateUnreadable(Exception):
    """A stored state was altered, or comes from a version that this build cannot read."""


class ActImpossible(Exception):
    """The act names something that is not open (any more) in this instance; nothing happened."""


# --- what the engine is given -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProcessSource:
    """A deployed, vetted diagram. `hash` (SHA-256 of `xml`) keys the cache of compiled specs."""

    process_id: str
    xml: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class DecisionSource:
    """A deployed DMN file that holds the decision `decision_id`; `hash` keys the compiled model."""

    decision_id: str
    xml: bytes
    hash: str


class Library(Protocol):
    """What a release offers the engine while it runs."""

    def decision(self, decision_id: str) -> DecisionSource | None:
        """The decision in the instance's release, or None."""

    def process(self, process_id: str) -> ProcessSource | None:
        """The process in the instance's release, or None: where a migration leads."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything an act depends on beside definition and state; recorded with the act.

    `now` is aware. `deadlines` are the movable deadlines visible to the instance by name, already moved.
    """

    now: datetime
    calendar: WorkCalendar
    library: Library
    deadlines: Mapping[str, datetime] = field(default_factory=dict)


# --- acts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """Begin an instance. `element_id` picks the start event (message, signal or timer start); None is the plain one.

    `called`: a call activity waits for it, so that an error nobody catches ends it instead of raising an incident.
    """

    variables: Variables
    element_id: str | None = None
    called: bool = False


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Complete the user task or job (wait `id`) with its outcome's variables."""

    id: int
    variables: Variables


@dataclass(frozen=True, slots=True)
class ThrowError:
    """A job, user task or called instance (wait `id`) ended with a BPMN error, to be caught by code."""

    id: int
    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThrowEscalation:
    """A called instance (wait `id`) threw an escalation and goes on."""

    id: int
    code: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FireTimer:
    """The timer `id` is due."""

    id: int


@dataclass(frozen=True, slots=True)
class Correlate:
    """A message arrived for the subscription `id`."""

    id: int
    variables: Variables


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal reaches the signal subscription `id` of this instance."""

    id: int
    variables: Variables


@dataclass(frozen=True, slots=True)
class FinishCall:
    """The child instance of call `id` completed; its process variables come back."""

    id: int
    variables: Variables


@dataclass(frozen=True, slots=True)
class SetVariables:
    """An operator writes variables into a scope; `local` keeps them there instead of where they exist."""

    scope_id: int
    variables: Variables
    local: bool = False


@dataclass(frozen=True, slots=True)
class ReviewWaits:
    """Recompute due times that rest on movable deadlines (`Setting.deadlines`)."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Terminate the instance with everything in it."""


Act: TypeAlias = (
    Start
    | CompleteTask
    | ThrowError
    | ThrowEscalation
    | FireTimer
    | Correlate
    | Signal
    | FinishCall
    | SetVariables
    | ReviewWaits
    | Cancel
    | Modify
    | Migrate
)


# --- what happened ----------------------------------------------------------------------------


class ElementState(StrEnum):
    """The states of an element instance in the Camunda 8 REST API."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


@dataclass(frozen=True, slots=True)
class ElementChange:
    """An element instance entered or left. `type` as in the REST API (USER_TASK, SUB_PROCESS, MULTI_INSTANCE_BODY …).

    `scope_id` is the element instance it lies in: 0 or that of the sub-process, multi-instance body or,
    for a boundary event, the scope of its activity.
    """

    id: int
    element_id: str
    name: str
    type: str
    scope_id: int
    state: ElementState


@dataclass(frozen=True, slots=True)
class VariableChange:
    """A variable of a scope (0, or an element instance) has a new value."""

    scope_id: int
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class FiredRule:
    """One row of a decision table that fired: its id, 1-based index and outputs by name.

    `annotations` are what the row says of itself, as (column, text); the description has the column "".
    """

    rule_id: str
    index: int
    outputs: Mapping[str, Value]
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluatedDecision:
    """One decision of a requirement graph as it was evaluated, in order."""

    decision_id: str
    name: str
    type: str  # DECISION_TABLE, LITERAL_EXPRESSION …
    hash: str
    inputs: tuple[tuple[str, str, Value], ...]  # (input id, name, value)
    rules: tuple[FiredRule, ...]
    result: Value


@dataclass(frozen=True, slots=True)
class DecisionTaken:
    """A business rule task evaluated `decision_id`; the whole graph that was needed, the asked one last."""

    id: int
    element_id: str
    decision_id: str
    evaluated: tuple[EvaluatedDecision, ...]
    result: Value


@dataclass(frozen=True, slots=True)
class MessageThrown:
    """A message to be published when the step is committed. `ttl_ms` how long it waits for a taker."""

    element_id: str
    name: str
    correlation_key: str
    ttl_ms: int
    variables: Variables


@dataclass(frozen=True, slots=True)
class SignalThrown:
    """A signal to be broadcast to all instances when the step is committed.

    Whoever waited for it in the throwing instance has had it already: of that instance it is only for waits with ids
    above `number` whose element instances have ids up to it, which were on their way when it was thrown.
    """

    element_id: str
    name: str
    variables: Variables
    number: int

    def is_still_for(self, wait_id: int, owner: int) -> bool:
        """Whether a wait of the throwing instance itself is to get it yet."""
        return owner <= self.number < wait_id


@dataclass(frozen=True, slots=True)
class EscalationThrown:
    """An escalation that left the instance uncaught: to the parent's call activity, if there is one."""

    element_id: str
    code: str
    variables: Variables


class InstanceState(StrEnum):
    """The states of a process instance in the Camunda 8 REST API."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a process instance, from quiet state to quiet state.

    `state` is the whole execution, to be stored as is and given back to the next call; equal acts on equal
    states give equal bytes. `changes` and `flows` (ids of the sequence flows taken) are in the order they happened.
    `opened` and `closed` (wait ids) are what the act changed about the waits; a moved timer is closed and opened
    again under its id. `variables` are the process variables after the step.
    `error` is the code and message of a BPMN error that ended the instance uncaught (only for a called one), and the
    variables that it brings to whoever catches it.
    `stuck` are the joins at which tokens wait in an instance that is active, and waits for nothing else:
    a diagram that can go no further by itself, and has not come to its end.
    """

    state: bytes
    status: InstanceState
    changes: tuple[ElementChange, ...]
    flows: tuple[str, ...]
    opened: tuple[Wait, ...]
    closed: tuple[int, ...]
    set_variables: tuple[VariableChange, ...]
    decisions: tuple[DecisionTaken, ...]
    messages: tuple[MessageThrown, ...]
    signals: tuple[SignalThrown, ...]
    escalations: tuple[EscalationThrown, ...]
    variables: Variables
    error: tuple[str, str, Variables] | None = None
    stuck: tuple[str, ...] = ()
