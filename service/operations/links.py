"""One-time links: the task behind one, and what has become of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access import User
from service.errors import NotFound
from service.models import Link, UserTask
from service.operations import variables
from service.operations.public_starts import anonymous
from service.public import links
from service.public.secrets import digest

State = Literal["open", "used", "expired", "closed"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that somebody has: `task` is there while it is open, `user` is who they are while they do it."""

    state: State
    user: User
    task: UserTask | None
    expires_at: datetime


def opened(session: Session, token: str, *, now: datetime) -> Opened | None:
    """What is behind a token; None if there is no such link."""
    link = session.scalar(select(Link).filter_by(token_hash=digest(token)))
    if link is None:
        return None
    user = anonymous(link.principal)
    # The one who completed a task stays its assignee, so that this finds the open one as well as the one that was done.
    mine = select(UserTask).filter_by(assignee=link.principal).order_by(UserTask.key)
    tasks = [task for task in session.scalars(mine) if task.properties.get("public") == "true"]
    task = next((each for each in tasks if each.ended_at is None), None)
    if task is None:
        used = any(each.completed_by == link.principal for each in tasks)
        return Opened("used" if used else "closed", user, None, link.expires_at)
    return Opened("open" if now < link.expires_at else "expired", user, task, link.expires_at)


def issued(session: Session, task: UserTask) -> tuple[list[tuple[str, str, datetime]], int]:
    """The links that a task shows (`showsLinks`), each with its place, address and end; and how many were answered.

    Which ones were answered is not told: whoever hands a link to a person would know what that person has done.
    """
    name = task.properties.get("showsLinks")
    if not name:
        raise NotFound()
    found = variables.visible_to_task(session, task).get(name)
    listed: Sequence[object] = found if isinstance(found, list) else [found]
    principals = [each for each in listed if isinstance(each, str) and each.startswith(links.PREFIX)]
    ends = dict(session.execute(select(Link.principal, Link.expires_at).where(Link.principal.in_(principals))).all())
    done = select(func.count()).where(UserTask.assignee.in_(principals), UserTask.completed_by == UserTask.assignee)
    rows = [(str(at), links.address_of(each), ends[each]) for at, each in enumerate(principals, 1) if each in ends]
    return rows, session.scalar(done) or 0
