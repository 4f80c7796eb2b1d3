"""What a person tried and was refused: nothing of it is stored, except one line in the history of the case."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.access import User
from service.errors import ServiceError
from service.models import ProcessInstance, UserTask
from service.operations import acting, audit, events, moments
from service.registers import refusals
from service.registers.refusals import Authority, RegisterFault
from service.releases import library

#: Where a session remembers the refusal, to be written down once its work is rolled back.
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who was refused what, when, and with which code."""

    instance_key: int
    element_id: str
    element_instance: int
    actor: User
    at: datetime
    code: str
    article: str | None


def remember(
    session: Session, task: UserTask, instance: ProcessInstance, user: User, error: ServiceError, *, now: datetime
) -> None:
    """Add the procedure's article and remedy to a refusal of the platform's own; keep what is to be written down."""
    if error.article is None and error.remedy is None:
        authority = Authority(library(session, instance.release_key), moments.calendar(session), now)
        # Where the table of reasons is wrong this person is refused for another reason all the same.
        with suppress(RegisterFault):
            error.article, error.remedy = refusals.guidance(authority, error.code)
    element_instance = task.key - instance.key
    session.info[REFUSED] = Refusal(
        instance.key, task.element_id, element_instance, user, now, error.code, error.article
    )


def write_down(session: Session, refusal: Refusal) -> None:
    """Append the line. Called when the work that was refused is rolled back; the caller commits."""
    instance = acting.lock_instance(session, refusal.instance_key)
    event = events.chained(
        session,
        instance,
        audit.REFUSED,
        at=refusal.at,
        actor=refusal.actor,
        body={"code": refusal.code, "article": refusal.article},
        element_id=refusal.element_id,
        element_instance=refusal.element_instance,
    )
    events.append(session, instance, event)
