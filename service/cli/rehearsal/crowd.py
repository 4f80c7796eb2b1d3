"""People in numbers: alike accounts `<prefix>1` … `<prefix>n`, made at once for a rehearsal that is a load."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service import access
from service.clock import machine_now
from service.models import Account, Membership, Party
from service.operations import accounts, moments
from service.operations.upserts import insert_ignoring, insert_rows
from service.registers import writing
from service.registers.refusals import Authority
from service.releases import newest

#: What the name of a party's group begins with.
PARTY_GROUPS = {"organisation": "org", "person": "person"}


@dataclass(frozen=True)
class Crowd:
    """How many of whom. `party` gives each of them an organisation or a person to act for.

    `record` gives the entry of a register for the account of this number: {"register", "state", "values"}, or None;
    its id is the username.
    """

    prefix: str
    count: int
    name: str
    groups: tuple[str, ...]
    party: str | None
    record: Callable[[int], Mapping[str, Any] | None]

    @property
    def password(self) -> str:
        """All of a crowd have the same: it is hashed once, and the stage is private."""
        return f"demo-{self.prefix}"

    def members(self) -> dict[str, str]:
        """Username → name."""
        return {f"{self.prefix}{number}": f"{self.name}{number}" for number in range(1, self.count + 1)}


def admit(session: Session, crowd: Crowd) -> dict[str, str]:
    """Make the accounts with all that belongs to them; returns a token for each. The caller commits.

    Raises `AlreadyExists` if the first account is there, and what a register says against an entry.
    """
    members = crowd.members()
    if not members:
        return {}
    _accounts(session, crowd, members)
    _entries(session, crowd, members)
    tokens = {}
    for username in members:
        user = access.load_user(session, username)
        if user is not None:
            _, tokens[username] = accounts.create_token(session, user, "rehearsal", now=machine_now())
    return tokens


def _accounts(session: Session, crowd: Crowd, members: Mapping[str, str]) -> None:
    now = moments.now(session, machine_now())
    (first, title), *others = members.items()
    made = accounts.create_account(session, first, title, crowd.password, (), now=now)
    alike = {
        "email": None,
        "password_hash": made.password_hash,
        "language": made.language,
        "active": True,
        "must_change": False,
    }
    rows = [{**alike, "username": one, "identity": one, "name": name, "created_at": now} for one, name in others]
    if rows:
        insert_rows(session.connection(), Account.__tablename__, rows)
    groups = [(one, group) for one in members for group in crowd.groups]
    if crowd.party is not None:
        groups += [(one, f"{PARTY_GROUPS[crowd.party]}:{one}") for one in members]
        parties = [{"key": one, "kind": crowd.party, "name": name, "created_at": now} for one, name in members.items()]
        insert_rows(session.connection(), Party.__tablename__, parties)
    if groups:
        rows = [{"username": one, "group_name": group} for one, group in groups]
        insert_ignoring(session.connection(), Membership.__tablename__, rows)


def _entries(session: Session, crowd: Crowd, members: Mapping[str, str]) -> None:
    library = newest(session)
    if library is None:
        return
    authority = Authority(library, moments.calendar(session), moments.now(session, machine_now()))
    for number, username in enumerate(members, start=1):
        entry = crowd.record(number)
        if entry is not None:
            state, fields = entry.get("state"), dict(entry["values"])
            writing.create(
                session, authority, entry["register"], fields, state=state, record_id=username, reason="rehearsal"
            )
