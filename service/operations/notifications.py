"""What people are to be told, found after the commit so that no act pays for it; and what they have been told.

The worker looks at what is new since it looked last: open tasks, due dates, papers, incidents. Looking twice at the
same thing is harmless, since nobody is told of a thing twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from service import access, db
from service.access import User
from service.clock import machine_now
from service.db import Database
from service.errors import BadArgument, NotFound
from service.models import (
    Account,
    Document,
    Incident,
    Notification,
    NotificationMark,
    NotificationSettings,
    ProcessInstance,
    Resource,
    UserTask,
)
from service.notifications import DEFAULT, News, people_of, tell
from service.operations import moments, search, substitutes
from service.operations.paging import dated_last
from service.operations.search import Noun, Page

_MARK, _LOCK = "work", "notifications"
#: A transaction may commit this long after the time that its rows bear.
OVERLAP = timedelta(minutes=10)
#: How long before its due date people are told that a task is due soon.
SOON = timedelta(hours=24)
#: In one look; what is left is found by the next.
MOST = 500
FAR = datetime.max.replace(tzinfo=UTC)
#: A letter and its document are made one after the other.
TOGETHER = timedelta(minutes=1)
#: What people were told is kept so long; the mails with it.
KEPT = timedelta(days=400)
_NOTIFICATIONS = Noun("notifications", select(Notification), Notification.key, {}, {"key": Notification.key})


def look(database: Database) -> int:
    """Tell people of what is new. Returns how many notifications were written; any number of workers may do it."""
    with database.writing() as session:
        if not db.try_hold(session, _LOCK):
            return 0
        now = moments.now(session, machine_now())
        mark = session.get(NotificationMark, _MARK)
        since = (mark.looked_at if mark is not None else now) - OVERLAP
        away = substitutes.today(session, now=now)
        told = sum(_tell(session, names, news, away, now) for names, news in _found(session, since, now))
        _close(session, since, now)
        if mark is None or now - mark.looked_at > OVERLAP / 2:
            session.merge(NotificationMark(name=_MARK, looked_at=now))
        session.commit()
        return told


def _close(session: Session, since: datetime, now: datetime) -> None:
    """A task that has ended since is no news any more, and no mail of it goes out."""
    waits = Notification.mail_state == "WAITING"
    for ending in ("", ":soon", ":overdue"):
        about = _about_task(ending)
        open_ = select(Notification.key).where(Notification.about == about, waits | Notification.read_at.is_(None))
        ended = select(about).where(UserTask.ended_at > since, open_.exists()).limit(MOST)
        those = Notification.about.in_(session.scalars(ended).all())
        session.execute(update(Notification).where(those, waits).values(mail_state=None))
        session.execute(update(Notification).where(those, Notification.read_at.is_(None)).values(read_at=now))


def _tell(session: Session, names: Sequence[str], news: News, away: Mapping[str, Sequence[str]], now: datetime) -> int:
    people = people_of(session, names, news.instance_key)
    if news.substitutes:
        named = {person.username for person in people}
        others = {name for absent in named & away.keys() for name in away[absent]} - named
        people += people_of(session, others, news.instance_key) if others else []
    return tell(session, people, news, now=now)


def _found(session: Session, since: datetime, now: datetime) -> Iterator[tuple[Sequence[str], News]]:
    due = dated_last(UserTask.due_at)  # as the index has it
    yield from _tasks(session, UserTask.created_at, (since, FAR), "")
    yield from _tasks(session, due, (now, now + SOON), "soon")
    yield from _tasks(session, due, (now - SOON, now), "overdue")
    yield from _papers(session, since)
    yield from _incidents(session, since)


def _tasks(
    session: Session, column: ColumnElement[Any] | InstrumentedAttribute[datetime],
    between: tuple[datetime, datetime], kind: str,
) -> Iterator[tuple[Sequence[str], News]]:  # fmt: skip
    """Open tasks whose time in the column, which an index is over, is after the first and not after the second."""
    ending = f":{kind}" if kind else ""
    query = (
        select(UserTask, ProcessInstance.business_id, Resource.name)
        .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .join(Resource, Resource.key == UserTask.definition_key)
        .where(
            UserTask.ended_at.is_(None), column > between[0], column <= between[1], ~_known(_about_task(ending))
        )
        .order_by(column, UserTask.key)
        .limit(MOST)
    )  # fmt: skip
    for task, case, process in session.execute(query).all():
        names = [task.assignee] if task.assignee else [*task.candidate_users, *task.candidate_groups]
        title = f"{task.name or task.element_id} · {process}" + (f" {case}" if case else "")
        told = kind or ("task" if task.assignee else "offered")
        stands_in = task.properties.get("substitutes") == "true"
        about, link = f"task:{task.key}{ending}", f"/tasks/{task.key}"
        yield names, News(told, about, title, link, task.instance_key, substitutes=stands_in)


def _about_task(ending: str) -> ColumnElement[str]:
    return literal("task:") + cast(UserTask.key, String) + literal(ending)


def _known(about: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether somebody was told of it already."""
    return select(Notification.key).where(Notification.about == about).exists()


def _papers(session: Session, since: datetime) -> Iterator[tuple[Sequence[str], News]]:
    query = (
        select(Document)
        .where(
            Document.template.is_not(None), Document.uploaded_at > since, ~_known(literal("document:") + Document.id)
        )
        .order_by(Document.uploaded_at)
        .limit(MOST)
    )
    for document in session.scalars(query).all():
        # To persons and parties only: the groups of the staff find papers where they work.
        named = _accounts(session, document.readers or (), _lettered(document))
        if named:
            news = News(
                "document", f"document:{document.id}", document.file_name, f"/documents/{document.id}",
                document.instance_key,
            )  # fmt: skip
            yield named, news


def _accounts(session: Session, names: Sequence[str], told: ColumnElement[bool]) -> list[str]:
    """Those of the names that are accounts or parties, and no groups of staff; accounts only who were not `told`."""
    found = set(session.scalars(select(Account.username).where(Account.username.in_(names), ~told)))
    return [name for name in names if name in found or ":" in name]


def _lettered(document: Document) -> ColumnElement[bool]:
    """Whether the account of the statement was told of a letter that the document came with; its page shows both."""
    return exists().where(
        Notification.username == Account.username,
        Notification.kind == "letter",
        Notification.instance_key == document.instance_key,
        Notification.created_at >= document.uploaded_at - TOGETHER,
    )


def _incidents(session: Session, since: datetime) -> Iterator[tuple[Sequence[str], News]]:
    query = (
        select(Incident, ProcessInstance.process_id)
        .join(ProcessInstance, ProcessInstance.key == Incident.instance_key)
        .where(
            Incident.resolved_at.is_(None),
            Incident.created_at > since,
            ~_known(literal("incident:") + cast(Incident.key, String)),
        )
        .limit(MOST)
    )
    for incident, process_id in session.execute(query).all():
        title = f"{process_id} · {incident.element_id}"
        news = News("incident", f"incident:{incident.key}", title, "/incidents", incident.instance_key)
        yield [access.OPERATOR, access.ADMIN], news


def sweep(session: Session, *, now: datetime) -> None:
    """Delete what was told long ago. The caller commits."""
    session.execute(delete(Notification).where(Notification.created_at < now - KEPT))


# --- what somebody has been told --------------------------------------------------------------


def _mine(user: User) -> ColumnElement[bool]:
    return (Notification.username == user.username) & or_(
        Notification.instance_key.is_(None), access.unrecused(user, Notification.instance_key)
    )


def page(session: Session, user: User, *, unread: bool, after: str | None, limit: int = 50) -> Page:
    """A page of the user's notifications, the newest first."""
    body = {"sort": [{"field": "key", "order": "DESC"}], "page": {"limit": limit, "after": after}}
    scope = _mine(user) & Notification.read_at.is_(None) if unread else _mine(user)
    return search.search(session, _NOTIFICATIONS, body, scope)


def unread(session: Session, user: User, most: int = 100) -> int:
    """How many the user has not read, counted up to `most`."""
    found = select(Notification.key).where(_mine(user), Notification.read_at.is_(None)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def opened(session: Session, key: int, user: User, *, now: datetime) -> Notification:
    """A notification of one's own, read from now on. Raises `NotFound`."""
    notification = session.scalar(select(Notification).where(Notification.key == key, _mine(user)))
    if notification is None:
        raise NotFound()
    notification.read_at = notification.read_at or now
    return notification


def read_all(session: Session, user: User, *, now: datetime) -> None:
    """Everything up to now is read."""
    mine = (Notification.username == user.username) & Notification.read_at.is_(None)
    session.execute(update(Notification).where(mine).values(read_at=now))


def settings(session: Session, username: str) -> dict[str, Any]:
    """How somebody wants to be told by mail."""
    found = session.get(NotificationSettings, username)
    return {name: getattr(found, name) for name in DEFAULT} if found is not None else dict(DEFAULT)


def choose(session: Session, username: str, given: dict[str, str]) -> None:
    """Keep somebody's choice. Raises `BadArgument`."""
    hours = {name: given.get(name, "") for name in ("hour", "quiet_from", "quiet_to")}
    if given.get("mail") not in ("each", "daily", "none") or not all(
        hour.isdigit() and int(hour) < 24 for hour in hours.values()
    ):
        raise BadArgument("Choose how and at which hours you want mails.")
    session.merge(
        NotificationSettings(
            username=username,
            mail=given["mail"],
            offered=given.get("offered") == "1",
            **{name: int(hour) for name, hour in hours.items()},
        )
    )
