"""What the worker promises: leases that come back, attempts that are counted, an end to trying."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from service.clock import machine_now
from service.db import Database, is_transient
from service.jobs import leases
from service.models import Event, Incident, Job, ProcessInstance, UserTask
from service.operations import deployments, follow_ups, histories, incidents, instances, runner
from service.releases import latest
from tests.support.leave import basic
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

#: A timer that is due at once, with a boundary of nothing: the worker has one job per instance.
SOON = b.process(
    b.start(), b.catch("t", b.timer("PT0S")), b.user("then"), b.end(), b.chain("s", "t", "then", "e"), id="soon"
)
RANDOM = Random(20261123)


@pytest.fixture(scope="module", autouse=True)
def soon(office):
    with office.database.writing() as session:
        deployments.deploy(session, {"soon.bpmn": SOON.xml}, office.user("dora"), now=machine_now())
        session.commit()


@pytest.fixture
def start(office):
    """Starts instances of `soon`, whose timers are due; those of earlier tests are out of the way."""

    def start(count=1):
        with office.database.writing() as session:
            session.execute(text("UPDATE jobs SET retries = 0"))
            process = latest(session, "process", "soon")
            keys = [
                instances.start_instance(session, process, {}, office.user("ada"), now=machine_now()).key
                for _ in range(count)
            ]
            session.commit()
        return keys

    return start


def take(database, *, at, worker="w", limit=10, lease=runner.LEASE):
    with database.writing() as session:
        conditions = leases.due(follow_ups.OWN_KINDS, now=machine_now(), machine_now=at)
        taken = leases.take(session, conditions, machine_now=at, limit=limit, worker=worker, lease=lease)
        keys = [(job.key, job.lease_token) for job in taken]
        session.commit()
    return keys


def job_of(office, instance_key):
    with office.database.reading() as session:
        return session.scalars(select(Job).filter_by(instance_key=instance_key)).one_or_none()


def waits_for_its_user(office, instance_key):
    with office.database.reading() as session:
        open_now = session.scalars(select(UserTask.element_id).filter_by(instance_key=instance_key, ended_at=None))
        return list(open_now) == ["then"]


def kinds(office, instance_key):
    with office.database.reading() as session:
        return [e.kind for e in histories.events_of(session, instance_key)]


def test_a_lease_keeps_others_away_until_it_has_run_out(office, start):
    [key] = start()
    at = machine_now()

    [(job, first)] = take(office.database, at=at, worker="dies")
    meanwhile = take(office.database, at=at + runner.LEASE)
    [(again, second)] = take(office.database, at=at + runner.LEASE + timedelta(seconds=1), worker="lives")

    assert (meanwhile, again) == ([], job)
    assert first != second
    assert (job_of(office, key).worker, job_of(office, key).attempts) == ("lives", 2)


def test_who_lost_the_lease_does_nothing(office, start):
    [key] = start()
    at = machine_now()
    [(job, lost)] = take(office.database, at=at)
    [(_, held)] = take(office.database, at=at + 2 * runner.LEASE)

    assert not runner.attempt(office.database, job, lost, RANDOM)
    assert not waits_for_its_user(office, key)
    assert runner.attempt(office.database, job, held, RANDOM)
    assert waits_for_its_user(office, key)
    assert not runner.attempt(office.database, job, held, RANDOM)
    assert kinds(office, key) == ["INSTANCE_STARTED", "TIMER_FIRED"]


def test_a_job_that_kills_each_of_its_workers_becomes_an_incident(office, start, monkeypatch):
    [key] = start()
    monkeypatch.setattr(runner, "LEASE", timedelta(0))  # run out as soon as given: each worker dies at once
    dying = pytest.MonkeyPatch()

    def killed(*_, **__):
        raise KeyboardInterrupt  # not an Exception: nothing is written down, as with kill -9

    dying.setattr(follow_ups, "run", killed)
    for _ in range(leases.MAX_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            runner.work(office.database, "dies", RANDOM)
    dying.undo()
    runner.work(office.database, "lives", RANDOM)

    with office.database.reading() as session:
        [incident] = session.scalars(select(Incident).filter_by(instance_key=key))
    assert (incident.type, incident.element_id) == ("JOB_NO_RETRIES", "t")
    assert str(leases.MAX_ATTEMPTS) in incident.message
    assert job_of(office, key).retries == 0
    assert runner.work(office.database, "lives", RANDOM) == 0

    with office.database.writing() as session:
        incidents.resolve(session, incident.key, office.user("olga"), now=machine_now())
        session.commit()
    runner.work(office.database, "lives", RANDOM)

    assert waits_for_its_user(office, key)
    assert kinds(office, key) == ["INSTANCE_STARTED", "INCIDENT_RAISED", "INCIDENT_RESOLVED", "TIMER_FIRED"]


def test_a_failure_that_may_pass_is_tried_again_later_and_then_becomes_an_incident(office, start, monkeypatch):
    [key] = start()
    monkeypatch.setattr(follow_ups, "run", lambda *_, **__: 1 / 0)
    seen = []
    for _ in range(3):
        with office.database.writing() as session:  # the back-off has passed
            session.execute(text("UPDATE jobs SET due_at = created_at"))
            session.commit()
        before = machine_now()
        runner.work(office.database, "w", RANDOM)
        job = job_of(office, key)
        seen.append((job.retries, job.lease_until, job.due_at - before <= timedelta(seconds=30) * 2**job.attempts))

    assert seen == [(2, None, True), (1, None, True), (0, None, True)]
    with office.database.reading() as session:
        [incident] = session.scalars(select(Incident).filter_by(instance_key=key))
    assert incident.message == "ZeroDivisionError"


def test_a_job_that_only_met_others_is_put_off_at_no_cost(office, start, monkeypatch):
    [key] = start()

    def met(*_, **__):
        raise StaleDataError("somebody was faster")

    with monkeypatch.context() as patch:
        patch.setattr(follow_ups, "run", met)
        runner.work(office.database, "w", RANDOM)
    job = job_of(office, key)

    assert (job.retries, job.attempts, job.lease_token) == (3, 0, None)
    assert job.due_at <= machine_now() + timedelta(seconds=30)


def test_three_workers_do_a_hundred_jobs_once_each(office, start):
    keys = start(100)
    done = Counter()

    def worker(name):
        database = Database(office.url)  # its own engine, as in a process of its own
        while taken := runner.work(database, name, Random(name), limit=7):
            done[name] += taken
        database.dispose()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(worker, ["w1", "w2", "w3"]))

    with office.database.reading() as session:
        fired = session.scalars(
            select(Event.instance_key).where(Event.instance_key.in_(keys), Event.kind == "TIMER_FIRED")
        ).all()
        left = session.scalars(select(Job.key).where(Job.instance_key.in_(keys))).all()
        waiting = session.scalars(select(UserTask.instance_key).where(UserTask.instance_key.in_(keys))).all()
    assert sorted(fired) == sorted(waiting) == sorted(keys)
    assert (left, sum(done.values())) == ([], 100)


def test_two_who_take_at_once_take_different_jobs(office, start):
    """PostgreSQL passes over the rows that the first is taking; on SQLite the second waits, for there is one writer."""
    start(4)
    at = machine_now()
    conditions = leases.due(follow_ups.OWN_KINDS, now=at, machine_now=at)

    with ThreadPoolExecutor(1) as pool:
        with office.database.writing() as session:
            mine = leases.take(session, conditions, machine_now=at, limit=2, worker="a", lease=runner.LEASE)
            keys = {job.key for job in mine}
            second = pool.submit(take, office.database, at=at, worker="b")
            waited = bool(wait([second], timeout=0.5).not_done)
            session.commit()
        others = {key for key, _ in second.result(timeout=30)}

    assert (len(keys), len(others), keys & others) == (2, 2, set())
    assert waited == office.database.is_sqlite


@pytest.mark.parametrize(
    ("failures", "longest"),
    [
        (1, timedelta(seconds=30)),
        (3, timedelta(minutes=2)),
        (40, timedelta(hours=1)),  # the cap; 30 s * 2**39 would be 500 000 years
    ],
)
def test_backoff_stays_below_its_bound_and_is_spread(failures, longest):
    drawn = [leases.backoff(failures, RANDOM) for _ in range(1000)]

    assert timedelta(0) <= min(drawn) < longest * 0.05
    assert longest * 0.95 < max(drawn) <= longest


def test_a_job_that_has_not_failed_has_no_backoff():
    with pytest.raises(ValueError, match="no back-off"):
        leases.backoff(0, RANDOM)


class Refusal(Exception):
    def __init__(self, sqlstate):
        super().__init__(f"refused with {sqlstate}")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "again"), [("40001", True), ("40P01", True), ("55P03", True), ("23505", False), (None, False)]
)
def test_only_meetings_of_transactions_are_tried_again(sqlstate, again):
    assert is_transient(OperationalError("UPDATE", {}, Refusal(sqlstate))) is again


def test_a_meeting_in_the_database_is_tried_again_at_once(office, start, monkeypatch):
    [key] = start()
    real, meetings = follow_ups.run, iter(["40001", "40P01"])

    def first_meets(*args, **kwargs):
        if (sqlstate := next(meetings, None)) is not None:
            raise OperationalError("UPDATE", {}, Refusal(sqlstate))
        return real(*args, **kwargs)

    monkeypatch.setattr(follow_ups, "run", first_meets)
    runner.work(office.database, "w", RANDOM)

    assert waits_for_its_user(office, key)
    with office.database.reading() as session:
        assert session.get(ProcessInstance, key).version == 2


def test_a_job_whose_failure_cannot_be_written_down_keeps_no_other_from_its_turn(office, start, monkeypatch):
    first, second = start(2)
    original = runner.attempt

    def attempt(database, key, token, random, **options):
        if key == job_of(office, first).key:
            raise OperationalError("SELECT 1", {}, Exception("the connection is gone"))
        return original(database, key, token, random, **options)

    monkeypatch.setattr(runner, "attempt", attempt)
    assert runner.work(office.database, "w", RANDOM) == 2

    assert waits_for_its_user(office, second)
    assert job_of(office, first).lease_until is not None


def test_trouble_after_the_commit_does_not_repeat_the_request(office, client, monkeypatch):
    def meets(*_):
        raise OperationalError("SELECT", {}, Refusal("40001"))

    monkeypatch.setattr(runner, "_next_of", meets)
    body = {"processDefinitionId": "soon", "businessId": "once"}

    answer = client.post("/v2/process-instances", json=body, headers=basic("ada"))

    assert answer.status_code == 200
    with office.database.reading() as session:
        assert len(session.scalars(select(ProcessInstance.key).filter_by(business_id="once")).all()) == 1
