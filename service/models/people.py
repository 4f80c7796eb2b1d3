"""Accounts, groups, parties, sessions and tokens."""

from datetime import date, datetime

from sqlalchemy import DDL, BigInteger, ForeignKey, LargeBinary, event
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, UtcDateTime


class Account(Base):
    """Somebody who can sign in."""

    __tablename__ = "accounts"

    username: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    #: Argon2id; None: cannot sign in by password.
    password_hash: Mapped[str | None]
    #: Links the accounts of one person: recusal and separation of duties look at this, not at the account.
    identity: Mapped[str] = mapped_column(index=True)
    language: Mapped[str]
    active: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The password was given by somebody else: nothing is done with it but setting one's own.
    must_change: Mapped[bool] = mapped_column(default=False)
    #: Of the link with which the person sets the first password, and until when it holds.
    invitation_hash: Mapped[str | None] = mapped_column(index=True)
    invitation_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Group(Base):
    """A group that tasks can be offered to; `system` groups are not grantable in a diagram."""

    __tablename__ = "groups"

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    system: Mapped[bool]


class Membership(Base):
    """An account belongs to a group; parties count as groups named `org:<key>` or `person:<key>`."""

    __tablename__ = "memberships"

    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"), primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True, index=True)


class MembershipTerm(Base):
    """A membership with dates: the worker begins and ends the `Membership` on the days, in the zone of the house."""

    __tablename__ = "membership_terms"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"), index=True)
    group_name: Mapped[str] = mapped_column(index=True)
    first_day: Mapped[date]
    #: Included; None: open.
    last_day: Mapped[date | None]
    created_by: Mapped[str]
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class Party(Base):
    """An organisation or person that procedures deal with; its members act for it."""

    __tablename__ = "parties"

    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # organisation, person
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Substitution(Base):
    """Somebody stands in for somebody else, from one day to another, both included."""

    __tablename__ = "substitutions"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Who is away, and who does their tasks meanwhile.
    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"), index=True)
    substitute: Mapped[str] = mapped_column(ForeignKey("accounts.username"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str]
    #: Taken back before its time.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Recusal(Base):
    """Somebody who may know nothing of an instance; a row for the instance and for each that it called, at any depth.

    `who` is `identity:<Account.identity>`, or the group of a party (`org:<key>`, `person:<key>`). `source_key` is the
    instance whose variable says so: it alone takes the rows away again.
    """

    __tablename__ = "recusals"

    instance_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    who: Mapped[str] = mapped_column(primary_key=True)
    source_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, index=True)


class SignIn(Base):
    """A session of the pages; revocable. Only the hash of the cookie's token is stored."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"), index=True)
    csrf: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: What the browser said it is, and from where: for the list of one's own sessions.
    agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")


class KeptForm(Base):
    """What somebody sent when their session had ended, until they have signed in again.

    Sealed with a key that only the cookie of the ended session gives: the database alone does not show what was typed.
    """

    __tablename__ = "kept_forms"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ApiToken(Base):
    """A token for programs: bearer, or as the password of basic authentication. Only its hash is stored."""

    __tablename__ = "api_tokens"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(unique=True)
    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"), index=True)
    title: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CalendarLink(Base):
    """The secret address of a calendar, for programs that show calendars. Only the hash of its token is stored."""

    __tablename__ = "calendar_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(ForeignKey("accounts.username"), index=True)
    view_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FailedSignIn(Base):
    """Failed attempts per account or address, for the back-off that all processes share."""

    __tablename__ = "failed_sign_ins"

    who: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AdministrativeAct(Base):
    """One act upon accounts, groups, parties, tokens or the calendar: who, when, why. Chained like the events of a case
    (service/history/chain.py), and never changed: a trigger refuses it.
    """

    __tablename__ = "administrative_acts"

    #: 1, 2, 3 … of the installation.
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str]
    #: What it was done to: `account:anna`, `group:staff`, `org:hong_yun`, `token:…`, `calendar:2027`.
    subject: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str]
    body: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


ACTS_SQLITE_TRIGGERS = [
    f"CREATE TRIGGER administrative_acts_refuse_{verb.lower()} BEFORE {verb} ON administrative_acts "
    "BEGIN SELECT RAISE(ABORT, 'history is never changed'); END"
    for verb in ("UPDATE", "DELETE")
]
#: The function is that of the events' triggers.
ACTS_POSTGRESQL_TRIGGERS = [
    "CREATE TRIGGER administrative_acts_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON administrative_acts "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()",
]
for _dialect, _statements in (("sqlite", ACTS_SQLITE_TRIGGERS), ("postgresql", ACTS_POSTGRESQL_TRIGGERS)):
    for _statement in _statements:
        _ddl: DDL = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(Base.metadata.tables["administrative_acts"], "after_create", _ddl.execute_if(dialect=_dialect))
