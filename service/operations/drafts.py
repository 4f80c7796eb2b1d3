"""Drafts: a form half filled in, kept while somebody types. Ballots and passwords never get here."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access, values
from service.access import User
from service.errors import (
    BadArgument,
    InvalidState,
    PreconditionFailed,
    PreconditionRequired,
    TaskNotOpen,
    TaskNotYours,
)
from service.forms import Form
from service.models import Draft, StartDraft, UserTask
from service.releases import resource
from service.values import Value, Variables


class DraftElsewhere(InvalidState):
    """The draft was saved from another device or tab since this page knew it; `saved_at` and `mark` are of that one."""

    code = "DRAFT_ELSEWHERE"
    message = "The draft of “%(task)s” was saved on another device or in another tab meanwhile."

    def __init__(self, task: str, draft: Draft | StartDraft) -> None:
        self.saved_at, self.mark = draft.saved_at, mark(draft)
        super().__init__(task=task)


def keep(
    session: Session, task: UserTask, form: Form, answers: Mapping[str, Value], user: User, *, now: datetime, known: str
) -> Draft:
    """Keep what a page sends, which knew the draft by the mark `known` (empty: none; `*`: replace whatever there is).

    Raises `DraftElsewhere`, and as `save`. The caller commits.
    """
    draft = session.get(Draft, (task.key, user.username), with_for_update=True)
    if draft is not None and known not in ("*", mark(draft)) and draft.data != kept(form, answers):
        raise DraftElsewhere(task.name, draft)
    save(session, task, form, answers, user, now=now)
    session.flush()
    return session.get_one(Draft, (task.key, user.username))


def kept(form: Form, answers: Mapping[str, Value]) -> Variables:
    """The answers that a draft may hold: neither secret ones nor signatures."""
    return {
        key: value
        for key, value in answers.items()
        if form.storage.get(key, "secret") != "secret" and key not in form.signatures
    }


def save(
    session: Session, task: UserTask, form: Form, answers: Mapping[str, Value], user: User, *, now: datetime
) -> None:
    """Keep the answers as they are, right or wrong. Raises `TaskNotOpen` or `TaskNotYours`."""
    if task.ended_at is not None:
        raise TaskNotOpen(task=task.name)
    if not access.may_fill(user, task):
        raise TaskNotYours(task=task.name)
    data = kept(form, answers)
    session.merge(Draft(task_key=task.key, username=user.username, data=data, saved_at=now, edition=task.edition))


def find(session: Session, task: UserTask, user: User) -> Draft | None:
    """This user's draft."""
    return session.get(Draft, (task.key, user.username))


def mark(draft: Draft | StartDraft) -> str:
    """Names this content of a draft: its ETag."""
    return sha256(values.tag(draft.data)).hexdigest()[:32]


def replace(
    session: Session, task: UserTask, answers: Mapping[str, Value], user: User, *, now: datetime, known: set[str] | None
) -> Draft:
    """Keep the answers in place of the draft whose mark is among `known`. Fields that the form has not are left out.

    Raises `TaskNotOpen`, `TaskNotYours`, `BadArgument` without a form, `PreconditionRequired` where a draft is there
    and `known` is None, `PreconditionFailed` where it is another.
    """
    found = resource(session, task.form_key) if task.form_key else None
    if found is None:
        raise BadArgument("“%(task)s” has no form; there is nothing to draft.", task=task.name)
    _check(session, task, user, known)
    save(session, task, found.form, answers, user, now=now)
    session.flush()
    return session.get_one(Draft, (task.key, user.username))


def discard(session: Session, task: UserTask, user: User, *, known: set[str] | None) -> None:
    """Throw the draft away; nothing if there is none. Raises as `replace`."""
    draft = _check(session, task, user, known)
    if draft is not None:
        session.delete(draft)


def keep_start(
    session: Session,
    process_id: str,
    form: Form,
    answers: Mapping[str, Value],
    user: User,
    *,
    now: datetime,
    known: str,
) -> StartDraft:
    """As `keep`, for the form that a process starts with."""
    draft = find_start(session, process_id, user, lock=True)
    data = kept(form, answers)
    if draft is None:
        draft = StartDraft(process_id=process_id, username=user.username, data=data, saved_at=now)
        session.add(draft)
    elif known not in ("*", mark(draft)) and draft.data != data:
        raise DraftElsewhere(process_id, draft)
    draft.data, draft.saved_at = data, now
    session.flush()
    return draft


def find_start(session: Session, process_id: str, user: User, *, lock: bool = False) -> StartDraft | None:
    """This user's draft of a start form."""
    return session.get(StartDraft, (process_id, user.username), with_for_update=lock or None)


def begun(session: Session, user: User) -> dict[str, datetime]:
    """Of which start forms this user has a draft, and since when."""
    rows = session.execute(
        select(StartDraft.process_id, StartDraft.saved_at).where(StartDraft.username == user.username)
    )
    return {row.process_id: row.saved_at for row in rows}


def discard_start(session: Session, process_id: str, user: User) -> None:
    """Throw the draft of a start form away; nothing if there is none."""
    if (draft := find_start(session, process_id, user)) is not None:
        session.delete(draft)


def _check(session: Session, task: UserTask, user: User, known: set[str] | None) -> Draft | None:
    draft = session.get(Draft, (task.key, user.username), with_for_update=True)
    if draft is not None and known is None:
        raise PreconditionRequired()
    if known is not None and "*" not in known and (draft is None or mark(draft) not in known):
        raise PreconditionFailed()
    return draft
