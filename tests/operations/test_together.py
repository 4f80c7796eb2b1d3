"""Writes that are sent together fail as single ones do: with a known error, and with nothing of them stored."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.models import Group
from service.operations.upserts import insert_rows, together

pytestmark = pytest.mark.both_databases


def row(name):
    return {"name": name, "title": name, "system": False}


def test_what_is_sent_together_is_there_afterwards(session):
    with together(session):
        insert_rows(session, "groups", [row("one")])
        insert_rows(session, "groups", [row("two"), row("three")])

    assert set(session.scalars(select(Group.name).where(Group.title.in_(("one", "two", "three"))))) == {
        "one",
        "two",
        "three",
    }


def test_an_error_is_the_database_layers_own_and_leaves_nothing(session):
    def write():
        with together(session):
            insert_rows(session, "groups", [row("four")])
            insert_rows(session, "groups", [row("staff")])  # is there already

    with pytest.raises(IntegrityError) as caught:
        write()

    session.rollback()
    assert caught.value.orig is not None
    assert session.get(Group, "four") is None
