"""Where the bytes of documents lie: under their hash, in the upload folder.

The file is written to a temporary name, synced and renamed before its row is made: a file without a row may be left
over, a row without a file never is.
"""

import os
import tempfile
import unicodedata
from hashlib import sha256
from pathlib import Path, PurePosixPath

from service import keys

LONGEST_NAME = 120


def path_of(digest: str) -> Path:
    """Where the bytes with this hash lie."""
    return keys.config().upload_dir / digest[:2] / digest


def clean(file_name: str) -> str:
    """The last part of a name, without what file systems and headers trip over; its ending is kept."""
    name = unicodedata.normalize("NFC", file_name).replace("\\", "/").split("/")[-1]
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C" and char not in '<>:"|?*').strip(" .")
    path = PurePosixPath(name or "file")
    return path.stem[: LONGEST_NAME - len(path.suffix)] + path.suffix


def keep(data: bytes) -> str:
    """Write the bytes, unless they are there; their hash."""
    digest = sha256(data).hexdigest()
    path = path_of(digest)
    if not path.exists():
        _write(path, data)
    return digest


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name must outlive a power cut as well as the bytes
    finally:
        os.close(folder)
