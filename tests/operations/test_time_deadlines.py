"""Deadlines to the second: who was in time, what moves for everybody at once, what stays."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from time import sleep

import pytest
from sqlalchemy import select, update

from service.clock import machine_now
from service.errors import Refused
from service.jobs.leases import DEADLINE_GRACE
from service.models import Deadline, Event, Job, UserTask
from service.operations import acting, instances
from service.operations.user_tasks import assign_user_task
from service.releases import latest
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

#: 2026-11-30 24:00 in Asia/Shanghai, as such deadlines are meant.
CLOSING = datetime(2026, 11, 30, 15, 59, 59, 999_000, tzinfo=UTC)
SECOND, MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
_numbers = count()

#: Somebody files until the deadline `name`; then a task `late` shows that the time was up.
FILING = b.process(
    b.start(),
    b.user("file"),
    b.service("in_time", b.mapping({"name": "=name"}), type="deadline.check"),
    b.user("filed"),
    b.boundary("closing", "file", b.timer("P1D"), extras=b.extensions(b.properties(deadline="=name"))),
    b.user("late"),
    b.end(),
    b.end("e2"),
    b.chain("s", "file", "in_time", "filed", "e"),
    b.chain("closing", "late", "e2"),
    id="filing",
)
SETTING = b.process(
    b.start(),
    b.service("set", b.mapping({"name": "=name", "at": "=at", "reason": '="storm"'}), type="deadline.set"),
    b.end(),
    b.chain("s", "set", "e"),
    id="setting",
)


@pytest.fixture
def closing(desk):
    """A deadline of this test alone, set to `CLOSING`."""
    desk.deploy(FILING, SETTING)
    name = f"closing {next(_numbers)}"
    move(desk, name, CLOSING)
    return name


def move(desk, name, at):
    return desk.start("setting", name=name, at=at.isoformat())


def timers(desk, *keys):
    return [(job.instance_key, job.due_at) for job in timer_jobs(desk, *keys)]


def timer_jobs(desk, *keys):
    return desk.look(select(Job).where(Job.instance_key.in_(keys), Job.kind == "timer").order_by(Job.instance_key))


def moves(desk, key):
    return desk.events(key).count("DEADLINE_MOVED")


@pytest.mark.parametrize("before", [SECOND, MILLISECOND, timedelta(0)])
def test_what_arrives_up_to_the_last_millisecond_is_in_time(desk, closing, before):
    key = desk.start("filing", name=closing)

    desk.complete(key, "file", arrived=CLOSING - before)

    assert desk.open_elements(key) == ["filed"]
    assert timers(desk, key) == []


@pytest.mark.parametrize("after", [timedelta(microseconds=1), MILLISECOND, SECOND, 4 * SECOND])
def test_what_arrives_later_is_refused_and_changes_nothing(desk, closing, after):
    key = desk.start("filing", name=closing)

    with pytest.raises(Refused) as refused:
        desk.complete(key, "file", arrived=CLOSING + after)

    assert (refused.value.code, str(refused.value)) == ("DEADLINE_PASSED", "The deadline was 2026-11-30 23:59:59.")
    assert desk.open_elements(key) == ["file"]
    assert desk.events(key) == ["INSTANCE_STARTED"]


def test_the_timer_leaves_those_who_queue_a_few_seconds(desk, closing):
    """Both requests arrived in the same second; the one that was in time gets the lock four seconds after it."""
    in_time, late = desk.start("filing", name=closing), desk.start("filing", name=closing)

    desk.now = CLOSING + DEADLINE_GRACE - MILLISECOND
    desk.work()
    desk.complete(in_time, "file", arrived=CLOSING - MILLISECOND)
    with pytest.raises(Refused):
        desk.complete(late, "file", arrived=CLOSING + MILLISECOND)
    desk.now = CLOSING + DEADLINE_GRACE
    desk.work()

    assert (desk.open_elements(in_time), desk.open_elements(late)) == (["filed"], ["late"])
    assert desk.runs_again(in_time)
    assert desk.runs_again(late)


def test_a_request_that_waits_for_the_lock_has_arrived_when_it_came(desk, closing, client):
    """By the machine's clock: the lock is held beyond the deadline, and given free within the grace."""
    ends = machine_now() + timedelta(days=30)
    move(desk, closing, ends)
    key, other = desk.start("filing", name=closing), desk.start("filing", name=closing)
    database = desk.office.database
    with database.writing() as session:
        tasks = {
            each: session.scalars(select(UserTask).filter_by(instance_key=each, ended_at=None)).one().key
            for each in (key, other)
        }
        for task in tasks.values():
            assign_user_task(session, task, "ada", desk.ada, now=desk.now)
        session.commit()

    def post(each):
        return client.post(f"/v2/user-tasks/{tasks[each]}/completion", json={"variables": {}}, headers=basic("ada"))

    ends = machine_now() + 1.5 * SECOND
    with database.writing() as session:  # the deadline is now; no review, so that the timer's own job still waits
        session.execute(update(Deadline).where(Deadline.name == closing).values(due_at=ends))
        session.commit()
    with ThreadPoolExecutor() as pool:
        with database.writing() as session:
            acting.lock_instance(session, key)
            answer = pool.submit(post, key)
            while machine_now() < ends + SECOND / 2:
                sleep(0.05)
            assert not answer.done()
            session.rollback()
        in_time = answer.result(timeout=20)
    late = post(other)

    assert (in_time.status_code, desk.open_elements(key)) == (204, ["filed"])
    assert desk.look(select(UserTask.ended_at).filter_by(instance_key=key, element_id="file"))[0] < ends
    assert (late.status_code, late.json["code"], desk.open_elements(other)) == (409, "DEADLINE_PASSED", ["file"])


def test_a_deadline_moves_later_for_everybody_at_once(desk, closing):
    keys = [desk.start("filing", name=closing) for _ in range(3)]
    elsewhere = desk.start("filing", name=f"{closing} of others")
    later = CLOSING + timedelta(days=7)

    move(desk, closing, later)

    assert timers(desk, *keys) == [(key, later) for key in keys]
    assert timers(desk, elsewhere) == [(elsewhere, MONDAY + timedelta(days=1))]
    assert [moves(desk, key) for key in (*keys, elsewhere)] == [1, 1, 1, 0]
    [event] = desk.look(select(Event).filter_by(instance_key=keys[0], kind="DEADLINE_MOVED"))
    body = json.loads(event.body)
    assert (body["deadline"], body["deadlines"]) == (closing, {closing: later.isoformat()})

    desk.now = CLOSING + timedelta(minutes=1)
    desk.work()
    desk.complete(keys[0], "file", arrived=desk.now)
    desk.now = later + DEADLINE_GRACE
    desk.work()

    assert [desk.open_elements(key) for key in keys] == [["filed"], ["late"], ["late"]]
    assert timers(desk, *keys) == []
    assert [moves(desk, key) for key in keys] == [1, 1, 1]
    assert all(desk.runs_again(key) for key in keys)


def test_a_deadline_that_is_set_after_its_timers_draws_them_to_itself(desk):
    desk.deploy(FILING, SETTING)
    name = f"closing {next(_numbers)}"
    key = desk.start("filing", name=name)
    before = timers(desk, key)

    move(desk, name, CLOSING)

    assert (before, timers(desk, key)) == ([(key, MONDAY + timedelta(days=1))], [(key, CLOSING)])


def test_the_same_instant_again_moves_nothing(desk, closing):
    key = desk.start("filing", name=closing)

    move(desk, closing, CLOSING)

    assert desk.events(key) == ["INSTANCE_STARTED"]
    assert desk.look(select(Deadline.version).filter_by(name=closing)) == [1]


@pytest.mark.parametrize(
    ("second", "version"),
    [(CLOSING + SECOND, 2), (CLOSING, 1), (CLOSING - SECOND, 1)],
    ids=["later", "same", "earlier"],
)
def test_of_two_who_set_a_deadline_at_once_the_second_meets_the_first(desk, second, version):
    desk.deploy(FILING, SETTING)
    name = f"closing {next(_numbers)}"
    with ThreadPoolExecutor() as pool:
        with desk.office.database.writing() as session:
            process = latest(session, "process", "setting")
            variables = {"name": name, "at": CLOSING.isoformat()}
            instances.start_instance(session, process, variables, desk.ada, now=desk.now)
            other = pool.submit(move, desk, name, second)
            sleep(0.5)
            assert not other.done()
            session.commit()
        refused = other.exception(timeout=20)

    assert getattr(refused, "code", None) == ("DEADLINE_ONLY_LATER" if second < CLOSING else None)
    [deadline] = desk.look(select(Deadline).filter_by(name=name))
    assert (deadline.due_at, deadline.version) == (max(second, CLOSING), version)


def test_nobody_moves_a_deadline_to_an_earlier_instant(desk, closing):
    key = desk.start("filing", name=closing)

    with pytest.raises(Refused) as refused:
        move(desk, closing, CLOSING - MILLISECOND)

    assert refused.value.code == "DEADLINE_ONLY_LATER"
    assert timers(desk, key) == [(key, CLOSING)]
    assert moves(desk, key) == 0


def test_what_has_fired_stays_fired(desk, closing):
    fired, armed = desk.start("filing", name=closing), None
    desk.now = CLOSING + DEADLINE_GRACE
    desk.work()
    armed = desk.start("filing", name=closing)

    later = CLOSING + timedelta(days=7)
    move(desk, closing, later)
    desk.work()

    assert (desk.open_elements(fired), moves(desk, fired)) == (["late"], 0)
    assert (desk.open_elements(armed), timers(desk, armed)) == (["file"], [(armed, later)])
    desk.complete(armed, "file", arrived=later)
    assert desk.open_elements(armed) == ["filed"]


def test_a_timer_that_its_review_has_missed_looks_again_before_it_fires(desk, closing):
    """An act that armed the timer was under way while the deadline was moved: the review could not see it."""
    key = desk.start("filing", name=closing)
    later = CLOSING + timedelta(days=7)
    with desk.office.database.writing() as session:
        session.execute(update(Deadline).where(Deadline.name == closing).values(due_at=later, version=2))
        session.commit()

    desk.now = CLOSING + timedelta(minutes=1)
    desk.work()

    assert (desk.open_elements(key), timers(desk, key), moves(desk, key)) == (["file"], [(key, later)], 1)
    desk.now = later + DEADLINE_GRACE
    desk.work()
    assert desk.open_elements(key) == ["late"]
    assert desk.runs_again(key)
