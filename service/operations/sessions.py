"""My sessions and my tokens; an administrator ends those of others."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from service.access import User
from service.errors import NotFound
from service.models import ApiToken, SignIn
from service.operations import administration

#: Enough of a session's hash to name it on a page.
SHOWN = 16


def of(session: Session, username: str, *, at: datetime, idle: timedelta) -> Sequence[SignIn]:
    """The sessions of an account that have not ended, the latest used first."""
    open_now = SignIn.username == username, SignIn.expires_at > at, SignIn.seen_at > at - idle
    return session.scalars(select(SignIn).where(*open_now).order_by(SignIn.seen_at.desc()).limit(100)).all()


def end(session: Session, username: str, name: str) -> None:
    """End one session of one's own, named by the beginning of its hash. Raises `NotFound`."""
    named = SignIn.token_hash.startswith(name, autoescape=True)
    query = delete(SignIn).where(SignIn.username == username, named).returning(SignIn.token_hash)
    if len(name) != SHOWN or not session.scalars(query).all():
        raise NotFound()


def tokens(session: Session, username: str | None, *, at: datetime, after: int = 0, limit: int = 200) -> list[ApiToken]:
    """The tokens of an account, or of everybody, that still serve, the latest first."""
    query = select(ApiToken).where(
        ApiToken.revoked_at.is_(None), or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > at)
    )
    if username is not None:
        query = query.where(ApiToken.username == username)
    if after:
        query = query.where(ApiToken.key < after)
    return list(session.scalars(query.order_by(ApiToken.key.desc()).limit(limit)))


def revoke(session: Session, key: int, username: str, *, now: datetime) -> None:
    """End a token of one's own. Raises `NotFound`."""
    mine = ApiToken.key == key, ApiToken.username == username, ApiToken.revoked_at.is_(None)
    if not session.scalars(update(ApiToken).where(*mine).values(revoked_at=now).returning(ApiToken.key)).all():
        raise NotFound()


def revoke_of_another(session: Session, user: User, key: int, *, reason: str, now: datetime) -> ApiToken:
    """An administrator ends somebody's token. Raises `NotFound`, `Forbidden`."""
    administration.check(user)
    reason = administration.reasoned(reason)
    token = session.get(ApiToken, key)
    if token is None or token.revoked_at is not None:
        raise NotFound()
    administration.check_system(session, user, token.username)
    token.revoked_at = now
    administration.record(
        session, user, "TOKEN_REVOKED", f"account:{token.username}", reason=reason, now=now, token=token.title
    )  # fmt: skip
    return token


def end_all_of_another(session: Session, user: User, username: str, *, reason: str, now: datetime) -> None:
    """An administrator ends every session of an account, as when a telephone was lost. Raises `Forbidden`."""
    administration.check(user)
    administration.check_system(session, user, username)
    reason = administration.reasoned(reason)
    session.execute(delete(SignIn).where(SignIn.username == username))
    administration.record(session, user, "SESSIONS_ENDED", f"account:{username}", reason=reason, now=now)
