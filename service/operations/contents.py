"""What the events of a bundle speak of, beside them: definitions, calendars, what was handed in, records, files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service import values
from service.documents import storage
from service.models import Document, ProcessInstance, Record, RecordVersion, Submission
from service.operations import moments
from service.registers import reading
from service.releases import library

#: How a file gets into a bundle: its name, its bytes.
Add = Callable[[str, bytes], None]


@dataclass
class SpokenOf:
    """Keys and ids that were met in events and in what was handed in."""

    releases: set[int] = field(default_factory=set)
    calendars: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    #: Key and version.
    records: set[tuple[int, int]] = field(default_factory=set)

    def note(self, body: Mapping[str, Any]) -> None:
        """Note what an event speaks of."""
        if isinstance(body.get("release"), str):
            self.releases.add(int(body["release"]))
        if isinstance(body.get("calendar"), str):
            self.calendars.add(body["calendar"])
        for rows in (body.get("evidence") or {}).values():
            self.records |= {(int(key), int(version.removeprefix(values.NUMBER_TAG))) for key, version, _ in rows}
        self.note_documents(body)

    def note_documents(self, value: Any) -> None:
        """Note the documents that a value speaks of."""
        if isinstance(value, dict):
            if "hash" in value and isinstance(value.get("documentId"), str):
                self.documents.add(value["documentId"])
            value = list(value.values())
        for inner in value if isinstance(value, list) else []:
            self.note_documents(inner)


def add(
    session: Session, instances: Sequence[ProcessInstance], spoken_of: SpokenOf, add: Add, *, personal: bool
) -> dict[str, Any]:
    """Put it all into the bundle; returns what the manifest says of it. Without `personal` the last three are kept
    back. What is kept back, and what was erased, is listed under `withheld`."""
    withheld: list[str] = []

    def give(name: str, data: bytes) -> None:
        if personal:
            add(name, data)
        else:
            withheld.append(name)

    return {
        "definitions": _definitions(session, spoken_of.releases, add),
        "calendars": _calendars(session, spoken_of.calendars, add),
        "submissions": _submissions(session, instances, spoken_of, give, withheld),
        "records": _records(session, spoken_of.records, give, withheld),
        "documents": _documents(session, instances, spoken_of.documents, give, withheld),
        "withheld": withheld,
    }


def _definitions(session: Session, releases: Iterable[int], add: Add) -> list[dict[str, Any]]:
    """All resources of the releases that the events name: the rules as they were."""
    found = {each.key: each for key in sorted(releases) for each in library(session, key).everything()}
    for digest, data in {each.hash: each.data for each in found.values()}.items():
        add(f"definitions/{digest}", data)
    return [
        {
            "hash": each.hash,
            "kind": each.kind,
            "id": each.resource_id,
            "version": each.version,
            "file": each.file_name,
            "release": str(each.release_key),
        }
        for _, each in sorted(found.items())
    ]


def _calendars(session: Session, hashes: Iterable[str], add: Add) -> list[str]:
    for digest in sorted(hashes):
        add(f"calendars/{digest}", moments.calendar_by_hash(session, digest).content)
    return sorted(hashes)


def _submissions(
    session: Session, instances: Sequence[ProcessInstance], spoken_of: SpokenOf, give: Add, withheld: list[str]
) -> list[dict[str, Any]]:
    told = []
    for instance in instances:
        for row in session.scalars(select(Submission).filter_by(instance_key=instance.key).order_by(Submission.key)):
            spoken_of.note_documents(row.data)
            name = f"submissions/{row.key}.json"
            if row.erased_at is not None:
                withheld.append(name)
            else:
                give(name, _disclosed(row.salt, values.tag(row.data)))
            told.append({"key": str(row.key), "instance": str(instance.key), "by": row.submitted_by, "hash": row.hash})
    return told


def _records(
    session: Session, versions: Iterable[tuple[int, int]], give: Add, withheld: list[str]
) -> list[dict[str, Any]]:
    """The versions of records that were read for decisions."""
    told = []
    for key, number in sorted(versions):
        record, version = session.get(Record, key), session.get(RecordVersion, (key, number))
        if record is None or version is None:
            continue  # whoever checks the bundle misses it
        name = f"records/{key}-{number}.json"
        if version.erased_at is not None:
            withheld.append(name)
        else:
            text = reading.version_text(record.register, record.record_id, number, version.state, version.data)
            give(name, _disclosed(record.salt, text))
        told.append({"key": str(key), "version": number, "register": record.register, "id": record.record_id})
    return told


def _disclosed(salt: str, text: bytes) -> bytes:
    """A committed text as a bundle has it: the commitment is SHA-256 over salt and text."""
    return orjson.dumps({"salt": salt, "text": text.decode()}, option=orjson.OPT_INDENT_2)


def _documents(
    session: Session, instances: Sequence[ProcessInstance], ids: Iterable[str], give: Add, withheld: list[str]
) -> list[dict[str, Any]]:
    """The files that events speak of, and those that lie with the instances."""
    keys = [instance.key for instance in instances]
    query = select(Document).where(or_(Document.id.in_(sorted(ids)), Document.instance_key.in_(keys)))
    rows = session.scalars(query.order_by(Document.uploaded_at, Document.id)).all()
    erased = {row.hash for row in rows if row.erased_at is not None}
    for digest in sorted({row.hash for row in rows}):
        path = storage.path_of(digest)
        if path.exists():
            give(f"attachments/{digest}", path.read_bytes())
        elif digest in erased:
            withheld.append(f"attachments/{digest}")
    return [
        {
            "id": row.id,
            "hash": row.hash,
            "file": row.file_name,
            "type": row.content_type,
            "size": row.size,
            "by": row.uploaded_by,
            "at": row.uploaded_at.isoformat(),
        }
        for row in rows
    ]
