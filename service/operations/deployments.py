"""Deploying: files in, one release out, or every finding at once and nothing stored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from service import db, registers
from service.access import User
from service.engine.lint_rules.report import Finding
from service.engine.lint_rules.texts import Language
from service.errors import Fault, Forbidden, ModelRefused
from service.models import Content, Group, Job, Release, ReleaseEntry, Resource, Subscription
from service.operations import vetting
from service.operations.starters import replace_starters
from service.operations.upserts import insert_ignoring
from service.operations.vetting import Part
from service.releases import ReleaseLibrary, library, newest


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a request led to: the release, the resources of the request in it, and whether anything is new."""

    release_key: int
    resources: tuple[Resource, ...]
    new: bool
    warnings: tuple[Fault, ...] = ()


def deploy(
    session: Session,
    files: Mapping[str, bytes],
    user: User,
    *,
    now: datetime,
    whole: bool = False,
    founding: Mapping[str, Any] | None = None,
    language: Language = "en",
) -> Deployment:
    """Deploy files (name → bytes; the ending decides the kind). The caller commits.

    `whole`: the files are the entire procedure; otherwise what the newest release holds beside them is
    carried over. Nothing changed: the release that is there, `new` false. Anything changed: every resource of the
    request gets a new version, so that whatever is bound to the deployment finds the edited table.

    Raises `Forbidden`, or `ModelRefused` with every finding; then nothing is stored.
    """
    if not user.deploys:
        raise Forbidden()
    return put(session, files, user.username, now=now, whole=whole, founding=founding, language=language)


@dataclass(frozen=True, slots=True)
class Examined:
    """Files that may be deployed: what is in them, beside what is in force."""

    before: ReleaseLibrary | None
    parts: tuple[Part, ...]
    warnings: tuple[Fault, ...]


def examine(session: Session, files: Mapping[str, bytes], *, whole: bool, language: Language = "en") -> Examined:
    """Read and check files against the newest release. Raises `ModelRefused` with every finding."""
    before = newest(session)
    parts, faults = vetting.read_all(files, language)
    carried = [] if whole or before is None else _carried(before, parts)
    findings = vetting.check(parts, carried, set(session.scalars(select(Group.name))), language)
    faults += [finding for finding in findings if finding.code.startswith("error:")]
    if faults:
        raise ModelRefused(faults)
    warnings = tuple(finding for finding in findings if not finding.code.startswith("error:"))
    return Examined(before, tuple(parts), warnings)


def put(
    session: Session,
    files: Mapping[str, bytes],
    by: str,
    *,
    now: datetime,
    whole: bool,
    founding: Mapping[str, Any] | None = None,
    language: Language = "en",
) -> Deployment:
    """Deploy for somebody who may: the caller has asked. Raises `ModelRefused`."""
    db.hold(session, "deployment")
    examined = examine(session, files, whole=whole, language=language)
    before, parts, warnings = examined.before, examined.parts, examined.warnings
    unchanged = unchanged_parts(session, examined, whole)
    if unchanged is not None and founding is None:
        return Deployment(before.key if before else 0, unchanged, False, warnings)
    release = Release(
        key=db.new_key(session),
        content_hash=content_hash(files),
        deployed_at=now,
        deployed_by=by,
        founding=dict(founding) if founding else None,
    )
    session.add(release)
    session.flush()
    resources = _store(session, release, parts)
    kept = [] if whole or before is None else [r.key for r in _carried_resources(before, parts)]
    session.execute(
        insert(ReleaseEntry),
        [{"release_key": release.key, "resource_key": key} for key in [*(r.key for r in resources), *kept]],
    )
    replace_starters(session, [r for r in resources if r.kind == "process"], now)
    if whole:
        _silence(session, {r.resource_id for r in resources if r.kind == "process"}, now)
    registers.reindex(session, library(session, release.key))
    return Deployment(release.key, tuple(resources), True, warnings)


def _silence(session: Session, kept: set[str], now: datetime) -> None:
    """Start events of processes that the procedure no longer has wait no more."""
    waiting = Subscription.definition_key.is_not(None), Subscription.ended_at.is_(None)
    session.execute(
        update(Subscription).where(*waiting, Subscription.process_id.not_in(kept)).values(state="DELETED", ended_at=now)
    )
    session.execute(delete(Job).where(Job.kind == "start_timer", Job.type.not_in(kept)))


def findings(session: Session, name: str, data: bytes) -> tuple[Finding, ...]:
    """What the lint says of a diagram on its way into the newest release. Raises `XmlRefused` or `ValueError`."""
    before = newest(session)
    carried = _carried(before, ()) if before is not None else []
    carried = [part for part in carried if part.file_name != name]
    return vetting.findings(name, data, carried, set(session.scalars(select(Group.name))))


def _store(session: Session, release: Release, parts: Sequence[Part]) -> list[Resource]:
    contents = {part.hash: part.data for part in parts}
    insert_ignoring(session.connection(), Content.__tablename__, [{"hash": h, "data": d} for h, d in contents.items()])
    rows = session.execute(
        select(Resource.kind, Resource.resource_id, func.max(Resource.version)).group_by(
            Resource.kind, Resource.resource_id
        )
    )
    versions = {(kind, id): version for kind, id, version in rows}
    resources = [
        Resource(
            key=db.new_key(session),
            release_key=release.key,
            kind=part.kind,
            resource_id=part.resource_id,
            version=versions.get((part.kind, part.resource_id), 0) + 1,
            name=part.name,
            file_name=part.file_name,
            hash=part.hash,
            facts=dict(part.facts),
        )
        for part in parts
    ]
    session.add_all(resources)
    session.flush()
    return resources


def _carried(before: ReleaseLibrary, parts: Sequence[Part]) -> list[Part]:
    return [
        Part(r.kind, r.resource_id, r.name, r.file_name, r.data, r.facts) for r in _carried_resources(before, parts)
    ]


def _carried_resources(before: ReleaseLibrary, parts: Sequence[Part]) -> list[Any]:
    replaced = {(part.kind, part.resource_id) for part in parts}
    return [r for r in before.everything() if (r.kind, r.resource_id) not in replaced]


def unchanged_parts(session: Session, examined: Examined, whole: bool) -> tuple[Resource, ...] | None:
    """The resources as they are deployed already, if every one of the request is; None if anything differs."""
    before, parts = examined.before, examined.parts
    if before is None:
        return None
    found = [before.get(part.kind, part.resource_id) for part in parts]
    if any(old is None or old.hash != part.hash for old, part in zip(found, parts, strict=True)):
        return None
    if whole and len(before.everything()) != len(parts):
        return None
    keys = [old.key for old in found if old is not None]
    rows = {row.key: row for row in session.scalars(select(Resource).where(Resource.key.in_(keys)))}
    return tuple(rows[key] for key in keys)


def content_hash(files: Mapping[str, bytes]) -> str:
    """What the files of a deployment are, by name and content."""
    lines = sorted(f"{name} {sha256(data).hexdigest()}" for name, data in files.items())
    return sha256("\n".join(lines).encode()).hexdigest()


def hash_of(data: bytes) -> str:
    """Under which contents are kept."""
    return sha256(data).hexdigest()


def deployed_before(session: Session, files: Mapping[str, bytes]) -> bool:
    """Whether these very files were deployed together at some time, whatever was deployed since."""
    return session.scalar(select(Release.key).where(Release.content_hash == content_hash(files)).limit(1)) is not None


def read_tree(root: Any, folders: Sequence[str] = ("processes", "forms")) -> dict[str, bytes]:
    """All deployable files below these folders of `root` (a `Path`), by their names relative to it."""
    files: dict[str, bytes] = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and vetting.kind_of(name) != "other" and not path.name.startswith("."):
                files[name] = path.read_bytes()
    return files


def groups_of(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    """The groups that a tree declares in its `groups.json`: name and title."""
    for name, data in files.items():
        if PurePosixPath(name).name == "groups.json":
            declared = json.loads(data)
            rows = declared["groups"] if isinstance(declared, dict) else declared
            return [{"name": row.get("name") or row["key"], "title": row.get("title", "")} for row in rows]
    return []
