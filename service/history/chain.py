"""The chain of an instance's history: canonical JSON, each event hashed onto the one before.

`hash = SHA-256(0x00 ‖ previous ‖ body)`, hexadecimal; the first event's `previous` is 64 zeros. A body is RFC 8785
canonical JSON of strings, integers, booleans, nulls, lists and objects: no floats.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
import rfc8785

from service import values

#: What the first event of a chain is hashed onto.
GENESIS = "0" * 64


def canonical(body: Any) -> str:
    """The one spelling of `body`. Decimals become tagged strings (service/values.py).

    Tagged JSON is canonical as it is, except that RFC 8785 sorts keys by UTF-16: that differs beyond U+D7FF only.
    """
    text = values.tag(body).decode()
    return text if text.isascii() or max(text) < "\ud800" else rfc8785.dumps(orjson.loads(text)).decode()


def read(body: str) -> Any:
    """A body as Python objects: tagged strings are decimals again, ids stay integers."""
    return _untagged(json.loads(body))


def link(previous: str, body: str) -> str:
    """The hash of an event whose predecessor's hash is `previous`."""
    return sha256(b"\x00" + bytes.fromhex(previous) + body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check of a chain found; `first_bad` is the sequence number of the first event that does not fit."""

    events: int
    head: str
    first_bad: int | None

    @property
    def valid(self) -> bool:
        """Nothing was changed, dropped or put in before the head."""
        return self.first_bad is None


def verify(events: Iterable[tuple[int, str, str, str]]) -> ChainReport:
    """Check (seq, body, previous, hash) in order of seq, which must count 1, 2, 3 …"""
    head, count = GENESIS, 0
    for seq, body, previous, digest in events:
        if seq != count + 1 or previous != head or link(head, body) != digest:
            return ChainReport(count, head, count + 1)
        head, count = digest, count + 1
    return ChainReport(count, head, None)


def _untagged(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(values.NUMBER_TAG):
        return values.untag(json.dumps(value))
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if isinstance(value, dict):
        return {key: _untagged(item) for key, item in value.items()}
    return value
