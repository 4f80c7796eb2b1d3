"""From names to people, and from a thing to be told to a row for each of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import exists, insert, or_, select
from sqlalchemy.orm import Session

from service import db
from service.clock import ZONE
from service.models import Account, Membership, Notification, NotificationSettings, Recusal

#: The longest title; a mail's subject is made of it.
MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class Person:
    """An active account, with what decides about its mails."""

    username: str
    email: str | None
    mail: str
    hour: int
    quiet_from: int
    quiet_to: int
    offered: bool


#: What holds for who has chosen nothing.
DEFAULT = {"mail": "each", "hour": 8, "quiet_from": 21, "quiet_to": 7, "offered": True}


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told. `about` names it for ever: nobody is told of the same thing twice."""

    kind: str
    about: str
    title: str
    link: str
    instance_key: int | None = None
    text: str | None = None


def people_of(session: Session, names: Iterable[str], instance_key: int | None) -> list[Person]:
    """The active accounts that are named or belong to a named group, but for those recused from the case."""
    wanted = sorted(set(names))
    member = exists().where(Membership.username == Account.username, Membership.group_name.in_(wanted))
    query = (
        select(Account, NotificationSettings)
        .outerjoin(NotificationSettings, NotificationSettings.username == Account.username)
        .where(Account.active, or_(Account.username.in_(wanted), member))
        .order_by(Account.username)
    )
    if instance_key is not None:
        theirs = select(Membership.group_name).where(Membership.username == Account.username)
        recused = exists().where(
            Recusal.instance_key == instance_key,
            or_(Recusal.who == "identity:" + Account.identity, Recusal.who.in_(theirs)),
        )
        query = query.where(~recused)
    return [_person(account, settings) for account, settings in session.execute(query).all()]


def tell(session: Session, people: Sequence[Person], news: News, *, now: datetime, mail: bool = True) -> int:
    """Write a notification for each of them who has not been told yet. Returns how many. The caller commits."""
    if not people:
        return 0
    told = set(session.scalars(select(Notification.username).where(Notification.about == news.about)))
    rows = [
        {
            "key": db.new_key(session),
            "username": person.username,
            "kind": news.kind,
            "about": news.about,
            "title": _clean(news.title),
            "text": news.text,
            "link": news.link,
            "instance_key": news.instance_key,
            "created_at": now,
            "mail_state": "WAITING" if mail and _wants(person, news.kind) else None,
            "mail_due_at": when_mailed(person, now) if mail and _wants(person, news.kind) else None,
            "mail_attempts": 0,
        }
        for person in people
        if person.username not in told
    ]
    if rows:
        session.execute(insert(Notification), rows)
    return len(rows)


def when_mailed(person: Person, now: datetime) -> datetime:
    """When a mail may go to somebody: at the hour of their daily one, or as soon as it is not quiet."""
    local = now.astimezone(ZONE)
    if person.mail == "daily":
        at = datetime.combine(local.date(), time(person.hour), ZONE)
        return at if at >= local else at + timedelta(days=1)
    if not _is_quiet(person, local.hour):
        return now
    end = datetime.combine(local.date(), time(person.quiet_to), ZONE)
    return end if end > local else end + timedelta(days=1)


def _is_quiet(person: Person, hour: int) -> bool:
    if person.quiet_from <= person.quiet_to:
        return person.quiet_from <= hour < person.quiet_to
    return hour >= person.quiet_from or hour < person.quiet_to


def _wants(person: Person, kind: str) -> bool:
    return bool(person.email) and person.mail != "none" and (person.offered or kind != "offered")


def _clean(title: str) -> str:
    return " ".join(title.split())[:MAX_TITLE]


def _person(account: Account, settings: NotificationSettings | None) -> Person:
    if settings is None:
        return Person(account.username, account.email, "each", 8, 21, 7, True)
    return Person(
        account.username,
        account.email,
        settings.mail,
        settings.hour,
        settings.quiet_from,
        settings.quiet_to,
        settings.offered,
    )
