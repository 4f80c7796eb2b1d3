"""Calendars for programs that show calendars: a secret address stands in for signing in, for one view of one person.

What it shows is worked out anew each time, with the rights that the person has then. A new address ends the old one.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.errors import NotFound
from service.models import CalendarLink
from service.operations import view_kinds, views
from service.operations.accounts import hash_text
from service.operations.view_kinds import Day

#: A line of the format has at most so many bytes; longer ones are folded.
_LINE = 74


def make(session: Session, user: User, view_id: str, *, now: datetime) -> str:
    """A new secret for this calendar of the user, told this once. The caller commits."""
    end(session, user, view_id)
    token = secrets.token_urlsafe(32)
    session.add(CalendarLink(token_hash=hash_text(token), username=user.username, view_id=view_id, created_at=now))
    return token


def end(session: Session, user: User, view_id: str) -> None:
    """Nobody reads this calendar of the user by its address any more. The caller commits."""
    session.execute(delete(CalendarLink).where(CalendarLink.username == user.username, CalendarLink.view_id == view_id))


def made_at(session: Session, user: User, view_id: str) -> datetime | None:
    """When the address that holds was made; None if there is none."""
    return session.scalar(
        select(CalendarLink.created_at).where(CalendarLink.username == user.username, CalendarLink.view_id == view_id)
    )


def read(session: Session, token: str, base_url: str, *, now: datetime) -> str:
    """The calendar behind a secret, as RFC 5545 writes it. Raises `NotFound`."""
    link = session.get(CalendarLink, hash_text(token)) if token.isascii() else None
    user = access.load_user(session, link.username) if link is not None else None
    if link is None or user is None:
        raise NotFound()
    view = views.view_of(session, link.view_id, user)
    if view.kind != "calendar":
        raise NotFound()
    return written(view.title, view_kinds.days(session, view, user, now=now), base_url, now=now)


def written(title: str, days: Sequence[Day], base_url: str, *, now: datetime) -> str:
    """A calendar of events without end, those without an hour over the whole day."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//pingshen//calendar//ZH", f"X-WR-CALNAME:{_text(title)}"]
    for each in days:
        lines += ["BEGIN:VEVENT", f"UID:{each.uid}@{_text(base_url)}", f"DTSTAMP:{_instant(now)}"]
        if each.at is not None:
            lines.append(f"DTSTART:{_instant(each.at)}")
        else:
            lines.append(f"DTSTART;VALUE=DATE:{each.day:%Y%m%d}")
            lines.append(f"DTEND;VALUE=DATE:{each.day + timedelta(days=1):%Y%m%d}")
        lines.append(f"SUMMARY:{_text(each.title)}")
        if each.link:
            lines.append(f"URL:{base_url}{each.link}")
        lines.append("END:VEVENT")
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    for char in ("\\", ";", ","):
        text = text.replace(char, f"\\{char}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """Parts of at most `_LINE` bytes, never within a character; each further one begins with a blank."""
    parts, size = [""], 0
    for char in line:
        width = len(char.encode())
        if size + width > _LINE:
            parts.append(" ")
            size = 1
        parts[-1] += char
        size += width
    return "\r\n".join(parts)
