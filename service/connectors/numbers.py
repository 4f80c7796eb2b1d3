"""`number.next`: numbers without gaps."""

import re
from decimal import Decimal

from sqlalchemy import text

from service.clock import ZONE
from service.connectors.call import ConnectorCall, ConnectorFault
from service.values import Value, Variables, plain

#: `{name}`, `{name:04}` padded with zeros to four digits, `{0000}` for `{n:04}`.
_PLACE = re.compile(r"\{(?:([a-z][a-z0-9_]*)(?::0(\d{1,2}))?|(0{1,20}))\}")
#: One statement, understood by both databases: the row is made or moved on, and stays locked until the commit.
_TAKE = text(
    "INSERT INTO number_series (name, last) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET last = number_series.last + 1 RETURNING last"
)


def take(call: ConnectorCall) -> Variables:
    """The next number of `series`, from 1, with its text by `format`.

    The number is taken in the transaction of the act, so an act that is rolled back gives it back.
    """
    number = Decimal(call.session.execute(_TAKE, {"name": call.text("series")}).scalar_one())
    return {"number": number, "text": _written(call, number)}


def _written(call: ConnectorCall, number: Decimal) -> str:
    """`format` is FEEL if it begins with `=`; else a pattern such as `R-{year}-{n:04}` over the task's inputs."""
    pattern = call.optional_text("format") or "{n}"
    known: Variables = {"year": Decimal(call.now.astimezone(ZONE).year), **call.wait.variables, "n": number}
    if not pattern.startswith("="):
        return _PLACE.sub(lambda place: _filled(known, place[1] or "n", int(place[2] or len(place[3] or ""))), pattern)
    written = call.evaluate(pattern, known)
    if not isinstance(written, str):
        raise ConnectorFault("the format of a number must give a text")
    return written


def _filled(known: Variables, name: str, width: int) -> str:
    value: Value = known.get(name)
    if isinstance(value, Decimal):
        return plain(value).zfill(width)
    if isinstance(value, str):
        return value
    raise ConnectorFault(f"the format of a number names “{name}”, which is no text or number here")
