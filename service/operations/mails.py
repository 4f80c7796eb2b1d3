"""The outbox: notifications that go out by mail. One mail a person holds all that is due for them.

A mail goes out at least once: it is marked as being sent before it is, and if the worker dies then, it is sent again
after a while. Its message id is made of the first notification in it, so that a receiver can tell.
"""

import logging
import smtplib
import ssl
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from random import Random

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from service.clock import ZONE, machine_now
from service.config import Config, Mail
from service.db import Database
from service.errors import NotFound
from service.jobs.leases import backoff
from service.logs import fields
from service.models import Account, Notification
from service.operations import moments, search
from service.operations.search import Noun, Page

log = logging.getLogger("service.mail")
#: After so many failed attempts an operator has to look.
MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=5)
MOST = 200
STATES = ("WAITING", "SENDING", "SENT", "FAILED")
_MAILS = select(Notification, Account.email).join(Account, Account.username == Notification.username)
_OUTBOX = Noun("outbox", _MAILS, Notification.key, {}, {"key": Notification.key})
#: Kind → what stands before the title, Chinese and English.
_KINDS = {
    "task": ("新任务", "New task"),
    "offered": ("可领取的任务", "Task offered to your group"),
    "soon": ("即将到期", "Due soon"),
    "overdue": ("已逾期", "Overdue"),
    "letter": ("函件", "Letter"),
    "document": ("文书", "Document"),
    "incident": ("流程中断", "Incident"),
    "mention": ("提到了您", "You were mentioned"),
    "message": ("通知", "Message"),
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """The notifications of one person that go out together."""

    keys: tuple[int, ...]
    address: str
    language: str
    lines: tuple[tuple[str, str], ...]
    attempts: int


def send_due(database: Database, config: Config, random: Random) -> int:
    """Send what is due. Without a mail server everything stays in the outbox. Returns how many mails went out."""
    if config.mail is None:
        return 0
    with database.writing() as session:
        parcels = _taken(session, config, moments.now(session, machine_now()))
        session.commit()
    sent = 0
    for parcel in parcels:
        error = _delivered(config.mail, parcel, config.base_url)
        with database.writing() as session:
            _settle(session, parcel, error, moments.now(session, machine_now()), random)
            session.commit()
        sent += error is None
    return sent


def _taken(session: Session, config: Config, now: datetime) -> list[Parcel]:
    """Lease what is due, counted as an attempt before it is made."""
    due = session.execute(
        select(Notification, Account)
        .join(Account, Account.username == Notification.username)
        .where(Notification.mail_state.in_(("WAITING", "SENDING")), Notification.mail_due_at <= now, Account.active)
        .order_by(Notification.key)
        .limit(MOST)
        .with_for_update(skip_locked=True, of=Notification)
    ).all()
    by_person = defaultdict[str, list[Notification]](list)
    accounts = {account.username: account for _, account in due}
    for notification, account in due:
        if not account.email:
            notification.mail_state = None
            continue
        notification.mail_state, notification.mail_due_at = "SENDING", now + LEASE
        notification.mail_attempts += 1
        by_person[account.username].append(notification)
    return [
        Parcel(
            tuple(each.key for each in notifications),
            str(accounts[username].email),
            accounts[username].language,
            tuple(
                (_line(notification, accounts[username].language), _link(config, notification))
                for notification in notifications
            ),
            max(notification.mail_attempts for notification in notifications),
        )
        for username, notifications in by_person.items()
    ]


def _line(notification: Notification, language: str) -> str:
    chinese, english = _KINDS.get(notification.kind, _KINDS["message"])
    return f"{english}: {notification.title}" if language.startswith("en") else f"{chinese}：{notification.title}"


def _link(config: Config, notification: Notification) -> str:
    return f"{config.base_url}/notifications/{notification.key}"


def _delivered(mail: Mail, parcel: Parcel, base_url: str) -> str | None:
    """Why the mail did not go out; None if it did."""
    try:
        with _server(mail) as server:
            server.send_message(_message(mail, parcel, base_url))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.warning("a mail could not be sent", extra=fields(attempt=parcel.attempts))
        return f"{type(error).__name__}: {error}"[:500]
    return None


def _server(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=20, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=20)
        if mail.security == "starttls":
            server.starttls(context=context)
    if mail.user:
        server.login(mail.user, mail.password or "")
    return server


def _message(mail: Mail, parcel: Parcel, base_url: str) -> EmailMessage:
    english = parcel.language.startswith("en")
    message = EmailMessage()
    more = len(parcel.lines) - 1
    subject = parcel.lines[0][0] + ((f" (and {more} more)" if english else f"（另有{more}项）") if more else "")
    message["Subject"] = " ".join(subject.split())
    message["From"], message["To"] = mail.sender, parcel.address
    message["Date"] = format_datetime(machine_now().astimezone(ZONE))
    domain = mail.sender.rpartition("@")[2].strip("<> ")
    message["Message-ID"] = f"<notification-{parcel.keys[0]}-{len(parcel.keys)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    foot = (
        f"Sign in to read more. What you are told by mail you choose at {base_url}/profile#notifications"
        if english
        else f"详情请登录后查看。邮件通知的方式可在 {base_url}/profile#notifications 设置。"
    )
    message.set_content("\n\n".join([*(f"{line}\n{link}" for line, link in parcel.lines), foot]) + "\n")
    items = "".join(
        f'<li>{escape(line)}<br><a href="{escape(link)}">{escape(link)}</a></li>' for line, link in parcel.lines
    )
    language = "en" if english else "zh-CN"
    page = f'<!doctype html><html lang="{language}"><body><ul>{items}</ul><p>{escape(foot)}</p></body></html>'
    message.add_alternative(page, subtype="html")
    return message


def _settle(session: Session, parcel: Parcel, error: str | None, now: datetime, random: Random) -> None:
    values: dict[str, object] = {"mail_state": "SENT", "mailed_at": now, "mail_error": None}
    if error is not None:
        over = parcel.attempts >= MAX_ATTEMPTS
        later = None if over else now + backoff(parcel.attempts, random)
        values = {"mail_state": "FAILED" if over else "WAITING", "mail_due_at": later, "mail_error": error}
    session.execute(
        update(Notification)
        .where(Notification.key.in_(parcel.keys), Notification.mail_state == "SENDING")
        .values(**values)
    )


# --- for whoever runs the platform ------------------------------------------------------------


def outbox(session: Session, *, state: str, text: str, after: str | None, limit: int = 50) -> Page:
    """A page of mails, the newest first: of a state, and whose person, address or title holds a text."""
    body = {"sort": [{"field": "key", "order": "DESC"}], "page": {"limit": limit, "after": after}}
    scope: ColumnElement[bool] = (
        Notification.mail_state == state if state in STATES else Notification.mail_state.is_not(None)
    )
    if text:
        holds = [
            column.contains(text, autoescape=True)
            for column in (Notification.username, Account.email, Notification.title)
        ]
        scope &= or_(*holds)
    return search.search(session, _OUTBOX, body, scope)


def resend(session: Session, key: int, *, now: datetime) -> None:
    """Send a mail again, at once. Raises `NotFound`."""
    notification = session.get(Notification, key)
    if notification is None or notification.mail_state is None:
        raise NotFound()
    notification.mail_state, notification.mail_due_at, notification.mail_attempts, notification.mail_error = (
        "WAITING",
        now,
        0,
        None,
    )
