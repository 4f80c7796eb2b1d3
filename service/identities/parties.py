"""Organisations and persons that procedures deal with. Each is a group as well: `org:<key>`, `person:<key>`."""

import re
import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from service.errors import AlreadyExists, BadArgument
from service.models import Party

PREFIXES = {"organisation": "org", "person": "person"}
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def group_of(party: Party) -> str:
    """The name under which the party is a group."""
    return f"{PREFIXES[party.kind]}:{party.key}"


def named_party(session: Session, name: str) -> Party | None:
    """The party `org:<key>`, `person:<key>` or `<key>`."""
    party = session.get(Party, name.partition(":")[2] or name)
    return None if party is None or (":" in name and name != group_of(party)) else party


def register(session: Session, kind: str, name: str, *, key: str | None = None, now: datetime) -> Party:
    """Make a party; without a key it gets one. Raises `AlreadyExists`, `BadArgument`."""
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
