"""Process instances and what they went through."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Tagged, UtcDateTime

#: Keys of everything inside an instance are the instance's key plus the engine's number, so they cost
#: no statement and are the same when the acts are run again. An instance's own key is a multiple of this.
NUMBERS_PER_INSTANCE = 1 << 20


class ProcessInstance(Base):
    """A running or ended process. Its row is the lock under which it moves."""

    __tablename__ = "process_instances"
    __table_args__ = (
        CheckConstraint("(status = 'ACTIVE') = (ended_at IS NULL)", "ended_when_not_active"),
        Index("ix_process_instances_status_key", "status", "key"),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    definition_key: Mapped[int] = mapped_column(ForeignKey("resources.key"), index=True)
    #: Author's id of the process, again here so that lists need no join.
    process_id: Mapped[str] = mapped_column(index=True)
    release_key: Mapped[int] = mapped_column(ForeignKey("releases.key"))
    #: The instance at the top of the call tree; itself for a root.
    root_key: Mapped[int] = mapped_column(BigInteger, index=True)
    parent_key: Mapped[int | None] = mapped_column(ForeignKey("process_instances.key"), index=True)
    #: The number of the call (element instance) in the parent that this instance answers.
    parent_call: Mapped[int | None]
    status: Mapped[str]
    #: MAC and engine state; see service/operations/states.py.
    state: Mapped[bytes] = mapped_column(LargeBinary)
    #: Counts the steps; the next step expects the one it read.
    version: Mapped[int] = mapped_column()
    business_id: Mapped[str | None] = mapped_column(index=True)
    tags: Mapped[list[str]] = mapped_column(Tagged)
    #: Name → title and value of the process's search attributes, for lists.
    attributes: Mapped[dict[str, Any]] = mapped_column(Tagged)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    started_by: Mapped[str | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Open incidents.
    incidents: Mapped[int] = mapped_column(default=0)
    #: How many events its history has, and the hash of the last: the next event needs no look-up.
    events: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(default="")

    # The writer of steps counts, because the seal on the state covers the number.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class ElementInstance(Base):
    """One visit of an element: a loop round, a multi-instance child, a sub-process."""

    __tablename__ = "element_instances"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"), index=True)
    #: The element instance or process instance it lies in.
    scope_key: Mapped[int] = mapped_column(BigInteger)
    element_id: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    state: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FlowTaken(Base):
    """A sequence flow that was taken at least once, with the step that took it first."""

    __tablename__ = "flows_taken"

    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"), primary_key=True)
    flow_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]


class Variable(Base):
    """A variable of a scope, mirrored from the engine's state for searches."""

    __tablename__ = "variables"
    __table_args__ = (Index("ix_variables_name_value", "name"),)

    #: The element instance or process instance whose scope holds it.
    scope_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[int] = mapped_column(BigInteger, unique=True)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"), index=True)
    #: JSON text with plain numbers, as the REST interface shows and compares it.
    value: Mapped[str]


class SearchAttribute(Base):
    """The value of a search attribute as text, for filters; the same stands in `ProcessInstance.attributes`."""

    __tablename__ = "search_attributes"
    __table_args__ = (Index("ix_search_attributes_name_value", "name", "value"),)

    instance_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class CancelledCall(Base):
    """A call whose scope was cancelled: its child may not move until it has ended itself."""

    __tablename__ = "cancelled_calls"

    parent_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    call: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class DecisionInstance(Base):
    """One evaluation of one decision, with what went in, what fired, what came out."""

    __tablename__ = "decision_instances"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Groups the decisions of one evaluation: the key of the asked one.
    evaluation_key: Mapped[int] = mapped_column(BigInteger, index=True)
    #: Its place among them, in the order of evaluation; the asked one is the last.
    position: Mapped[int] = mapped_column(server_default="0")
    definition_key: Mapped[int] = mapped_column(ForeignKey("resources.key"))
    #: The definition of the asked decision.
    root_definition_key: Mapped[int] = mapped_column(BigInteger, server_default="0")
    decision_id: Mapped[str] = mapped_column(index=True)
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instances.key"), index=True)
    element_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    evaluated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    inputs: Mapped[list[dict[str, Any]]] = mapped_column(Tagged)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(Tagged)
    #: {"value": result}, so that a result of null is kept apart from no result.
    result: Mapped[dict[str, Any]] = mapped_column(Tagged)
    type: Mapped[str]
