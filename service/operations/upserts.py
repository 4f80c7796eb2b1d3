"""INSERT … ON CONFLICT, which both databases have and which SQLAlchemy spells twice."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.models import Base


def insert_ignoring(session: Session, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those that are there already stay as they are."""
    session.execute(_insert(session, table).on_conflict_do_nothing(), list(rows))


def upsert(
    session: Session, table: str, rows: Sequence[dict[str, Any]], *, unique: Sequence[str], changes: Sequence[str]
) -> None:
    """Insert rows; of those that are there already by `unique`, the columns `changes` are overwritten."""
    statement = _insert(session, table)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=list(unique), set_={name: statement.excluded[name] for name in changes}
        ),
        list(rows),
    )


def _insert(session: Session, table: str) -> "sqlite.Insert | postgresql.Insert":
    target: Table = Base.metadata.tables[table]
    return sqlite.insert(target) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(target)
