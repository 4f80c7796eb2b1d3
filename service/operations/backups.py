"""Backup and restore: database, secret key, ballot keys and attachments as one file.

Works on a running service: the database's own tools give one consistent moment. Attachments are stored under their
hash and never changed, so those copied after the database hold at least what it names.
"""

import io
import json
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.engine import make_url

from service import __version__
from service.config import Config
from service.errors import BadArgument

_MANIFEST, _DATABASE, _SECRET = "manifest.json", "database", "secret.key"


def backup(config: Config, target: Path) -> int:
    """Write everything to `target` (a .tar.gz, mode 0600: it holds the keys). Returns how many files it holds."""
    with TemporaryDirectory() as folder:
        dump = Path(folder) / _DATABASE
        _dump(config.database_url, dump)
        entries = {_DATABASE: dump, _SECRET: config.secret_key_file, **dict(_data_files(config))}
        manifest = {
            "version": __version__,
            "kind": _kind(config.database_url),
            "files": {name: sha256(path.read_bytes()).hexdigest() for name, path in entries.items()},
        }
        target.touch(mode=0o600)
        target.chmod(0o600)  # also where an older file is written over
        with tarfile.open(target, "w:gz") as archive:
            data = json.dumps(manifest, indent=1).encode()
            info = tarfile.TarInfo(_MANIFEST)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            for name, path in entries.items():
                archive.add(path, name, recursive=False)
    return len(entries)


def restore(config: Config, source: Path) -> int:
    """Put a backup back into an empty installation. Returns how many files it held.

    Everything is checked against the manifest before anything is written. Raises `BadArgument` if the backup is
    damaged, is of the other kind of database, or the installation is not empty.
    """
    _refuse_full(config)
    with TemporaryDirectory() as folder:
        manifest = _unpack(source, Path(folder))
        if manifest["kind"] != _kind(config.database_url):
            raise BadArgument(
                reason=f"the backup is of {manifest['kind']}; DATABASE_URL names another kind of database"
            )
        for name in manifest["files"]:
            unpacked = Path(folder) / name
            if name == _DATABASE:
                _load(config.database_url, unpacked)
                continue
            place = _place(config, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(unpacked.read_bytes())
            place.chmod(0o600)
    return len(manifest["files"])


def _place(config: Config, name: str) -> Path:
    """Where a file of a backup belongs in this installation."""
    if name == _SECRET:
        return config.secret_key_file
    folder, _, rest = name.partition("/")
    return config.upload_dir / rest if folder == "uploads" else config.data_dir / name


def _data_files(config: Config) -> Iterator[tuple[str, Path]]:
    for folder in ("uploads", "urns"):
        root = config.upload_dir if folder == "uploads" else config.data_dir / folder
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            if path.is_file():
                yield f"{folder}/{path.relative_to(root).as_posix()}", path


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_bytes())
    except (OSError, tarfile.TarError, ValueError, EOFError) as error:
        raise BadArgument(reason=f"{source} is no whole backup: {error}") from error
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BadArgument(reason=f"{source} names a file outside: {name}")
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != digest:
            raise BadArgument(reason=f"{name} in {source} is damaged")
    return manifest


def _refuse_full(config: Config) -> None:
    path = _sqlite_path(config.database_url)
    if (path is not None and path.exists()) or config.secret_key_file.exists():
        raise BadArgument(reason="there is data already; restore into an empty data folder and database")


def _dump(url: str, target: Path) -> None:
    path = _sqlite_path(url)
    if path is None:
        _run("pg_dump", "--format=custom", f"--file={target}", "--no-owner", _libpq(url))
        return
    with sqlite3.connect(path) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    copy.close()
    live.close()


def _load(url: str, source: Path) -> None:
    path = _sqlite_path(url)
    if path is None:
        _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={_libpq(url)}", str(source))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source.read_bytes())


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  (fixed commands of ours)
    except FileNotFoundError:
        raise BadArgument(reason=f"{command[0]} is not installed; it comes with the PostgreSQL client") from None
    except subprocess.CalledProcessError as error:
        raise BadArgument(reason=f"{command[0]}: {error.stderr.strip()[-500:]}") from error


def _kind(url: str) -> str:
    return make_url(url).get_backend_name()


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _sqlite_path(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
