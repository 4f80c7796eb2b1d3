"""Counting working days: the same forwards, backwards, between, and in expressions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.calendar import CalendarMissing, WorkCalendar, from_days
from service.engine.feel import FeelError, Moment, host

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
FIRST, DAYS = date(2026, 1, 1), 120
#: Any pattern of work and rest, and a week with nothing but rest in the midst of it.
patterns = st.lists(st.booleans(), min_size=DAYS, max_size=DAYS).map(lambda p: [*p[:50], *[False] * 7, *p[57:]])
days = st.integers(0, DAYS - 1).map(lambda n: FIRST + timedelta(days=n))
counts = st.integers(1, 20)


def calendar_of(pattern: list[bool]) -> WorkCalendar:
    return from_days({FIRST + timedelta(days=n): works for n, works in enumerate(pattern)})


def counted(count, *arguments):
    """The counted day; None beyond the calendar."""
    try:
        return count(*arguments)
    except CalendarMissing:
        return None


@given(patterns, days, counts)
def test_the_nth_working_day_after_a_day_is_one_and_n_lie_between(pattern, start, n):
    calendar = calendar_of(pattern)

    end = counted(calendar.after, start, n)

    if end is None:
        assert calendar.between(start, FIRST + timedelta(days=DAYS - 1)) < n
    else:
        assert calendar.is_workday(end)
        assert calendar.between(start, end) == n
        assert calendar.between(end, start) == -n


@given(patterns, days, counts)
def test_counting_back_undoes_counting_on_from_a_working_day(pattern, start, n):
    calendar = calendar_of(pattern)
    end = counted(calendar.after, start, n)

    if calendar.is_workday(start) and end is not None:
        assert calendar.before(end, n) == start


@given(patterns, days, counts, counts)
def test_counting_in_two_parts_is_counting_once(pattern, start, n, m):
    calendar = calendar_of(pattern)
    end = counted(calendar.after, start, n + m)

    if end is not None:
        assert calendar.after(calendar.after(start, n), m) == end


@given(patterns, days, days, days)
def test_working_days_between_add_up(pattern, a, b, c):
    calendar = calendar_of(pattern)

    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


@given(patterns, days)
def test_the_next_working_day_is_the_first_not_before(pattern, day):
    calendar = calendar_of(pattern)
    found = counted(calendar.next_workday, day)

    if found is not None:
        assert calendar.is_workday(found)
        assert not any(calendar.is_workday(day + timedelta(days=n)) for n in range((found - day).days))


@settings(max_examples=40, deadline=None)
@given(patterns, days, st.integers(-20, 20), days)
def test_expressions_count_as_the_calendar_does(pattern, day, n, other):
    calendar = calendar_of(pattern)
    expected = {
        f'workdays after(date("{day}"), {n})': counted(calendar.after, day, n),
        f'workdays before(date("{day}"), {n})': counted(calendar.before, day, n),
        f'workdays between(date("{day}"), date("{other}"))': calendar.between(day, other),
        f'is workday(date("{day}"))': calendar.is_workday(day),
        f'next workday(date("{day}"))': counted(calendar.next_workday, day),
    }

    for expression, value in expected.items():
        if value is None:
            with pytest.raises(FeelError, match="CALENDAR_MISSING") as caught:
                host().evaluate(expression, {}, Moment(NOON, calendar))
            assert caught.value.kind == "calendar"
        else:
            answer = host().evaluate(expression, {}, Moment(NOON, calendar))
            assert answer == (value.isoformat() if isinstance(value, date) else value)


def test_outside_the_calendar_there_is_no_answer():
    calendar = calendar_of([True] * DAYS)

    for ask in (
        lambda: calendar.is_workday(FIRST - timedelta(days=1)),
        lambda: calendar.after(FIRST, DAYS),
        lambda: calendar.before(FIRST, 1),
        lambda: calendar.between(FIRST, FIRST + timedelta(days=DAYS)),
        lambda: from_days({}).is_workday(FIRST),
    ):
        with pytest.raises(CalendarMissing):
            ask()
    assert calendar.after(FIRST, 0) == FIRST


def test_a_calendar_with_a_gap_is_refused():
    with pytest.raises(ValueError, match="gap at 2026-01-02"):
        from_days({FIRST: True, FIRST + timedelta(days=2): True})


def test_what_is_told_of_a_calendar_is_all_of_it():
    """Calendars of the same hash give the same answers: days, span and what is provisional are in it."""
    some = {FIRST + timedelta(days=n): n % 2 == 0 for n in range(10)}
    hashes = [
        from_days(some).hash,
        from_days(some | {FIRST: False}).hash,
        from_days(some | {FIRST + timedelta(days=10): False}).hash,
        from_days(some, FIRST).hash,
        from_days({day + timedelta(days=1): works for day, works in some.items()}).hash,
    ]

    assert len(set(hashes)) == len(hashes)
    assert from_days(dict(reversed(some.items()))).hash == hashes[0]
