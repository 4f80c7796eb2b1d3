"""Process instances: start, cancel, set variables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access, db, values
from service.access import User
from service.engine.feel import Moment
from service.engine.types import Cancel, SetVariables, Start
from service.errors import AlreadyExists, BadArgument, Forbidden, InvalidState, NotFound
from service.models import ProcessInstance
from service.operations import acting, documents, moments, submissions
from service.operations.submissions import PLAINLY, Manner
from service.releases import Deployed, ReleaseLibrary, latest, library, newest, resource
from service.values import Variables


class Called(InvalidState):
    """The instance answers a call: cancelled alone, its caller would wait for ever."""

    code = "CALLED_INSTANCE"
    message = "Another process instance waits for this one; cancel %(root)s instead."


def definition(
    session: Session, *, key: int | None = None, process_id: str | None = None, version: int | None = None
) -> Deployed:
    """A process definition by key, or by id and version (None or -1: the newest). Raises `NotFound`."""
    if key is not None:
        found = resource(session, key)
    else:
        found = latest(session, "process", process_id or "", version if version and version > 0 else None)
    if found is None or found.kind != "process":
        raise NotFound()
    return found


def start_instance(
    session: Session,
    process: Deployed,
    variables: Mapping[str, Any],
    user: User | None,
    *,
    now: datetime,
    element_id: str | None = None,
    business_id: str | None = None,
    tags: Sequence[str] = (),
    parent: tuple[ProcessInstance, int] | None = None,
    release_key: int | None = None,
    manner: Manner = PLAINLY,
    cause: User | None = None,
    key: int | None = None,
) -> ProcessInstance:
    """Start an instance and run it to its first quiet state. The caller commits.

    `element_id` is the start event; None the plain one. `parent` is the calling instance and the number of its call.
    `release_key` names the release that the instance runs under; None: the newest that holds this process.
    `user` None is the platform itself (a timer, a message, a call); then `cause` is who sent what started it, for the
    record. `key` is one that was taken before (`db.new_key`). The variables of a start by a person are checked against
    the start form, if the process has one.

    Raises `Forbidden`, `AlreadyExists` (business id), `FormInvalid`, `Refused`, `EngineError`.
    """
    properties = process.facts.get("properties", {})
    if user is not None and parent is None and not access.may_start(user, properties):
        raise Forbidden()
    if business_id and parent is None:
        refuse_double(session, process.resource_id, business_id)
    release = library(session, release_key) if release_key is not None else release_of(session, process)
    if user is not None and parent is None:
        given = _through_start_form(session, process, release, variables, user, now, manner)
    else:
        given = values.variables(variables)
    actor = user or cause
    key = key if key is not None else db.new_key(session)
    instance = ProcessInstance(
        key=key,
        definition_key=process.key,
        process_id=process.resource_id,
        release_key=release.key,
        root_key=parent[0].root_key if parent else key,
        parent_key=parent[0].key if parent else None,
        parent_call=parent[1] if parent else None,
        status="ACTIVE",
        state=b"",
        version=0,
        business_id=business_id,
        tags=list(tags),
        attributes={},
        started_at=now,
        started_by=actor.username if actor else None,
        incidents=0,
        events=0,
        head="",
    )
    session.add(instance)
    session.flush()
    if user is not None and parent is None and process.facts.get("start_form_id"):
        documents.hand_in(session, given, key)
    acting.begin(
        session,
        instance,
        Start(given, element_id, called=parent is not None),
        actor=actor,
        now=now,
        extra={
            "process": process.resource_id,
            "version": process.version,
            "parent": str(instance.parent_key) if instance.parent_key is not None else None,
        },
    )
    return instance


def cancel_instance(
    session: Session, key: int, user: User | None, *, now: datetime, extra: Mapping[str, Any] | None = None
) -> ProcessInstance:
    """Terminate an instance with everything in it; called instances follow. Operators only.

    Raises `NotFound`, `Forbidden`, or `InvalidState` if it has ended, or another instance waits for its answer.
    """
    instance = acting.lock_instance(session, key)
    if user is not None:
        check_operates(session, instance, user)
    if instance.parent_key is not None:
        raise Called(root=instance.root_key)
    acting.resume(session, instance, actor=user, now=now, cancelling=True).act(
        Cancel(), "INSTANCE_CANCELED", extra=extra
    )
    return instance


def set_variables(
    session: Session, scope_key: int, changes: Mapping[str, Any], user: User, *, now: datetime, local: bool = False
) -> None:
    """Write variables into the scope with this key (an instance or element instance). Operators only."""
    instance = acting.lock_instance(session, instance_key_of(scope_key))
    check_operates(session, instance, user)
    act = SetVariables(scope_key - instance.key, values.variables(changes), local)
    acting.resume(session, instance, actor=user, now=now).act(act, "VARIABLES_SET")


def check_operates(session: Session, instance: ProcessInstance, user: User) -> None:
    """Raises `NotFound` where the user may not know of the instance, `Forbidden` where they may, and not mend it."""
    if not access.reads_instance(session, user, instance):
        raise NotFound()
    if not access.may_operate(session, user, instance):
        raise Forbidden()


def visible_instance(session: Session, key: int, user: User) -> ProcessInstance:
    """The instance, if the user may know of it. Raises `NotFound`."""
    instance = session.get(ProcessInstance, key)
    if instance is None or not access.reads_instance(session, user, instance):
        raise NotFound()
    return instance


def instance_key_of(key: int) -> int:
    """The key of the instance that an element instance, user task or job belongs to."""
    return key >> db.KEY_SHIFT << db.KEY_SHIFT


def start_form(session: Session, process: Deployed) -> Deployed | None:
    """The form that is filled in to start the process; None if it has none."""
    form_id = process.facts.get("start_form_id")
    return release_of(session, process).get("form", form_id) if form_id else None


def release_of(session: Session, process: Deployed) -> ReleaseLibrary:
    """What an instance that begins with, or moves to, this version runs under: the newest release, while it holds it.

    Not the one that brought it: a decision that was deployed alone since then would never be asked.
    """
    found = newest(session)
    kept = found.get("process", process.resource_id) if found else None
    return found if found and kept and kept.key == process.key else library(session, process.release_key)


def _through_start_form(
    session: Session,
    process: Deployed,
    release: ReleaseLibrary,
    given: Mapping[str, Any],
    user: User,
    now: datetime,
    manner: Manner,
) -> Variables:
    form_id = process.facts.get("start_form_id")
    found = release.get("form", form_id) if form_id else None
    if found is None:
        return values.variables(given)
    moment = Moment(now, moments.calendar(session))
    return submissions.checked(session, found.form, release, given, {}, user, moment, manner, root_key=None)


def refuse_double(session: Session, process_id: str, business_id: str) -> None:
    """Raises `AlreadyExists` if a running root instance of the process has the business id."""
    if len(business_id) > 256:
        raise BadArgument("A business id has at most %(most)s characters.", most=256)
    db.hold(session, f"business id/{process_id}/{business_id}")
    double = session.scalar(
        select(ProcessInstance.key).where(
            ProcessInstance.process_id == process_id,
            ProcessInstance.business_id == business_id,
            ProcessInstance.status == "ACTIVE",
            ProcessInstance.parent_key.is_(None),
        )
    )
    if double is not None:
        raise AlreadyExists(what=f"{process_id} {business_id}")
