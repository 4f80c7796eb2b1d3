"""Releases: what was deployed together, content-addressed and immutable."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, UtcDateTime

#: The kinds of resources; the ending of the file name decides.
KINDS = ("process", "decision", "form", "register", "view", "document", "template", "groups", "lint", "seed", "other")


class Content(Base):
    """The bytes of a deployed file, once, by SHA-256."""

    __tablename__ = "contents"

    hash: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Release(Base):
    """One deployment. `content_hash` covers all names and hashes: deploying the same again is a no-op."""

    __tablename__ = "releases"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content_hash: Mapped[str] = mapped_column(index=True)
    deployed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deployed_by: Mapped[str]
    #: The paper decision that the first release rests on (date, number, what it approves), if given.
    founding: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Resource(Base):
    """A definition in a release: a process, a decision, a form, a register …

    One file may hold several (a DMN file with three decisions). `resource_id` is the author's id,
    `version` counts per kind and id. `release_key` is the release that brought this version.
    """

    __tablename__ = "resources"
    __table_args__ = (
        UniqueConstraint("release_key", "kind", "resource_id"),
        UniqueConstraint("kind", "resource_id", "version"),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    release_key: Mapped[int] = mapped_column(ForeignKey("releases.key"))
    kind: Mapped[str]
    resource_id: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    #: The file's name as deployed, with its folders.
    file_name: Mapped[str]
    hash: Mapped[str] = mapped_column(ForeignKey("contents.hash"))
    #: What deployment read out of the file, so that nobody parses it to list it: start form and events of a
    #: process with its properties; the requirement graph's id of a decision.
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReleaseEntry(Base):
    """What a release holds: its own new resources, and those it carries over from the one before."""

    __tablename__ = "release_entries"

    release_key: Mapped[int] = mapped_column(ForeignKey("releases.key"), primary_key=True)
    resource_key: Mapped[int] = mapped_column(ForeignKey("resources.key"), primary_key=True)


class DeploymentDraft(Base):
    """Files that wait for another person's release. Nothing of them is in force before."""

    __tablename__ = "deployment_drafts"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: OPEN, RELEASED or DISCARDED.
    state: Mapped[str]
    content_hash: Mapped[str] = mapped_column(index=True)
    #: The files are the entire procedure: what is not among them ends with the release.
    whole: Mapped[bool]
    #: The release that was in force: what the draft was compared with.
    base_release_key: Mapped[int] = mapped_column(ForeignKey("releases.key"))
    #: Each resource with what becomes of it: kind, id, name, file, change (added, changed, removed, same).
    resources: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    #: What the lint warned of when the draft was made.
    warnings: Mapped[list[str]] = mapped_column(JSON)
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drafted_by: Mapped[str]
    #: The person behind the account: they never release it themselves.
    person: Mapped[str]
    #: The case of the process that releases drafts, where one is named in the configuration.
    instance_key: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
    release_key: Mapped[int | None] = mapped_column(ForeignKey("releases.key"))

    @property
    def changes(self) -> list[dict[str, str]]:
        """The resources that would not stay as they are."""
        return [row for row in self.resources if row["change"] != "same"]


class DeploymentFile(Base):
    """A file of a draft."""

    __tablename__ = "deployment_files"

    draft_key: Mapped[int] = mapped_column(ForeignKey("deployment_drafts.key"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(ForeignKey("contents.hash"))
