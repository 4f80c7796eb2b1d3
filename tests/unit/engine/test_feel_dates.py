"""Dates, times and durations against Python's calendar: month ends, leap days, zones, the moment of the act."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.feel import Moment, host
from tests.unit.engine.expressing import CALENDAR, MOMENT, mistake, value

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = st.dates(date(1992, 1, 1), date(2199, 12, 31))
INSTANTS = st.builds(lambda s: datetime(1992, 1, 1, tzinfo=UTC) + timedelta(seconds=s), st.integers(0, 6 * 10**9))
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def feel(*expressions, **variables):
    return host().evaluate_many(expressions, variables, MOMENT)


def moved(day, months):
    """The same day of another month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@settings(max_examples=60, deadline=None)
@given(day=DAYS, months=st.integers(-1200, 1200), days=st.integers(-40000, 40000))
def test_a_date_moves_as_the_calendar_does(day, months, days):
    later, back, shifted = feel(
        f'date(d) + duration("P1M") * {months}',
        f'date(d) - duration("P1M") * {months}',
        f'date(d) + duration("P1D") * {days}',
        d=day.isoformat(),
    )

    assert (later, back) == (moved(day, months).isoformat(), moved(day, -months).isoformat())
    assert shifted == (day + timedelta(days)).isoformat()


@settings(max_examples=60, deadline=None)
@given(day=DAYS, other=DAYS)
def test_what_a_date_says_of_itself(day, other):
    told = feel(
        "[date(d).year, date(d).month, date(d).day, date(d).weekday, day of year(date(d)), week of year(date(d))]",
        "day of week(date(d))",
        "last day of month(date(d))",
        "date(d) < date(o)",
        "date(d) = date(o)",
        "(date(d) - date(o)) / duration(\"P1D\")",
        "years and months duration(date(o), date(d)) / duration(\"P1M\")",
        d=day.isoformat(), o=other.isoformat(),
    )  # fmt: skip

    numbers = [day.year, day.month, day.day, day.isoweekday(), day.timetuple().tm_yday, day.isocalendar().week]
    months = (day.year - other.year) * 12 + day.month - other.month
    if months > 0 and moved(other, months) > day:
        months -= 1
    if months < 0 and moved(other, months) < day:
        months += 1
    assert told[0] == [Decimal(number) for number in numbers]
    assert told[1] == WEEKDAYS[day.weekday()]
    assert told[2] == day.replace(day=monthrange(day.year, day.month)[1]).isoformat()
    assert told[3:6] == [day < other, day == other, Decimal((day - other).days)]
    assert abs(told[6] - months) <= (day.day != other.day)  # months cut short at month ends are counted by the library


@settings(max_examples=60, deadline=None)
@given(instant=INSTANTS, seconds=st.integers(-(10**9), 10**9))
def test_instants_are_the_same_in_every_zone(instant, seconds):
    utc, local = instant.isoformat(timespec="microseconds"), instant.astimezone(SHANGHAI)
    later = instant + timedelta(seconds=seconds)

    told = feel(
        "date and time(u) = date and time(l)",
        f'date and time(u) + duration("PT1S") * {seconds}',
        "date and time(l) < date and time(o)",
        "[date and time(l).hour, date and time(l).day]",
        "(date and time(o) - date and time(l)) / duration(\"PT1S\")",
        "date and time(n) < date and time(u)",
        u=utc, l=local.isoformat(timespec="microseconds"), o=later.isoformat(),
        n=local.replace(tzinfo=None).isoformat(),
    )  # fmt: skip

    assert told[0] is True
    assert datetime.fromisoformat(told[1]) == later
    assert told[2] is (instant < later)
    assert told[3] == [Decimal(local.hour), Decimal(local.day)]
    assert told[4] == seconds
    assert told[5] is False  # a time without a zone is one of Shanghai


@settings(max_examples=60, deadline=None)
@given(parts=st.tuples(st.integers(0, 400), st.integers(0, 99), st.integers(0, 99), st.integers(0, 9999)))
def test_a_duration_is_written_in_one_way(parts):
    days, hours, minutes, seconds = parts
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    [told, negated, whole] = feel(
        f'duration("P{days}DT{hours}H{minutes}M{seconds}S")',
        f'-duration("P{days}DT{hours}H{minutes}M{seconds}S") + duration("PT0S")',
        "[d.days, d.hours, d.minutes, d.seconds]".replace("d.", f'duration("P{days}DT{hours}H{minutes}M{seconds}S").'),
    )

    clock = [length.seconds // 3600, length.seconds // 60 % 60, length.seconds % 60]
    time = "".join(f"{n}{unit}" for n, unit in zip(clock, "HMS", strict=True) if n)
    text = "P" + (f"{length.days}D" if length.days else "") + (f"T{time}" if time else "")
    assert told == (text if length else "PT0S")
    assert negated == (f"-{text}" if length else "PT0S")
    assert whole == [Decimal(n) for n in (length.days, *clock)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('date("2024-02-29") + duration("P1Y")', "2025-02-28"),
        ('date("2024-02-29") + duration("P4Y")', "2028-02-29"),
        ('date("2023-02-28") + duration("P1Y")', "2024-02-28"),
        ('date("2026-01-30") + duration("P1M") + duration("P1M")', "2026-03-28"),
        ('date("2026-01-30") + duration("P2M")', "2026-03-30"),
        ('date and time("2026-01-31T23:00:00Z") + duration("P1M")', "2026-02-28T23:00:00Z"),
        ('date and time("2026-01-31T23:30:00") + duration("PT1H")', "2026-02-01T00:30:00"),
        ('date and time("2026-03-02T24:00:00")', "2026-03-03T00:00:00"),
        ('time("23:30:00") + duration("PT1H")', "00:30:00"),
        ('date("9999-12-31") + duration("P1D")', "10000-01-01"),
        ('date("-0044-03-15").year', Decimal(-44)),
        ('string(date("-2017-12-31"))', "-2017-12-31"),
        ('duration("P14M")', "P1Y2M"),
        ('duration("PT0S") = duration("P0M")', False),
        ('duration("P12M") = duration("P1Y")', True),
        ('duration("P1DT1H") * 1.5', "P1DT13H30M"),
        ('duration("P7M") / 2', "P3M"),
        ('duration("P1Y") / duration("P1M")', Decimal(12)),
        ('date("2026-03-15") in [date("2026-03-01")..date("2026-03-31")]', True),
        ('date("2026-03-31") in [date("2026-03-01")..date("2026-03-31"))', False),
        ('date("2026-03-15") between date("2026-03-15") and date("2026-03-16")', True),
        ('time("10:00:00+08:00") = time("02:00:00Z")', True),
        ("now().time offset", "PT8H"),
        ("date(now()) = today()", True),
        ('date and time("2026-03-02T10:00:00@Asia/Shanghai") = date and time("2026-03-02T02:00:00@UTC")', True),
    ],
)
def test_dates_and_times(expression, expected):
    assert value(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        'date("2025-02-29")',
        'date("2026-04-31")',
        'date("2026-3-2")',
        'date("20260302")',
        '@"2026-02-30"',
        'date and time("2026-03-02T10:60:00")',
        'date and time("2026-03-02T10:00:00+15:00")',
        'date and time("2026-03-02T10:00:00@Europe/Paris")',
        'duration("P1M") + duration("P1D")',
        'duration("P1M") < duration("P31D")',
        'duration("P1D") - date("2026-03-02")',
        'date("2026-03-02") + date("2026-03-02")',
        'date("2026-03-02") < date and time("2026-03-02T10:00:00")',
        'time("10:00:00") + duration("P1M")',
        'date("2026-03-02").hour',
        'date("2026-03-02") + 1',
        '"2026-03-02" + duration("P1D")',
    ],
)  # fmt: skip
def test_what_is_no_date_is_an_error_at_its_place(expression):
    assert mistake(expression).position is not None


@pytest.mark.parametrize(
    ("instant", "today"),
    [
        (datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC), "2026-02-28"),
        (datetime(2026, 2, 28, 16, 0, 0, tzinfo=UTC), "2026-03-01"),
        (datetime(2028, 2, 28, 16, 0, 0, tzinfo=UTC), "2028-02-29"),
        (datetime(2026, 12, 31, 17, 0, 0, tzinfo=ZoneInfo("America/New_York")), "2027-01-01"),
    ],
)
def test_the_day_begins_in_shanghai(instant, today):
    moment = Moment(instant, CALENDAR)

    assert host().evaluate("today()", {}, moment) == today
    assert datetime.fromisoformat(str(host().evaluate("now()", {}, moment))) == instant
