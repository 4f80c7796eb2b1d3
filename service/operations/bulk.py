"""One act on many tasks: each by itself, with what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access, forms
from service.access import User
from service.engine.feel import Moment
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import InvalidState, ServiceError, Stumbled
from service.forms import Form
from service.forms.model import DISPLAY, LEAVES
from service.models import ProcessInstance, UserTask
from service.operations import incidents, moments, refused, user_tasks, variables
from service.operations.submissions import Manner
from service.releases import Deployed, resource

#: A form of more fields than this wants to be filled in for one case at a time.
MOST_FIELDS = 6


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one task; `error` None: it is done. No `name` and `case` of what the user may not know of."""

    key: int
    name: str
    case: str | None
    error: ServiceError | None


class NeedsItsOwnForm(ServiceError):
    """The task cannot be signed off with others: its form asks for more, or another form than the first one's."""

    code = "NEEDS_ITS_OWN_FORM"
    message = "This task has a form that is filled in for it alone; open it."


class AnotherForm(ServiceError):
    """The task has another small form than those that it was ticked with."""

    code = "ANOTHER_FORM"
    message = "This task has another form than the first one that was ticked; sign those off by themselves."


def each(session: Session, user: User, keys: Sequence[int], act: Callable[[int], Any], now: datetime) -> list[Result]:
    """Do `act` to each task, each in a savepoint. The caller commits.

    In the order of the keys, so that two people who tick the same rows wait for each other and do not lock up.
    """
    names = named(session, user, keys)
    return [Result(key, *names.get(key, ("", None)), _tried(session, key, act, now)) for key in sorted(set(keys))]


def sign_off(
    session: Session, keys: Sequence[int], answers: Mapping[str, Any], user: User, *, now: datetime, manner: Manner
) -> list[Result]:
    """Complete tasks with the same answers; those whose form cannot be signed off so are refused."""

    def complete(key: int) -> None:
        task = user_tasks.visible_user_task(session, key, user)
        found = small_form(session, task)
        given = variables.visible_to_task(session, task)
        moment = Moment(now, moments.calendar(session))
        mine = forms.prune(found.form, dict(answers), given=given, moment=moment) if found else {}
        user_tasks.complete_user_task(session, key, mine, user, now=now, manner=manner)

    return each(session, user, keys, complete, now)


def alike(
    session: Session, user: User, keys: Sequence[int], *, now: datetime
) -> tuple[list[UserTask], Deployed | None, Sequence[Result]]:
    """The tasks among these that can be signed off together, their form, and why the others cannot."""
    tasks: list[UserTask] = []
    shared: list[Deployed | None] = []

    def look(key: int) -> None:
        task = user_tasks.visible_user_task(session, key, user)
        found = small_form(session, task)
        if shared and (shared[0] and shared[0].form.hash) != (found and found.form.hash):
            raise AnotherForm()
        shared.append(found)
        tasks.append(task)

    results = each(session, user, keys, look, now)
    return tasks, shared[0] if shared else None, [result for result in results if result.error is not None]


def small_form(session: Session, task: UserTask) -> Deployed | None:
    """The task's form, if it may be filled in once for many; None where it has none. Raises `NeedsItsOwnForm`."""
    found = resource(session, task.form_key) if task.form_key else None
    if found is not None and not is_small(found.form):
        raise NeedsItsOwnForm()
    return found


def is_small(form: Form) -> bool:
    """Whether a form asks for little, and for nothing that belongs to one case: files, signatures, secrets, lists."""
    asked = writable(form).fields
    plain = all(one.type in LEAVES and one.type != "filepicker" and one.storage != "secret" for one in asked)
    return plain and len(asked) <= MOST_FIELDS and not form.signatures and not writable(form).reads


def writable(form: Form) -> Form:
    """The form without what it only shows: that differs from case to case."""
    kept = (one for one in form.components if one.type not in DISPLAY and one.read_only is not True)
    return replace(form, components=tuple(kept))


def named(session: Session, user: User, keys: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """Name and case of the tasks that the user may know of, by key. One statement."""
    rows = session.execute(
        select(UserTask.key, UserTask.name, ProcessInstance.business_id)
        .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .where(UserTask.key.in_(keys), access.task_scope(user))
    )
    return {key: (name, case) for key, name, case in rows}


def _tried(session: Session, key: int, act: Callable[[int], Any], now: datetime) -> ServiceError | None:
    follow_ups = session.info.get("follow_ups")
    try:
        with session.begin_nested():
            act(key)
        return None
    except ServiceError as error:
        refusal: ServiceError = error
    except ActImpossible as error:
        refusal = InvalidState(reason=str(error))
    except (EngineError, StateUnreadable) as error:
        trouble = error if isinstance(error, EngineError) else EngineError("UNKNOWN", "", str(error))
        incidents.report(session, session.get_one(UserTask, key).instance_key, trouble, now=now)
        return Stumbled(element=trouble.element_id, reason=trouble.reason)
    session.info["follow_ups"] = follow_ups  # what the others left to be done, and nothing of this one
    if noted := session.info.pop(refused.REFUSED, None):
        refused.write_down(session, noted)
    return refusal
