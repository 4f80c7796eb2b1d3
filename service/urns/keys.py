"""The keys of open ballot boxes: a file each, outside the database, gone when the box is closed."""

import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import event
from sqlalchemy.orm import Session

from service import clock
from service import keys as installation

KEY_BYTES = 32
#: How long the key of an unknown box is left alone: its box may be about to be committed.
ORPHAN_S = 86_400

#: The folder of the keys and the installation's secret, where `configure` was called.
_set: tuple[Path, bytes] | None = None


class UrnFault(Exception):
    """A box that cannot be opened or counted as the diagram asks, or whose content or key is not what it was."""


def configure(data_dir: Path, secret: bytes) -> None:
    """Where the keys of open boxes lie, `<data_dir>/urns`, and the installation's secret, without which they open none.

    Needed only where these are not the configured ones. Several machines must share the folder, as they share the
    attachments.
    """
    global _set
    _set = data_dir / "urns", secret


def make(box: int) -> None:
    """Make the key of a new box, written and synced before the row that needs it is."""
    handle = os.open(_path(box), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def read(box: int) -> bytes:
    """The key of an open box. Raises `UrnFault` if its file is not here.

    Source: RFC 5869 (HKDF) with SHA-256, over the box's own random bytes, salted with the installation's secret.
    """
    try:
        own = _path(box).read_bytes()
    except FileNotFoundError as error:
        raise UrnFault(f"the key of the ballot box {box} is not on this machine") from error
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=_settings()[1], info=b"pingshen/urn").derive(own)


def destroy_after_commit(session: Session, box: int) -> None:
    """Delete the key once the session's transaction is committed, and not if it is rolled back."""
    doomed = [_path(box)]

    @event.listens_for(session, "after_commit", once=True)
    def destroy(_: Session) -> None:
        for path in doomed:
            path.unlink(missing_ok=True)

    @event.listens_for(session, "after_rollback", once=True)
    def spare(_: Session) -> None:
        doomed.clear()


def sweep(boxes: Mapping[int, bool]) -> int:
    """Delete the keys of boxes that are not open (`boxes`: key → open), and old ones of no box; how many they were."""
    newest = clock.machine_now().timestamp() - ORPHAN_S
    gone = [path for path in _files() if not boxes.get(int(path.stem), path.stat().st_mtime > newest)]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _files() -> list[Path]:
    return sorted(_path(0).parent.glob("*.key"))


def _path(box: int) -> Path:
    folder = _settings()[0]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{box}.key"


def _settings() -> tuple[Path, bytes]:
    return _set or (installation.config().data_dir / "urns", installation.key("urn"))
