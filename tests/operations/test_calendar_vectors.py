"""Dates as a regulation counts them, by the calendar that an installation ships with.

The working-day vectors were checked by hand against the State Council's notice on the holidays of 2026; the
boundaries are those of the Civil Code, articles 201 to 203 and 1259.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from service.engine.feel import FeelError, Moment, host
from service.models import Job
from service.operations import moments
from tests.unit.engine import builder as b

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture
def evaluate(office):
    """An expression's value by the office's calendar."""
    with office.database.reading() as session:
        moment = Moment(NOW, moments.calendar(session))
    return lambda expression, **context: host().evaluate(expression, context, moment)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-09-29", 5, "2026-10-12"),  # 1 to 7 October off, Saturday the 10th works
        ("2026-04-30", 5, "2026-05-11"),  # Saturday 9 May works
        ("2026-02-12", 5, "2026-02-26"),  # Saturday 14 February works
        ("2026-11-23", 7, "2026-12-02"),
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-11-21", 1, "2026-11-23"),  # from a Saturday
    ],
)
def test_the_day_of_the_start_is_not_counted(evaluate, start, count, end):
    assert evaluate(f'workdays after(date("{start}"), {count})') == end
    assert evaluate(f'workdays between(date("{start}"), date("{end}"))') == count


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_the_days_to_be_made_up_in_2026_are_worked(evaluate, day):
    assert evaluate(f'is workday(date("{day}"))') is True
    assert evaluate(f'day of week(date("{day}"))') in ("Saturday", "Sunday")


@pytest.mark.parametrize(
    ("deadline", "last_day"),
    [
        ("2026-11-27", "2026-11-27"),
        ("2026-11-28", "2026-11-30"),  # a Saturday moves to Monday
        ("2026-10-01", "2026-10-08"),  # the whole of the holidays
        ("2026-02-14", "2026-02-14"),  # a Saturday that is worked stays
    ],
)
def test_a_period_of_days_that_ends_on_a_day_off_ends_on_the_next_working_day(evaluate, deadline, last_day):
    assert evaluate(f'next workday(date("{deadline}"))') == last_day


def test_a_day_ends_in_its_last_millisecond(evaluate):
    assert evaluate('end of day(date("2026-04-30"))') == "2026-04-30T23:59:59.999+08:00"
    assert evaluate('end of day(workdays after(date("2026-09-29"), 5))') == "2026-10-12T23:59:59.999+08:00"


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        ("2020-02-29", 5, "2025-02-28"),  # no corresponding day: the end of the month
        ("2024-02-29", 4, "2028-02-29"),
        ("2025-02-28", 3, "2028-02-28"),
        ("2024-02-29", -1, "2023-02-28"),
        ("2023-12-20", 3, "2026-12-20"),
    ],
)
def test_years_later_is_the_corresponding_day(evaluate, day, years, then):
    sign = "-" if years < 0 else ""
    assert evaluate(f'date("{day}") + duration("{sign}P{abs(years)}Y")') == then
    assert evaluate(f'date("{day}") + {years} * duration("P1Y")') == then


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-31", 2, "2027-02-28"),
    ],
)
def test_months_later_stays_in_the_month(evaluate, day, months, then):
    assert evaluate(f'date("{day}") + duration("P{months}M")') == then


AT_LEAST = 'date(since) + duration("P5Y") <= date(at)'  # five years and more
VALID = 'date(at) <= date(since) + duration("P3Y")'  # valid for three years, to the end of the last day
AGAIN = 'date(at) > date(since) + duration("P3Y")'  # once three years are over
WITHIN = 'date(at) in [date(since)..date(since) + duration("P2Y")]'  # within two years of
RECENT = 'date(at) - duration("P3Y") <= date(since) and date(since) <= date(at)'  # in the last three years


@pytest.mark.parametrize(
    ("expression", "since", "at", "holds"),
    [
        (AT_LEAST, "2021-04-30", "2026-04-30", True),
        (AT_LEAST, "2021-05-01", "2026-04-30", False),
        (AT_LEAST, "2020-02-29", "2025-02-28", True),
        (AT_LEAST, "2020-02-29", "2025-02-27", False),
        (VALID, "2023-12-20", "2026-12-20", True),
        (VALID, "2023-12-20", "2026-12-21", False),
        (AGAIN, "2023-12-20", "2026-12-20", False),
        (AGAIN, "2023-12-20", "2026-12-21", True),
        (WITHIN, "2023-12-20", "2023-12-20", True),
        (WITHIN, "2023-12-20", "2025-12-20", True),
        (WITHIN, "2023-12-20", "2025-12-21", False),
        (WITHIN, "2023-12-20", "2023-12-19", False),
        (RECENT, "2023-04-30", "2026-04-30", True),
        (RECENT, "2023-04-29", "2026-04-30", False),
        (RECENT, "2026-05-01", "2026-04-30", False),
    ],
)
def test_up_to_and_more_than_at_their_boundaries(evaluate, expression, since, at, holds):
    assert evaluate(expression, since=since, at=at) is holds


@pytest.mark.parametrize(
    ("decided", "years", "first_day"), [("2026-03-01", 5, "2031-03-02"), ("2026-03-01", 10, "2036-03-02")]
)
def test_a_ban_ends_with_its_last_day(evaluate, decided, years, first_day):
    ends = f'date("{decided}") + duration("P{years}Y")'

    assert evaluate(f'{ends} + duration("P1D")') == first_day
    assert evaluate(f'date("{first_day}") <= {ends}') is False
    assert evaluate(f'date("{first_day}") - duration("P1D") <= {ends}') is True


def test_the_three_years_before_a_year(evaluate):
    assert evaluate("for y in 1..3 return year - 4 + y", year=Decimal(2026)) == [2023, 2024, 2025]


def test_beyond_the_calendar_nothing_is_guessed(evaluate):
    for expression in ('is workday(date("2099-01-04"))', 'workdays after(date("1990-01-01"), 1)'):
        with pytest.raises(FeelError, match="CALENDAR_MISSING") as caught:
            evaluate(expression)
        assert caught.value.kind == "calendar"


def waiting_until(expression, id):
    return b.process(b.start(), b.catch("t", b.timer(date=expression)), b.end(), b.chain("s", "t", "e"), id=id)


@pytest.mark.parametrize(
    ("id", "began", "expression", "due"),
    [
        (
            "five_days",
            datetime(2026, 9, 29, 1, tzinfo=UTC),
            "=end of day(workdays after(today(), 5))",
            datetime(2026, 10, 12, 15, 59, 59, 999_000, tzinfo=UTC),
        ),
        (
            "made_up",
            datetime(2026, 4, 30, 1, tzinfo=UTC),
            "=end of day(workdays after(today(), 5))",
            datetime(2026, 5, 11, 15, 59, 59, 999_000, tzinfo=UTC),
        ),
        (  # a minute past midnight there is the evening before in UTC
            "past_midnight",
            datetime(2026, 9, 28, 16, 1, tzinfo=UTC),
            "=end of day(workdays after(today(), 5))",
            datetime(2026, 10, 12, 15, 59, 59, 999_000, tzinfo=UTC),
        ),
        (
            "month_end",
            datetime(2026, 1, 31, 4, tzinfo=UTC),
            '=now() + duration("P1M")',
            datetime(2026, 2, 28, 4, tzinfo=UTC),
        ),
        (
            "leap_day",
            datetime(2028, 2, 29, 4, tzinfo=UTC),
            '=now() + duration("P1Y")',
            datetime(2029, 2, 28, 4, tzinfo=UTC),
        ),
    ],
)
def test_timers_are_due_by_the_same_rules(desk, id, began, expression, due):
    desk.now = began
    desk.deploy(waiting_until(expression, id))

    key = desk.start(id)

    [job] = desk.look(select(Job).filter_by(instance_key=key, kind="timer"))
    assert job.due_at == due
    assert desk.runs_again(key)
