"""Due work, messages and incidents: rows, because they must commit with the state that caused them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Tagged, UtcDateTime


class Job(Base):
    """Something to be done at or after `due_at`, under a lease.

    `kind`: `service` (an outside worker of `type`), `connector` (an after-commit connector of `type`), `timer`,
    `start_child`, `finish_child`, `cancel_child`, `deliver` (a message to a subscription), `signal` (one subscriber of
    a broadcast), `review` (waits that follow a moved deadline, or rest on a calendar that was changed), `start_timer`
    (a start event of the process `type`), `batch` (the next item of the batch operation `type`). `wait` is the
    engine's number of what waits in the instance.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_due", "kind", "due_at"),
        Index("ix_jobs_type", "type", "due_at"),
        Index("ix_jobs_instance_wait", "instance_key", "wait"),
        Index("ix_jobs_root_due", "root_key", "due_at"),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    type: Mapped[str | None]
    #: The instance it moves; None for the start of a root by a message or timer.
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instances.key"))
    root_key: Mapped[int | None] = mapped_column(BigInteger)
    wait: Mapped[int | None]
    element_id: Mapped[str | None]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What the work needs: variables, headers, message key, child's process id …
    data: Mapped[dict[str, Any]] = mapped_column(Tagged)
    retries: Mapped[int]
    #: Counted before an attempt runs, so that a job that kills its worker cannot loop for ever.
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[str | None]
    #: CREATED, COMPLETED, FAILED, ERROR_THROWN, CANCELED: service jobs are kept for searches, others go when done.
    state: Mapped[str] = mapped_column(default="CREATED")
    error_message: Mapped[str | None]
    #: The name of the movable deadline that a timer follows.
    deadline: Mapped[str | None] = mapped_column(index=True)
    provisional: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Subscription(Base):
    """Somebody waits for a message or signal: an instance, or a start event of a definition."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_name_key", "kind", "name", "correlation_key"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]  # message, signal
    name: Mapped[str]
    correlation_key: Mapped[str]
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instances.key"), index=True)
    wait: Mapped[int | None]
    element_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    element_id: Mapped[str]
    #: For start events: the definition to be started; the newest version of a process holds the subscription.
    definition_key: Mapped[int | None] = mapped_column(ForeignKey("resources.key"))
    process_id: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: None while open; CORRELATED or DELETED with the time afterwards (kept for searches).
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(default="CREATED")


class Message(Base):
    """A published message while it may still be taken, and who took it."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_name_key", "name", "correlation_key"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]
    correlation_key: Mapped[str]
    message_id: Mapped[str | None]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    variables: Mapped[dict[str, Any]] = mapped_column(Tagged)
    #: Process ids that have taken it: each process takes a message once.
    taken_by: Mapped[list[str]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Incident(Base):
    """The procedure stopped at an element; somebody has to look."""

    __tablename__ = "incidents"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"), index=True)
    root_key: Mapped[int] = mapped_column(BigInteger, index=True)
    job_key: Mapped[int | None] = mapped_column(BigInteger, index=True)
    element_id: Mapped[str]
    element_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    type: Mapped[str]
    message: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: None while open.
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None]


class IdempotencyKey(Base):
    """The answer that was given to a request with this key, to be given again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("username", "path", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    username: Mapped[str]
    path: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[str]
    #: None while the first request is still running.
    status: Mapped[int | None]
    answer: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
