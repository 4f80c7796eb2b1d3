"""The end of retention: personal values are erased, by a recorded act, and the history stays whole.

Events hold no personal value: what a form declares as a record, personal fields of registers and files stand in rows of
their own, and an event has a commitment, SHA-256 over a salt and the value. Without the salt nobody can try out
what the value may have been. So values and salts go, and every hash, chain, head and old bundle still holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, event, exists, select, text, update
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.db import Database
from service.documents import storage
from service.engine.feel import Moment, host
from service.errors import Forbidden, InvalidState, NotFound
from service.models import (
    Comment,
    Document,
    Draft,
    Event,
    Notification,
    ProcessInstance,
    Record,
    RecordKey,
    RecordVersion,
    Resource,
    Submission,
    UserTask,
)
from service.operations import acting, events, moments
from service.registers import keys, reading, writing
from service.registers.declaration import Register
from service.registers.refusals import RegisterFault
from service.releases import library

#: Kind of the event that records the act.
ERASED = "PERSONAL_DATA_ERASED"
#: What PostgreSQL must write anew, so that erased values are not left in its files.
_TABLES = ("submissions", "drafts", "records", "record_versions", "record_keys", "documents")


class StillKept(InvalidState):
    """Nothing is erased before its time."""

    code = "STILL_KEPT"
    message = "The personal values of this case are kept until %(until)s."


class NoRetention(InvalidState):
    """A procedure that says nothing of retention keeps everything."""

    code = "NO_RETENTION"
    message = "The procedure does not say how long personal values are kept (property “retention”)."


@dataclass(frozen=True, slots=True)
class Due:
    """A case whose personal values are to be erased since `at`."""

    key: int
    process_id: str
    case: str | None
    at: datetime


def due(session: Session, *, now: datetime) -> list[Due]:
    """The cases whose time has passed and whose personal values were not erased, the first due first."""
    erased = exists().where(Event.instance_key == ProcessInstance.key, Event.kind == ERASED)
    ended = (
        select(ProcessInstance)
        .join(Resource, Resource.key == ProcessInstance.definition_key)
        .where(ProcessInstance.parent_key.is_(None), ProcessInstance.ended_at.is_not(None), ~erased)
        .where(Resource.facts["properties"]["retention"].as_string().is_not(None))
    )
    found = []
    for instance in session.scalars(ended):
        until = _until(session, instance, now)
        if until is not None and until <= now:
            found.append(Due(instance.key, instance.process_id, instance.business_id, until))
    return sorted(found, key=lambda each: each.at)


def erase(session: Session, key: int, user: User, reason: str, *, now: datetime) -> int:
    """Erase the personal values of a case with all that it called, and record who did and why. The caller commits.

    That is: what was handed in as records, drafts, files, and personal fields of the records that the case made; their
    earlier versions too. Returns how many rows lost values. Raises `Forbidden` (archivists only), `NotFound` (no case
    of its own), `StillKept`, `NoRetention`. Values stay in the database's files until `scrub`.
    """
    if not user.is_one_of(access.ARCHIVIST):
        raise Forbidden()
    instance = acting.lock_instance(session, key)
    if instance.parent_key is not None:
        raise NotFound()
    until = _until(session, instance, now)
    if until is None and instance.ended_at is not None:
        raise NoRetention()
    if until is None or until > now:
        raise StillKept(until=until.date().isoformat() if until else "its end")
    tree = list(session.scalars(select(ProcessInstance.key).where(ProcessInstance.root_key == key)))
    body = {
        "reason": reason,
        "submissions": _submissions(session, tree, now),
        "documents": _documents(session, tree, now),
        "records": _records(session, instance, tree, user, now),
    }
    _drafts(session, tree)
    events.append(session, instance, events.chained(session, instance, ERASED, at=now, actor=user, body=body))
    return sum(len(rows) for rows in body.values() if isinstance(rows, list))


def scrub(database: Database) -> None:
    """Write the database's files anew, so that nothing erased is left in them. Needs room for a second copy."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("COMMIT")  # every connection of ours begins a transaction
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        else:
            for table in _TABLES:
                connection.execute(text(f"VACUUM FULL {table}"))


def _until(session: Session, instance: ProcessInstance, now: datetime) -> datetime | None:
    """When the personal values of an ended case may be erased; None if it is open or nothing is said."""
    definition = session.get_one(Resource, instance.definition_key)
    period = definition.facts["properties"].get("retention")
    if not period or instance.ended_at is None:
        return None
    given = {"ended": instance.ended_at.isoformat(), "period": period}
    sum_of = "string(date and time(ended) + duration(period))"
    found = host().evaluate(sum_of, given, Moment(now, moments.calendar(session)))
    return datetime.fromisoformat(str(found))


def _submissions(session: Session, tree: Sequence[int], now: datetime) -> list[str]:
    rows = session.scalars(
        update(Submission)
        .where(Submission.instance_key.in_(tree), Submission.erased_at.is_(None))
        .values(data={}, salt="", erased_at=now)
        .returning(Submission.key)
    )
    return sorted(map(str, rows))


def _drafts(session: Session, tree: Sequence[int]) -> None:
    tasks = select(UserTask.key).where(UserTask.instance_key.in_(tree))
    session.execute(delete(Draft).where(Draft.task_key.in_(tasks)))
    session.execute(delete(Comment).where(Comment.task_key.in_(tasks)))
    session.execute(delete(Notification).where(Notification.instance_key.in_(tree)))


def _documents(session: Session, tree: Sequence[int], now: datetime) -> list[dict[str, str]]:
    """Files go after the commit, unless another case holds the same bytes."""
    held = select(Document).where(Document.instance_key.in_(tree), Document.erased_at.is_(None))
    rows = session.scalars(held.order_by(Document.id)).all()
    for row in rows:
        row.file_name, row.custom, row.erased_at = "", {}, now
    session.flush()
    kept = select(Document.hash).where(Document.hash.in_({row.hash for row in rows}), Document.erased_at.is_(None))
    others = set(session.scalars(kept))
    doomed = [storage.path_of(digest) for digest in {row.hash for row in rows} - others]

    @event.listens_for(session, "after_commit", once=True)
    def remove(_: Session) -> None:
        for path in doomed:
            Path(path).unlink(missing_ok=True)

    return [{"id": row.id, "content": row.hash} for row in rows]


def _records(
    session: Session, instance: ProcessInstance, tree: Sequence[int], user: User, now: datetime
) -> list[list[Any]]:
    """Personal fields of the records that the case made: a new version without them, and none left in the old ones."""
    made = select(RecordVersion.record_key).where(RecordVersion.instance_key.in_(tree), RecordVersion.version == 1)
    release = library(session, instance.release_key)
    told: list[list[Any]] = []
    for record in session.scalars(select(Record).where(Record.key.in_(made)).order_by(Record.key).with_for_update()):
        try:
            register = reading.declared(library(session, record.release_key), record.register)
        except RegisterFault:
            register = reading.declared(release, record.register)
        personal = {field.key for field in register.fields.values() if field.personal}
        versions = reading.versions(session, record.key)
        if not any(personal & version.data.keys() for version in versions):
            continue
        for version in versions:
            version.data = _without(version.data, personal)
            version.erased_at = now
        record.data, record.salt = _without(record.data, personal), writing.new_salt()
        record.changed_at, record.changed_by = now, user.username
        session.flush()  # counts the version
        written = reading.version_text(record.register, record.record_id, record.version, record.state, record.data)
        session.add(
            RecordVersion(
                record_key=record.key,
                version=record.version,
                state=record.state,
                data=record.data,
                hash=reading.version_hash(record.salt, written),
                reason=ERASED,
                at=now,
                by=user.username,
                instance_key=instance.key,
            )
        )
        _forget_keys(session, register, record.key, personal)
        told.append([str(record.key), record.version])
    session.flush()
    return told


def _forget_keys(session: Session, register: Register, key: int, personal: set[str]) -> None:
    """Keys and indexes hold values too."""
    names = [name for name, rule in keys.rules(register).items() if personal & set(rule.fields)]
    session.execute(delete(RecordKey).where(RecordKey.record_key == key, RecordKey.name.in_(names)))


def _without(data: dict[str, Any], personal: set[str]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in personal}
