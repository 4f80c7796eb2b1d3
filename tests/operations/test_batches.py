"""Many instances in one batch: each item done once with its result, whatever happens in between."""

from random import Random

import pytest
from sqlalchemy import func, select

from service.engine.types import EngineError
from service.errors import BadArgument, Forbidden, NotFound
from service.models import Account, BatchItem, BatchOperation, ElementInstance, Event, Job, ProcessInstance
from service.operations import batches, follow_ups, runner
from service.operations.batches import CANCEL, MIGRATE, MODIFY, RESOLVE
from service.releases import latest
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


def line(id, *names):
    return b.process(b.start(), *map(b.user, names), b.end(), b.chain("s", *names, "e"), id=id)


def begin(desk, type, process_id, plan=None, *, user=None, **filters):
    with desk.office.database.writing() as session:
        wanted = {"processDefinitionId": process_id, **filters}
        key = batches.create(session, type, plan or {}, wanted, user or desk.ada, now=desk.now).key
        session.commit()
    return key


def migration(desk, process_id, **mapping):
    with desk.office.database.reading() as session:
        target = latest(session, "process", process_id)
        assert target is not None
        return {"target": str(target.key), "mapping": [list(pair) for pair in mapping.items()]}


def items(desk, batch):
    """Instance → state and the code of its error."""
    with desk.office.database.reading() as session:
        rows = session.scalars(select(BatchItem).filter_by(batch_key=batch))
        return {row.instance_key: (row.state, (row.error or "").partition(":")[0]) for row in rows}


def result(desk, batch):
    with desk.office.database.reading() as session:
        row = session.get_one(BatchOperation, batch)
        return row.state, row.total, row.completed, row.failed


def step(desk):
    """One job of the worker."""
    return runner.work(desk.office.database, "test", Random(1), limit=1)


def test_instances_migrate_one_by_one_and_those_that_cannot_say_why(desk):
    desk.deploy(line("many", "a", "b"))
    stays, *going = [desk.start("many") for _ in range(4)]
    desk.complete(stays, "a")
    desk.deploy(line("many", "a", "new", "b"))

    batch = begin(desk, MIGRATE, "many", migration(desk, "many", a="a"))
    desk.work()

    assert result(desk, batch) == ("COMPLETED", 4, 3, 1)
    assert items(desk, batch) == {stays: ("FAILED", "MIGRATION_REFUSED")} | dict.fromkeys(going, ("COMPLETED", ""))
    [error] = desk.look(select(BatchItem.error).filter_by(instance_key=stays))
    assert "b: NOT_MAPPED" in error
    assert desk.look(select(Job.key).filter_by(kind="batch")) == []
    for key in (stays, *going):
        assert desk.runs_again(key)
    [body] = desk.look(select(Event.body).filter_by(instance_key=going[0], kind="INSTANCE_MIGRATED"))
    assert f'"batch":"{batch}"' in body
    desk.complete(going[0], "a")
    assert desk.open_elements(going[0]) == ["new"]


def test_tokens_are_moved_where_they_are(desk):
    desk.deploy(line("moved", "a", "b", "c"))
    first, second, third = [desk.start("moved") for _ in range(3)]
    desk.complete(second, "a")
    desk.complete(third, "a")
    desk.complete(third, "b")

    batch = begin(desk, MODIFY, "moved", {"moves": [["a", "c"], ["b", "c"]]})
    desk.work()

    assert items(desk, batch) == {
        first: ("COMPLETED", ""),
        second: ("COMPLETED", ""),
        third: ("FAILED", "MODIFICATION_REFUSED"),
    }
    assert [desk.open_elements(key) for key in (first, second, third)] == [["c"]] * 3


def test_only_roots_are_cancelled_and_what_they_called_goes_with_them(desk):
    child = line("inner", "work")
    parent = b.process(b.start(), b.call("c", "inner"), b.end(), b.chain("s", "c", "e"), id="outer")
    desk.deploy(parent, child)
    keys = [desk.start("outer") for _ in range(2)]

    with desk.office.database.writing() as session:
        either = {"processDefinitionId": {"$in": ["inner", "outer"]}}
        batch = batches.create(session, CANCEL, {}, either, desk.ada, now=desk.now).key
        session.commit()
    desk.work()

    assert items(desk, batch) == dict.fromkeys(keys, ("COMPLETED", ""))
    statuses = desk.look(select(ProcessInstance.status).where(ProcessInstance.root_key.in_(keys)))
    assert statuses == ["TERMINATED"] * 4


def test_incidents_are_resolved(desk):
    stuck = b.process(
        b.start(), b.catch("t", b.timer("PT0S")), b.script("x", "=missing + 1", "y"), b.end(),
        b.chain("s", "t", "x", "e"), id="stuck",
    )  # fmt: skip
    desk.deploy(stuck)
    key = desk.start("stuck")
    desk.work()

    batch = begin(desk, RESOLVE, "stuck")
    step(desk)

    assert items(desk, batch) == {key: ("COMPLETED", "")}
    assert "INCIDENT_RESOLVED" in desk.events(key)


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_is_killed_has_done_each_item_once_or_not_at_all(desk, monkeypatch, after):
    desk.deploy(line(f"killed{after}", "a", "b"))
    keys = [desk.start(f"killed{after}") for _ in range(3)]
    desk.work()
    batch = begin(desk, MODIFY, f"killed{after}", {"moves": [["a", "b"]]})
    assert step(desk) == 1
    go_on = batches.go_on

    def die(session, job, now):
        if after:
            go_on(session, job, now)
        raise KeyboardInterrupt  # as good as a kill: nothing of the transaction is committed, and nobody tidies up

    with monkeypatch.context() as patch:
        patch.setattr(follow_ups, "_KINDS", {**follow_ups._KINDS, "batch": die})
        with pytest.raises(KeyboardInterrupt):
            step(desk)
    assert result(desk, batch)[2] == 1
    desk.now += 2 * runner.LEASE
    desk.work()

    assert result(desk, batch) == ("COMPLETED", 3, 3, 0)
    for key in keys:
        assert desk.events(key) == ["INSTANCE_STARTED", "INSTANCE_MODIFIED"]
        states = select(ElementInstance.element_id, ElementInstance.state).filter_by(instance_key=key, state="ACTIVE")
        assert desk.look(states) == ["b"]


def test_an_item_that_fails_for_no_reason_of_ours_is_passed_over(desk, monkeypatch):
    desk.deploy(line("odd", "a", "b"))
    first, second = [desk.start("odd") for _ in range(2)]
    batch = begin(desk, MODIFY, "odd", {"moves": [["a", "b"]]})
    act = batches._ACTS[MODIFY]

    def sometimes(session, key, *rest):
        act(session, key, *rest)
        if key == first:
            raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(batches, "_ACTS", {MODIFY: sometimes})
    for _ in range(8):
        desk.work()
        desk.now += 60 * runner.LEASE

    assert items(desk, batch) == {first: ("FAILED", "UNKNOWN"), second: ("COMPLETED", "")}
    assert desk.open_elements(first) == ["a"]
    assert result(desk, batch)[0] == "COMPLETED"


def test_what_stops_one_item_raises_no_incident_and_leaves_nothing_of_it(desk, monkeypatch):
    desk.deploy(line("stopped", "a", "b"))
    key = desk.start("stopped")
    act = batches._ACTS[MODIFY]

    def stop(*given):
        act(*given)
        raise EngineError("UNKNOWN", "b", "no further")

    monkeypatch.setattr(batches, "_ACTS", {MODIFY: stop})
    batch = begin(desk, MODIFY, "stopped", {"moves": [["a", "b"]]})
    desk.work()

    assert items(desk, batch) == {key: ("FAILED", "UNKNOWN")}
    assert desk.open_elements(key) == ["a"]
    assert desk.events(key) == ["INSTANCE_STARTED"]
    assert desk.look(select(ProcessInstance.incidents).filter_by(key=key)) == [0]


def change(desk, act, batch, user=None, **more):
    with desk.office.database.writing() as session:
        act(session, batch, user or desk.ada, **more)
        session.commit()


def test_a_batch_rests_goes_on_and_is_cancelled(desk):
    desk.deploy(line("resting", "a"))
    for _ in range(4):
        desk.start("resting")
    batch = begin(desk, CANCEL, "resting")
    assert result(desk, batch)[0] == "CREATED"
    step(desk)

    change(desk, batches.suspend, batch)
    desk.work()
    assert result(desk, batch) == ("SUSPENDED", 4, 1, 0)
    change(desk, batches.resume, batch, now=desk.now)
    change(desk, batches.resume, batch, now=desk.now)
    assert desk.look(select(func.count()).select_from(Job).filter_by(kind="batch")) == [1]
    step(desk)
    change(desk, batches.cancel, batch, now=desk.now)
    desk.work()

    assert result(desk, batch) == ("CANCELED", 4, 2, 0)
    assert sorted(state for state, _ in items(desk, batch).values()) == ["CANCELED"] * 2 + ["COMPLETED"] * 2
    for act, more in ((batches.suspend, {}), (batches.resume, {"now": desk.now}), (batches.cancel, {"now": desk.now})):
        with pytest.raises(batches.BatchOver):
            change(desk, act, batch, **more)


def test_nothing_to_do_is_done_at_once_and_a_filter_is_needed(desk):
    desk.deploy(line("none", "a"))
    assert result(desk, begin(desk, CANCEL, "none")) == ("COMPLETED", 0, 0, 0)
    with desk.office.database.writing() as session:
        with pytest.raises(BadArgument, match="needs a filter"):
            batches.create(session, CANCEL, {}, {}, desk.ada, now=desk.now)
        with pytest.raises(BadArgument, match="colour"):
            batches.create(session, CANCEL, {}, {"colour": "red"}, desk.ada, now=desk.now)


def test_only_who_operates_begins_and_changes_batches_and_must_still_when_it_runs(desk):
    desk.deploy(line("asked", "a"))
    key = desk.start("asked")
    for name in ("audrey", "dora", "noah"):
        with pytest.raises(Forbidden):
            begin(desk, CANCEL, "asked", user=desk.office.user(name))
    batch = begin(desk, CANCEL, "asked", user=desk.office.user("olga"))
    with pytest.raises(Forbidden):
        change(desk, batches.cancel, batch, desk.office.user("audrey"), now=desk.now)
    with pytest.raises(NotFound):
        change(desk, batches.cancel, batch, desk.office.user("noah"), now=desk.now)

    with desk.office.database.writing() as session:
        session.get_one(Account, "olga").active = False
        session.commit()
    desk.work()

    assert items(desk, batch) == {key: ("FAILED", "FORBIDDEN")}
    with desk.office.database.writing() as session:
        session.get_one(Account, "olga").active = True
        session.commit()
