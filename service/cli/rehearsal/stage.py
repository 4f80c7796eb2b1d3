"""The private stage of a rehearsal: own database, own data folder, pinned clock; gone afterwards.

In front of the public a server and a worker run, and everything goes over HTTP (`private_stage`); a trial run plays in
this process (`indoors.py`).
"""

import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from service import access, db, keys, values
from service.cli import db as schema
from service.cli import demo, deploy
from service.cli.rehearsal.crowd import Crowd, admit
from service.cli.run import Children
from service.clock import machine_now
from service.config import Config
from service.engine.feel import Moment
from service.models import Account, Job, ProcessInstance
from service.operations import accounts, clocks, follow_ups, histories, moments
from service.registers import reading
from service.releases import newest

#: How long the worker may take until nothing is due any more.
SETTLE_SECONDS = 300.0
TIMERS = ("timer", "start_timer")
#: The lease under which a timer is kept from the worker, and for how long at most.
HELD, HOLD = "rehearsal", timedelta(hours=1)


class NotSettled(Exception):
    """Due work was not done in time."""


@dataclass
class Answer:
    """What the service said: status and decoded body, numbers as decimals."""

    status: int
    body: Any

    @property
    def code(self) -> str | None:
        """The stable code of a refusal."""
        return self.body.get("code") if isinstance(self.body, Mapping) else None


@dataclass
class Stage:
    """A running service at `url` and the people who can act on it."""

    url: str
    database_url: str
    tokens: dict[str, str]
    passwords: dict[str, str]
    requests: int = 0
    _moment: Moment | None = None
    _held: bool = False

    def call(self, username: str, method: str, path: str, body: Any = None) -> Answer:
        """One request in somebody's name."""
        data = values.to_json(body) if body is not None else b""
        return self._send(username, method, path, data, None if method == "GET" else "application/json")

    def upload(self, username: str, name: str, data: bytes, task_key: str) -> Answer:
        """Upload a file in somebody's name."""
        boundary = "rehearsal-boundary"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={boundary}"
        return self._send(username, "POST", f"/v2/documents?userTaskKey={task_key}", body, content_type)

    def admit(self, crowd: Crowd) -> None:
        """Let a crowd come in: accounts, parties, entries, and a token for everybody."""
        with db.database(self.database_url).writing() as session:
            self.tokens |= admit(session, crowd)
            session.commit()
        self.passwords |= dict.fromkeys(crowd.members(), crowd.password)

    def database_bytes(self) -> int:
        """What the database takes on disk."""
        with db.database(self.database_url).reading() as session:
            if session.connection().dialect.name == "postgresql":
                return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
            pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            return int(session.scalar(text(pages)) or 0)

    def pin(self, at: datetime, *, hold: bool = False) -> None:
        """Let the service's time stand still at `at`; what becomes due is done meanwhile.

        With `hold` the timers that become due wait for the next `settle`, as if no worker had come round yet.
        """
        with db.database(self.database_url).writing() as session:
            if hold:
                ahead = Job.kind.in_(TIMERS), Job.due_at <= at, Job.retries > 0
                until = max(at, machine_now()) + HOLD
                session.execute(update(Job).where(*ahead).values(lease_until=until, lease_token=HELD))
            clocks.pin(session, at)
            session.commit()
        self._held = hold
        self._moment = None

    def move_clock(self, at: datetime) -> None:
        """Move the time to `at`, stopping wherever a timer is due before, and wait until what became due is done."""
        while (due := self._next_due(at)) is not None:
            self.pin(due)
            self.settle()
        self.pin(at)
        self.settle()

    def settle(self) -> None:
        """Wait until no due work is left. Raises `NotSettled`."""
        if self._held:
            self._let_go()
        end = time.monotonic() + SETTLE_SECONDS
        while self._due():
            if time.monotonic() > end:
                raise NotSettled(f"work is still due after {SETTLE_SECONDS:.0f} s")
            self._work()

    def moment(self) -> Moment:
        """What expressions of the script may depend on: the pinned time and the calendar."""
        if self._moment is None:
            with db.database(self.database_url).reading() as session:
                self._moment = Moment(moments.now(session, machine_now()), moments.calendar(session))
        return self._moment

    def records(self, register: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The records of a register, with id and state among their fields."""
        with db.database(self.database_url).reading() as session:
            library = newest(session)
            if library is None:
                return []
            declared = reading.declared(library, register)
            return [dict(reading.seen(declared, row)) for row in reading.search(session, declared, where).rows]

    def histories(self) -> tuple[int, int, list[str]]:
        """Check every chain and run every instance's recorded acts again.

        Returns the number of instances, of steps run again, and what did not come out as recorded.
        """
        steps, wrong = 0, []
        with db.database(self.database_url).reading() as session:
            found = session.scalars(select(ProcessInstance.key).order_by(ProcessInstance.key)).all()
            for key in found:
                instance = session.get_one(ProcessInstance, key)
                report, again = histories.verify(session, instance), histories.replay(session, instance)
                steps += again.steps
                if not report.valid:
                    wrong.append(f"{instance.process_id} {key}: event {report.first_bad} does not fit the chain")
                if not again.same:
                    wrong.append(f"{instance.process_id} {key}: event {again.first_difference} gives another state")
                session.expire_all()
        return len(found), steps, wrong

    def _let_go(self) -> None:
        with db.database(self.database_url).writing() as session:
            session.execute(update(Job).where(Job.lease_token == HELD).values(lease_until=None, lease_token=None))
            session.commit()
        self._held = False

    def _next_due(self, until: datetime) -> datetime | None:
        now = self.moment().now
        with db.database(self.database_url).reading() as session:
            return session.scalar(
                select(Job.due_at)
                .where(Job.kind.in_(TIMERS), Job.retries > 0, Job.due_at <= until, Job.due_at > now)
                .order_by(Job.due_at)
                .limit(1)
            )

    def _work(self) -> None:
        """Let due work be done: here the worker does it meanwhile."""
        time.sleep(0.05)

    def _send(self, username: str, method: str, path: str, data: bytes, content_type: str | None) -> Answer:
        self.requests += 1
        headers = self._headers(username, content_type)
        request = urllib.request.Request(self.url + path, data=data or None, method=method, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                return Answer(answer.status, decoded(answer.read()))
        except urllib.error.HTTPError as error:
            return Answer(error.code, decoded(error.read()))

    def _headers(self, username: str, content_type: str | None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.tokens[username]}", "Accept-Language": "zh-CN"}
        return headers if content_type is None else headers | {"Content-Type": content_type}

    def _due(self) -> int:
        with db.database(self.database_url).reading() as session:
            due = select(func.count()).where(
                Job.kind.in_(follow_ups.WORKER_KINDS),
                Job.retries > 0,
                Job.due_at <= moments.now(session, machine_now()),
            )
            return session.scalar(due) or 0


@contextmanager
def private_stage(root: Path, at: datetime, database_url: str | None = None) -> Iterator[Stage]:
    """Set up a service with the tree at `root` deployed, as of `at`, for the length of a block.

    `database_url` names an empty database; without it an SQLite file that goes with the rest.
    """
    with TemporaryDirectory(prefix="rehearsal-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        url = database_url or f"sqlite:///{folder}/rehearsal.db"
        with settings({"DATABASE_URL": url, "PINGSHEN_DATA": folder, "PORT": str(port)}):
            children = Children(Config.from_env())
            try:
                tokens, passwords = prepare(url, root, at)
                children.start("web", "gunicorn", "-c", "python:service.gunicorn_conf", "service.app:create_app()")
                children.start("worker", "service.worker")
                children.wait_until_ready()
                yield Stage(f"http://127.0.0.1:{port}", url, tokens, passwords)
            finally:
                children.stop()
                db.database(url).dispose()


@contextmanager
def settings(environment: Mapping[str, str]) -> Iterator[None]:
    """This process and its children are configured so, with a settable clock, for the length of a block."""
    environment = {"PINGSHEN_CLOCK_PIN": "1", "PINGSHEN_LOG_LEVEL": "WARNING", **environment}
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    _forget()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _forget()


def prepare(url: str, root: Path, at: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Fill an empty database as of `at`: schema, the tree at `root` deployed, its demo accounts.

    Returns username → token and username → password.
    """
    schema.upgrade(url)
    with db.database(url).writing() as session:
        clocks.pin(session, at)
        session.commit()
    deploy.deploy_tree(url, root)
    passwords = {username: password for username, password, _ in demo.ensure(url, root)}
    return _tokens(url), passwords


def _tokens(url: str) -> dict[str, str]:
    """A token for every account, and one for the director, who starts and watches."""
    with db.database(url).writing() as session:
        at = machine_now()
        accounts.create_account(session, "director", "director", None, [access.ADMIN], now=at)
        tokens = {}
        for username in _usernames(session):
            user = access.load_user(session, username)
            if user is not None:
                _, tokens[username] = accounts.create_token(session, user, "rehearsal", now=at)
        session.commit()
    return tokens


def _usernames(session: Session) -> list[str]:
    return list(session.scalars(select(Account.username)))


def decoded(data: bytes) -> Any:
    """What an answer's body says; a text if it is no JSON."""
    if not data:
        return None
    try:
        return values.from_json(data)
    except (ValueError, json.JSONDecodeError):
        return data.decode(errors="replace")


def _forget() -> None:
    keys.config.cache_clear()
    keys.key.cache_clear()
