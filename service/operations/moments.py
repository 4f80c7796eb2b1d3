"""The time and the calendar of an act, and what else it depends on beside definition and state."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import db
from service.engine.calendar import WorkCalendar, from_days
from service.engine.types import Setting
from service.models import Calendar, Deadline, Platform
from service.releases import ReleaseLibrary

_EMPTY = from_days({})
#: For a statement that reads them on its way; see `platform_read`.
PLATFORM_COLUMNS = Platform.pinned_at, Platform.calendar_hash
_PLATFORM = select(*PLATFORM_COLUMNS).where(Platform.id == 1)
_calendars: dict[tuple[str, str], WorkCalendar] = {}


def platform(session: Session) -> Any:
    """Clock (`pinned_at`) and calendar (`calendar_hash`) of the platform's one row, read once per session.

    Raises `RuntimeError` on an empty database.
    """
    found = session.info.get("platform")
    if found is None:
        found = session.connection().execute(_PLATFORM).one_or_none()
        if found is None:
            raise RuntimeError("the database is not set up; run: pingshen db upgrade")
        session.info["platform"] = found
    return found


def platform_read(session: Session, row: Any) -> None:
    """Another statement read `PLATFORM_COLUMNS` too: no look of this session costs one of its own."""
    session.info["platform"] = row


def now(session: Session, arrived_at: datetime) -> datetime:
    """The moment of an act that arrived at `arrived_at`: that, unless the clock is pinned."""
    return platform(session).pinned_at or arrived_at


def calendar(session: Session) -> WorkCalendar:
    """The working-day calendar in force."""
    digest = platform(session).calendar_hash
    return calendar_by_hash(session, digest) if digest else _EMPTY


def calendar_by_hash(session: Session, digest: str) -> WorkCalendar:
    """A calendar of any time; they never change, so each is read once per process. Raises `LookupError`."""
    mine = (db.of(session).url, digest)
    if mine not in _calendars:
        row = session.get(Calendar, digest)
        if row is None:
            if digest == _EMPTY.hash:
                return _EMPTY
            raise LookupError(f"no calendar {digest}")
        _calendars[mine] = WorkCalendar(row.first, row.bits, row.days, row.provisional_from)
    return _calendars[mine]


class Deadlines(Mapping[str, datetime]):
    """The movable deadlines, read when one is asked for; `read` remembers which, for the history."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.read: dict[str, datetime] = {}

    def __getitem__(self, name: str) -> datetime:
        if name not in self.read:
            due_at = self._session.scalar(select(Deadline.due_at).where(Deadline.name == name))
            if due_at is None:
                raise KeyError(name)
            self.read[name] = due_at
        return self.read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._session.scalars(select(Deadline.name).order_by(Deadline.name)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def setting(session: Session, release: ReleaseLibrary, now: datetime) -> Setting:
    """What an act in this release depends on."""
    return Setting(now, calendar(session), release, Deadlines(session))


def forget_platform(session: Session) -> None:
    """The platform's row was changed in this session; the next look reads it again."""
    session.info.pop("platform", None)
    session.expire_all()
