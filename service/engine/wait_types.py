"""What an instance can wait for, as values: every expression of the diagram is already evaluated.

`id` is the number of the wait, and of the element instance where there is one. Instants are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from service.values import Variables


@dataclass(frozen=True, slots=True)
class UserTaskWait:
    """An open user task; every expression of its definition is already a value.

    `id` is both the element instance and the wait. `properties` are the `zeebe:property` entries as
    written, `headers` the task headers. Instants are aware UTC.
    """

    id: int
    element_id: str
    name: str
    form_id: str | None
    assignee: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    properties: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JobWait:
    """A service task (or other job-based element) that waits for a connector or worker of `type`.

    `variables` are what the job may see: its input mappings, or all visible variables if it has none.
    """

    id: int
    element_id: str
    name: str
    type: str
    retries: int
    headers: Mapping[str, str]
    variables: Variables


@dataclass(frozen=True, slots=True)
class TimerWait:
    """A timer. `element_instance_id` is the event, or the activity it is attached to.

    `deadline` is the name of the movable deadline it follows, if any. `repetitions` left: -1 for ever.
    """

    id: int
    element_id: str
    element_instance_id: int
    due_at: datetime
    repetitions: int
    deadline: str | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class MessageWait:
    """A subscription to messages named `name` with this correlation key."""

    id: int
    element_id: str
    element_instance_id: int
    name: str
    correlation_key: str
    interrupting: bool


@dataclass(frozen=True, slots=True)
class SignalWait:
    """A subscription to a broadcast signal."""

    id: int
    element_id: str
    element_instance_id: int
    name: str


@dataclass(frozen=True, slots=True)
class CallWait:
    """A call activity whose child instance is to be started (when opened) or cancelled (when closed)."""

    id: int
    element_id: str
    name: str
    process_id: str
    binding: str  # deployment, latest, versionTag
    variables: Variables
    propagate_all: bool


Wait: TypeAlias = UserTaskWait | JobWait | TimerWait | MessageWait | SignalWait | CallWait
