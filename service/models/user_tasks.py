"""User tasks: the inbox and its past; who may take one; what was begun."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Tagged, UtcDateTime

_OPEN: dict[str, Any] = dict.fromkeys(("postgresql_where", "sqlite_where"), text("ended_at IS NULL"))


class UserTask(Base):
    """One row per user task reached; kept after completion, for the inbox's past.

    The row mirrors the engine's element instance so that an inbox is one indexed query
    and never has to load an execution. Its key is that of the element instance.
    """

    __tablename__ = "user_tasks"
    __table_args__ = (
        CheckConstraint("completed_by IS NULL OR ended_at IS NOT NULL", "completed_has_end"),
        Index("ix_user_tasks_assignee_open", "assignee", "ended_at", "key"),
        Index("ix_user_tasks_open", "ended_at", "key"),
        Index("ix_user_tasks_completed_by_key", "completed_by", "key"),
        Index("ix_user_tasks_root_key_element_id", "root_key", "element_id"),
        Index("ix_user_tasks_delegated_by_key", "delegated_by", "key"),
        # A full inbox is read in the order in which it is shown: the expression of operations/paging.py, as PostgreSQL
        # spells it back.
        Index("ix_user_tasks_open_due", text("coalesce(due_at, '9999-12-31 00:00:00+00')"), "key", **_OPEN),
        Index("ix_user_tasks_open_created", "created_at", "key", **_OPEN),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"), index=True)
    root_key: Mapped[int] = mapped_column(BigInteger)
    definition_key: Mapped[int] = mapped_column(ForeignKey("resources.key"))
    process_id: Mapped[str] = mapped_column(index=True)
    element_id: Mapped[str]
    name: Mapped[str]
    #: The form in the instance's release; None: a task without a form.
    form_key: Mapped[int | None] = mapped_column(ForeignKey("resources.key"))
    assignee: Mapped[str | None]
    #: Who handed it to the assignee for preparation and gets it back; nobody but they completes it.
    delegated_by: Mapped[str | None]
    candidate_groups: Mapped[list[str]] = mapped_column(JSON)
    candidate_users: Mapped[list[str]] = mapped_column(JSON)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    follow_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    priority: Mapped[int]
    #: `zeebe:property` entries of the diagram: separation of duties and the like.
    properties: Mapped[dict[str, str]] = mapped_column(JSON)
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the task left the inbox: completed by somebody, or withdrawn.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_by: Mapped[str | None]
    #: Changes with every edit outside the engine (claim, reassign, due date), for If-Match.
    edition: Mapped[int] = mapped_column(default=1)


class Candidate(Base):
    """Who may take a task: one row per group or user named; `group:<name>` or `user:<name>`.

    `reader:<name>` is a group that may only read it, also after its end (access.READER).
    """

    __tablename__ = "candidates"
    __table_args__ = (Index("ix_candidates_who_task", "who", "task_key"),)

    task_key: Mapped[int] = mapped_column(ForeignKey("user_tasks.key"), primary_key=True)
    who: Mapped[str] = mapped_column(primary_key=True)


class Blind(Base):
    """A group that does not see who acts on a task until an element was completed in the task's tree of instances.

    A row for each group and element: while one of the elements is missing, the names are hidden.
    """

    __tablename__ = "blinds"

    task_key: Mapped[int] = mapped_column(ForeignKey("user_tasks.key"), primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[str] = mapped_column(primary_key=True)


class SavedFilter(Base):
    """What somebody filters their inbox by, under a name of their own."""

    __tablename__ = "saved_filters"

    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"), primary_key=True)
    title: Mapped[str] = mapped_column(primary_key=True)
    box: Mapped[str]
    #: The fields of the filter and its sort, by name, as an address has them.
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Submission(Base):
    """What somebody filled in and sent, as it was then: the fields of storage class `record`.

    Immutable. The engine's variable holds its key and hash only; registers take their fields from it.
    """

    __tablename__ = "submissions"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    task_key: Mapped[int] = mapped_column(ForeignKey("user_tasks.key"), unique=True)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"), index=True)
    form_key: Mapped[int] = mapped_column(ForeignKey("resources.key"))
    data: Mapped[dict[str, Any]] = mapped_column(Tagged)
    #: SHA-256 over salt and tagged JSON of `data`; what the event holds, and a receipt prints.
    hash: Mapped[str]
    #: Hexadecimal, by chance: without it, who has the hash cannot try out what `data` may have been.
    salt: Mapped[str] = mapped_column(server_default="")
    submitted_by: Mapped[str]
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When data and salt were erased (service/operations/erasure.py).
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Draft(Base):
    """A form half filled in: one per task, saved as somebody types; gone on completion."""

    __tablename__ = "drafts"

    task_key: Mapped[int] = mapped_column(ForeignKey("user_tasks.key"), primary_key=True)
    username: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(Tagged)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edition: Mapped[int]


class StartDraft(Base):
    """A start form half filled in: one per process and person; gone when the process is started."""

    __tablename__ = "start_drafts"

    process_id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(Tagged)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Comment(Base):
    """What somebody says about a task to whoever may see it; never changed."""

    __tablename__ = "comments"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    task_key: Mapped[int] = mapped_column(ForeignKey("user_tasks.key"), index=True)
    author: Mapped[str]
    text: Mapped[str]
    #: Usernames whose attention it asks for.
    mentions: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
