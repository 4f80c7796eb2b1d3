"""Notifications: what somebody is told in the page and by mail, and how they want it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, UtcDateTime


class Notification(Base):
    """One thing that one person is told once: in the page, and by mail where they have an address.

    It names the thing and links to it; what is in it stands behind the link, where access is asked again.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("username", "about"),
        Index("ix_notifications_username_key", "username", "key"),
        Index("ix_notifications_mail", "mail_state", "mail_due_at"),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"))
    #: task, offered, soon, overdue, letter, document, incident, mention, message.
    kind: Mapped[str]
    #: What it is about, the same for everybody who is told: `task:123:soon`. A person is told of it once.
    about: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    text: Mapped[str | None]
    #: A path of the pages.
    link: Mapped[str]
    #: The case; who is recused from it is not shown the notification any more.
    instance_key: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: None: no mail. WAITING until `mail_due_at`, SENDING under a lease that ends then, SENT, FAILED.
    mail_state: Mapped[str | None]
    mail_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_attempts: Mapped[int] = mapped_column(default=0)
    mail_error: Mapped[str | None]
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NotificationSettings(Base):
    """How somebody wants to be told by mail. Without a row: at once, not at night, and of what is offered to groups."""

    __tablename__ = "notification_settings"

    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"), primary_key=True)
    #: each, daily, none.
    mail: Mapped[str]
    #: The hour of the day at which a daily mail goes out.
    hour: Mapped[int]
    #: No mail from this hour to that one, local time; the same twice: at any hour.
    quiet_from: Mapped[int]
    quiet_to: Mapped[int]
    #: Whether tasks that are offered to one's groups are mailed too.
    offered: Mapped[bool]


class NotificationMark(Base):
    """How far the platform has looked for what people are to be told of."""

    __tablename__ = "notification_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime] = mapped_column(UtcDateTime)
