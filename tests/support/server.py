"""The whole service as it runs in earnest: gunicorn with several processes, and the worker, on a free port."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READY_S = 40
STOP_S = 30


class ServerFailed(Exception):
    """The service did not come up or did not go down; the text holds the end of its logs."""


class Server:
    """Web and worker on one database. `url` is where it answers."""

    def __init__(self, database_url: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PINGSHEN_")},
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "PINGSHEN_DATA": str(folder),
            "PINGSHEN_CLOCK_PIN": "1",
            "WEB_WORKERS": "2",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *, worker: bool = True) -> None:
        """Start what does not run, and wait until it is ready. Raises `ServerFailed`."""
        self.spawn("web", web_command())
        if worker:
            self.spawn("worker", worker_command())
        self.wait_until_ready()

    def spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        """Start one process of the service in a session of its own, its log in `<folder>/<name>.log`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        return self._processes[name]

    def pid(self, name: str) -> int:
        """The process id of `web` (gunicorn's master) or `worker`."""
        return self._processes[name].pid

    def wait_until_ready(self) -> None:
        """Return when `/health/ready` answers 200. Raises `ServerFailed`."""
        deadline = time.monotonic() + READY_S
        while not self._ready():
            ended = [name for name, process in self._processes.items() if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = self.logs()
                self.kill()
                what = f"{', '.join(ended)} ended" if ended else f"not ready in {READY_S} s"
                raise ServerFailed(f"{what}\n{logs}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End everything in good order. Raises `ServerFailed` if something did not end or ended badly."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        codes = {name: self._wait(process) for name, process in self._processes.items()}
        self._processes.clear()
        if any(codes.values()):
            raise ServerFailed(f"exit codes after SIGTERM: {codes}\n{self.logs()}")

    def kill(self) -> None:
        """End everything as a power cut would, children included."""
        for process in self._processes.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait()
        self._processes.clear()

    def logs(self) -> str:
        """The end of what web and worker wrote."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-6000:]}" for path in sorted(self.folder.glob("*.log"))
        )

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _wait(self, process: subprocess.Popen[bytes]) -> int | str:
        try:
            return process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"killed after {STOP_S} s"


def web_command() -> list[str]:
    """How the web is started."""
    return [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn_conf", "service.app:create_app()"]


def worker_command() -> list[str]:
    """How the worker is started."""
    return [sys.executable, "-m", "service.worker"]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(
    database_url: str, folder: Path, *, worker: bool = True, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server for the length of a block; its data (secret key, attachments, logs) lie in `folder`."""
    server = Server(database_url, folder, environment or {})
    server.start(worker=worker)
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    server.stop()


@pytest.fixture(scope="module")
def server(
    database_url: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The service on this module's database. When a test of the module fails, its logs are shown."""
    failed_before = request.session.testsfailed
    with running_server(database_url, tmp_path_factory.mktemp("server")) as running:
        yield running
        if request.session.testsfailed > failed_before:
            print(running.logs())


@pytest.fixture(scope="session")
def live_server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service on one SQLite database for all tests of a browser run."""
    folder = tmp_path_factory.mktemp("live")
    shutil.copyfile(sqlite_template, folder / "live.db")
    with running_server(f"sqlite:///{folder / 'live.db'}", folder) as running:
        yield running
