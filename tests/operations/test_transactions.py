"""What transactions share: keys, locks, names; and what must not wait for what."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service import db

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
