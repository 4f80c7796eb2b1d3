"""The service as processes: ready, replaced when one dies, ended in good order, silent about people."""

import json
import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support.server import Server, running_server

pytestmark = pytest.mark.both_databases


def web_processes(server: Server) -> list[int]:
    """The processes that gunicorn started to serve."""
    pid = server.pid("web")
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def status(server: Server, path: str) -> int:
    with urllib.request.urlopen(server.url + path, timeout=10) as answer:
        return int(answer.status)


def test_web_and_worker_start_and_end_in_good_order(database_url: str, tmp_path: Path):
    with running_server(database_url, tmp_path) as server:
        assert [status(server, path) for path in ("/health/live", "/health/ready", "/metrics")] == [200, 200, 200]
        assert len(web_processes(server)) == 2
    # `running_server` fails unless every process ended by itself with code 0.

    for name in ("web.log", "worker.log"):
        for line in (tmp_path / name).read_text().splitlines():
            assert {"at", "level", "message"} <= json.loads(line).keys()


def test_a_web_process_that_dies_is_replaced(server: Server):
    before = web_processes(server)

    os.kill(before[0], signal.SIGKILL)

    deadline = time.monotonic() + 20
    while len(after := web_processes(server)) < 2 or before[0] in after:
        assert time.monotonic() < deadline, server.logs()
        time.sleep(0.05)
    assert [status(server, "/health/ready") for _ in range(20)] == [200] * 20
