"""Every event becomes a leaf of the one tree, once, under a signed head that is handed out."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from service.clock import machine_now
from service.history import heads, tree
from service.models import Event, TreeHead, TreeLeaf, UserTask
from service.operations import instances, sequencing, trees
from service.operations.user_tasks import assign_user_task, unassign_user_task
from service.releases import latest
from tests.support.leave import MONDAY

pytestmark = pytest.mark.both_databases


@pytest.fixture
def happen(office):
    """`happen(5)`: a leave request with five events; its key."""

    def happen(events):
        with office.database.writing() as session:
            process = latest(session, "process", "leave_request")
            instance = instances.start_instance(session, process, {}, office.user("ada"), now=MONDAY)
            task = session.scalars(select(UserTask.key).filter_by(instance_key=instance.key)).one()
            anna = office.user("anna")
            while instance.events < events:
                if instance.events % 2:
                    assign_user_task(session, task, "anna", anna, now=MONDAY)
                else:
                    unassign_user_task(session, task, anna, now=MONDAY)
            session.commit()
            return instance.key

    return happen


def checked(office):
    with office.database.reading() as session:
        return trees.check(session)


def positions(office, key):
    with office.database.reading() as session:
        return trees.positions(session, key)


def test_events_are_put_in_once_and_in_their_order(office, happen):
    first, second = happen(5), happen(3)

    assert checked(office).waiting >= 8
    put = sequencing.sequence(office.database, force=True)
    again = sequencing.sequence(office.database, force=True)

    report = checked(office)
    places = [*positions(office, first).values(), *positions(office, second).values()]
    assert (put >= 8, again) == (True, 0)
    assert (report.waiting, report.wrong) == (0, ())
    assert list(positions(office, first)) == [1, 2, 3, 4, 5]
    assert places == sorted(set(places))


def test_a_head_is_signed_after_a_minute_or_a_thousand_events(office, happen, monkeypatch):
    happen(1)
    sequencing.sequence(office.database, force=True)
    signed = machine_now()
    happen(2)

    def at(seconds):
        monkeypatch.setattr(sequencing, "machine_now", lambda: signed + timedelta(seconds=seconds))
        return sequencing.sequence(office.database)

    early, late, none_waiting = at(50), at(61), at(200)
    happen(sequencing.BATCH + 5)
    many = at(62)

    # The thousand that are full; the five behind them have a head that is not a minute old.
    assert (early, late, none_waiting, many) == (0, 2, 0, sequencing.BATCH)
    assert checked(office).wrong == ()


def test_a_clock_that_was_put_back_does_not_stop_the_heads(office, happen, monkeypatch):
    sequencing.sequence(office.database, force=True)
    happen(1)
    monkeypatch.setattr(sequencing, "machine_now", lambda: machine_now() - timedelta(days=30))

    assert sequencing.sequence(office.database) > 0


def test_several_sequencers_put_every_event_in_once(office, happen):
    happen(400)

    with ThreadPoolExecutor(8) as pool:
        makers = [pool.submit(happen, 20) for _ in range(12)]
        put = [pool.submit(sequencing.sequence, office.database, force=True) for _ in range(12)]
        assert all(maker.result() for maker in makers)
        total = sum(each.result() for each in put)
    total += sequencing.sequence(office.database, force=True)

    report = checked(office)
    assert total == 400 + 12 * 20
    assert (report.waiting, report.wrong) == (0, ())


def test_every_head_is_one_of_the_growing_tree(office, happen):
    for events in (3, 1, 300):
        happen(events)
        sequencing.sequence(office.database, force=True)

    with office.database.reading() as session:
        sizes = session.scalars(select(TreeHead.size).order_by(TreeHead.size)).all()
        subtrees = trees.subtrees(session)
        for size in sizes:
            assert tree.root(subtrees, size).hex() == trees.head(session, size).root
        assert [row.size for row in trees.newest_heads(session, 2, before=sizes[-1])] == [sizes[-2], sizes[-3]]


def test_heads_are_handed_out_to_a_file_that_only_grows(office, happen, tmp_path):
    happen(2)
    sequencing.sequence(office.database, force=True)
    folder = tmp_path / "elsewhere"
    first = sequencing.hand_out(office.database, folder)
    before = (folder / sequencing.FILE_NAME).read_bytes()
    happen(2)
    sequencing.sequence(office.database, force=True)

    sequencer = sequencing.Sequencer(office.database, folder)
    sequencer.tick()
    sequencer.tick()

    after = (folder / sequencing.FILE_NAME).read_bytes()
    with office.database.reading() as session:
        notes = session.scalars(select(TreeHead.note).order_by(TreeHead.size)).all()
    assert first == len(notes) - 1 > 0
    assert after.startswith(before)
    assert after.decode() == "".join(f"{note}\n" for note in notes)


def test_a_file_that_knows_a_longer_history_is_told_and_goes_on(office, happen, tmp_path, caplog):
    happen(1)
    sequencing.sequence(office.database, force=True)
    longer = heads.Head(10**6, bytes(32), machine_now().replace(microsecond=0) - timedelta(days=1))
    path = tmp_path / sequencing.FILE_NAME
    path.write_text(trees.signer().signed(longer) + "\n")

    with caplog.at_level(logging.ERROR):
        sequencing.hand_out(office.database, tmp_path)

    assert "older backup" in caplog.text
    with office.database.reading() as session:
        assert all(note in path.read_text() for note in session.scalars(select(TreeHead.note)))


def test_a_changed_history_no_longer_gives_its_heads(office, happen):
    key = happen(4)
    sequencing.sequence(office.database, force=True)
    bad = "00" * 32

    with office.database.writing() as session:
        connection = session.connection()
        if office.database.is_sqlite:
            connection.execute(text("DROP TRIGGER events_refuse_update"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text("UPDATE events SET hash = :bad WHERE instance_key = :key AND seq = 3"), {"bad": bad, "key": key}
        )
        report = trees.check(session)
        session.rollback()

    assert any(f"event 3 of instance {key}" in text for text in report.wrong)
    assert any("another root" in text for text in report.wrong)
    assert checked(office).wrong == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tree_leaves SET position = position + 1000000 WHERE position IS NOT NULL",
        "UPDATE tree_leaves SET event_key = -1",
        "DELETE FROM tree_leaves",
        "UPDATE tree_heads SET root = ''",
        "DELETE FROM tree_heads",
    ],
)
def test_the_database_refuses_to_change_leaves_and_heads(office, happen, statement):
    happen(1)
    sequencing.sequence(office.database, force=True)

    with office.database.writing() as session, pytest.raises(DBAPIError, match="history is never changed"):
        session.execute(text(statement))


def test_no_event_is_without_a_leaf(office, happen):
    happen(3)

    with office.database.reading() as session:
        events, leaves = (session.scalar(select(func.count()).select_from(table)) for table in (Event, TreeLeaf))
    assert events == leaves
