"""Records as people and programs may read them: by the groups that each register names."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from service.access import User
from service.errors import BadArgument, NotFound
from service.models import RecordVersion
from service.registers import Register, RegisterFault, parse, reading
from service.registers.reading import Page, Row
from service.releases import newest
from service.values import Value


def readable(session: Session, user: User) -> list[Register]:
    """The registers of the newest release that the user may read."""
    library = newest(session)
    declared = [parse(found.data) for found in library.all("register")] if library else []
    return [register for register in declared if _may_read(user, register)]


def register(session: Session, id: str, user: User) -> Register:
    """The register, if the user may read it. Raises `NotFound`."""
    library = newest(session)
    found = library.get("register", id) if library else None
    declared = parse(found.data) if found else None
    if declared is None or not _may_read(user, declared):
        raise NotFound()
    return declared


def find(
    session: Session,
    register: Register,
    *,
    filter: Mapping[str, Value],
    order: Sequence[str],
    limit: int,
    after: str | None,
    voided: bool,
) -> Page:
    """A page of records. Raises `BadArgument` for a field that the register has not."""
    known = {*register.fields, "id", "state"}
    for name in order:
        if name.removeprefix("-") not in known:
            raise BadArgument("%(noun)s cannot be sorted by “%(name)s”.", noun=register.id, name=name)
    try:
        return reading.search(session, register, filter, order=order, limit=limit, cursor=after, voided=voided)
    except RegisterFault as fault:
        raise BadArgument(reason=fault.reason) from fault


def record(session: Session, register: Register, record_id: str) -> Row:
    """One record. Raises `NotFound`."""
    row = reading.find(session, register.id, record_id) if record_id.isprintable() else None
    if row is None:
        raise NotFound()
    return row


def versions(session: Session, row: Row) -> Sequence[RecordVersion]:
    """Every version of a record, the first one first."""
    return reading.versions(session, row.key)


def _may_read(user: User, register: Register) -> bool:
    return user.reads_all or user.is_one_of(*register.read_groups)
