"""One-time links: a principal that is nobody's account, and the token that stands for it once."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from service import keys
from service.models import Link
from service.public.secrets import code_of, digest

#: Before the name of a link's principal: the assignee of its task, and who acted in the history.
PREFIX = "link:"
GROUPS = 6


def create(session: Session, count: int, instance_key: int, *, now: datetime, expires_at: datetime) -> Sequence[str]:
    """The principals of new links. The caller commits."""
    principals = [f"{PREFIX}{secrets.token_hex(12)}" for _ in range(count)]
    rows = [
        {
            "principal": principal,
            "token_hash": digest(token_of(principal)),
            "instance_key": instance_key,
            "created_at": now,
            "expires_at": expires_at,
        }
        for principal in principals
    ]
    if rows:
        session.execute(insert(Link), rows)
    return principals


def token_of(principal: str) -> str:
    """The secret that opens the link."""
    return code_of("link", principal, GROUPS)


def address_of(principal: str) -> str:
    """The whole address that the invited person opens: for a letter, a mail, a QR code."""
    return f"{keys.config().base_url}/links/{token_of(principal)}"
