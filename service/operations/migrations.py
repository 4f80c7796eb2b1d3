"""Migration: a running instance goes on under another version, where it stands. An explicit act of an operator."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service.access import User
from service.engine.types import EngineError, Finding, Migrate, MoveRefused, UserTaskWait
from service.errors import Fault, InvalidState, NotFound
from service.models import ProcessInstance
from service.operations import acting, carrying, instances
from service.operations.move_texts import faults
from service.releases import Deployed, ReleaseLibrary, library

#: Kinds of resources of which a running instance may meet another version.
_RULES = ("decision", "form", "register", "document")
Mapped = Sequence[tuple[str, str]]


class MigrationRefused(InvalidState):
    """The instance cannot go on under the other version as mapped; `errors` names each element."""

    code = "MIGRATION_REFUSED"
    message = "The process instance cannot be migrated as asked; see the list. Nothing was changed."

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__(errors=errors)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration of one instance would mean. `mapping` is the one given, or that which is suggested."""

    instance: ProcessInstance
    mapping: Mapping[str, str]
    findings: Sequence[Finding]

    @property
    def feasible(self) -> bool:
        """Whether nothing stands against it."""
        return not any(each.is_error for each in self.findings)


@dataclass(slots=True)
class _Prepared:
    move: acting.Move
    act: Migrate
    findings: list[Finding]


def plan(
    session: Session, instance: ProcessInstance, target: Deployed, mapping: Mapped | None, user: User, *, now: datetime
) -> Plan:
    """Everything that would stand against a migration, or should be known before it. Nothing is stored or locked.

    `mapping` None: every element to that of the same id and type. Raises `NotFound`, `Forbidden`, or `InvalidState`
    if the instance has ended.
    """
    instances.check_operates(session, instance, user)
    prepared = _prepare(session, instance, target, mapping, user, now)
    return Plan(instance, prepared.act.mapping, prepared.findings)


def migrate_instance(
    session: Session,
    key: int,
    target_key: int,
    mapping: Mapped | None,
    user: User,
    *,
    now: datetime,
    extra: Mapping[str, Any] | None = None,
) -> ProcessInstance:
    """Put an instance under the version `target_key`, and under the release that a new instance of it would have.

    Open tasks keep key, assignee, due date and draft, timers their time, jobs their lease, called instances go on.
    Operators only. Raises `NotFound`, `Forbidden`, `MigrationRefused`
    with every finding, or `InvalidState` if the instance has ended.
    """
    instance = acting.lock_instance(session, key)
    instances.check_operates(session, instance, user)
    target = target_definition(session, target_key)
    prepared = _prepare(session, instance, target, mapping, user, now)
    if errors := [each for each in prepared.findings if each.is_error]:
        raise MigrationRefused(faults(errors))
    _do(session, instance, target, prepared, extra or {})
    return instance


def target_definition(session: Session, key: int) -> Deployed:
    """The version to which instances shall go. Raises `InvalidTarget`."""
    try:
        return instances.definition(session, key=key)
    except NotFound:
        raise InvalidTarget(key=key) from None


class InvalidTarget(NotFound):
    """There is no such version to go to."""

    code = "TARGET_NOT_FOUND"
    message = "There is no process definition with the key %(key)s; search for the version to migrate to."


def _prepare(
    session: Session,
    instance: ProcessInstance,
    target: Deployed,
    mapping: Mapped | None,
    user: User,
    now: datetime,
) -> _Prepared:
    release = instances.release_of(session, target)
    move = acting.resume(session, instance, actor=user, now=now, release=release)
    if mapping is None:
        mapping = list(move.execution.suggested(target.resource_id).items())
    act = Migrate(target.resource_id, target.hash, dict(mapping))
    findings = list(_of_request(instance, target, mapping))
    if not findings:
        findings = [*move.execution.check(act)]
        if not any(each.is_error for each in findings):
            findings += _tried(session, instance, move, act, release)
    return _Prepared(move, act, findings)


def _of_request(instance: ProcessInstance, target: Deployed, mapping: Mapped) -> Iterator[Finding]:
    if instance.definition_key == target.key:
        yield Finding("SAME_VERSION", "targetProcessDefinitionKey", target.resource_id)
    sources = [source for source, _ in mapping]
    for source in dict.fromkeys(sources):
        if sources.count(source) > 1:
            yield Finding("TWICE", source, source)


def _tried(
    session: Session, instance: ProcessInstance, move: acting.Move, act: Migrate, release: ReleaseLibrary
) -> Iterator[Finding]:
    """Migrate in memory and look at what came of it."""
    before = library(session, instance.release_key)
    old_forms = {wait.id: wait.form_id for wait in move.before if isinstance(wait, UserTaskWait)}
    try:
        move.execution.apply(act)
    except MoveRefused as refusal:
        yield from refusal.findings
        return
    except EngineError as error:
        yield Finding("STOPS", error.element_id, error.element_id)
        return
    for wait in move.execution.open_waits():
        if isinstance(wait, UserTaskWait) and wait.form_id:
            form, old = release.get("form", wait.form_id), before.get("form", old_forms.get(wait.id) or "")
            if form is None:
                yield Finding("FORM_MISSING", wait.element_id, wait.element_id)
            elif old is None or form.hash != old.hash:
                yield Finding("FORM_CHANGED", wait.element_id, wait.element_id, is_error=False)
    for kind in _RULES:
        for old in before.all(kind):
            found = release.get(kind, old.resource_id)
            if found is not None and found.hash != old.hash:
                yield Finding("RELEASE_DIFFERS", f"{kind} {old.resource_id}", "", is_error=False)


def _do(
    session: Session, instance: ProcessInstance, target: Deployed, prepared: _Prepared, extra: Mapping[str, Any]
) -> None:
    old = acting.definition_of(session, instance)
    if instance.process_id != target.resource_id and instance.business_id and instance.parent_key is None:
        instances.refuse_double(session, target.resource_id, instance.business_id)
    came_from = {
        "process": old.resource_id,
        "version": old.version,
        "definition": old.hash,
        "release": str(instance.release_key),
    }
    instance.definition_key, instance.process_id = target.key, target.resource_id
    instance.release_key = prepared.move.release.key
    carrying.carry(session, instance, prepared.move, prepared.act.mapping, target)
    noted = [[each.code, each.place] for each in prepared.findings]
    about = {"process": target.resource_id, "version": target.version, "from": came_from, "noted": noted, **extra}
    prepared.move.settle([prepared.act], "INSTANCE_MIGRATED", None, None, about)
