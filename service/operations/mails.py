"""The outbox: notifications that go out by mail. One mail a person holds all that is due for them.

A mail goes out at least once: it is marked as being sent before it is, and if the worker dies then, it is sent again
after a while. Its message id is made of the first notification in it, so that a receiver can tell.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from service.clock import machine_now
from service.config import Config
from service.db import Database
from service.errors import NotFound
from service.jobs.leases import backoff
from service.logs import fields
from service.models import Account, Notification
from service.notifications import Line, Parcel, composed, deliver, recused, words
from service.operations import enrolment, moments, search
from service.operations.search import Noun, Page

log = logging.getLogger("service.mail")
#: After so many failed attempts an operator has to look.
MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=5)
#: What could not go out for so long is no news any more: it stands in the pages. Except what an operator sends again.
EXPIRES = timedelta(days=3)
MOST = 200
STATES = ("WAITING", "SENDING", "SENT", "FAILED", "EXPIRED")
_MAILS = select(Notification, Account.email).join(Account, Account.username == Notification.username)
_OUTBOX = Noun("outbox", _MAILS, Notification.key, {}, {"key": Notification.key})
_FAILED = Notification.mail_state.in_(("FAILED", "EXPIRED"))


def send_due(database: Database, config: Config, random: Random) -> int:
    """Send what is due. Without a mail server everything stays in the outbox. Returns how many mails went out."""
    if config.mail is None:
        return 0
    with database.writing() as session:
        parcels = _taken(session, config, moments.now(session, machine_now()))
        session.commit()
    sent = 0
    messages = [composed(parcel, config.mail.sender, config.base_url, machine_now()) for parcel in parcels]
    for parcel, error in zip(parcels, deliver(config.mail, messages) if parcels else (), strict=True):
        if error is not None:
            log.warning("a mail could not be sent", extra=fields(attempt=parcel.attempts))
        with database.writing() as session:
            _settle(session, parcel, error, moments.now(session, machine_now()), random)
            session.commit()
        sent += error is None
    return sent


def _taken(session: Session, config: Config, now: datetime) -> list[Parcel]:
    """Lease what is due, counted as an attempt before it is made."""
    due = session.execute(
        select(Notification, Account, recused(Notification.instance_key))
        .join(Account, Account.username == Notification.username)
        .where(
            Notification.mail_state.in_(("WAITING", "SENDING")), Notification.mail_due_at <= now, Account.active
        )
        .order_by(Notification.key)
        .limit(MOST)
        .with_for_update(skip_locked=True, of=Notification)
    ).all()  # fmt: skip
    parcels = defaultdict[tuple[str, bool], list[Notification]](list)
    accounts = {account.username: account for _, account, _ in due}
    for row, account, keeps_away in due:
        if not account.email or keeps_away or _is_over(row, account):
            row.mail_state = None
        elif row.mail_attempts == 0 and row.mail_due_at is not None and row.mail_due_at < now - EXPIRES:
            row.mail_state = "EXPIRED"
        else:
            row.mail_state, row.mail_due_at = "SENDING", now + LEASE
            row.mail_attempts += 1
            parcels[account.username, row.kind == "invitation"].append(row)
    return [_parcel(session, config, accounts[username], rows, now) for (username, _), rows in parcels.items()]


def _is_over(row: Notification, account: Account) -> bool:
    return row.kind == "invitation" and account.invitation_hash is None


def _parcel(
    session: Session, config: Config, account: Account, rows: Sequence[Notification], now: datetime
) -> Parcel:  # fmt: skip
    english = account.language.startswith("en")
    lines = tuple(
        Line(row.kind, "" if row.kind == "document" else row.title, _link(config, row, account, now)) for row in rows
    )
    return Parcel(
        keys=tuple(row.key for row in rows),
        address=str(account.email),
        name=account.name,
        english=english,
        lines=lines,
        attempts=max(row.mail_attempts for row in rows),
        words=words(session, account.name, english, lines, now=now),
    )


def _link(config: Config, row: Notification, account: Account, now: datetime) -> str:
    """An invitation's secret is made as it goes out, so that it is nowhere but in the mail."""
    if row.kind == "invitation":
        return f"{config.base_url}/invitation/{enrolment.invite(account, now=now)}"
    return f"{config.base_url}/notifications/{row.key}"


def _settle(session: Session, parcel: Parcel, error: str | None, now: datetime, random: Random) -> None:
    values: dict[str, object] = {"mail_state": "SENT", "mailed_at": now, "mail_error": None}
    if error is not None:
        over = parcel.attempts >= MAX_ATTEMPTS
        later = None if over else now + backoff(parcel.attempts, random)
        values = {"mail_state": "FAILED" if over else "WAITING", "mail_due_at": later, "mail_error": error}
    taken = Notification.key.in_(parcel.keys), Notification.mail_state == "SENDING"
    session.execute(update(Notification).where(*taken).values(**values))


# --- for whoever runs the platform ------------------------------------------------------------


def outbox(session: Session, *, state: str, text: str, after: str | None, limit: int = 50) -> Page:
    """A page of mails, the newest first: of a state, and whose person, address or title holds a text."""
    body = {"sort": [{"field": "key", "order": "DESC"}], "page": {"limit": limit, "after": after}}
    state_is: ColumnElement[bool] = Notification.mail_state == state
    scope = state_is if state in STATES else Notification.mail_state.is_not(None)
    if text:
        columns = (Notification.username, Account.email, Notification.title)
        scope &= or_(*[column.contains(text, autoescape=True) for column in columns])
    return search.search(session, _OUTBOX, body, scope)


def failures(session: Session) -> bool:
    """Whether some mail was given up."""
    return session.scalar(select(Notification.key).where(_FAILED).limit(1)) is not None


def resend(session: Session, key: int, *, now: datetime) -> None:
    """Send a mail again, at once. Raises `NotFound`."""
    row = session.get(Notification, key)
    if row is None or row.mail_state is None:
        raise NotFound()
    again(row, now=now)


def resend_failed(session: Session, *, now: datetime) -> None:
    """Send everything again that was given up, as after a mail server's long absence."""
    for row in session.scalars(select(Notification).where(_FAILED).limit(MOST)):
        again(row, now=now)


def again(row: Notification, *, now: datetime) -> None:
    """Back into the queue, with all its attempts before it."""
    row.mail_state, row.mail_due_at, row.mail_attempts, row.mail_error = "WAITING", now, 0, None
