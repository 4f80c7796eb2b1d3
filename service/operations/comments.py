"""Comments on a task: for whoever may see the task, by name, in order; never changed.

An `@username` in the text asks for that person's attention; only who may see the task can be named so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access, db
from service.access import User
from service.errors import BadArgument
from service.models import Account, Comment, UserTask
from service.notifications import tell_of_task
from service.operations import blindness, duties

#: How long a comment may be, and how many a page shows.
MOST, SHOWN = 4000, 200
_MENTION = re.compile(r"(?<![\w@.])@([A-Za-z0-9_][\w.-]{0,255})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as its reader sees it: `author` is None where the name is hidden from them."""

    text: str
    author: str | None
    own: bool
    at: datetime


def of_task(session: Session, user: User, task: UserTask) -> list[Said]:
    """What was said about a task that the user may see, the oldest first. One statement; more where names are hidden.

    Nothing before what comes first is done (`needToKnow`).
    """
    if not (user.reads_all or duties.knows(session, task, user)):
        return []
    latest = (
        select(Comment, Account.name)
        .outerjoin(Account, Account.username == Comment.author)
        .where(Comment.task_key == task.key)
        .order_by(Comment.key.desc())
        .limit(SHOWN)
    )
    rows = session.execute(latest).all()
    hidden = bool(rows) and bool(blindness.hidden(session, user, [task]))
    return [
        Said(
            text="@…".join(_MENTION.split(row.text)[::2]) if hidden else row.text,
            author=None if hidden and row.author != user.username else (name or row.author),
            own=row.author == user.username,
            at=row.created_at,
        )
        for row, name in reversed(rows)
    ]


def say(session: Session, task: UserTask, text: str, user: User, *, now: datetime) -> Comment:
    """Say something about a task that the user may see. The caller commits.

    Raises `BadArgument` for no text, a long one, or a mention of who may not see the task; `FirstThings`.
    """
    text = text.strip()
    if not text or len(text) > MOST:
        raise BadArgument("A comment holds between 1 and %(most)s characters.", most=MOST)
    duties.check_knows(session, task, user)
    comment = Comment(
        key=db.new_key(session),
        task_key=task.key,
        author=user.username,
        text=text,
        mentions=_mentioned(session, task, text),
        created_at=now,
    )
    session.add(comment)
    session.flush()
    tell_of_task(session, task, comment.mentions, "mention", user.username, now=now)
    return comment


def _mentioned(session: Session, task: UserTask, text: str) -> list[str]:
    names: Sequence[str] = list(dict.fromkeys(_MENTION.findall(text)))
    if len(names) > 20:
        raise BadArgument("A comment names at most 20 people.")
    for name in names:
        person = access.load_user(session, name)
        if person is None or not access.reads_task(session, person, task):
            # The same words for both: who exists is not for everybody to find out.
            raise BadArgument("“%(name)s” may not see this task and cannot be mentioned.", name=name)
    return list(names)
