"""History: what happened, chained. Rows are only ever inserted; a trigger refuses the rest."""

from datetime import datetime

from sqlalchemy import DDL, BigInteger, ForeignKey, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, UtcDateTime


class Event(Base):
    """One event of an instance. `body` is canonical JSON; `hash` = SHA-256(0x00 ‖ previous ‖ body), hexadecimal."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("instance_key", "seq"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instances.key"))
    #: 1, 2, 3 … within the instance.
    seq: Mapped[int]
    #: SUBJECT_PAST_VERB: INSTANCE_STARTED, USER_TASK_COMPLETED, USER_TASK_CLAIMED, TIMER_FIRED …
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str | None]
    #: The element the act was about, if one.
    element_id: Mapped[str | None]
    element_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


SQLITE_TRIGGERS = [
    f"CREATE TRIGGER events_refuse_{verb.lower()} BEFORE {verb} ON events "
    "BEGIN SELECT RAISE(ABORT, 'history is never changed'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL_TRIGGERS = [
    "CREATE OR REPLACE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'history is never changed'; END $$",
    "CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()",
]
for _dialect, _statements in (("sqlite", SQLITE_TRIGGERS), ("postgresql", POSTGRESQL_TRIGGERS)):
    for _statement in _statements:
        _ddl: DDL = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(Base.metadata.tables["events"], "after_create", _ddl.execute_if(dialect=_dialect))
