"""Dated substitutes: who is away says who does their tasks meanwhile, where a task allows it (`substitutes`).

The substitute acts under their own name, and history says for whom. Rights do not move: what hangs on a group besides
tasks stays with the group. Who is recused is so for both.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from service import access, db
from service.access import Absent, User
from service.clock import ZONE
from service.errors import BadArgument, NotFound, UnknownAccount
from service.models import Account, Membership, Substitution
from service.notifications import News, people_of, tell

#: Built once: it is asked in every request of a substitute.
_STANDING_IN = (
    select(Account.username, Account.identity, Membership.group_name)
    .join(Substitution, Substitution.username == Account.username)
    .outerjoin(Membership, Membership.username == Account.username)
    .where(
        Substitution.substitute == bindparam("substitute"),
        Substitution.first_day <= bindparam("today"),
        Substitution.last_day >= bindparam("today"),
        Substitution.ended_at.is_(None),
        Account.active,
    )
    .order_by(Account.username, Membership.group_name)
)


def standing_in(session: Session, user: User, *, now: datetime) -> User:
    """The user with those for whom they stand in today. One statement, none for whom nobody ever named."""
    if not user.named:
        return user
    today = now.astimezone(ZONE).date()
    rows = session.connection().execute(_STANDING_IN, {"substitute": user.username, "today": today}).all()
    if not rows:
        return user
    who: dict[tuple[str, str], list[str]] = {}
    for username, identity, group in rows:
        groups = who.setdefault((username, identity), [f"user:{username}"])
        if group is not None and group not in access.SYSTEM_GROUPS:
            groups.append(f"group:{group}")
    return replace(user, absent=tuple(Absent(*person, tuple(dict.fromkeys(groups))) for person, groups in who.items()))


def today(session: Session, *, now: datetime) -> Mapping[str, Sequence[str]]:
    """Who is away today → those who stand in for them. One statement."""
    day = now.astimezone(ZONE).date()
    found = defaultdict[str, list[str]](list)
    rows = select(Substitution.username, Substitution.substitute).where(
        Substitution.first_day <= day, Substitution.last_day >= day, Substitution.ended_at.is_(None)
    )
    for away, substitute in session.execute(rows):
        found[away].append(substitute)
    return found


def name(
    session: Session, user: User, substitute: str, first_day: date, last_day: date, *, now: datetime,
    username: str | None = None,
) -> Substitution:  # fmt: skip
    """Say who stands in for oneself; who operates may say it for others. The caller commits.

    Raises `BadArgument` for days in the wrong order or for oneself, `UnknownAccount`, `NotFound`.
    """
    away = username or user.username
    if away != user.username and not user.operates:
        raise NotFound()
    people = {name: access.load_user(session, name) for name in (away, substitute)}
    for each, found in people.items():
        if found is None:
            raise UnknownAccount(username=each)
    if len({found.identity for found in people.values() if found}) < 2:
        raise BadArgument("Nobody can be their own substitute.")
    if last_day < first_day:
        raise BadArgument("The last day comes before the first.")
    made = Substitution(
        key=db.new_key(session),
        username=away,
        substitute=substitute,
        first_day=first_day,
        last_day=last_day,
        created_at=now,
        created_by=user.username,
        ended_at=None,
    )
    session.add(made)
    session.flush()
    absent = people[away]
    days = f"{absent.name if absent else away} {first_day:%Y-%m-%d} – {last_day:%Y-%m-%d}"
    news = News("substitute", f"substitution:{made.key}", days, "/substitutes")
    tell(session, people_of(session, {substitute, away} - {user.username}, None), news, now=now)
    return made


def known_to(session: Session, user: User, *, own: bool = False) -> Sequence[Substitution]:
    """Those that the user named or is named in; auditors and operators see all, unless `own`. The latest first."""
    mine = or_(Substitution.username == user.username, Substitution.substitute == user.username)
    query = select(Substitution).order_by(Substitution.first_day.desc(), Substitution.key.desc())
    return session.scalars(query if user.reads_all and not own else query.where(mine).limit(50)).all()


def end(session: Session, key: int, user: User, *, now: datetime) -> Substitution:
    """Take one's own back, now; who operates those of others too. Raises `NotFound` for all else."""
    found = session.get(Substitution, key, with_for_update=True)
    if found is None or found.ended_at is not None or not (user.operates or found.username == user.username):
        raise NotFound()
    found.ended_at = now
    return found
