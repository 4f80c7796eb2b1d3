"""Database engines and sessions: one engine per process and address, made after the fork.

Two kinds of sessions. A *writing* one takes the write lock at once (SQLite: BEGIN IMMEDIATE behind a file
lock, so that waiting writers queue in the kernel instead of polling; PostgreSQL: rows are locked one
by one). A *reading* one never blocks a writer. Which recipe survives eight processes on four hot rows was measured:
see docs/decisions/0003-transactions-and-locks.md.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import QueuePool

from service.config import ConfigError

#: How many keys a process takes at a time; a unit of work never needs more than the reserve.
KEY_BLOCK, KEY_RESERVE = 20_000, 10_000
#: Low bits of a key are free for numbers inside an instance (models.NUMBERS_PER_INSTANCE).
KEY_SHIFT = 20

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=30000",
    "PRAGMA foreign_keys=ON",
)
#: File systems of another machine: their locks and shared memory do not reach as far as their files.
NETWORK_FILESYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gpfs", "ocfs2"}
)
#: What PostgreSQL says when two transactions met: serialisation failure, deadlock, lock not available.
TRANSIENT = ("40001", "40P01", "55P03")
POSTGRESQL_OPTIONS = (
    "-c lock_timeout=15000 -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
)


class Database:
    """The engine of one address in this process, with its block of keys.

    Raises `ConfigError` for a SQLite file on a network file system.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        self._keys = threading.Lock()
        self._next = self._end = 0
        self._lock_path = f"{make_url(url).database}.lock" if self.is_sqlite else None

    @contextmanager
    def writing(self, *, once: bool = False) -> Iterator[Session]:
        """A session that may write. Nothing is committed here: the rim does it, once.

        `once`: the caller ends the session with its first commit, so that nothing need be read again after it.
        """
        self._refill()
        info = {"database": self}
        with self._write_lock(), Session(self.engine, info=info, expire_on_commit=not once) as session:
            session.connection(execution_options={"writes": True})
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking only. On SQLite all of it sees one moment, on PostgreSQL each statement its own.

        Its `info["seen"]` is for what need not be asked twice in one look.
        """
        with Session(self.engine, info={"database": self, "seen": {}}) as session:
            yield session

    def take_key(self) -> int:
        """A key that no other entity has or will have; costs no statement.

        Raises `RuntimeError` when one unit of work took more than `KEY_RESERVE` keys.
        """
        with self._keys:
            if self._next >= self._end:
                raise RuntimeError("a unit of work took more keys than the reserve holds")
            self._next += 1
            return (self._next - 1) << KEY_SHIFT

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _refill(self) -> None:
        with self._keys:
            if self._end - self._next >= KEY_RESERVE:
                return
        # Outside that lock: who holds the write lock may want a key at this very moment, and each would wait for the
        # other. Two threads may both come here; then one block goes unused.
        end = self._take_block()
        with self._keys:
            self._next, self._end = end - KEY_BLOCK, end

    def _take_block(self) -> int:
        """The end of a block of keys that is this process's alone. Raises `RuntimeError` on an empty database."""
        with self._write_lock(), self.engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                end = connection.scalar(
                    text("UPDATE platform SET next_key = next_key + :n WHERE id = 1 RETURNING next_key"),
                    {"n": KEY_BLOCK},
                )
        if end is None:
            raise RuntimeError("the database is not set up; run: pingshen db upgrade")
        return int(end)

    @contextmanager
    def _write_lock(self) -> Iterator[None]:
        """Writers of one SQLite file queue here; on PostgreSQL there is nothing to queue for."""
        if self._lock_path is None or self._lock_path in (":memory:.lock", "None.lock"):
            yield
            return
        with Path(self._lock_path).open("ab") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


_databases: dict[tuple[int, str], Database] = {}
_guard = threading.Lock()


def database(url: str) -> Database:
    """The database at `url` for this very process; a forked child gets its own."""
    with _guard:
        mine = (os.getpid(), url)
        if mine not in _databases:
            _databases[mine] = Database(url)
        return _databases[mine]


def new_key(session: Session) -> int:
    """A fresh key for a row written in `session`."""
    return of(session).take_key()


def hold(session: Session, *names: str) -> None:
    """Keep names to this transaction until it ends: who asks for one of them waits.

    For rules about rows that are not there yet, so that there is nothing to lock. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        for number in sorted(map(_number, names)):
            session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def try_hold(session: Session, name: str) -> bool:
    """As `hold`, but without waiting: false if another transaction keeps the name."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": _number(name)}))


def _number(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)


def of(session: Session) -> Database:
    """The database a session belongs to."""
    found: Database = session.info["database"]
    return found


def is_transient(error: Exception) -> bool:
    """Whether two transactions met, so that the same work again, from its beginning, succeeds."""
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) in TRANSIENT:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def network_filesystem(path: Path, mounts: str) -> str | None:
    """The type of the network file system that `path` lies on, None if on a disk; `mounts` is /proc/mounts' text."""
    best, kind = "", ""
    for line in mounts.splitlines():
        _, point, type, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if len(point) >= len(best) and path.is_relative_to(point):
            best, kind = point, type
    is_remote = kind.removeprefix("fuse.") in NETWORK_FILESYSTEMS or kind == "fuse.sshfs"
    return kind if is_remote else None


def _refuse_network(path: Path) -> None:
    mounts = Path("/proc/mounts")
    remote = network_filesystem(path.resolve(), mounts.read_text(errors="replace")) if mounts.exists() else None
    if remote is not None:
        raise ConfigError(
            f"DATABASE_URL: {path} lies on a network file system ({remote}), where SQLite loses data; "
            "use a local disk, or PostgreSQL"
        )


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        _refuse_network(Path(path))
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=16, max_overflow=32, connect_args={"timeout": 30}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: str) -> Engine:
    return create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=False,
        connect_args={"options": POSTGRESQL_OPTIONS},
        hide_parameters=True,
    )
