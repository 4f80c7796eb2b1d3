"""People and programs at work over HTTP while the service dies: each asks again, with the same key, until answered."""

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

from tests.support.leave import LONG_LEAVE
from tests.unit.engine import builder as b

SENT = b.zeebe("publishMessage", correlationKey="=key", timeToLive="PT1H")
TREE = b.process(
    b.start(),
    b.call("c", "leaf", inner=b.each("=[1, 2, 3]", outputCollection="doubled", outputElement="=twice")),
    b.throw("send", b.CATCH_MESSAGE, SENT),
    b.user("after"),
    b.end(),
    b.chain("s", "c", "send", "after", "e"),
    id="tree",
)
LEAF = b.process(
    b.start(),
    b.script("x", "=i * 2", "twice"),
    b.catch("t", b.timer("PT1S")),
    b.end(),
    b.chain("s", "x", "t", "e"),
    id="leaf",
)
LISTENER = b.process(
    b.start(), b.catch("m", b.CATCH_MESSAGE), b.user("heard"), b.end(), b.chain("s", "m", "heard", "e"), id="listener"
)
TICKING = b.process(
    b.start(),
    b.catch("t1", b.timer("PT1S")),
    b.catch("t2", b.timer("PT0S")),
    b.user("then", inner="", name="then"),
    b.boundary("late", "then", b.timer("PT1S"), interrupting=False),
    b.end(),
    b.end("e2"),
    b.chain("s", "t1", "t2", "then", "e"),
    b.flow("late", "e2"),
    id="ticking",
)
DIAGRAMS = {f"{source.process_id}.bpmn": source.xml for source in (TREE, LEAF, LISTENER, TICKING)}
#: How long one try waits for its answer, and how long one tries.
ANSWER_S, PATIENCE_S = 20, 120


@dataclass
class Promises:
    """What the service has acknowledged: it must all be there at the end, once."""

    #: Root instances by marker (their business id), with how far each must come by itself.
    started: dict[str, str] = field(default_factory=dict)
    completed: list[int] = field(default_factory=list)
    canceled: list[int] = field(default_factory=list)
    #: Answers that no request of this load should ever get.
    surprises: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Client:
    """One of those who ask, with a connection of its own."""

    def __init__(self, port: int, tokens: dict[str, str], promises: Promises, random: Random) -> None:
        self._port, self._tokens, self._promises, self._random = port, tokens, promises, random
        self._connection: http.client.HTTPConnection | None = None

    def play(self, stop: threading.Event) -> None:
        """One scenario after the other until told to stop; the last is played to its end."""
        while not stop.is_set():
            self._random.choice([self._leave, self._leave, self._tree, self._ticking, self._canceled])()

    def _leave(self) -> None:
        key = self._start("leave_request", "COMPLETED")
        self._do(key, "anna", "request", LONG_LEAVE)
        self._do(key, "grace", "approve", {"approved": True, "comment": "好"})

    def _tree(self) -> None:
        marker = uuid4().hex
        listens_first = self._random.random() < 0.5
        if listens_first:
            self._start("listener", "heard", key=marker)
        self._start("tree", "after", key=marker)
        if not listens_first:
            self._start("listener", "heard", key=marker)

    def _ticking(self) -> None:
        self._start("ticking", "then")
        marker = uuid4().hex
        self._start("listener", "heard", key=marker)
        message = {"name": "msg", "correlationKey": marker, "timeToLive": 600_000, "messageId": marker}
        self._ask("ada", "/v2/messages/publication", message)

    def _canceled(self) -> None:
        key = self._start("tree", "TERMINATED", key=uuid4().hex)
        time.sleep(self._random.random())
        self._ask("ada", f"/v2/process-instances/{key}/cancellation", {})
        self._promises.canceled.append(key)

    def _start(self, process_id: str, comes_to: str, **variables: str) -> int:
        marker = uuid4().hex
        body = {"processDefinitionId": process_id, "variables": variables, "businessId": marker}
        answer = self._ask("ada", "/v2/process-instances", body)
        self._promises.started[marker] = comes_to
        return int(answer["processInstanceKey"])

    def _do(self, instance_key: int, username: str, element_id: str, answers: dict[str, Any]) -> None:
        query = {"filter": {"processInstanceKey": str(instance_key), "elementId": element_id}}
        [task] = self._ask("ada", "/v2/user-tasks/search", query)["items"]
        key = int(task["userTaskKey"])
        self._ask(username, f"/v2/user-tasks/{key}/assignment", {"assignee": username})
        self._ask(username, f"/v2/user-tasks/{key}/completion", {"variables": answers})
        self._promises.completed.append(key)

    def _ask(self, username: str, path: str, body: dict[str, Any]) -> Any:
        """The answer, asked for again while there is none."""
        headers = {
            "Authorization": f"Bearer {self._tokens[username]}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid4().hex,
        }
        counts = self._promises.counts
        counts["requests"] += 1
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                status, answer = self._send(path, json.dumps(body), headers)
            except (OSError, http.client.HTTPException):
                self._connection = None
                counts["unanswered"] += 1
                time.sleep(0.05)
                continue
            if status < 300:
                return json.loads(answer) if answer else {}
            if status == 503 or (status == 409 and b"Idempotency-Key is still running" in answer):
                counts["asked to wait"] += 1
                time.sleep(0.05)
                continue
            self._promises.surprises.append(f"{path}: {status} {answer.decode(errors='replace')[:300]}")
            raise Surprise(path)
        self._promises.surprises.append(f"{path}: no answer in {PATIENCE_S} s")
        raise Surprise(path)

    def _send(self, path: str, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_S)
        self._connection.request("POST", path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


class Surprise(Exception):
    """An answer that should not have been given; it is among the promises' surprises."""
