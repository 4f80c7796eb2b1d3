"""Organisations and persons that procedures deal with, and the accounts that act for them."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.access import User
from service.errors import AlreadyExists, BadArgument, NotFound
from service.models import Account, Membership, Party
from service.operations import accounts, administration

PREFIXES = {"organisation": "org", "person": "person"}
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def group_of(party: Party) -> str:
    """The name under which the party is a group."""
    return f"{PREFIXES[party.kind]}:{party.key}"


def register(session: Session, kind: str, name: str, *, key: str | None = None, now: datetime) -> Party:
    """Make a party; without a key it gets one. No check of rights: the caller's is a connector or `create`.

    Raises `AlreadyExists`, `BadArgument`.
    """
    key = key or f"p{secrets.token_hex(6)}"
    if kind not in PREFIXES:
        raise BadArgument("A party is an organisation or a person, not “%(kind)s”.", kind=kind)
    if not _KEY.fullmatch(key):
        raise BadArgument("The key of a party has 1 to 64 letters, digits and . _ - and begins with a letter or digit.")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise BadArgument("Give the name of the party, of at most 200 characters.")
    if session.get(Party, key) is not None:
        raise AlreadyExists(what=key)
    party = Party(key=key, kind=kind, name=name.strip(), created_at=now)
    session.add(party)
    session.flush()
    return party


def put_member(session: Session, party: Party, username: str) -> None:
    """The account acts for the party from now on. No check of rights."""
    accounts.put_into_groups(session, username, [group_of(party)])


def create(
    session: Session, user: User, kind: str, name: str, key: str, *, reason: str, now: datetime
) -> Party:  # fmt: skip
    """An administrator makes a party. Raises `Forbidden` and as `register`."""
    administration.check(user)
    reason = administration.reasoned(reason)
    party = register(session, kind, name, key=key or None, now=now)
    administration.record(session, user, "PARTY_CREATED", group_of(party), reason=reason, now=now, name=party.name)
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
        session, user, "PARTY_RENAMED", group_of(party), reason=reason, now=now, before=before, after=party.name
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
    return session.scalars(query.where(Membership.group_name == group_of(party)).order_by(Account.username)).all()


def find(session: Session, *, text: str = "", after: str = "", limit: int = 50) -> list[tuple[Party, int]]:
    """Parties by name or key with the number of their members, by key, those behind `after`."""
    query = select(Party).order_by(Party.key).limit(limit)
    if text:
        query = query.where(or_(Party.name.contains(text, autoescape=True), Party.key.contains(text, autoescape=True)))
    if after:
        query = query.where(Party.key > after)
    found = session.scalars(query).all()
    names = {group_of(party): party for party in found}
    counts = dict(
        session.execute(
            select(Membership.group_name, func.count()).where(Membership.group_name.in_(names))
            .group_by(Membership.group_name)
        ).all()
    )  # fmt: skip
    return [(party, int(counts.get(group, 0))) for group, party in names.items()]
