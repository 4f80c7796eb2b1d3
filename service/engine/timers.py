"""Instants, durations and cycles: ISO 8601 texts and calendar arithmetic, without a clock.

Months and years move the calendar date and stop at its end (31 January + P1M = 28 February), as FEEL does.
A text without a zone is local time in Asia/Shanghai, and so are the days of a calendar date.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LOCAL: Final = ZoneInfo("Asia/Shanghai")

_DURATION = re.compile(
    r"(-)?P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?"
)
_CYCLE = re.compile(r"R(\d*)/(?:([^/]+)/)?(-?P[^/]+)")
_ZONE = re.compile(r"@([A-Za-z_/+-]+)$|\[([A-Za-z_/+-]+)\]$")
_MAX_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months and a fixed length, both signed."""

    months: int
    length: timedelta

    def after(self, start: datetime) -> datetime:
        """`start` moved by this duration, in UTC. Raises `ValueError` beyond the calendar."""
        moment = start.astimezone(LOCAL)
        try:
            if self.months:
                moment = datetime.combine(_moved(moment.date(), self.months), moment.timetz())
            # Added in UTC, so that an hour is an hour whatever the zone does.
            return moment.astimezone(UTC) + self.length
        except OverflowError:
            raise ValueError("beyond the calendar") from None


@dataclass(frozen=True, slots=True)
class Cycle:
    """`R3/P1D`: `repetitions` times (-1 for ever) every `every`, from `start` or one interval after the beginning."""

    repetitions: int
    start: datetime | None
    every: Duration

    def first(self, now: datetime) -> datetime:
        return self.start if self.start is not None else self.every.after(now)


def parse_duration(text: str) -> Duration:
    """Raises `ValueError` if the text is no ISO 8601 duration."""
    match = _DURATION.fullmatch(text.strip())
    if not match or any(part and len(part) > _MAX_DIGITS for part in match.groups()):
        raise ValueError(f"{text!r} is no ISO 8601 duration")
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:8])
    sign = -1 if match[1] else 1
    micro = int((match[9] or "").ljust(6, "0"))
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=micro)
    return Duration(sign * (12 * years + months), sign * length)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 date or date and time, as FEEL writes it too, in UTC. Raises `ValueError`."""
    stripped = text.strip()
    zone = _ZONE.search(stripped)
    named = (zone[1] or zone[2]) if zone else None
    if named not in (None, "Asia/Shanghai", "UTC", "Z"):
        raise ValueError(f"{text!r}: only Asia/Shanghai and UTC are known")
    try:
        instant = datetime.fromisoformat(stripped[: zone.start()] if zone else stripped)
    except ValueError:
        raise ValueError(f"{text!r} is no ISO 8601 date and time") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC if named in ("UTC", "Z") else LOCAL)
    return instant.astimezone(UTC)


def parse_cycle(text: str) -> Cycle:
    """Raises `ValueError` if the text is no ISO 8601 repetition; cron expressions are none."""
    match = _CYCLE.fullmatch(text.strip())
    if not match or len(match[1]) > _MAX_DIGITS:
        raise ValueError(f"{text!r} is no ISO 8601 repetition (R3/P1D)")
    every = parse_duration(match[3])
    if every.months <= 0 and every.length <= timedelta(0):
        raise ValueError(f"{text!r} repeats without an interval")
    if match[1] and int(match[1]) == 0:
        raise ValueError(f"{text!r} never happens")
    return Cycle(int(match[1]) if match[1] else -1, parse_instant(match[2]) if match[2] else None, every)


def check_literal(kind: str, text: str) -> None:
    """Raises `ValueError` if a timer of this kind (date, duration, cycle) could not be computed from `text`."""
    {"date": parse_instant, "duration": parse_duration, "cycle": parse_cycle}[kind](text)


def _moved(day: date, months: int) -> date:
    """The date `months` later, not beyond the end of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9998:
        raise OverflowError
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))
