"""Rows written past the ORM: many at once, and INSERT … ON CONFLICT, which SQLAlchemy spells twice.

The ORM takes bulk rows apart one by one and builds each statement anew, and SQLAlchemy's core works out at each
execution how each value is written and prepares a result that nobody reads. All cost more than the database did: here
a statement is compiled once, and handed to the driver.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import psycopg
from sqlalchemy import Connection, Dialect, Insert, Select, Table, UpdateBase
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from service.models import Base


def send(connection: Connection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> int:
    """Execute a write once for each row and give the number of rows it met (in a block `together`: not known, -1).

    Every row names the same parameters, and all that there are. The statement is kept with its compiled form: build it
    once, not at each call. Who listens to SQLAlchemy's statements (`before_cursor_execute`) hears of these as well.
    """
    sql, order, by_name = _compiled(statement, connection.dialect, tuple(rows[0]))
    values = [[row[name] if writer is None else writer(row[name]) for name, writer in order] for row in rows]
    written: list[Any] = [dict(zip(rows[0], line, strict=True)) for line in values] if by_name else values
    many = len(written) > 1
    parameters = written if many else written[0]
    cursor = connection.connection.cursor()
    try:
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, cursor, sql, parameters, None, many)
        (cursor.executemany if many else cursor.execute)(sql, parameters)
        return cursor.rowcount
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, sql, error) from error
    finally:
        cursor.close()


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


def fetch(connection: Connection, statement: Any, parameters: Mapping[str, Any]) -> list[Any]:
    """The rows of a query of single columns, as named tuples; of every request, so it is compiled and prepared once."""
    sql, order, by_name, row, readers = _readable(statement, connection.dialect, tuple(parameters))
    values = [parameters[name] if writer is None else writer(parameters[name]) for name, writer in order]
    cursor = connection.connection.cursor()
    try:
        given: Any = dict(zip(parameters, values, strict=True)) if by_name else values
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, cursor, sql, given, None, False)
        cursor.execute(sql, given)
        found = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, sql, error) from error
    finally:
        cursor.close()
    return [row(*(read(value) if read else value for read, value in zip(readers, line, strict=True))) for line in found]


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
    except psycopg.Error as error:
        raise _wrapped(connection, "a pipeline", error) from error


def _wrapped(connection: Connection, sql: str, error: Exception) -> BaseException:
    """The driver's error as SQLAlchemy would have raised it, without the values."""
    return DBAPIError.instance(
        sql, None, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True, dialect=connection.dialect
    )


@lru_cache(maxsize=256)
def _compiled(
    statement: UpdateBase | Select[Any], dialect: Dialect, given: tuple[str, ...]
) -> tuple[str, Sequence[tuple[str, Callable[[Any], Any] | None]], bool]:
    """SQL, its parameters in their order with what writes their values, and whether they go by name."""
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    if missing := compiled.binds.keys() - set(given):
        raise TypeError(f"the rows lack {', '.join(sorted(missing))}")
    writers = {
        name: parameter.type.dialect_impl(dialect).bind_processor(dialect) for name, parameter in compiled.binds.items()
    }
    by_name = compiled.positiontup is None
    return str(compiled), [(name, writers.get(name)) for name in compiled.positiontup or given], by_name


@lru_cache(maxsize=16)
def _readable(statement: Select[Any], dialect: Dialect, given: tuple[str, ...]) -> Any:
    """As `_compiled`, with what makes a row, and what reads each of its values."""
    columns = list(statement.selected_columns)
    readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
    return *_compiled(statement, dialect, given), row, readers


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
