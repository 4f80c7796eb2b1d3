"""Records of registers: what outlives an instance. Every version is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Tagged, UtcDateTime


class Record(Base):
    """The present version of a record. Its row is the scope lock where a register declares one."""

    __tablename__ = "records"
    __table_args__ = (Index("ix_records_register_state", "register", "state"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    register: Mapped[str]
    #: The record's name for people and diagrams ("2026", "YK-2026-ORG-0001"); unique in its register.
    record_id: Mapped[str]
    state: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(Tagged)
    version: Mapped[int] = mapped_column()
    #: The release whose register declaration and guard allowed this version.
    release_key: Mapped[int] = mapped_column(ForeignKey("releases.key"))
    instance_key: Mapped[int | None] = mapped_column(BigInteger, index=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str | None]
    voided: Mapped[bool] = mapped_column(default=False)
    #: Hexadecimal, by chance; goes into the hash of every version.
    salt: Mapped[str] = mapped_column(server_default="")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class RecordVersion(Base):
    """A version of a record as it was written, for ever."""

    __tablename__ = "record_versions"

    record_key: Mapped[int] = mapped_column(ForeignKey("records.key"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(Tagged)
    #: SHA-256 over the record's salt and the tagged JSON of register, id, version, state and data.
    hash: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None]
    instance_key: Mapped[int | None] = mapped_column(BigInteger)
    #: When its personal fields were erased: the data no longer give the hash.
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecordKey(Base):
    """A value that must be unique in a register (or among its records of certain states), or is searched by.

    `name` is the declared key or index; `value` its fields' values, tagged JSON. For unique keys `slot` is "";
    for plain indexes it is the record's key, so that equal values may stand side by side.
    """

    __tablename__ = "record_keys"

    register: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    record_key: Mapped[int] = mapped_column(ForeignKey("records.key"), index=True)


class Urn(Base):
    """A ballot box: who may answer, who has, and the encrypted counts. No row, payload or order per answer."""

    __tablename__ = "urns"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"), index=True)
    #: Counts under encryption, of constant size; None once closed, with its key destroyed.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Usernames that may answer, and those who have, both sorted.
    electorate: Mapped[list[str]] = mapped_column(Tagged)
    voted: Mapped[list[str]] = mapped_column(Tagged)
    #: What was counted, once closed.
    counts: Mapped[dict[str, Any] | None] = mapped_column(Tagged)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DocumentHolder(Base):
    """What holds a document: the task at which it was handed in, a record. Who may see that may read the file."""

    __tablename__ = "document_holders"

    document_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # task, record
    holder_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Document(Base):
    """An uploaded or issued file; its bytes lie under its hash in the upload folder."""

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(index=True)
    file_name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    secrecy: Mapped[str]
    custom: Mapped[dict[str, Any]] = mapped_column(Tagged)
    #: What it was made from, if it was issued here; None for what people attach.
    template: Mapped[str | None]
    #: To whom it is addressed: usernames, groups, parties. None for what people attach.
    readers: Mapped[list[str] | None] = mapped_column(Tagged)
    instance_key: Mapped[int | None] = mapped_column(BigInteger, index=True)
    task_key: Mapped[int | None] = mapped_column(BigInteger, index=True)
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When its bytes and name were erased.
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
