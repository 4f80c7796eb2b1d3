"""Stored states under a MAC: what was altered in the database is an incident, never run.

The key lives outside the database (service/config.py) and inside the backup. The MAC covers the state, the instance's
key and version and the definition's hash, so that no state can be moved to another instance or moment.
"""

import hmac
from hashlib import sha256

from service import keys
from service.engine.types import StateUnreadable

_LENGTH = 32


def seal(state: bytes, *, key: int, version: int, definition: str) -> bytes:
    """MAC and state, as stored."""
    return _mac(state, key, version, definition) + state


def unseal(stored: bytes, *, key: int, version: int, definition: str) -> bytes:
    """The state. Raises `StateUnreadable` if anything about it is not as it was stored."""
    mac, state = stored[:_LENGTH], stored[_LENGTH:]
    if not hmac.compare_digest(mac, _mac(state, key, version, definition)):
        raise StateUnreadable(f"the state of instance {key} was changed outside the service")
    return state


def _mac(state: bytes, key: int, version: int, definition: str) -> bytes:
    head = f"{key}:{version}:{definition}:".encode()
    return hmac.new(keys.key("state"), head + state, sha256).digest()
