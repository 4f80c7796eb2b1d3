"""Rows written past the ORM: many at once, and INSERT … ON CONFLICT, which SQLAlchemy spells twice.

The ORM takes bulk rows apart one by one and builds each statement anew, and SQLAlchemy's core works out at each
execution how each value is written. Both cost more than the database did: here a statement is compiled once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import psycopg
from sqlalchemy import Connection, CursorResult, Dialect, Insert, Table, UpdateBase
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from service.models import Base


def send(connection: Connection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
    """Execute a write once for each row; every row names the same parameters, and all that there are.

    The statement is kept with its compiled form: build it once, not at each call.
    """
    sql, names, writers = _compiled(statement, connection.dialect, tuple(rows[0]))
    written = [
        {name: writers[name](value) if name in writers else value for name, value in row.items()} for row in rows
    ]
    parameters = [tuple(row[name] for name in names) for row in written] if names else written
    return connection.exec_driver_sql(sql, parameters if len(parameters) > 1 else parameters[0])


def insert_rows(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; each names every column that the database itself gives no value."""
    send(connection, _plain(table), rows)


def insert_ignoring(connection: Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those that are there already stay as they are."""
    send(connection, _ignoring(connection.dialect.name, table), rows)


def upsert(
    connection: Connection, table: str, rows: Sequence[dict[str, Any]], *, unique: Sequence[str], changes: Sequence[str]
) -> None:
    """Insert rows; of those that are there already by `unique`, the columns `changes` are overwritten."""
    send(connection, _overwriting(connection.dialect.name, table, tuple(unique), tuple(changes)), rows)


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Send the writes inside the block without waiting for the answer to each; nothing may be read inside.

    On PostgreSQL they share one journey to the server; SQLite is in this process. Errors come at the end of the block.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:  # past SQLAlchemy, which would have wrapped it
        raise DBAPIError.instance("a pipeline", None, error, psycopg.Error) from error


@lru_cache(maxsize=256)
def _compiled(
    statement: UpdateBase, dialect: Dialect, given: tuple[str, ...]
) -> tuple[str, Sequence[str] | None, Mapping[str, Callable[[Any], Any]]]:
    """SQL, the order of its parameters (None: they go by name), and how the values are written that need it."""
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    if missing := compiled.binds.keys() - set(given):
        raise TypeError(f"the rows lack {', '.join(sorted(missing))}")
    writers = {
        name: writer
        for name, parameter in compiled.binds.items()
        if (writer := parameter.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    return str(compiled), compiled.positiontup, writers


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


def _insert(dialect: str, table: str) -> "sqlite.Insert | postgresql.Insert":
    target: Table = Base.metadata.tables[table]
    return sqlite.insert(target) if dialect == "sqlite" else postgresql.insert(target)
