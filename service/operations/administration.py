"""Acts of administrators: who may do them, and the book in which each stands with its reason.

The book is chained like the history of a case and says nothing of names or mail addresses: accounts are named by their
user names, and of a person's data only which of them was changed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access, db
from service.access import User
from service.errors import BadArgument, Forbidden
from service.history import chain
from service.models import Account, AdministrativeAct, Membership

#: Who acts where nobody has signed in: the command line, the worker, a directory of the house.
CONSOLE, WORKER, DIRECTORY = "console", "worker", "openid"
_LOCK = "administrative acts"


class ReasonMissing(BadArgument):
    """No act of an administrator is without a reason."""

    code = "REASON_MISSING"
    message = "Say why: the reason is kept with the act."


class OwnRights(Forbidden):
    """Nobody gives rights to themselves, with whatever account."""

    code = "OWN_RIGHTS"
    message = "Nobody changes their own rights, with any of their accounts. Another administrator has to do it."


class LastAdministrator(Forbidden):
    """Without an administrator nobody could make one."""

    code = "LAST_ADMINISTRATOR"
    message = "This is the last administrator. Make another account one first."


class SystemRights(Forbidden):
    """Accounts that see or run everything are not for those who keep accounts."""

    code = "SYSTEM_RIGHTS"
    message = "Groups of the system and the accounts in them are changed by the group “admin” or on the command line."


def check(user: User) -> None:
    """Raise `Forbidden` unless the user keeps accounts."""
    if not user.keeps_accounts:
        raise Forbidden()


def check_reads(user: User) -> None:
    """Raise `Forbidden` unless the user may look at accounts and acts: who keeps them, and auditors."""
    if not (user.keeps_accounts or user.is_one_of(access.AUDITOR)):
        raise Forbidden()


def check_other(user: User, identity: str) -> None:
    """Raise `OwnRights` if the account to be changed is the person's own."""
    if user.identity == identity:
        raise OwnRights()


def check_system(session: Session, user: User, username: str, groups: Iterable[str] = ()) -> None:
    """Raise `SystemRights` if rights of the system are touched by who is no administrator of all.

    Else whoever keeps accounts could sign in as somebody who sees every case.
    """
    if user.is_one_of(access.ADMIN):
        return
    held = select(Membership.username).where(
        Membership.username == username, Membership.group_name.in_(access.SYSTEM_GROUPS)
    )
    if not set(access.SYSTEM_GROUPS).isdisjoint(groups) or session.scalar(held.limit(1)) is not None:
        raise SystemRights()


def check_not_last(session: Session, username: str) -> None:
    """Raise `LastAdministrator` if nobody else could administer without this account."""
    others = (
        select(Account.username)
        .join(Membership, Membership.username == Account.username)
        .where(Membership.group_name == access.ADMIN, Account.active, Account.username != username)
    )
    mine = select(Membership.username).where(Membership.username == username, Membership.group_name == access.ADMIN)
    db.hold(session, "administrators")
    if session.scalar(mine) is not None and session.scalar(others.limit(1)) is None:
        raise LastAdministrator()


def reasoned(text: str | None) -> str:
    """The reason without its margins. Raises `ReasonMissing`."""
    reason = (text or "").strip()
    if not reason:
        raise ReasonMissing()
    return reason[:1000]


def record(
    session: Session, actor: User | str, kind: str, subject: str, *, reason: str = "", now: datetime, **details: Any
) -> None:
    """Write an act into the book, in the transaction that does it. `details` are texts, lists of them and booleans."""
    db.hold(session, _LOCK)
    last = session.execute(
        select(AdministrativeAct.seq, AdministrativeAct.hash).order_by(AdministrativeAct.seq.desc()).limit(1)
    ).one_or_none()
    seq, previous = (last.seq + 1, last.hash) if last else (1, chain.GENESIS)
    name = actor if isinstance(actor, str) else actor.username
    said = {"actor": name, "at": now.isoformat(), "kind": kind, "reason": reason, "seq": seq, "subject": subject}
    body = chain.canonical({**details, **said})
    session.add(
        AdministrativeAct(
            seq=seq,
            kind=kind,
            at=now,
            actor=name,
            subject=subject,
            reason=reason,
            body=body,
            previous=previous,
            hash=chain.link(previous, body),
        )
    )
    session.flush()


def acts(
    session: Session, *, subject: str = "", actor: str = "", before: int | None = None, limit: int = 50
) -> Sequence[AdministrativeAct]:
    """The book, the newest first, before the act with the number `before`."""
    query = select(AdministrativeAct).order_by(AdministrativeAct.seq.desc()).limit(limit)
    if subject:
        query = query.where(AdministrativeAct.subject.in_([subject, f"account:{subject}"]))
    if actor:
        query = query.where(AdministrativeAct.actor == actor)
    if before is not None:
        query = query.where(AdministrativeAct.seq < before)
    return session.scalars(query).all()


def verify(session: Session) -> chain.ChainReport:
    """Check the chain of the whole book."""
    rows = session.execute(
        select(AdministrativeAct.seq, AdministrativeAct.body, AdministrativeAct.previous, AdministrativeAct.hash)
        .order_by(AdministrativeAct.seq)
    )  # fmt: skip
    return chain.verify((row.seq, row.body, row.previous, row.hash) for row in rows)
