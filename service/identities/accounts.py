"""Making an account and putting it into groups."""

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service.errors import AlreadyExists, BadArgument
from service.models import Account, Membership

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def make_account(
    session: Session,
    username: str,
    name: str,
    *,
    now: datetime,
    password_hash: str | None = None,
    identity: str | None = None,
    email: str | None = None,
    language: str = "zh-CN",
    must_change: bool = False,
) -> Account:
    """An account in no group. Without a password it waits for an invitation. Raises `AlreadyExists`."""
    if session.get(Account, username) is not None:
        raise AlreadyExists(what=username)
    account = Account(
        username=username,
        name=name,
        email=email,
        password_hash=password_hash,
        identity=identity or username,
        language=language,
        active=True,
        created_at=now,
        must_change=must_change,
        invitation_hash=None,
        invitation_until=None,
    )
    session.add(account)
    session.flush()
    return account


def join(session: Session, username: str, groups: Iterable[str]) -> None:
    """Put an account into groups; those that it is in stay. For two at once: `operations.accounts.put_into_groups`."""
    held = set(session.scalars(select(Membership.group_name).where(Membership.username == username)))
    rows = [{"username": username, "group_name": group} for group in dict.fromkeys(groups) if group not in held]
    if rows:
        session.execute(insert(Membership), rows)


def check_names(username: str, name: str, email: str | None) -> None:
    """Raise `BadArgument` for a user name, name or mail address that cannot be one."""
    if not _USERNAME.fullmatch(username):
        raise BadArgument("A user name has 2 to 64 small letters, digits and . _ @ -, a letter or digit first.")
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise BadArgument("Give the name that others see, of at most 100 characters.")
    if email and (len(email) > 200 or not _MAIL.fullmatch(email)):
        raise BadArgument("“%(email)s” is no mail address.", email=email)
