"""Filters of the inbox that somebody keeps under a name of their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.access import User
from service.errors import BadArgument
from service.models import SavedFilter
from service.operations.inbox import Box
from service.operations.upserts import upsert

MAX_TITLE, MOST = 60, 50


def of(session: Session, user: User) -> Sequence[SavedFilter]:
    """The user's own, by name."""
    query = select(SavedFilter).where(SavedFilter.username == user.username).order_by(SavedFilter.title)
    return session.scalars(query).all()


def save(session: Session, user: User, title: str, box: Box, fields: Mapping[str, str], *, now: datetime) -> None:
    """Keep a filter; one of the same name is replaced. The caller commits. Raises `BadArgument`."""
    title = title.strip()
    if not title or len(title) > MAX_TITLE or not title.isprintable():
        raise BadArgument("A saved filter needs a name of at most %(most)s characters.", most=MAX_TITLE)
    many = select(func.count()).where(SavedFilter.username == user.username, SavedFilter.title != title)
    if (session.scalar(many) or 0) >= MOST:
        raise BadArgument("There are %(most)s saved filters; delete one first.", most=MOST)
    row = {"username": user.username, "title": title, "box": box, "fields": dict(fields), "created_at": now}
    changes = ("box", "fields", "created_at")
    upsert(session.connection(), SavedFilter.__tablename__, [row], unique=("username", "title"), changes=changes)


def forget(session: Session, user: User, title: str) -> None:
    """Delete one of one's own; nothing where there is none. The caller commits."""
    session.execute(delete(SavedFilter).where(SavedFilter.username == user.username, SavedFilter.title == title))
