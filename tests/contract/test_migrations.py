"""The migrations give what the models say, on both databases, and history stays unchangeable after them."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from service import db
from service.cli import db as upgrading
from service.models import Base

pytestmark = pytest.mark.both_databases

MIGRATIONS = Path(upgrading.__file__).resolve().parents[1] / "migrations"
EVENT = (
    "INSERT INTO events (key, instance_key, seq, kind, at, body, previous, hash)"
    " VALUES (1, 1, 1, 'NOTED', '2026-11-23 01:00:00', '{}', '', '')"
)


@pytest.fixture(scope="module")
def engine(database_url):
    """The migrated database without the service's own listeners."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def test_the_models_are_what_the_migrations_make(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


def test_every_check_of_the_models_is_in_the_database(engine):
    """Alembic compares no check constraints."""
    wanted = {
        (table.name, constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.__visit_name__ == "check_constraint"
    }
    inspector = inspect(engine)

    found = {
        (table, check["name"]) for table in Base.metadata.tables for check in inspector.get_check_constraints(table)
    }

    assert wanted - found == set()


@pytest.fixture
def with_event(engine):
    """A connection whose transaction holds one event, and is rolled back."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))  # the event needs no instance here
            connection.execute(text(EVENT))
            connection.execute(text("SET session_replication_role = DEFAULT"))
        else:
            connection.execute(text(EVENT))
        yield connection
        connection.rollback()


@pytest.mark.parametrize("statement", ["UPDATE events SET body = '{}'", "DELETE FROM events"])
def test_history_refuses_to_be_changed(with_event, statement):
    with pytest.raises(DBAPIError, match="history is never changed"):
        with_event.execute(text(statement))


def test_upgrading_again_changes_nothing(database_url, engine):
    before = inspect(engine).get_table_names()

    upgrading.upgrade(database_url)

    assert inspect(engine).get_table_names() == before


def test_events_of_before_become_leaves_in_their_order(tmp_path):
    """An installation that was there before the tree: what happened then stands under the first head too."""
    database = db.database(f"sqlite:///{tmp_path / 'old.db'}")
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        for key, seq in ((9, 1), (5, 2)):  # keys come from blocks: they are in no order
            connection.execute(text(EVENT.replace("(1, 1, 1,", f"({key}, 1, {seq},").replace("''", f"'{'ab' * 32}'")))
        connection.commit()
        command.upgrade(config, "head")
        connection.commit()
        leaves = connection.execute(text("SELECT event_key, position FROM tree_leaves ORDER BY id")).all()

    assert leaves == [(9, None), (5, None)]
    database.dispose()
