"""How often an address may do a thing: counted in the database, so that all web processes count together."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from sqlalchemy import Integer, bindparam, text
from sqlalchemy.orm import Session

from service import keys
from service.errors import ServiceError
from service.models.base import UtcDateTime

WINDOW = timedelta(minutes=10)
#: Looking at a form costs less than sending one.
LOOKS_PER_SEND = 8
#: A household is handed a whole network of this size.
_IPV6_NETWORK_BITS = 64

#: One statement, understood by both databases, so that requests at the same moment are all counted.
_COUNTED = text(
    "INSERT INTO rates (who, count, since) VALUES (:who, 1, :at) ON CONFLICT (who) DO UPDATE SET "
    "count = CASE WHEN rates.since <= :over THEN 1 ELSE rates.count + 1 END, "
    "since = CASE WHEN rates.since <= :over THEN :at ELSE rates.since END RETURNING count, since"
).bindparams(bindparam("at", type_=UtcDateTime()), bindparam("over", type_=UtcDateTime()))
_COUNT = _COUNTED.columns(count=Integer(), since=UtcDateTime())


class TooMany(ServiceError):
    """One address does the same again and again."""

    status, code, title = 429, "TOO_MANY_REQUESTS", "RESOURCE_EXHAUSTED"
    message = "Too much was sent from your address within a short time. Please wait %(minutes)s minutes and try again."


@dataclass(frozen=True, slots=True)
class Limit:
    """A thing that is counted, and how often it may be done in `WINDOW`, as so many sent forms."""

    name: str
    times: int = 1


SENDS = Limit("send")
LOOKS = Limit("look", LOOKS_PER_SEND)


def count(session: Session, limit: Limit, address: str, *, at: datetime) -> None:
    """Note it once more. Raises `TooMany`; the caller commits in both cases, or the count is lost."""
    who = f"{limit.name}:{_hashed(address)}"
    counted, since = session.execute(_COUNT, {"who": who, "at": at, "over": at - WINDOW}).one()
    if counted > keys.config().public_sends * limit.times:
        raise TooMany(minutes=max(1, -(-int((since + WINDOW - at).total_seconds()) // 60)))


def _hashed(address: str) -> str:
    """The address as a keyed hash: who sent what is not to be read from here."""
    try:
        found = ip_address(address)
    except ValueError:
        network = address
    else:
        wide = isinstance(found, IPv6Address) and found.ipv4_mapped is None
        network = str(int(found) >> _IPV6_NETWORK_BITS) if wide else str(found)
    return hmac.new(keys.key("rate"), network.encode(), sha256).hexdigest()[:32]
