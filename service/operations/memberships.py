"""Into groups and out of them: at once, or from a day to a day.

A membership with dates is a `MembershipTerm`; the worker puts the account in on the first day and takes it out after
the last one, so that every question of rights stays one look at `Membership`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from service import access, db
from service.access import User
from service.clock import ZONE
from service.errors import BadArgument
from service.models import Account, Group, Membership, MembershipTerm, Party
from service.operations import accounts, administration

#: What an act of the worker says.
_BY_DATE = "membership_terms"
_PARTIES = ("org:", "person:")


class NoSuchGroup(BadArgument):
    """Neither a group of the procedure nor a party."""

    code = "UNKNOWN_GROUP"
    message = "There is no group “%(group)s”."


def check_groups(session: Session, groups: Iterable[str]) -> None:
    """Raise `NoSuchGroup` for the first name that is no group and no party."""
    wanted = set(groups)
    known = set(session.scalars(select(Group.name).where(Group.name.in_(wanted))))
    rest = {name for name in wanted - known if name.startswith(_PARTIES)}
    if rest:
        keys = {name.partition(":")[2] for name in rest}
        known |= {
            f"{'org' if kind == 'organisation' else 'person'}:{key}"
            for key, kind in session.execute(select(Party.key, Party.kind).where(Party.key.in_(keys)))
        }
    for name in sorted(wanted - known):
        raise NoSuchGroup(group=name)


def put_in(
    session: Session, user: User, username: str, group: str, *, reason: str, now: datetime,
    first_day: date | None = None, last_day: date | None = None,
) -> None:  # fmt: skip
    """An administrator puts somebody into a group, at once or from a day on, for good or until a day (included).

    Raises `NotFound`, `Forbidden`, `OwnRights`, `NoSuchGroup`, `BadArgument` for days that are over or in disorder.
    """
    identity = _identity(session, user, username)
    administration.check_other(user, identity)
    administration.check_system(session, user, username, [group])
    reason = administration.reasoned(reason)
    check_groups(session, [group])
    today = now.astimezone(ZONE).date()
    first_day = first_day or today
    if last_day is not None and last_day < max(first_day, today):
        raise BadArgument("The last day is before the first, or over already.")
    begins = first_day <= today
    if begins:
        accounts.put_into_groups(session, username, [group])
    if last_day is not None or not begins:
        session.add(
            MembershipTerm(
                key=db.new_key(session),
                username=username,
                group_name=group,
                first_day=first_day,
                last_day=last_day,
                created_by=user.username,
                begun_at=now if begins else None,
                ended_at=None,
            )
        )
    administration.record(
        session, user, "GROUP_ENTERED", f"account:{username}", reason=reason, now=now, group=group,
        first_day=first_day.isoformat(), last_day=last_day.isoformat() if last_day else None,
    )  # fmt: skip


def take_out(session: Session, user: User, username: str, group: str, *, reason: str, now: datetime) -> None:
    """An administrator takes somebody out of a group, now; what was planned for it falls away.

    Giving up one's own rights is free. Raises `NotFound`, `Forbidden`, `LastAdministrator`.
    """
    _identity(session, user, username)
    administration.check_system(session, user, username, [group])
    reason = administration.reasoned(reason)
    leave(session, username, [group], now=now)
    administration.record(session, user, "GROUP_LEFT", f"account:{username}", reason=reason, now=now, group=group)


def leave(session: Session, username: str, groups: Iterable[str], *, now: datetime) -> None:
    """Out of these groups, with what was planned; no check of rights, no book. Raises `LastAdministrator`."""
    for group in groups:
        if group == access.ADMIN:
            administration.check_not_last(session, username)
        _leave(session, username, group)
        for term in _open(session, username, group):
            term.ended_at = now


def planned(session: Session, username: str) -> Sequence[MembershipTerm]:
    """What has dates and is not over, by the first day."""
    query = select(MembershipTerm).where(MembershipTerm.username == username, MembershipTerm.ended_at.is_(None))
    return session.scalars(query.order_by(MembershipTerm.first_day, MembershipTerm.key)).all()


def apply_terms(session: Session, *, now: datetime) -> None:
    """Begin and end the memberships whose day has come. The last administrator stays in, however dated."""
    today = now.astimezone(ZONE).date()
    due = select(MembershipTerm).where(
        MembershipTerm.ended_at.is_(None),
        or_(
            MembershipTerm.begun_at.is_(None) & (MembershipTerm.first_day <= today),
            MembershipTerm.last_day <= today - timedelta(days=1),
        ),
    )
    for term in session.scalars(due.order_by(MembershipTerm.key).with_for_update(skip_locked=True)).all():
        over = term.last_day is not None and term.last_day < today
        if over and term.begun_at is not None:
            try:
                if term.group_name == access.ADMIN:
                    administration.check_not_last(session, term.username)
            except administration.LastAdministrator:
                continue
            _leave(session, term.username, term.group_name)
        elif not over:
            accounts.put_into_groups(session, term.username, [term.group_name])
            term.begun_at = now
        if over:
            term.ended_at = now
        administration.record(
            session, administration.WORKER, "GROUP_LEFT" if over else "GROUP_ENTERED", f"account:{term.username}",
            reason=_BY_DATE, now=now, group=term.group_name, by=term.created_by,
        )  # fmt: skip


def _leave(session: Session, username: str, group: str) -> None:
    session.execute(delete(Membership).where(Membership.username == username, Membership.group_name == group))


def _open(session: Session, username: str, group: str) -> Sequence[MembershipTerm]:
    query = select(MembershipTerm).where(
        MembershipTerm.username == username, MembershipTerm.group_name == group, MembershipTerm.ended_at.is_(None)
    )
    return session.scalars(query).all()


def _identity(session: Session, user: User, username: str) -> str:
    administration.check(user)
    account = session.get(Account, username) if username.isprintable() else None
    if account is None:
        raise NoSuchAccount(username=username)
    return account.identity


class NoSuchAccount(BadArgument):
    """Nobody is called that."""

    code = "UNKNOWN_ACCOUNT"
    message = "There is no account “%(username)s”."
