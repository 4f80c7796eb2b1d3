"""Organisations and persons that procedures deal with, and the accounts that act for them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service import identities
from service.access import User
from service.errors import BadArgument, NotFound
from service.models import Account, Membership, Party
from service.operations import administration


def create(
    session: Session, user: User, kind: str, name: str, key: str, *, reason: str, now: datetime
) -> Party:  # fmt: skip
    """An administrator makes a party. Raises `Forbidden` and as `register`."""
    administration.check(user)
    reason = administration.reasoned(reason)
    party = identities.register(session, kind, name, key=key or None, now=now)
    administration.record(
        session, user, "PARTY_CREATED", identities.group_of(party), reason=reason, now=now, name=party.name
    )
    return party


def rename(session: Session, user: User, key: str, name: str, *, reason: str, now: datetime) -> None:
    """An administrator corrects the name. Raises `NotFound`, `Forbidden`, `BadArgument`."""
    administration.check(user)
    party = party_of(session, key)
    reason = administration.reasoned(reason)
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise BadArgument("Give the name of the party, of at most 200 characters.")
    before, party.name = party.name, name.strip()
    administration.record(
        session,
        user,
        "PARTY_RENAMED",
        identities.group_of(party),
        reason=reason,
        now=now,
        before=before,
        after=party.name,
    )


def party_of(session: Session, key: str) -> Party:
    """The party. Raises `NotFound`."""
    found = session.get(Party, key) if key.isprintable() else None
    if found is None:
        raise NotFound()
    return found


def members(session: Session, party: Party) -> Sequence[Account]:
    """The accounts that act for it, ended ones too, by user name."""
    query = select(Account).join(Membership, Membership.username == Account.username)
    return session.scalars(
        query.where(Membership.group_name == identities.group_of(party)).order_by(Account.username)
    ).all()


def find(session: Session, *, text: str = "", after: str = "", limit: int = 50) -> list[tuple[Party, int]]:
    """Parties by name or key with the number of their members, by key, those behind `after`."""
    query = select(Party).order_by(Party.key).limit(limit)
    if text:
        query = query.where(or_(Party.name.contains(text, autoescape=True), Party.key.contains(text, autoescape=True)))
    if after:
        query = query.where(Party.key > after)
    found = session.scalars(query).all()
    names = {identities.group_of(party): party for party in found}
    counts = dict(
        session.execute(
            select(Membership.group_name, func.count()).where(Membership.group_name.in_(names))
            .group_by(Membership.group_name)
        ).all()
    )  # fmt: skip
    return [(party, int(counts.get(group, 0))) for group, party in names.items()]
