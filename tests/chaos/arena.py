"""Rounds of killing: load over HTTP, deaths, rest, and the look whether everything is as promised."""

import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import exists, func, select

from service.clock import machine_now
from service.models import Event, Job, ProcessInstance, UserTask
from service.operations import accounts, deployments
from service.releases import newest
from tests.chaos.invariants import violations
from tests.chaos.load import DIAGRAMS, Client, Promises, Surprise
from tests.support.leave import Office
from tests.support.server import Server

CLIENTS, WORKERS = 5, 2
KILLS_IN_ROUND = 20
REST_S, ROUND_S = 90, 300
MORTAL_WEB = ["-m", "gunicorn", "-c", "python:tests.support.mortal_web", "service.app:create_app()"]
MORTAL_WORKER = ["-m", "tests.support.mortal"]


@dataclass
class Report:
    """What happened, and what is wrong."""

    deaths: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """All deaths."""
        return self.deaths.total()

    def lines(self) -> list[str]:
        """For people."""
        shown = [f"{self.kills} kills; " + ", ".join(f"{count} {name}" for name, count in self.counts.items())]
        shown += [f"  {count:4} {point}" for point, count in sorted(self.deaths.items())]
        return shown + (self.wrong or ["  nothing lost, nothing doubled"])


def survive(office: Office, folder: Path, kills: int, random: Random) -> Report:
    """Kill `kills` processes, in rounds, and look after each. The service's data are in `folder`."""
    tokens = _prepare(office)
    deaths = folder / "deaths"
    deaths.touch()
    server = Server(office.url, folder, {"MORTAL_LOG": str(deaths)})
    report, promises = Report(), Promises()
    while report.kills < kills and not report.wrong:
        goal = min(kills, report.kills + KILLS_IN_ROUND)
        _round(server, deaths, goal, tokens, promises, random)
        report.deaths = Counter(deaths.read_text().splitlines())
        report.wrong = _look(office, promises)
        server.stop()
    report.counts = promises.counts + _counted(office)
    return report


def _prepare(office: Office) -> dict[str, str]:
    """Deploy what the load plays, once, and sign everybody in."""
    now = machine_now()
    with office.database.writing() as session:
        release = newest(session)
        if release is None or release.get("process", "tree") is None:
            deployments.deploy(session, DIAGRAMS, office.user("dora"), now=now)
        tokens = {
            name: accounts.create_token(session, office.user(name), "chaos", now=now)[1]
            for name in ("ada", "anna", "grace")
        }
        session.commit()
    return tokens


def _round(server: Server, deaths: Path, goal: int, tokens: dict[str, str], promises: Promises, random: Random) -> None:
    """Work and death until there are `goal` deaths; then immortals finish what was begun."""
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=_play, args=(Client(server.port, tokens, promises, Random(random.random())), stop), daemon=True
        )
        for _ in range(CLIENTS)
    ]
    server.spawn("web", [sys.executable, *MORTAL_WEB])
    for number in range(WORKERS):
        server.spawn(f"worker{number}", [sys.executable, *MORTAL_WORKER])
    for thread in threads:
        thread.start()
    end = time.monotonic() + ROUND_S
    while len(deaths.read_text().splitlines()) < goal and time.monotonic() < end and not promises.surprises:
        time.sleep(0.05)
    stop.set()
    server.kill()
    server.start()
    for thread in threads:
        thread.join()


def _play(client: Client, stop: threading.Event) -> None:
    try:
        client.play(stop)
    except Surprise:
        stop.set()


def _look(office: Office, promises: Promises) -> list[str]:
    """Wait until nothing is due, then compare."""
    end = time.monotonic() + REST_S
    while not _at_rest(office):
        if time.monotonic() > end:
            return ["the service does not come to rest", *promises.surprises]
        time.sleep(0.1)
    with office.database.reading() as session:
        return [*promises.surprises, *violations(session, now=machine_now()), *_broken_promises(office, promises)]


def _at_rest(office: Office) -> bool:
    """Whether no job is left but timers of the far future."""
    with office.database.reading() as session:
        soon = func.coalesce(Job.retries, 0) > 0
        return not session.scalar(
            select(exists().where(soon, (Job.kind != "timer") | Job.element_id.in_(("t", "t1", "t2", "late"))))
        )


def _broken_promises(office: Office, promises: Promises) -> list[str]:
    wrong = []
    with office.database.reading() as session:
        roots = session.execute(
            select(ProcessInstance.business_id, ProcessInstance.key, ProcessInstance.status).where(
                ProcessInstance.business_id.is_not(None)
            )
        ).all()
        waiting = select(UserTask.instance_key, UserTask.element_id).where(UserTask.ended_at.is_(None))
        open_tasks = {row.instance_key: row.element_id for row in session.execute(waiting)}
        completions = Counter(
            session.scalars(select(Event.element_instance_key).where(Event.kind == "USER_TASK_COMPLETED"))
        )
        by_marker = Counter(row.business_id for row in roots)
        status = {row.business_id: (row.status, open_tasks.get(row.key)) for row in roots}
    for marker, comes_to in promises.started.items():
        if by_marker[marker] != 1:
            wrong.append(f"started once, {by_marker[marker]} there: {marker}")
        elif comes_to not in status[marker]:
            wrong.append(f"{marker} should have come to {comes_to}, is {status[marker]}")
    wrong += [f"{marker} is there, and nobody was told" for marker in by_marker.keys() - promises.started.keys()]
    promised = Counter(promises.completed)
    wrong += [f"task {key}: completed {promised[key]}, in history {completions[key]}"
              for key in promised.keys() | completions.keys() if promised[key] != completions[key]]  # fmt: skip
    return wrong


def _counted(office: Office) -> Counter[str]:
    with office.database.reading() as session:
        return Counter(
            {
                "instances": session.scalar(select(func.count()).select_from(ProcessInstance)) or 0,
                "events": session.scalar(select(func.count()).select_from(Event)) or 0,
            }
        )
