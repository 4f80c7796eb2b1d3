"""Records as people and programs may read them: by the groups that each register names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import User
from service.errors import BadArgument, NotFound
from service.models import Account, Membership, RecordVersion
from service.registers import Register, RegisterFault, parse, reading
from service.registers.conditions import by, key_text
from service.registers.declaration import RecusedBy
from service.registers.reading import Page, Row
from service.releases import newest
from service.values import Value

#: References are followed this far: registers may refer to each other in a ring.
MAX_DEPTH = 5


def readable(session: Session, user: User) -> list[Register]:
    """The registers of the newest release that the user may read."""
    library = newest(session)
    declared = [parse(found.data) for found in library.all("register")] if library else []
    return [register for register in declared if may_read(user, register)]


def register(session: Session, id: str, user: User) -> Register:
    """The register, if the user may read it. Raises `NotFound`."""
    library = newest(session)
    found = library.get("register", id) if library else None
    declared = parse(found.data) if found else None
    if declared is None or not may_read(user, declared):
        raise NotFound()
    return declared


def find(
    session: Session,
    register: Register,
    user: User,
    *,
    filter: Mapping[str, Value],
    order: Sequence[str],
    limit: int,
    after: str | None,
    voided: bool,
    also: Callable[[Row], bool] | None = None,
) -> Page:
    """A page of records, of which `also` says yes. Raises `BadArgument` for a field that the register has not."""
    allowed = keeper(session, user, register)
    keep = (lambda row: also(row) and allowed(row)) if also and allowed else also or allowed
    known = {*register.fields, "id", "state"}
    for name in order:
        if name.removeprefix("-") not in known:
            raise BadArgument("%(noun)s cannot be sorted by “%(name)s”.", noun=register.id, name=name)
    try:
        return reading.search(
            session,
            register,
            filter,
            order=order,
            limit=limit,
            cursor=after,
            voided=voided,
            keep=keep,
        )
    except RegisterFault as fault:
        raise BadArgument(reason=fault.reason) from fault


def record(session: Session, register: Register, record_id: str, user: User) -> Row:
    """One record. Raises `NotFound`, also for who is recused from it."""
    row = reading.find(session, register.id, record_id) if record_id.isprintable() else None
    keep = keeper(session, user, register)
    if row is None or not (keep is None or keep(row)):
        raise NotFound()
    return row


def open_to(session: Session, user: User, rows: Iterable[Row]) -> list[Row]:
    """Those of these records from which the user is not recused."""
    rows = list(rows)
    library = newest(session) if rows else None
    keep: dict[str, Callable[[Row], bool] | None] = {}
    for register_id in {row.register for row in rows}:
        found = library.get("register", register_id) if library else None
        keep[register_id] = keeper(session, user, parse(found.data)) if found else None
    return [row for row in rows if (allowed := keep[row.register]) is None or allowed(row)]


def keeper(session: Session, user: User, register: Register) -> Callable[[Row], bool] | None:
    """What says of a row whether the user may know of it; None where nothing recuses this user.

    A field in `recused` lists usernames and parties, or refers to a record of a register that recuses somebody;
    `recusedBy` names a register whose records recuse.
    """
    if not register.recused and register.recused_by is None:
        return None
    library = newest(session)
    me = _names_of(session, user)

    def declared(id: str) -> Register | None:
        found = library.get("register", id) if library else None
        return parse(found.data) if found else None

    @cache
    def named_by(said: RecusedBy) -> frozenset[str]:
        asked = declared(said.register)
        if asked is None:
            return frozenset()
        held = by(said.register, said.index, [key_text([name]) for name in sorted(me)])
        rows = reading.by_keys(session, session.scalars(held).all())
        return frozenset(
            str(row.data.get(said.of))
            for row in rows
            if not row.voided and (not said.states or row.state in said.states)
        )

    @cache
    def hidden(register_id: str, record_id: str, depth: int) -> bool:
        found = declared(register_id) if depth < MAX_DEPTH else None
        row = reading.find(session, register_id, record_id) if found else None
        return row is not None and found is not None and names(found, row, depth)

    def names(of: Register, row: Row, depth: int) -> bool:
        if of.recused_by is not None and row.id in named_by(of.recused_by):
            return True
        for field in of.recused:
            value = row.data.get(field)
            listed = value if isinstance(value, list) else [value]
            leads_to = of.fields[field].register
            if any(isinstance(name, str) and name in me for name in listed):
                return True
            if leads_to and any(isinstance(id, str) and hidden(leads_to, id, depth + 1) for id in listed):
                return True
        return False

    def concerns(of: Register | None, depth: int) -> bool:
        """Whether anything in these registers may recuse this user at all: most are recused from nothing."""
        if of is None or depth > MAX_DEPTH:
            return False
        if of.recused_by is not None and named_by(of.recused_by):
            return True
        return any(
            leads_to is None or concerns(declared(leads_to), depth + 1)
            for leads_to in (of.fields[field].register for field in of.recused)
        )

    return (lambda row: not names(register, row, 0)) if concerns(register, 0) else None


def _names_of(session: Session, user: User) -> frozenset[str]:
    """Every username of the person and every party that one of their accounts acts for."""
    rows = session.execute(
        select(Account.username, Membership.group_name)
        .outerjoin(Membership, Membership.username == Account.username)
        .where(Account.identity == user.identity)
    ).all()
    return frozenset(name for row in rows for name in row if name) | {user.username, user.identity}


def versions(session: Session, row: Row) -> Sequence[RecordVersion]:
    """Every version of a record, the first one first."""
    return reading.versions(session, row.key)


def may_read(user: User, register: Register) -> bool:
    """Whether the register names a group of the user: the rest is a matter of each record (`keeper`)."""
    return user.reads_all or user.is_one_of(*register.read_groups)
