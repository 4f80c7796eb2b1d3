"""What people without an account have sent, the one-time links they were given, and how often an address asked."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, UtcDateTime


class Receipt(Base):
    """What somebody without an account began by a public form; its code, of which only the hash is stored, shows it."""

    __tablename__ = "receipts"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    code_hash: Mapped[str] = mapped_column(unique=True)
    #: For talking about it; it opens nothing.
    number: Mapped[str] = mapped_column(unique=True)
    #: The instance that was begun, and its process's name then.
    root_key: Mapped[int] = mapped_column(BigInteger, index=True)
    title: Mapped[str]
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The account that was made for the sender, who sets its first password with the code.
    username: Mapped[str | None] = mapped_column(ForeignKey("accounts.username"))


class ReceiptNote(Base):
    """What the procedure has told the sender since then, in plain words."""

    __tablename__ = "receipt_notes"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    receipt_key: Mapped[int] = mapped_column(ForeignKey("receipts.key"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str]


class Link(Base):
    """A one-time link: who has its token may do the one open public task that is assigned to `principal`."""

    __tablename__ = "links"

    principal: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    instance_key: Mapped[int] = mapped_column(BigInteger, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Rate(Base):
    """How often an address, as a keyed hash, has done a thing since its window began."""

    __tablename__ = "rates"

    who: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
