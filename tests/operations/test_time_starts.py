"""Start events that a time begins: once, so many times, or for ever; and what fails does not stop the others."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from service.errors import ModelRefused
from service.models import Job, ProcessInstance, Resource
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def alone(office):
    """Cycles of earlier tests do not go on in this one."""
    with office.database.writing() as session:
        session.execute(delete(Job).where(Job.kind == "start_timer"))
        session.commit()


def begun_by(id, definition, *body):
    """A process that a timer begins; `body` leads from `s` to `e`, else to a user task and no further."""
    body = body or (b.user("u"), b.chain("s", "u", "e"))
    return b.process(b.start("s", definition), *body, b.end(), id=id)


def started(desk, id):
    return desk.look(select(ProcessInstance.started_at).filter_by(process_id=id).order_by(ProcessInstance.key))


def waiting(desk, id):
    return desk.look(select(Job).filter_by(kind="start_timer", type=id).order_by(Job.key))


def at(desk, moment):
    desk.now = moment
    desk.work()


@pytest.mark.parametrize(
    ("id", "definition", "due"),
    [
        ("once_date", b.timer(date="2026-11-24T09:00:00"), MONDAY + DAY),
        ("once_later", b.timer("P1D"), MONDAY + DAY),
        ("once_feel", b.timer(date="=end of day(workdays after(today(), 1))"), datetime(2026, 11, 24, 16, tzinfo=UTC)),
    ],
)
def test_a_time_begins_an_instance_once(desk, id, definition, due):
    desk.deploy(begun_by(id, definition))

    at(desk, due - timedelta(seconds=1))
    before = started(desk, id)
    at(desk, due)
    at(desk, due + 30 * DAY)

    assert (before, started(desk, id), waiting(desk, id)) == ([], [due], [])
    [key] = desk.look(select(ProcessInstance.key).filter_by(process_id=id))
    assert desk.open_elements(key) == ["u"]
    assert desk.runs_again(key)


def test_a_cycle_begins_as_many_as_it_says(desk):
    desk.deploy(begun_by("three", b.timer(cycle="R3/P1D")))

    for day in range(1, 7):
        at(desk, MONDAY + day * DAY)

    assert started(desk, "three") == [MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY]
    assert waiting(desk, "three") == []


def test_a_cycle_without_a_number_goes_on_for_ever(desk):
    desk.deploy(begun_by("daily", b.timer(cycle="R/P1D")))

    for day in range(1, 6):
        at(desk, MONDAY + day * DAY)

    assert len(started(desk, "daily")) == 5
    assert [job.due_at for job in waiting(desk, "daily")] == [MONDAY + 6 * DAY]


def test_a_cycle_from_an_instant_on_keeps_to_its_plan(desk):
    """A round that runs late does not put off the next; and a year after the leap day is the end of February."""
    desk.deploy(begun_by("yearly", b.timer(cycle="R3/2028-02-29T09:00:00/P1Y")))
    first = datetime(2028, 2, 29, 1, tzinfo=UTC)

    at(desk, first + timedelta(hours=5))

    assert started(desk, "yearly") == [first + timedelta(hours=5)]
    assert [job.due_at for job in waiting(desk, "yearly")] == [datetime(2029, 2, 28, 1, tzinfo=UTC)]


def test_rounds_that_were_missed_are_made_up_for(desk):
    desk.deploy(begun_by("missed", b.timer(cycle="R/P1D")))

    at(desk, MONDAY + 3 * DAY)

    assert started(desk, "missed") == [MONDAY + 3 * DAY] * 3
    assert [job.due_at for job in waiting(desk, "missed")] == [MONDAY + 4 * DAY]


def test_a_new_version_begins_its_own_cycle_and_ends_the_one_before(desk):
    desk.deploy(begun_by("changed", b.timer(cycle="R3/P1D")))
    at(desk, MONDAY + DAY)

    desk.deploy(begun_by("changed", b.timer(cycle="R/P7D")))
    at(desk, MONDAY + 7 * DAY)
    before = started(desk, "changed")
    at(desk, MONDAY + 8 * DAY)

    assert (before, started(desk, "changed")) == ([MONDAY + DAY], [MONDAY + DAY, MONDAY + 8 * DAY])


def test_a_start_that_fails_is_kept_as_a_record_and_the_cycle_goes_on(desk):
    failing = begun_by("failing", b.timer(cycle="R3/P1D"), b.script("x", "=missing + 1", "y"), b.chain("s", "x", "e"))
    desk.deploy(failing)

    for day in range(1, 7):
        at(desk, MONDAY + day * DAY)
        records = [job for job in waiting(desk, "failing") if job.state == "FAILED"]
        assert len(records) == 1, "one record, the newest"
        assert (records[0].retries, "missing" in records[0].error_message) == (0, True)

    assert started(desk, "failing") == []
    assert [job.state for job in waiting(desk, "failing")] == ["FAILED"], "after the third nothing waits"
    assert desk.work() == 0


def test_a_start_that_failed_once_is_followed_by_one_that_does_not(desk):
    """Until the third day the date has not come; what begins a cycle may mend itself."""
    late = b.script("x", '=if today() >= date("2026-11-25") then 1 else null + 1', "y")
    desk.deploy(begun_by("mending", b.timer(cycle="R/P1D"), late, b.chain("s", "x", "e")))

    at(desk, MONDAY + DAY)
    at(desk, MONDAY + 2 * DAY)

    assert started(desk, "mending") == [MONDAY + 2 * DAY]
    assert sorted(job.state for job in waiting(desk, "mending")) == ["CREATED", "FAILED"]

    desk.deploy(begun_by("mending", b.timer(cycle="R/P1D")))
    assert [job.state for job in waiting(desk, "mending")] == ["CREATED"]


@pytest.mark.parametrize(
    ("id", "definition", "reason"),
    [
        ("beyond", b.timer(date='=workdays after(date("2099-01-01"), 3)'), "CALENDAR_MISSING"),
        ("nothing", b.timer(date="=null"), "gives no time"),
    ],
)
def test_a_start_without_a_time_is_not_deployed(desk, id, definition, reason):
    with pytest.raises(ModelRefused) as refused:
        desk.deploy(begun_by(id, definition))

    [fault] = refused.value.errors
    assert (fault.path, fault.code, reason in fault.message) == (f"{id}.bpmn s", "error:START_EVENT", True)
    assert desk.look(select(Resource).filter_by(resource_id=id)) == []
