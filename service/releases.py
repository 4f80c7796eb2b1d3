"""Looking things up in a release. Releases never change, so every answer is kept per process.

All look-ups of a running instance go through its own release: a cycle keeps its rules to the end, whatever is
deployed meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import db
from service.engine.types import DecisionSource, ProcessSource
from service.forms import Form
from service.forms import parse as parse_form
from service.models import Content, DeploymentDraft, Release, ReleaseEntry, Resource


@dataclass(frozen=True)
class Deployed:
    """A resource of a release, detached from any session, with its bytes."""

    key: int
    release_key: int
    kind: str
    resource_id: str
    version: int
    name: str
    file_name: str
    hash: str
    facts: Mapping[str, Any]
    data: bytes

    @cached_property
    def process(self) -> ProcessSource:
        """As the engine wants a process."""
        return ProcessSource(self.resource_id, self.data, self.hash)

    @cached_property
    def decision(self) -> DecisionSource:
        """As the engine wants a decision."""
        return DecisionSource(self.resource_id, self.data, self.hash)

    @cached_property
    def form(self) -> Form:
        """The compiled form."""
        return parse_form(self.data)


class ReleaseLibrary:
    """Everything that one release holds, loaded at first use; also the engine's `Library`."""

    def __init__(self, key: int, resources: Mapping[tuple[str, str], Deployed]) -> None:
        self.key = key
        self._resources = resources

    def get(self, kind: str, resource_id: str) -> Deployed | None:
        """The resource of this kind and author's id, or None."""
        return self._resources.get((kind, resource_id))

    def everything(self) -> list[Deployed]:
        """All resources, in no particular order."""
        return list(self._resources.values())

    def all(self, kind: str) -> list[Deployed]:
        """All resources of a kind, by id."""
        return sorted((r for (k, _), r in self._resources.items() if k == kind), key=lambda r: r.resource_id)

    def decision(self, decision_id: str) -> DecisionSource | None:
        """For the engine: the decision in this release."""
        found = self.get("decision", decision_id)
        return found.decision if found else None

    def process(self, process_id: str) -> ProcessSource | None:
        """For the engine: the process in this release."""
        found = self.get("process", process_id)
        return found.process if found else None


_libraries: dict[tuple[str, int], ReleaseLibrary] = {}
_resources: dict[tuple[str, int], Deployed] = {}
_guard = Lock()


def library(session: Session, release_key: int) -> ReleaseLibrary:
    """The release with all its resources; one statement the first time, none afterwards."""
    mine = (db.of(session).url, release_key)
    found = _libraries.get(mine)
    if found is None:
        rows = session.execute(
            select(Resource, Content.data)
            .join(Content, Content.hash == Resource.hash)
            .join(ReleaseEntry, ReleaseEntry.resource_key == Resource.key)
            .where(ReleaseEntry.release_key == release_key)
        ).all()
        # What was carried over from an earlier release is the same object: parsed once, and in memory once.
        resources = {
            (row.kind, row.resource_id): _resources.get((mine[0], row.key)) or _deployed(row, data)
            for row, data in rows
        }
        found = ReleaseLibrary(release_key, resources)
        with _guard:
            _libraries[mine] = found
            _resources.update({(mine[0], r.key): r for r in resources.values()})
    return found


def resource(session: Session, key: int) -> Deployed | None:
    """A resource by its own key (a process definition, a form …)."""
    mine = (db.of(session).url, key)
    if mine not in _resources:
        release_key = session.scalar(select(Resource.release_key).where(Resource.key == key))
        if release_key is None:
            return None
        library(session, release_key)
    return _resources.get(mine)


def latest(session: Session, kind: str, resource_id: str, version: int | None = None) -> Deployed | None:
    """The newest version of a resource, or the version asked for."""
    query = select(Resource.key).where(Resource.kind == kind, Resource.resource_id == resource_id)
    if version is not None:
        query = query.where(Resource.version == version)
    key = session.scalar(query.order_by(Resource.version.desc()).limit(1))
    return resource(session, key) if key is not None else None


def newest(session: Session) -> ReleaseLibrary | None:
    """The newest release, or None before the first deployment. A session that only reads asks once."""
    seen: dict[str, int | None] = session.info.get("seen", {})
    if "release" not in seen:
        seen["release"] = session.scalar(select(Release.key).order_by(Release.key.desc()).limit(1))
    key = seen["release"]
    return library(session, key) if key is not None else None


def is_overtaken(session: Session, draft: DeploymentDraft) -> bool:
    """Whether what the draft would replace is no longer what it was compared with: it would undo a newer release."""
    now = newest(session)
    if now is None or now.key == draft.base_release_key:
        return False
    base = library(session, draft.base_release_key)
    touched = {(r.kind, r.resource_id) for r in (*base.everything(), *now.everything())}
    if not draft.whole:
        touched = {(row["kind"], row["id"]) for row in draft.resources}
    return any(_hash(base, each) != _hash(now, each) for each in touched)


def _hash(release: ReleaseLibrary, each: tuple[str, str]) -> str | None:
    found = release.get(*each)
    return found.hash if found else None


def _deployed(row: Resource, data: bytes) -> Deployed:
    return Deployed(
        row.key,
        row.release_key,
        row.kind,
        row.resource_id,
        row.version,
        row.name,
        row.file_name,
        row.hash,
        row.facts,
        data,
    )
