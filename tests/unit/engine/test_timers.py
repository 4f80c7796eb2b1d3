"""When a timer is due."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.engine.timers import parse_cycle, parse_duration, parse_instant
from service.engine.types import ActImpossible, EngineError, FireTimer, ReviewWaits
from tests.unit.engine.builder import boundary, catch, chain, end, extensions, process, properties, start, timer, user
from tests.unit.engine.game import MONDAY, calendar


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start_at", "duration", "due"),
    [
        (at(2026, 1, 31, 4), "P1M", at(2026, 2, 28, 4)),  # FEEL: the end of a shorter month
        (at(2024, 2, 29, 4), "P1Y", at(2025, 2, 28, 4)),
        (at(2026, 11, 30, 16), "P3M", at(2027, 2, 28, 16)),  # midnight to midnight in Shanghai: 1 December, 1 March
        (at(2026, 1, 1), "P1Y2M10DT2H30M", at(2027, 3, 11, 2, 30)),
        (at(2026, 1, 1), "P2W", at(2026, 1, 15)),
        (at(2026, 1, 1), "-PT1H", at(2025, 12, 31, 23)),
        (at(2026, 1, 1), "PT0.5S", at(2026, 1, 1, 0, 0, 0, 500_000)),
        (at(2026, 12, 15), "P1M", at(2027, 1, 15)),
    ],
)
def test_durations_move_the_calendar_date_in_shanghai(start_at, duration, due):
    assert parse_duration(duration).after(start_at) == due


@pytest.mark.parametrize("text", ["", "P", "PT", "1D", "P1H", "P1D2", "P9999999999D", "PT1.S", "P-1D"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="no ISO 8601 duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-01T17:00:00+08:00", at(2026, 12, 1, 9)),
        ("2026-12-01T17:00:00", at(2026, 12, 1, 9)),
        ("2026-12-01T09:00:00Z", at(2026, 12, 1, 9)),
        ("2026-12-01T17:00:00@Asia/Shanghai", at(2026, 12, 1, 9)),
        ("2026-12-01", at(2026, 11, 30, 16)),
    ],
)
def test_a_naive_time_is_shanghai_time(text, instant):
    assert parse_instant(text) == instant


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-12-01T17:00:00@Europe/Berlin"])
def test_what_is_no_instant(text):
    with pytest.raises(ValueError, match=text[:4]):
        parse_instant(text)


@pytest.mark.parametrize("text", ["R0/P1D", "R3/PT0S", "R/-P1D", "0 0 9 * * MON", "R3"])
def test_what_is_no_cycle(text):
    with pytest.raises(ValueError, match=r"no ISO|never|without an interval"):
        parse_cycle(text)


def waiting(definition, *extras):
    return process(start(), catch("t", definition, *extras), end(), chain("s", "t", "e"))


@pytest.mark.parametrize(
    ("definition", "due"),
    [
        (timer("PT1H"), MONDAY + timedelta(hours=1)),
        (timer('=duration("PT" + hours + "H")'), MONDAY + timedelta(hours=3)),
        (timer(date="2026-12-01T17:00:00"), at(2026, 12, 1, 9)),
        (timer(date='=now() + duration("P1D")'), MONDAY + timedelta(days=1)),
        (timer(date='=date and time("2026-12-01T17:00:00")'), at(2026, 12, 1, 9)),
    ],
)
def test_the_due_time_is_computed_once(play, definition, due):
    game = play(waiting(definition), {"hours": "3"})
    assert game.wait("t").due_at == due

    game.now += timedelta(minutes=30)
    assert game.wait("t").due_at == due
    game.fire("t")
    assert game.completed


def test_a_timer_fires_at_its_very_instant_and_not_before(play):
    game = play(waiting(timer("PT1H")))
    wait = game.wait("t")
    game.now = wait.due_at - timedelta(microseconds=1)
    with pytest.raises(ActImpossible):
        game.do(FireTimer(wait.id))
    game.now = wait.due_at
    game.do(FireTimer(wait.id))
    assert game.completed
    with pytest.raises(ActImpossible):
        game.do(FireTimer(wait.id))


@pytest.mark.parametrize("definition", [timer("=5"), timer("=null"), timer('="soon"'), timer(date="=missing")])
def test_a_timer_without_a_time_is_an_incident(play, definition):
    with pytest.raises(EngineError) as caught:
        play(waiting(definition))
    assert (caught.value.kind, caught.value.element_id) == ("EXTRACT_VALUE_ERROR", "t")


def test_a_movable_deadline(play):
    named = properties(deadline="filing")
    moved = MONDAY + timedelta(days=40)
    game = play(waiting(timer("P10D"), named))
    wait = game.wait("t")
    assert (wait.due_at, wait.deadline) == (MONDAY + timedelta(days=10), "filing")

    game.deadlines = {"filing": moved}
    step = game.do(ReviewWaits())
    assert step.closed == (wait.id,)
    assert [(each.id, each.due_at) for each in step.opened] == [(wait.id, moved)]
    assert not game.do(ReviewWaits()).opened

    game.now = MONDAY + timedelta(days=10)
    with pytest.raises(ActImpossible):
        game.do(FireTimer(wait.id))

    game.deadlines = {}
    game.do(ReviewWaits())
    assert game.wait("t").due_at == MONDAY + timedelta(days=10)


def test_a_deadline_that_is_known_from_the_beginning(play):
    game = play(waiting(timer("P10D"), properties(deadline='="fil" + "ing"')), deadlines={"filing": MONDAY})
    assert game.wait("t").due_at == MONDAY


def test_deadlines_in_a_provisional_year_are_marked(play):
    uncertain = calendar(provisional_from=date(2027, 1, 1))
    source = process(
        start(),
        user("u"),
        boundary("a", "u", timer(date="2026-12-31T23:59:59"), interrupting=False),
        boundary("b", "u", timer(date="2027-01-01"), interrupting=False),
        end(),
        chain("s", "u", "e"),
    )
    game = play(source, work_calendar=uncertain)
    assert (game.wait("a").provisional, game.wait("b").provisional) == (False, True)


def test_a_provisional_deadline_is_reckoned_again_when_the_calendar_is_known(play):
    """Working days are counted from when the timer was opened, on the calendar that has been published meanwhile."""
    source = waiting(timer(date='=date and time(workdays after(today(), 30), time("23:59:59"))'))
    game = play(source, work_calendar=calendar(provisional_from=date(2027, 1, 1)))
    first = game.wait("t")
    assert first.provisional

    game.now += timedelta(days=20)
    game.calendar = calendar(holidays={date(2027, 1, 1)})
    step = game.do(ReviewWaits())

    assert step.closed == (first.id,)
    assert (game.wait("t").provisional, game.wait("t").due_at > first.due_at) == (False, True)
    assert not game.do(ReviewWaits()).opened


def test_a_deadline_property_does_not_move_other_rounds(play):
    tick = boundary("b", "u", timer(cycle="R/P1D"), interrupting=False, extras=extensions(properties(deadline="d")))
    game = play(process(start(), user("u"), tick, end(), chain("s", "u", "e")), deadlines={"d": MONDAY})
    game.fire("b")
    assert game.wait("b").due_at == MONDAY + timedelta(days=1)
    assert game.wait("b").repetitions == -1
