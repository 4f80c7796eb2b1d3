"""`pingshen up`: everything at once on one machine, for a first look, a demonstration, a small office.

Sets the database up, deploys the procedure, makes the demo accounts, starts web and worker, and ends them
again with Ctrl-C. Each step does nothing where it was done before, so a second start keeps the data.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from service.config import Config, ConfigError
from service.errors import ModelRefused

READY_S = 60
#: Longer than the time that the web gives its requests to finish.
STOP_S = 30
LOG_TAIL = 4000


class Stopped(Exception):
    """Somebody asked for the end: Ctrl-C, or a signal from the system."""


class Ended(Exception):
    """A process ended by itself; the text is what to tell."""


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "up", help="set up, deploy, make demo accounts, start web and worker"
    )
    parser.add_argument("--root", type=Path, default=Path(), help="the folder of processes/ and forms/; default: here")
    parser.add_argument("--no-demo", action="store_true", help="make no demo accounts")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C. Returns 0 after an end that was asked for, 1 after any other."""
    try:
        config = Config.from_env()
        _refuse_taken_port(config)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    children = Children(config)
    previous = [signal.signal(each, _raise_stopped) for each in (signal.SIGINT, signal.SIGTERM)]
    try:
        accounts = _set_up(config, children, args.root, demo=not args.no_demo)
        children.wait_until_ready()
        _greet(config, accounts)
        children.watch()
    except Stopped:
        # From here on the children are given their time, unless Ctrl-C is pressed once more.
        print("\nStopping …", flush=True)
        return 0 if children.stop() else 1
    except ModelRefused as error:
        children.stop()
        print(error, *(f"{fault.path}: {fault.message} ({fault.code})" for fault in error.errors), sep="\n  ")
        return 1
    except Ended as error:
        children.stop()
        print(error, file=sys.stderr)
        return 1
    except BaseException:
        children.stop()
        raise
    finally:
        for each, handler in zip((signal.SIGINT, signal.SIGTERM), previous, strict=True):
            signal.signal(each, handler)


class Children:
    """The processes of the service, each in a session of its own: Ctrl-C reaches them through us, in order."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._logs = config.data_dir / "logs"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        """Start a Python module as a process; what it writes goes to `<data>/logs/<name>.log`."""
        self._logs.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "DATABASE_URL": self._config.database_url}
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603  (fixed commands of ours)
                [sys.executable, "-m", *command], env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait_until_ready(self) -> None:
        """Return when the web answers. Raises `Ended`."""
        deadline = time.monotonic() + READY_S
        while not self._ready():
            self._raise_if_ended()
            if time.monotonic() > deadline:
                raise Ended(f"The web did not answer within {READY_S} s.\n{self._tail('web')}")
            time.sleep(0.05)

    def watch(self) -> NoReturn:
        """Sleep until a process ends by itself. Raises `Ended`."""
        while True:
            self._raise_if_ended()
            time.sleep(0.5)

    def stop(self) -> bool:
        """End all and wait; True if all ended in good order. A second Ctrl-C ends them at once."""
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_S
        try:
            codes = [process.wait(timeout=max(0.1, deadline - time.monotonic())) for process in self._running.values()]
        except (Stopped, subprocess.TimeoutExpired):
            for process in self._running.values():
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            return False
        return not any(codes)

    def _raise_if_ended(self) -> None:
        for name, process in self._running.items():
            if process.poll() is not None:
                raise Ended(f"The {name} ended with code {process.returncode}.\n{self._tail(name)}")

    def _ready(self) -> bool:
        host = "127.0.0.1" if self._config.host in ("0.0.0.0", "::") else self._config.host  # noqa: S104
        try:
            with urllib.request.urlopen(f"http://{host}:{self._config.port}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _tail(self, name: str) -> str:
        return f"The end of {self._log(name)}:\n{self._log(name).read_text(errors='replace')[-LOG_TAIL:]}"


def _set_up(config: Config, children: Children, root: Path, *, demo: bool) -> Sequence[tuple[str, str, str]]:
    """Bring the database up to date, start the processes, deploy and make the accounts meanwhile.

    The web starts as soon as there are tables: it loads while the procedure is deployed.
    """
    # Imported here: they bring the engine and the store, and a wrong setting should be told before.
    from service.cli import db, deploy
    from service.cli import demo as accounts
    from service.operations.deployment_drafts import NotReleased

    config.data_dir.mkdir(parents=True, exist_ok=True)
    config.secret()
    db.upgrade(config.database_url)
    children.start("web", "gunicorn", "-c", "python:service.gunicorn_conf", "service.app:create_app()")
    children.start("worker", "service.worker")
    try:
        deploy.deploy_tree(config.database_url, root, once=True)
    except NotReleased as kept:
        print(kept, flush=True)
    if not demo:
        return ()
    made = accounts.ensure(config.database_url, root)
    accounts.begin(config.database_url, root)
    return made


def _greet(config: Config, accounts: Sequence[tuple[str, str, str]]) -> None:
    print(f"\n评审流程平台  {config.base_url}\n", flush=True)
    if accounts:
        name_width, password_width = (max(len(account[column]) for account in accounts) for column in (0, 1))
        print("Demo accounts (用户名 · 密码 · 姓名):")
        for name, password, person in accounts:
            print(f"  {name:<{name_width}}  {password:<{password_width}}  {person}")
    print(f"\nData and logs: {config.data_dir} · Ctrl-C stops", flush=True)


def _refuse_taken_port(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise ConfigError(
                f"Cannot listen on {config.host}:{config.port}: {error.strerror}. Choose another: make run PORT=8090"
            ) from error


def _raise_stopped(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped
