"""Batch operations: the same act for many instances, one after the other, each with its result."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Tagged, UtcDateTime


class BatchOperation(Base):
    """What an operator asked for many instances at once. The worker goes through its items."""

    __tablename__ = "batch_operations"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: CANCEL_PROCESS_INSTANCE, MIGRATE_PROCESS_INSTANCE, MODIFY_PROCESS_INSTANCE, RESOLVE_INCIDENT.
    type: Mapped[str]
    #: CREATED, ACTIVE, SUSPENDED, CANCELED, COMPLETED (every item has been tried).
    state: Mapped[str]
    #: What is done to each instance: the target version and mapping, the moves.
    plan: Mapped[dict[str, Any]] = mapped_column(Tagged)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the first item was tried.
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    total: Mapped[int]
    completed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)


class BatchItem(Base):
    """One instance of a batch. Its state changes in the very transaction that does the work."""

    __tablename__ = "batch_items"
    __table_args__ = (
        UniqueConstraint("batch_key", "instance_key"),
        Index("ix_batch_items_batch_key_state", "batch_key", "state", "instance_key"),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    batch_key: Mapped[int] = mapped_column(ForeignKey("batch_operations.key"))
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"), index=True)
    root_key: Mapped[int] = mapped_column(BigInteger)
    #: ACTIVE, COMPLETED, FAILED, CANCELED.
    state: Mapped[str]
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Code and text of the refusal.
    error: Mapped[str | None]
