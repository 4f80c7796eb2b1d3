"""One call of a connector: what it is given, and how it reads its inputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.orm import Session

from service.clock import ZONE
from service.engine.calendar import WorkCalendar
from service.engine.feel import FeelError, Moment, host
from service.engine.types import JobWait
from service.errors import Invalid
from service.registers.refusals import Authority, RegisterFault
from service.releases import ReleaseLibrary
from service.values import Value, Variables

P = ParamSpec("P")
T = TypeVar("T")


class ConnectorFault(Exception):
    """A mistake in the diagram's inputs or in a declaration, not of the person: an incident at the element."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ConnectorCall:
    """A service task that waits for its connector, and everything the connector may use.

    An input is an input mapping of the task or, where the task has none of that name, a task header. `now` is the
    moment the request arrived.
    """

    session: Session
    library: ReleaseLibrary
    calendar: WorkCalendar
    instance_key: int
    root_key: int
    wait: JobWait
    now: datetime
    actor: str | None

    @property
    def authority(self) -> Authority:
        """For writing registers: in whose name, when, by which release."""
        return Authority(self.library, self.calendar, self.now, self.actor, self.instance_key)

    @property
    def moment(self) -> Moment:
        """What expressions may depend on."""
        return Moment(self.now, self.calendar)

    def value(self, name: str) -> Value:
        """The input, or None."""
        found = self.wait.variables.get(name)
        return found if found is not None else self.wait.headers.get(name)

    def text(self, name: str) -> str:
        """A text that must be there; a number is written plainly. Raises `ConnectorFault`."""
        found = self.optional_text(name)
        if found is None:
            raise ConnectorFault(f"the input “{name}” is missing")
        return found

    def optional_text(self, name: str) -> str | None:
        """A text or nothing. Raises `ConnectorFault` for anything else."""
        found = self.value(name)
        if found is None or found == "":
            return None
        if isinstance(found, Decimal):
            return format(found, "f")
        if not isinstance(found, str):
            raise ConnectorFault(f"the input “{name}” must be a text")
        return found

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing. A header says `true`."""
        return self.value(name) in (True, "true")

    def mapping(self, name: str) -> Variables:
        """An object, empty where it is missing."""
        found = self.value(name)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise ConnectorFault(f"the input “{name}” must be an object")
        return dict(found)

    def texts(self, name: str) -> list[str]:
        """A list of texts, empty where it is missing; in a header, separated by commas."""
        found = self.value(name)
        if isinstance(found, str):
            found = [part.strip() for part in found.split(",") if part.strip()]
        return texts(found, name)

    def instant(self, name: str) -> datetime | None:
        """An instant or nothing; without a zone it is local time."""
        found = self.optional_text(name)
        return None if found is None else instant(found)

    def evaluate(self, expression: str, context: Variables) -> Value:
        """An expression of the diagram, with or without its `=`. Raises `ConnectorFault`."""
        try:
            return host().evaluate(expression.removeprefix("="), context, self.moment)
        except FeelError as error:
            raise ConnectorFault(str(error)) from error


def texts(found: Value, name: str) -> list[str]:
    """A list of texts; None is the empty list. Raises `ConnectorFault`."""
    listed: Sequence[Value] = found if isinstance(found, list) else [] if found is None else [found]
    if not all(isinstance(item, str) for item in listed):
        raise ConnectorFault(f"the input “{name}” must be a list of texts")
    return [str(item) for item in listed]


def instant(text: str) -> datetime:
    """An instant as FEEL or RFC 3339 writes it; a zone's name behind the offset is not read."""
    try:
        found = datetime.fromisoformat(text.partition("@")[0])
    except ValueError as error:
        raise ConnectorFault(f"{text!r} is no date and time") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=ZONE)


def faults_named(connector: Callable[P, T]) -> Callable[P, T]:
    """Turn what registers find wrong with a diagram's values into `ConnectorFault`: a form has checked the person's."""

    @wraps(connector)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return connector(*args, **kwargs)
        except RegisterFault as fault:
            raise ConnectorFault(fault.reason) from fault
        except Invalid as invalid:
            reasons = "; ".join(f"{fault.path}: {fault.message}" for fault in invalid.errors)
            raise ConnectorFault(reasons) from invalid

    return run
