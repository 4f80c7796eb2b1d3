"""Rows written past the ORM: many at once, and INSERT … ON CONFLICT, which SQLAlchemy spells twice.

The ORM takes bulk rows apart one by one and builds each statement anew, which cost more than the database did.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.models import Base


def insert_rows(session: Session, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; each names every column that has no default."""
    session.connection().execute(_plain(table), list(rows))


def insert_ignoring(session: Session, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those that are there already stay as they are."""
    session.connection().execute(_ignoring(_dialect(session), table), list(rows))


def upsert(
    session: Session, table: str, rows: Sequence[dict[str, Any]], *, unique: Sequence[str], changes: Sequence[str]
) -> None:
    """Insert rows; of those that are there already by `unique`, the columns `changes` are overwritten."""
    session.connection().execute(_overwriting(_dialect(session), table, tuple(unique), tuple(changes)), list(rows))


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Send the writes inside the block without waiting for the answer to each; nothing may be read inside.

    On PostgreSQL they share one journey to the server; SQLite is in this process. Errors come at the end of the block.
    """
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:  # past SQLAlchemy, which would have wrapped it
        raise DBAPIError.instance("a pipeline", None, error, psycopg.Error) from error


@cache
def _plain(table: str) -> Insert:
    return Base.metadata.tables[table].insert()


@cache
def _ignoring(dialect: str, table: str) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _overwriting(dialect: str, table: str, unique: tuple[str, ...], changes: tuple[str, ...]) -> Insert:
    statement = _insert(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(unique), set_={name: statement.excluded[name] for name in changes}
    )


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _insert(dialect: str, table: str) -> "sqlite.Insert | postgresql.Insert":
    target: Table = Base.metadata.tables[table]
    return sqlite.insert(target) if dialect == "sqlite" else postgresql.insert(target)
