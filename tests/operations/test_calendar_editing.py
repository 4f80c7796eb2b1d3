"""The calendar as data: seeded, provisional, settled by people, and what rests on it counted anew."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from service import keys
from service.cli.main import main
from service.engine.types import EngineError
from service.models import Calendar, CalendarDay, Job, Platform, UserTask
from service.operations import calendars, moments
from tests.support.desk import Desk
from tests.support.leave import MONDAY, Office, furnish
from tests.unit.engine import builder as b

#: A day's end in Asia/Shanghai, in UTC.
END_OF_DAY = timedelta(hours=15, minutes=59, seconds=59, milliseconds=999)
NOTICE = "a notice of holidays"


@pytest.fixture
def desk(fresh_database_url, data_folder, monkeypatch):
    """An office of this test alone: the calendar belongs to all of an installation."""
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    keys.config.cache_clear()
    office = Office(fresh_database_url)
    furnish(office)
    yield Desk(office, monkeypatch)
    office.database.dispose()
    monkeypatch.undo()
    keys.config.cache_clear()


def ends(day):
    return datetime.combine(day, datetime.min.time(), UTC) + END_OF_DAY


def edit(desk, *days):
    with desk.office.database.writing() as session:
        calendars.edit(session, days, NOTICE, now=desk.now)
        session.commit()


def settle(desk, year, *days):
    with desk.office.database.writing() as session:
        calendars.settle_year(session, year, days, NOTICE, now=desk.now)
        session.commit()


def calendar(desk):
    with desk.office.database.reading() as session:
        return moments.calendar(session)


def timer(desk, key):
    [job] = desk.look(select(Job).filter_by(instance_key=key, kind="timer"))
    return job.due_at, job.provisional


#: Ends with the thirtieth working day; from Monday 2026-11-23 that is 2027-01-05, were only New Year's Day off.
THIRTY = b.process(
    b.start(),
    b.catch("t", b.timer(date="=end of day(workdays after(today(), 30))")),
    b.user("u"),
    b.end(),
    b.chain("s", "t", "u", "e"),
    id="thirty",
)


def test_known_years_are_certain_and_the_years_after_provisional(desk):
    uncertain = desk.look(select(CalendarDay.day).where(CalendarDay.provisional))
    sources = desk.look(select(CalendarDay.source).distinct())

    assert (min(uncertain), calendar(desk).provisional_from) == (date(2027, 1, 1), date(2027, 1, 1))
    assert max(uncertain) >= date(2036, 12, 31), "a ban of ten years must be told"
    assert len(sources) == 2
    assert calendar(desk).is_workday(date(2026, 10, 10))
    assert not calendar(desk).is_workday(date(2027, 1, 1))


@pytest.mark.both_databases
def test_a_deadline_that_rests_on_a_provisional_year_is_marked_and_counted_anew(desk):
    desk.deploy(THIRTY)
    key = desk.start("thirty")
    assert timer(desk, key) == (ends(date(2027, 1, 5)), True)

    desk.now += timedelta(days=3)
    settle(
        desk, 2027, (date(2027, 1, 1), False, "元旦"), (date(2027, 1, 4), False, "元旦"), (date(2027, 1, 9), True, "")
    )
    desk.work()

    assert calendar(desk).provisional_from == date(2028, 1, 1)
    assert timer(desk, key) == (ends(date(2027, 1, 6)), False)
    assert desk.events(key) == ["INSTANCE_STARTED", "CALENDAR_CHANGED"]

    desk.now = ends(date(2027, 1, 5)) + timedelta(minutes=1)
    desk.work()
    assert desk.open_elements(key) == []
    desk.now = ends(date(2027, 1, 6))
    desk.work()
    assert desk.open_elements(key) == ["u"]
    assert desk.runs_again(key)


def test_a_deadline_in_a_certain_year_does_not_move(desk):
    """What people were told stands, whatever is set afterwards."""
    certain = b.process(
        b.start(),
        b.catch("t", b.timer(date="=end of day(workdays after(today(), 7))")),
        b.end(),
        b.chain("s", "t", "e"),
        id="seven",
    )
    desk.deploy(certain)
    key = desk.start("seven")

    edit(desk, (date(2026, 11, 25), False, "storm"))
    desk.work()

    assert timer(desk, key) == (ends(date(2026, 12, 2)), False)
    assert desk.events(key) == ["INSTANCE_STARTED"]
    assert timer(desk, desk.start("seven")) == (ends(date(2026, 12, 3)), False)


def test_a_timer_that_the_review_has_missed_counts_anew_before_it_fires(desk):
    desk.deploy(THIRTY)
    key = desk.start("thirty")
    settle(desk, 2027, (date(2027, 1, 1), False, ""), (date(2027, 1, 4), False, ""))
    with desk.office.database.writing() as session:
        session.execute(delete(Job).where(Job.kind == "review"))
        session.commit()

    desk.now = ends(date(2027, 1, 5))
    desk.work()

    assert timer(desk, key) == (ends(date(2027, 1, 6)), False)
    assert desk.open_elements(key) == []
    assert desk.runs_again(key)


@pytest.mark.both_databases
def test_a_start_event_is_counted_anew_too(desk):
    begun = b.process(
        b.start("s", b.timer(date="=end of day(workdays after(today(), 30))")),
        b.user("u"),
        b.end(),
        b.chain("s", "u", "e"),
        id="begun",
    )
    desk.deploy(begun)
    waiting = select(Job).filter_by(kind="start_timer")
    [before] = desk.look(waiting)

    settle(desk, 2027, (date(2027, 1, 1), False, ""), (date(2027, 1, 4), False, ""))
    desk.work()

    [after] = desk.look(waiting)
    assert (before.due_at, before.provisional) == (ends(date(2027, 1, 5)), True)
    assert (after.due_at, after.provisional) == (ends(date(2027, 1, 6)), False)
    desk.now = ends(date(2027, 1, 6))
    desk.work()
    assert desk.look(select(UserTask.element_id)) == ["u"]
    assert desk.look(waiting) == []


def test_a_year_that_is_only_known_in_part_stays_provisional(desk):
    edit(desk, (date(2027, 2, 6), True, "to be made up"))

    assert calendar(desk).provisional_from == date(2027, 1, 1)
    assert calendar(desk).is_workday(date(2027, 2, 6))


def test_an_edition_that_changes_nothing_is_none(desk):
    before = desk.look(select(Platform.calendar_hash))

    edit(desk, (date(2026, 11, 23), True, "a Monday"))

    assert desk.look(select(Platform.calendar_hash)) == before
    assert desk.look(select(func.count()).select_from(Calendar)) == [1]
    assert desk.look(select(Job).filter_by(kind="review")) == []


def test_every_calendar_that_was_in_force_is_kept(desk):
    first = calendar(desk).hash
    edit(desk, (date(2026, 11, 25), False, "storm"))

    with desk.office.database.reading() as session:
        assert moments.calendar_by_hash(session, first).is_workday(date(2026, 11, 25))
        assert not moments.calendar(session).is_workday(date(2026, 11, 25))


def test_beyond_the_calendar_a_procedure_stops_with_the_reason(desk):
    beyond = b.process(
        b.start(),
        b.user("u"),
        b.catch("t", b.timer(date="=workdays after(date(day), 5)")),
        b.end(),
        b.chain("s", "u", "t", "e"),
        id="beyond",
    )
    desk.deploy(beyond)
    key = desk.start("beyond", day="2099-01-05")

    with pytest.raises(EngineError, match="CALENDAR_MISSING: the working-day calendar has no 2099") as stopped:
        desk.complete(key, "u")

    assert stopped.value.element_id == "t"
    assert desk.open_elements(key) == ["u"], "nothing was stored"
    desk.complete(key, "u", day="2026-12-01")
    assert timer(desk, key)[0] == datetime(2026, 12, 7, 16, tzinfo=UTC)


def test_no_gap_is_left(desk):
    with pytest.raises(ValueError, match="gap at 20"):
        edit(desk, (date(2060, 1, 1), False, ""))
    with pytest.raises(ValueError, match="no day of 2027"):
        settle(desk, 2027, (date(2028, 1, 1), False, ""))


@pytest.mark.both_databases
def test_a_newer_package_takes_the_place_of_provisional_days_only(desk):
    """As an installation looks that was seeded before 2026 was known, and where somebody has set a day since."""
    with desk.office.database.writing() as session:
        of_2026 = CalendarDay.day.between(date(2026, 1, 1), date(2026, 12, 31))
        session.execute(update(CalendarDay).where(of_2026).values(provisional=True, source="provisional"))
        session.execute(
            update(CalendarDay).where(CalendarDay.day == date(2026, 10, 10)).values(is_workday=False, note="guess")
        )
        session.execute(delete(CalendarDay).where(CalendarDay.day >= date(2036, 1, 1)))
        session.commit()
    edit(desk, (date(2026, 11, 25), False, "storm"))
    assert calendar(desk).provisional_from == date(2026, 1, 1)

    with desk.office.database.writing() as session:
        calendars.ensure_seeded(session, now=MONDAY)
        session.commit()

    assert calendar(desk).provisional_from == date(2027, 1, 1)
    assert calendar(desk).is_workday(date(2026, 10, 10))
    assert not calendar(desk).is_workday(date(2026, 11, 25)), "what people have set stays"
    assert desk.look(select(func.max(CalendarDay.day))) == [date(2037, 12, 31)]


def test_the_command_line_imports_a_year_as_published(desk, tmp_path, capsys):
    file = tmp_path / "2027.csv"
    file.write_text(
        "\ufeffday,kind,note\n2027-01-01,放假,元旦\n2027-01-02,放假,元旦\n2027-01-03,上班,调休\n", encoding="utf-8"
    )

    assert main(["calendar", "import", str(file), "--year", "2027", "--by", "国办发明电〔2026〕7号"]) == 0
    assert main(["calendar", "set", "2027-05-04", "off", "五四", "--by", "ada"]) == 0
    assert main(["calendar", "show", "2027"]) == 0

    assert capsys.readouterr().out.splitlines()[2:] == [
        "2027-01-01 Fri  off     元旦",
        "2027-01-02 Sat  off     元旦",
        "2027-01-03 Sun  worked  调休",
        "2027-05-04 Tue  off     五四",
        "2027: 365 days, 260 of them worked",  # 261 from Monday to Friday, less 2, and a Sunday
    ]
    assert calendar(desk).provisional_from == date(2028, 1, 1)
    assert desk.look(select(CalendarDay.source).filter_by(day=date(2027, 1, 3))) == ["国办发明电〔2026〕7号"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("date,what\n", "the columns: day,kind,note"),
        ("day,kind\n2027-02-30,off\n", "Line 2: “2027-02-30” is no date"),
        ("day,kind\n2027-01-01,off\n2027-01-02,maybe\n", "Line 3: “maybe” is none of work、off"),
        ("day,kind\n2027-01-01,off\n2027-01-01,work\n", "Line 3: 2027-01-01 stands there twice"),
        ("day,kind\n2028-01-01,off\n", "2028-01-01 is no day of 2027"),
        ("day,kind\n2027-01-01\n", "Line 2: “” is none of"),
        (b"\xff\xfe\x00", "utf-8"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_wrong_changes_nothing(desk, tmp_path, capsys, content, reason):
    before, file = calendar(desk), tmp_path / "days.csv"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    assert main(["calendar", "import", str(file), "--year", "2027", "--by", "ada"]) == 1

    assert reason in capsys.readouterr().err
    assert calendar(desk) == before


def test_a_year_that_is_not_there_is_not_shown(desk, capsys):
    assert main(["calendar", "show", "2099"]) == 1
    assert "no 2099" in capsys.readouterr().err
