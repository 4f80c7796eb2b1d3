"""Names of accounts and titles of groups, many at once."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, or_, select
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


def find(
    session: Session, *, text: str = "", group: str = "", active: bool | None = True, after: str = "", limit: int = 50
) -> Sequence[Account]:
    """Accounts by a part of user name, name or mail address, and by group; by user name, those behind `after`."""
    query = select(Account).order_by(Account.username).limit(limit)
    if text:
        wanted = text.lower()
        columns = (Account.username, Account.name, Account.email)
        query = query.where(or_(*(func.lower(column).contains(wanted, autoescape=True) for column in columns)))
    if group:
        belongs = select(Membership.username).where(Membership.group_name == group)
        query = query.where(Account.username.in_(belongs))
    if active is not None:
        query = query.where(Account.active.is_(active))
    if after:
        query = query.where(Account.username > after)
    return session.scalars(query).all()


def same_person(session: Session, account: Account) -> Sequence[Account]:
    """The other accounts of the person behind this one."""
    others = select(Account).where(Account.identity == account.identity, Account.username != account.username)
    return session.scalars(others.order_by(Account.username)).all()


def groups(session: Session) -> list[tuple[Group, int]]:
    """All groups with the number of their members, system groups last."""
    counts = dict(
        session.execute(select(Membership.group_name, func.count()).group_by(Membership.group_name)).all()
    )  # fmt: skip
    found = session.scalars(select(Group).order_by(Group.system, Group.name)).all()
    return [(group, int(counts.get(group.name, 0))) for group in found]


def members(session: Session, groups: Iterable[str], *, most: int = 200) -> dict[str, str]:
    """Username → name of the active members of these groups, by name; of many only so many. One statement."""
    query = (
        select(Account.username, Account.name)
        .join(Membership, Membership.username == Account.username)
        .where(Membership.group_name.in_(list(groups)), Account.active)
        .distinct()
        .order_by(Account.name, Account.username)
    )
    return dict(session.execute(query.limit(most)).all())
