"""Names of accounts and titles of groups, many at once."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Account, Group, Membership, Party


def account_names(session: Session, usernames: Iterable[str | None]) -> dict[str, str]:
    """Username → name. Who has no account any more is named by the username."""
    wanted = {name for name in usernames if name}
    if not wanted:
        return {}
    rows = session.execute(select(Account.username, Account.name).where(Account.username.in_(wanted)))
    return {name: name for name in wanted} | dict(rows.all())


def group_titles(session: Session, groups: Iterable[str]) -> dict[str, str]:
    """Group → title; of `org:<key>` and `person:<key>` the party's name."""
    wanted = set(groups)
    if not wanted:
        return {}
    titles = {name: name for name in wanted}
    rows = session.execute(select(Group.name, Group.title).where(Group.name.in_(wanted)))
    titles |= dict(rows.all())
    parties = {name.split(":", 1)[1]: name for name in wanted if name.startswith(("org:", "person:"))}
    if parties:
        found = session.execute(select(Party.key, Party.name).where(Party.key.in_(parties)))
        titles |= {parties[key]: name for key, name in found}
    return titles


def groups_of(session: Session, usernames: Iterable[str]) -> dict[str, list[str]]:
    """Username → names of the account's groups, sorted. One statement."""
    found: dict[str, list[str]] = {name: [] for name in usernames}
    rows = session.execute(
        select(Membership.username, Membership.group_name)
        .where(Membership.username.in_(found))
        .order_by(Membership.group_name)
    )
    for username, group in rows:
        found[username].append(group)
    return found
