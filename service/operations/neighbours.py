"""The steps around a task: what was done before it in its case, as far as the reader may know of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.models import UserTask
from service.operations import blindness, people

SHOWN = 6


@dataclass(frozen=True, slots=True)
class Step:
    """A task that was completed before; `by` is None where its reader may not know who did it."""

    key: int
    name: str
    by: str | None
    at: datetime


def before(session: Session, user: User, task: UserTask) -> list[Step]:
    """The last steps completed in the same instance before this one began, the latest first.

    Only tasks that the reader may see. At most three statements.
    """
    rows = session.scalars(
        select(UserTask)
        .where(
            UserTask.instance_key == task.instance_key,
            UserTask.key != task.key,
            UserTask.completed_by.is_not(None),
            UserTask.ended_at <= task.created_at,
            access.task_scope(user),
        )
        .order_by(UserTask.ended_at.desc(), UserTask.key.desc())
        .limit(SHOWN)
    ).all()
    hidden = blindness.hidden(session, user, rows)
    seen = {row.key: blindness.name_seen(user, row.completed_by, row.key in hidden) for row in rows}
    # As on the page of that task: other people's names are for who reads everything.
    names = people.account_names(
        session, [name for name in seen.values() if name and (user.reads_all or name == user.username)]
    )
    return [Step(row.key, row.name, names.get(seen[row.key] or ""), row.ended_at) for row in rows if row.ended_at]
