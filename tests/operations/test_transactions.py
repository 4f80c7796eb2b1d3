"""What transactions share: keys, locks, names; and what must not wait for what."""

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from service import db
from service.models import ProcessInstance, UserTask
from service.operations import acting, instances
from service.operations.user_tasks import assign_user_task, complete_user_task
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


def test_who_waits_for_the_write_lock_keeps_no_keys_back_from_its_holder(office):
    database = office.database
    waits = threading.Event()

    def write():
        waits.set()
        with database.writing():
            pass

    second = threading.Thread(target=write, daemon=True)
    taken = []
    with database.writing() as session:
        session.execute(text("UPDATE platform SET next_key = next_key WHERE id = 1"))  # holds its lock on PostgreSQL
        database._next = database._end - 5  # the next to write takes a new block of keys first
        second.start()
        waits.wait()
        second.join(0.3)  # by now it waits for the first
        first = threading.Thread(target=lambda: taken.append(db.new_key(session)), daemon=True)
        first.start()
        first.join(5)
        assert taken, "the holder of the lock waits for a key"
        session.rollback()
    second.join(10)

    assert not second.is_alive()
    assert database.take_key() not in taken


def test_what_the_database_refuses_is_told_without_its_values(office):
    with office.database.writing() as session, pytest.raises(DBAPIError) as refused:
        session.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "私人信息"})

    assert "私人信息" not in str(refused.value)


PARENT = b.process(
    b.start(), b.call("c", "child"), b.user("after"), b.end(), b.chain("s", "c", "after", "e"), id="parent"
)
CHILD = b.process(b.start(), b.user("work"), b.end(), b.chain("s", "work", "e"), id="child")


def test_a_child_ends_while_another_transaction_holds_its_parent(desk, database):
    if database == "sqlite":
        return  # one writer at a time: there is nothing to meet
    desk.deploy(PARENT, CHILD)
    key = desk.start("parent")
    [work] = desk.look(select(UserTask.key).filter_by(root_key=key))

    with desk.office.database.writing() as session:
        acting.lock_instance(session, key)
        with desk.office.database.writing() as other:
            other.execute(text("SET lock_timeout = '1s'"))
            assign_user_task(other, work, "ada", desk.ada, now=desk.now)
            complete_user_task(other, work, {}, desk.ada, now=desk.now)
            other.commit()
    desk.drain(key)

    assert desk.open_elements(key) == ["after"]


def test_the_end_of_a_child_does_not_wait_for_its_parent(desk, database):
    if database == "sqlite":
        return
    desk.deploy(PARENT, CHILD)
    key = desk.start("parent")
    with desk.office.database.writing() as session:
        instances.cancel_instance(session, key, desk.ada, now=desk.now)
        session.commit()

    with desk.office.database.writing() as session:
        acting.lock_instance(session, key)
        worker = threading.Thread(target=desk.drain, args=(key,), daemon=True)
        worker.start()
        worker.join(5)
        done = not worker.is_alive()
        session.rollback()
    worker.join(20)

    assert done
    assert desk.look(select(ProcessInstance.status).filter_by(root_key=key)) == ["TERMINATED", "TERMINATED"]
