"""The class of a file, and what a trade secret takes.

The sender says the class: beside the file where the page asks, or in an answer named `secrecy` that stands in the same
row as the file. A trade secret is not read for being of a group that reads the register, the process or everything:
its sender, its addressees and auditors open it, and who has taken, or has done, a task that shows it.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.errors import Forbidden
from service.models import Document, UserTask
from service.registers import files
from service.values import Value

TRADE_SECRET = "trade_secret"  # noqa: S105 - a class, no password
#: What an answer may say → the class.
NAMES = {"公开": "public", "内部": "internal", "商业秘密": TRADE_SECRET}
_CLASSES = {**NAMES, **{each: each for each in NAMES.values()}}
ANSWER = "secrecy"


class TradeSecret(Forbidden):
    """The reader may know of the file, and may not open it."""

    code = "TRADE_SECRET"
    message = "“%(name)s” is a trade secret. Take the task that shows it first."


def classify(session: Session, answers: Value) -> None:
    """Give the files among checked answers the class that stands beside them. No statement where none does."""
    said: dict[str, set[str]] = {}
    for secrecy, id in _beside(answers):
        said.setdefault(secrecy, set()).add(id)
    for secrecy, ids in said.items():
        session.execute(update(Document).where(Document.id.in_(ids)).values(secrecy=secrecy))


def own_tasks(user: User) -> ColumnElement[bool]:
    """The tasks that the user, or somebody for whom they stand in, has taken, or that they have done."""
    done = and_(UserTask.completed_by == user.username, access.unrecused(user, UserTask.instance_key))
    return or_(access.held_scope(user), done)


def _beside(value: Value) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        said = value.get(ANSWER)
        secrecy = _CLASSES.get(said) if isinstance(said, str) else None
        for each in value.values():
            if secrecy:
                yield from ((secrecy, id) for id in files.documents_in(each))
            else:
                yield from _beside(each)
    elif isinstance(value, list):
        for item in value:
            yield from _beside(item)
