"""The working-day calendar as an input of an act: immutable, hashed, no clock, no database."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256


class CalendarMissing(LookupError):
    """A day outside the calendar was asked for; `day` is that day. Never answered by a guess."""

    def __init__(self, day: date) -> None:
        super().__init__(f"the working-day calendar has no {day.year}")
        self.day = day


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are working days, one bit a day from `first` on.

    `provisional_from` is the first day that rests on a provisional year (weekends and fixed
    holidays only); deadlines on or after it are shown as provisional.
    """

    first: date
    bits: bytes
    days: int
    provisional_from: date | None = None

    @cached_property
    def hash(self) -> str:
        """What the history of an act names, so that a re-execution uses the same calendar."""
        return sha256(self.content).hexdigest()

    @property
    def content(self) -> bytes:
        """All of it: first day, number of days, what is provisional, and a bit per day."""
        return f"{self.first.isoformat()}/{self.days}/{self.provisional_from}/".encode() + self.bits

    def is_workday(self, day: date) -> bool:
        """Raises `CalendarMissing` outside the calendar."""
        index = (day - self.first).days
        if not 0 <= index < self.days:
            raise CalendarMissing(day)
        return bool(self.bits[index >> 3] >> (index & 7) & 1)

    def is_provisional(self, day: date) -> bool:
        """Whether what falls on `day` may still move, because the days off of its year are not published."""
        return self.provisional_from is not None and day >= self.provisional_from

    def after(self, start: date, workdays: int) -> date:
        """The `workdays`-th working day after `start`, which itself is not counted; 0 is `start`.

        Counts backwards if negative, as the function of the expression language does. Raises `CalendarMissing`.
        """
        return self._counted(start, abs(workdays), timedelta(days=1 if workdays > 0 else -1))

    def before(self, start: date, workdays: int) -> date:
        """The `workdays`-th working day before `start`, for reminders."""
        return self.after(start, -workdays)

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and with `end`; negative if `end` is earlier."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def next_workday(self, day: date) -> date:
        """`day` itself, or the first working day after it."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def _counted(self, day: date, workdays: int, step: timedelta) -> date:
        while workdays > 0:
            day += step
            workdays -= self.is_workday(day)
        return day


def from_days(workdays: dict[date, bool], provisional_from: date | None = None) -> WorkCalendar:
    """A calendar from a gapless table of days. Raises `ValueError` if a day is missing."""
    if not workdays:
        return WorkCalendar(date(1970, 1, 1), b"", 0, None)
    first, count = min(workdays), len(workdays)
    bits = bytearray(-(-count // 8))
    for index in range(count):
        day = first + timedelta(days=index)
        if day not in workdays:
            raise ValueError(f"the calendar has a gap at {day}")
        if workdays[day]:
            bits[index >> 3] |= 1 << (index & 7)
    return WorkCalendar(first, bytes(bits), count, provisional_from)
