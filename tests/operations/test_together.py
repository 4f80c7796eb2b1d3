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
    with together(session.connection()):
        insert_rows(session.connection(), "groups", [row("one")])
        insert_rows(session.connection(), "groups", [row("two"), row("three")])

    assert set(session.scalars(select(Group.name).where(Group.title.in_(("one", "two", "three"))))) == {
        "one",
        "two",
        "three",
    }


def test_an_error_is_the_database_layers_own_and_leaves_nothing(session):
    def write():
        with together(session.connection()):
            insert_rows(session.connection(), "groups", [row("four")])
            insert_rows(session.connection(), "groups", [row("staff")])  # is there already

    with pytest.raises(IntegrityError) as caught:
        write()

    session.rollback()
    assert caught.value.orig is not None
    assert session.get(Group, "four") is None


def test_a_default_that_only_the_models_know_must_be_named(session):
    with pytest.raises(TypeError, match="events, head, incidents"):
        insert_rows(session.connection(), "process_instances", [{"key": 1}])
