"""Signed tree heads: what is handed out, so that nobody can write the history anew unseen.

A head is a text that people can read and other programs check: a C2SP checkpoint in a signed note with Ed25519.

    pingshen/3f0c9a17e2b54d68
    1234
    dGhlIHJvb3QgYXMgYmFzZTY0IG9mIDMyIGJ5dGVzLCA=
    2026-11-23T09:00:00Z

    — pingshen/3f0c9a17e2b54d68 aXMgdGhlIHNpZ25hdHVyZQ==

Name of the log, number of leaves, root, time; the signature is over these four lines. The log's name holds the
beginning of the key's fingerprint, so that another key is another log.

Source: C2SP "signed-note" and "tlog-checkpoint".
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: The number of Ed25519 among the algorithms of signed notes.
_ED25519 = b"\x01"


@dataclass(frozen=True, slots=True)
class Head:
    """The tree at one moment. `at` is UTC, in whole seconds."""

    size: int
    root: bytes
    at: datetime


class Signer:
    """The installation's signing key, made of 32 secret bytes outside the database."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._kind_and_key = _ED25519 + public
        #: SHA-256 of the public key: what is compared with what somebody outside has kept.
        self.fingerprint = sha256(public).hexdigest()
        self.log = f"pingshen/{self.fingerprint[:16]}"
        self._id = sha256(f"{self.log}\n".encode() + self._kind_and_key).digest()[:4]

    @property
    def verifier(self) -> str:
        """The public key as signed notes write it: name, id and key in one line."""
        return f"{self.log}+{self._id.hex()}+{b64encode(self._kind_and_key).decode()}"

    def note(self, text: str) -> str:
        """A signed note of a text that ends with a newline."""
        signature = b64encode(self._id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {self.log} {signature}\n"

    def signed(self, head: Head) -> str:
        """The head as it is handed out."""
        return self.note(f"{self.log}\n{head.size}\n{b64encode(head.root).decode()}\n{_time(head.at)}\n")


def read(note: str) -> Head:
    """A head as it was signed. Checks no signature. Raises `ValueError` for what is none."""
    try:
        _, size, root, at, *_ = note.split("\n")
        return Head(int(size), b64decode(root, validate=True), datetime.fromisoformat(at))
    except ValueError as error:
        raise ValueError("this is no tree head") from error


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
