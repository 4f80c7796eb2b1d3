"""The service as processes: how soon it serves, what it holds, how long a crowd waits."""

import http.client
import json
import os
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from service.models import UserTask
from service.operations import accounts, deployments, instances
from service.operations.user_tasks import assign_user_task
from service.releases import latest
from tests.bench.figures import report
from tests.support.leave import MONDAY
from tests.support.server import Server, running_server
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

#: The bars of the project.
MOST_START_S, MOST_RESIDENT_MB = 3.0, 160
REQUESTS, CROWD = 200, 50
ASSESSING = b.process(
    b.start(),
    b.user("assess", inner=b.each("=for n in 1..50 return n", outputCollection="scores", outputElement="=score")),
    b.user("then"),
    b.end(),
    b.chain("s", "assess", "then", "e"),
    id="assessing",
)


@pytest.fixture
def token(office):
    with office.database.writing() as session:
        _, token = accounts.create_token(session, office.user("ada"), "bench", now=MONDAY)
        session.commit()
    return token


def ask(connection: http.client.HTTPConnection, token: str, path: str, body: object) -> tuple[int, float]:
    """Status, and ms until the answer was read."""
    began = time.perf_counter()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, (time.perf_counter() - began) * 1000


def web_processes(server: Server) -> list[int]:
    pid = server.pid("web")
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident_mb(pid: int) -> float:
    """Pages of the process that are in memory, shared ones included."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds(pid: int) -> float:
    """What the process has used of a core so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_warm_start_is_quick_and_a_process_stays_small(office, database, data_folder, token):
    with running_server(office.url, data_folder):
        pass  # whatever a first start leaves behind
    began = time.perf_counter()
    with running_server(office.url, data_folder) as server:
        seconds = time.perf_counter() - began
        processes = [server.pid("web"), server.pid("worker"), *web_processes(server)]
        cpu = sum(map(cpu_seconds, processes))
        used = []
        for _ in range(REQUESTS):  # a connection each, so that all processes get their share
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            body = {"processDefinitionId": "leave_request"}
            status, ms = ask(connection, token, "/v2/process-instances", body)
            assert status == 200
            used.append(ms)
            connection.close()
        sizes = [resident_mb(pid) for pid in web_processes(server)]

    report(
        f"the service on {database}",
        ready_s=f"{seconds:.2f}",
        ready_cpu_s=f"{cpu:.2f}",
        resident_mb="/".join(f"{size:.0f}" for size in sizes),
        start_of_an_instance_ms=f"{statistics.median(used):.1f}",
    )
    assert max(sizes) <= MOST_RESIDENT_MB
    assert seconds <= MOST_START_S


def test_fifty_assessors_press_at_the_same_moment(office, database, data_folder, token):
    with office.database.writing() as session:
        deployments.deploy(session, {"assessing.bpmn": ASSESSING.xml}, office.user("dora"), now=MONDAY)
        ada = office.user("ada")
        process = latest(session, "process", "assessing")
        key = instances.start_instance(session, process, {}, ada, now=MONDAY).key
        tasks = list(session.scalars(select(UserTask.key).filter_by(instance_key=key, ended_at=None)))
        for task in tasks:
            assign_user_task(session, task, "ada", ada, now=MONDAY)
        session.commit()
    assert len(tasks) == CROWD
    together = threading.Barrier(CROWD)

    with running_server(office.url, data_folder) as server:

        def press(task: int) -> tuple[int, float]:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            connection.connect()
            together.wait()
            body = {"variables": {"score": task % 100}}
            return ask(connection, token, f"/v2/user-tasks/{task}/completion", body)

        began = time.perf_counter()
        with ThreadPoolExecutor(CROWD) as pool:
            answers = list(pool.map(press, tasks))
        seconds = time.perf_counter() - began

    times = sorted(ms for _, ms in answers)
    report(
        f"fifty at one multi-instance, {database}",
        all_answered_s=f"{seconds:.2f}",
        median_ms=f"{statistics.median(times):.0f}",
        longest_ms=f"{times[-1]:.0f}",
        per_second=f"{CROWD / times[-1] * 1000:.0f}",
    )
    assert {status for status, _ in answers} == {204}
