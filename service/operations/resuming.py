"""Nothing typed is lost when a session ends: what was sent is kept until the same person has signed in again.

It is sealed with a key that only the token in the browser's cookie gives, and of the token the database has but the
hash: who reads the database reads neither a ballot nor a comment. Passwords and files are not kept.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.models import KeptForm, SignIn
from service.operations.accounts import hash_text

#: How long somebody may take to sign in again; the rows of ended sessions stay that long.
KEPT = timedelta(hours=24)
#: A key seals one text only: it is made of the token and the moment.
_NONCE = bytes(12)


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it was sent: where to, from which page, its fields in order, the names of its files."""

    path: str
    page: str
    fields: Sequence[tuple[str, str]]
    files: Sequence[str]


def keep(session: Session, token: str, form: Kept, *, at: datetime) -> bool:
    """Keep what came with the cookie of a session that has ended; nobody else's is. Whether it was kept.

    The caller commits.
    """
    ended = session.get(SignIn, hash_text(token))
    if ended is None:
        return False
    session.execute(delete(KeptForm).where(KeptForm.username == ended.username))
    plain = json.dumps([form.path, form.page, list(form.fields), list(form.files)]).encode()
    sealed = ChaCha20Poly1305(_key(token, at)).encrypt(_NONCE, plain, ended.username.encode())
    session.add(KeptForm(token_hash=ended.token_hash, username=ended.username, sealed=sealed, kept_at=at))
    return True


def kept(session: Session, token: str, username: str, *, at: datetime) -> Kept | None:
    """What this person sent under the cookie of the ended session; None if there is nothing, or it is another's."""
    row = session.get(KeptForm, hash_text(token))
    if row is None or row.username != username or row.kept_at < at - KEPT:
        return None
    try:
        plain = ChaCha20Poly1305(_key(token, row.kept_at)).decrypt(_NONCE, row.sealed, username.encode())
    except InvalidTag:
        return None
    path, page, fields, files = json.loads(plain)
    return Kept(path, page, [(name, value) for name, value in fields], files)


def drop(session: Session, username: str) -> None:
    """It was sent again, or is not wanted any more."""
    session.execute(delete(KeptForm).where(KeptForm.username == username))


def _key(token: str, at: datetime) -> bytes:
    return sha256(f"kept form\0{at.isoformat()}\0{token}".encode()).digest()
