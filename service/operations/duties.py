"""Duties of a task: who did one thing may not do another; who has not done one may not see another. By person.

A person is who stands behind an account (models.Account.identity): a second account changes nothing.
"""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service import access
from service.access import User, names_in
from service.errors import Forbidden
from service.models import Account, UserTask


class NotTwice(Forbidden):
    """Separation of duties: this person did another step that excludes this one."""

    code = "SELF_APPROVAL"
    message = "You did “%(earlier)s” yourself; “%(task)s” needs another person."


class FirstThings(Forbidden):
    """Need to know: another step by this person comes first."""

    code = "COMMITMENT_REQUIRED"
    message = "Before “%(task)s” you have to complete “%(earlier)s”."


def check(session: Session, task: UserTask, user: User) -> None:
    """Separation of duties and need to know, by person, over the whole tree of instances.

    Where a process runs many times in a tree (once a case), its own tasks are kept apart case by case: who prepared
    one case may approve another. Tasks of other processes count wherever in the tree they were done. Who stands in for
    somebody may do what neither of the two has excluded.
    """
    apart = names_in(task.properties.get("separationOfDuties"))
    behalf = access.on_behalf(session, user, task) if apart and user.absent else None
    for identity in (user.identity, *([behalf.identity] if behalf else ())):
        if earlier := _done(session, task, identity, apart):
            raise NotTwice(task=task.name, earlier=next(iter(earlier.values())))
    check_knows(session, task, user)


def check_knows(session: Session, task: UserTask, user: User) -> None:
    """Raises `FirstThings` where this person may not look at what the task shows."""
    if not knows(session, task, user):
        raise FirstThings(task=task.name, earlier=", ".join(names_in(task.properties.get("needToKnow"))))


def knows(session: Session, task: UserTask, user: User) -> bool:
    """Whether this person has done what the task's `needToKnow` puts before it; until then its content is hidden."""
    first = names_in(task.properties.get("needToKnow"))
    return set(first) == set(_done(session, task, user.identity, first))


def _done(session: Session, task: UserTask, identity: str, elements: Sequence[str]) -> dict[str, str]:
    """Which of these elements the person completed, with any account, and the tasks' names. See `check`."""
    if not elements:
        return {}
    of_this_case = or_(UserTask.instance_key == task.instance_key, UserTask.process_id != task.process_id)
    rows = session.execute(
        select(UserTask.element_id, UserTask.name)
        .join(Account, Account.username == UserTask.completed_by)
        .where(
            UserTask.root_key == task.root_key,
            UserTask.element_id.in_(elements),
            Account.identity == identity,
            of_this_case,
        )
    )
    return {row.element_id: row.name for row in rows}
