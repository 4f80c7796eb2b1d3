"""What the platform as a whole remembers: its key counter, its clock, its calendars, its secrets' fingerprints."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, UtcDateTime


class Platform(Base):
    """The one row that every writing request reads first: clock and calendar in a single statement."""

    __tablename__ = "platform"
    __table_args__ = (CheckConstraint("id = 1", "one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: The next free key; taken in blocks (service/db.py).
    next_key: Mapped[int] = mapped_column(BigInteger)
    #: All of the service's time stands still here; None: the machine's clock. Development mode only.
    pinned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The working-day calendar in force.
    calendar_hash: Mapped[str | None]


class Calendar(Base):
    """One version of the working-day calendar; never changed, so that old acts can be run again."""

    __tablename__ = "calendars"

    hash: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[date]
    days: Mapped[int]
    bits: Mapped[bytes] = mapped_column(LargeBinary)
    provisional_from: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CalendarDay(Base):
    """The editable calendar, a row a day; a change makes a new `Calendar`."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    note: Mapped[str]
    #: Where the row comes from: a package and its version, or the person who edited it.
    source: Mapped[str]
    provisional: Mapped[bool]


class Deadline(Base):
    """A movable deadline: timers that carry its name follow it when an act moves it."""

    __tablename__ = "deadlines"

    name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Counts the moves; 1 is the first setting.
    version: Mapped[int]
    reason: Mapped[str]


class NumberSeries(Base):
    """A series of numbers without gaps: taken under the row's lock, in the transaction that uses it."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
