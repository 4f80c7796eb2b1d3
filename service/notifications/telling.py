"""From names to people, and from a thing to be told to a row for each of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, insert, or_, select
from sqlalchemy.orm import Session

from service import db
from service.clock import ZONE
from service.models import Account, Membership, Notification, NotificationSettings, Recusal, UserTask

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
    #: Whether it concerns those too who stand in for them today.
    substitutes: bool = False


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
        query = query.where(~recused(instance_key))
    return [_person(account, settings) for account, settings in session.execute(query).all()]


def recused(instance_key: Any) -> ColumnElement[bool]:
    """Whether the account of the statement is recused from a case: a key, or a column that holds it."""
    theirs = select(Membership.group_name).where(Membership.username == Account.username)
    return exists().where(
        Recusal.instance_key == instance_key,
        or_(Recusal.who == "identity:" + Account.identity, Recusal.who.in_(theirs)),
    )


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


def tell_of_task(
    session: Session, task: UserTask, names: Iterable[str], kind: str, by: str, *, now: datetime
) -> None:  # fmt: skip
    """Tell people of a task at once: it was given to them (`task`), came back (`returned`), or names them (`mention`).

    Not `by`, who did it. Their name is not told: it may be hidden from those who are.
    """
    others = set(names) - {by}
    if others:
        about = f"task:{task.key}:{kind}:{task.edition}:{now:%Y%m%d%H%M%S}"
        news = News(kind, about, task.name or task.element_id, f"/tasks/{task.key}", task.instance_key)
        tell(session, people_of(session, others, task.instance_key), news, now=now)


def invite(session: Session, account: Account, *, now: datetime) -> None:
    """Let the account's invitation go out by mail, at once: whoever waits for it has asked for it."""
    key = db.new_key(session)
    values = {"mail_state": "WAITING", "mail_due_at": now, "read_at": now, "created_at": now, "mail_attempts": 0}
    about, link = f"invitation:{account.username}:{key}", "/profile"
    row = Notification(
        key=key, username=account.username, kind="invitation", about=about, title=account.username, link=link, **values
    )
    session.add(row)
    session.flush()


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
