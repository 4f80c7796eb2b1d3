"""Public look-ups: whoever has the code of a record sees what its view shows, as it is now, without signing in.

A code cannot be guessed (`code.new`); who tries all the same has to wait longer after each miss.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.engine.feel import Moment, host
from service.errors import NotFound, ServiceError
from service.operations import accounts, moments
from service.registers import reading
from service.releases import newest
from service.values import Value
from service.views.declaration import Lookup, parse


class TooManyMisses(ServiceError):
    """Codes that there are not were asked for again and again from one address."""

    status, code, title = 429, "TOO_MANY_MISSES", "RESOURCE_EXHAUSTED"
    message = "Too many unknown codes. Please wait %(seconds)s seconds."


def view_of(session: Session, view_id: str) -> Lookup:
    """The look-up as it is in the newest release. Raises `NotFound`."""
    library = newest(session)
    found = library.get("view", view_id) if library is not None else None
    declared = parse(found.data) if found is not None else None
    if not isinstance(declared, Lookup):
        raise NotFound()
    return declared


def look_up(
    session: Session, view: Lookup, code: str, address: str, *, now: datetime, at: datetime
) -> list[tuple[str, Value]] | None:
    """What the view shows of the record with this code: titles and values; None if there is none.

    The caller counts a miss (`count_miss`). Raises `TooManyMisses` after too many from one address.
    """
    refuse_guessing(session, address, at=at)
    library = newest(session)
    if library is None:
        raise NotFound()
    register = reading.declared(library, view.register)
    wanted = "".join(code.split()).upper()
    rows = reading.search(session, register, {view.code: wanted}).rows if wanted.isprintable() and wanted else ()
    if not rows:
        return None
    moment = Moment(now, moments.calendar(session))
    context: dict[str, Value] = {"record": reading.seen(register, rows[0])}
    values = host().evaluate_many([expression for _, expression in view.columns], context, moment)
    return [(title, value) for (title, _), value in zip(view.columns, values, strict=True)]


def refuse_guessing(session: Session, address: str, *, at: datetime) -> None:
    """Raises `TooManyMisses` while an address has to wait: before a code from it is looked at."""
    wait = accounts.wait_of(session, _who(address), at=at)
    if wait > timedelta(0):
        raise TooManyMisses(seconds=int(wait.total_seconds()) + 1)


def count_miss(session: Session, address: str, *, at: datetime) -> None:
    """Note that a code was not known. The caller commits."""
    accounts.count_miss(session, _who(address), at=at)


def _who(address: str) -> str:
    return f"look-up:{address}"
