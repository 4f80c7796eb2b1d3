"""Plays a case of the catalogue over the REST API, as its clients would: one request for each act."""

import http.client
import io
import json
from collections import Counter as Multiset
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from service.engine.types import JobWait, MessageWait, SignalWait, TimerWait, UserTaskWait
from service.operations import accounts, runner
from service.values import from_json
from tests.catalogue.cases import Case, Line, words
from tests.catalogue.player import Player
from tests.catalogue.playing import DECISIONS, act, decisions, diagrams
from tests.support.leave import MONDAY, Office

#: What a word of a trace says that an element instance has become.
STATES = {"+": "ACTIVE", "-": "COMPLETED", "!": "TERMINATED"}


class Refused(Exception):
    """The API did not do what was asked; the text says what it answered."""


class Counter:
    """The API with the three who speak to it: dora deploys, ada does tasks and minds the clock, wanda does the rest."""

    def __init__(self, office: Office, port: int) -> None:
        self._office, self._connection = office, http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.pinned_at: datetime | None = None
        with office.database.writing() as session:
            people = {name: office.user(name) for name in ("dora", "ada", "wanda")}
            self._tokens = {n: accounts.create_token(session, u, "t", now=MONDAY)[1] for n, u in people.items()}
            session.commit()

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """The answer's body. Raises `Refused` if it is no success."""
        data = None if body is None else json.dumps(body, default=_number).encode()
        return self._send(who, method, path, data, "application/json")

    def deploy(self, who: str, files: Mapping[str, bytes]) -> None:
        """A deployment of these files. Raises `Refused`."""
        parts = [(io.BytesIO(data), name) for name, data in files.items()]
        environ = EnvironBuilder(method="POST", data={"resources": parts}).get_environ()
        self._send(who, "POST", "/deployments", environ["wsgi.input"].read(), environ["CONTENT_TYPE"])

    def _send(self, who: str, method: str, path: str, data: bytes | None, content_type: str) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[who]}", "Content-Type": content_type}
        self._connection.request(method, f"/v2{path}", data, headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.status >= 300:
            raise Refused(f"{method} {path} {(data or b'').decode()}: {response.status} {text.decode()}")
        return from_json(text) if text else None

    def find(self, noun: str, **filters: Any) -> list[dict[str, Any]]:
        """All rows of a search, by their keys."""
        body = {"filter": filters, "page": {"limit": 1000}}
        items: list[dict[str, Any]] = self.ask("ada", "POST", f"/{noun}/search", body)["items"]
        return items

    def work(self) -> None:
        """The worker, until nothing is due."""
        while runner.work(self._office.database, "test", Random(1)):
            pass


class HttpPlay:
    """One case. A second player, in this process, only tells what kind of wait an act is meant for."""

    def __init__(self, counter: Counter, case: Case) -> None:
        self.counter, self.case = counter, case
        self.shadow = Player(diagrams(case), decisions(), restored=False)
        self.root = ""
        xml = next(iter(self.shadow.sources.values())).xml.decode()
        #: What an instance of the case can have; what it cannot is not searched for.
        self.has_jobs, self.has_messages = "taskDefinition" in xml, "messageRef" in xml
        self.leased: dict[str, str] = {}

    def play(self) -> None:
        self._pin()
        self._deploy()
        for line in self.case.script:
            if line.sign == ">":
                for _ in range(line.times):
                    self._do(line)
        assert self._became() == expected(self.case), "the element instances are not those of the trace"
        self._results()
        if self.counter.ask("ada", "GET", f"/process-instances/{self.root}")["state"] == "ACTIVE":
            self._request(["cancel"], {})  # or it would take the messages of the next case

    def _deploy(self) -> None:
        files = {"case.bpmn": next(iter(diagrams(self.case).values())).xml}
        if b"calledDecision" in files["case.bpmn"]:
            files["decisions.dmn"] = DECISIONS.read_bytes()
        self.counter.deploy("dora", files)

    def _do(self, line: Line) -> None:
        plain, given = words(line.text)
        if line.columns[:1] and line.columns[0].startswith("incident"):
            with pytest.raises(Refused):
                self._request(plain, given)
            self._stumbled(*line.columns[0].split()[1:])
        else:
            self._request(plain, given)
        act(self.shadow, line.text)
        self._pin()
        self.counter.work()
        waits = sorted(line.columns[1].split()) if len(line.columns) > 1 else []
        timers = Multiset(
            wait.element_id for _, wait in self.shadow.waits() if isinstance(wait, TimerWait | SignalWait)
        )
        assert self._open() == sorted((Multiset(waits) - timers).elements()), f"open after {line.text}"

    def _request(self, plain: Sequence[str], given: dict[str, Any]) -> None:
        verb, *rest = plain
        variables = {"variables": given}
        match verb:
            case "start":
                self._start(rest[1] if rest else None, given)
            case "message":
                body = {"name": rest[0], "correlationKey": rest[1], "timeToLive": 0, **variables}
                self.counter.ask("wanda", "POST", "/messages/publication", body)
            case "signal":
                self.counter.ask("wanda", "POST", "/signals/broadcast", {"signalName": rest[0], **variables})
            case "error":
                body = {"errorCode": rest[1], **variables}
                self.counter.ask("wanda", "POST", f"/jobs/{self._job(*_place(rest[0]))}/error", body)
            case "cancel":
                self.counter.ask("ada", "POST", f"/process-instances/{self.root}/cancellation", {})
            case "set":
                self.counter.ask("ada", "PUT", f"/element-instances/{self.root}/variables", variables)
            case "wait":
                pass  # the clock is pinned to the new time in any case
            case _:
                self._natural(*_place(verb), given)

    def _start(self, event: str | None, given: dict[str, Any]) -> None:
        """By the API, or by the message or signal that the start event waits for."""
        if event is None:
            body = {"processDefinitionId": "p", "variables": given}
            self.root = self.counter.ask("ada", "POST", "/process-instances", body)["processInstanceKey"]
            return
        kind, name = diagrams_start(self.case, event)
        if kind == "message":
            body = {"name": name, "correlationKey": "", "variables": given}
            self.counter.ask("wanda", "POST", "/messages/publication", body)
        else:
            self.counter.ask("wanda", "POST", "/signals/broadcast", {"signalName": name, "variables": given})
        self.counter.work()
        found = self.counter.find("process-instances", processDefinitionId="p", state="ACTIVE")
        self.root = max((each["processInstanceKey"] for each in found), key=int)

    def _stumbled(self, kind: str, element: str) -> None:
        """An incident of this kind is at this element."""
        found = self.counter.find("incidents", state="ACTIVE", elementId=element, rootProcessInstanceKey=self.root)
        assert [each["errorType"] for each in found] == [kind]

    def _natural(self, element: str, nth: int, given: dict[str, Any]) -> None:
        variables = {"variables": given}
        wait = self.shadow.wait(element, nth)[1]
        match wait:
            case UserTaskWait():
                tasks = self.counter.find(
                    "user-tasks", elementId=element, state="CREATED", rootProcessInstanceKey=self.root
                )
                key = sorted((task["userTaskKey"] for task in tasks), key=int)[nth]
                self.counter.ask("ada", "POST", f"/user-tasks/{key}/assignment", {"assignee": "ada"})
                self.counter.ask("ada", "POST", f"/user-tasks/{key}/completion", variables)
            case JobWait():
                self.counter.ask("wanda", "POST", f"/jobs/{self._job(element, nth)}/completion", variables)
            case MessageWait():
                self._request(("message", wait.name, wait.correlation_key), given)
            case SignalWait():
                self._request(("signal", wait.name), given)
            case TimerWait():
                pass  # the shadow goes to when it is due, and the clock follows

    def _job(self, element: str, nth: int) -> str:
        """The key of an open job of the element, leased as a worker leases it."""
        ask = {"type": "work", "worker": "wanda", "timeout": 60_000, "maxJobsToActivate": 100, "requestTimeout": -1}
        for job in self.counter.ask("wanda", "POST", "/jobs/activation", ask)["jobs"]:
            self.leased[job["jobKey"]] = job["elementId"]
        open_jobs = {job["jobKey"] for job in self._jobs()}
        mine = [key for key, leased in self.leased.items() if leased == element and key in open_jobs]
        return sorted(mine, key=int)[nth]

    # --- looking ------------------------------------------------------------------------------

    def _pin(self) -> None:
        if self.counter.pinned_at != self.shadow.now:
            body = {"timestamp": int(self.shadow.now.timestamp() * 1000)}
            self.counter.ask("ada", "PUT", "/clock", body)
            self.counter.pinned_at = self.shadow.now

    def _tree(self) -> set[str]:
        found = self.counter.find("process-instances", rootProcessInstanceKey=self.root)
        return {each["processInstanceKey"] for each in found}

    def _jobs(self) -> list[dict[str, Any]]:
        jobs = self.counter.find("jobs", rootProcessInstanceKey=self.root) if self.has_jobs else []
        return [job for job in jobs if job["state"] not in ("COMPLETED", "CANCELED", "ERROR_THROWN")]

    def _open(self) -> list[str]:
        """Element ids of open user tasks, jobs and message subscriptions of the tree, sorted."""
        tasks = self.counter.find("user-tasks", state="CREATED", rootProcessInstanceKey=self.root)
        open_messages, tree = [], set()
        if self.has_messages:
            open_messages = self.counter.find("message-subscriptions", messageSubscriptionState="CREATED")
            tree = self._tree()
        messages = [each for each in open_messages if each["processInstanceKey"] in tree]
        return sorted(each["elementId"] for each in (*tasks, *self._jobs(), *messages))

    def _became(self) -> Multiset[tuple[str, str, str]]:
        """Element id, whether it is a body, and state of all element instances of the tree."""
        rows = self.counter.find("element-instances", rootProcessInstanceKey=self.root)
        bodies = {row["elementInstanceKey"] for row in rows if row["type"] == "MULTI_INSTANCE_BODY"}
        return Multiset(
            (row["elementId"], "*" if row["elementInstanceKey"] in bodies else "", row["state"])
            for row in rows
            if row["type"] != "PROCESS"
        )

    def _results(self) -> None:
        for line in self.case.script:
            if line.sign == "=" and not line.text.startswith(("flows", "thrown")):
                plain, given = words(line.text)
                state = self.counter.ask("ada", "GET", f"/process-instances/{self.root}")["state"]
                assert state.lower() == plain[0]
                if given or "nothing" in plain:
                    rows = self.counter.find("variables", scopeKey=self.root)
                    assert {row["name"]: from_json(row["value"]) for row in rows} == given
            elif line.sign == "=" and line.text.startswith("flows"):
                flows = self.counter.ask("ada", "GET", f"/process-instances/{self.root}/sequence-flows")["items"]
                assert {flow["elementId"] for flow in flows} == set(line.text.split()[1:])


def expected(case: Case) -> Multiset[tuple[str, str, str]]:
    """What the traces of a case say that its element instances have become."""
    found: Multiset[tuple[str, str, str]] = Multiset()
    for line in case.script:
        if line.sign != ">" or not line.columns or line.columns[0].startswith(("incident", "impossible")):
            continue
        for word in line.columns[0].split():
            sign, name = (word[0], word[1:]) if word[0] in STATES else ("", word)
            body = "*" if name.endswith("*") else ""
            name = name.removesuffix("*")
            found[name, body, STATES[sign] if sign else "COMPLETED"] += line.times
            if sign in ("-", "!"):
                found[name, body, "ACTIVE"] -= line.times
    return +found


def diagrams_start(case: Case, event: str) -> tuple[str, str]:
    """The kind and name of what a start event waits for, as the case writes it: `start-message:s(order)`."""
    declared = next(word for word in case.diagram.split() if word.startswith("start-") and f":{event}(" in word)
    return declared.partition(":")[0].removeprefix("start-"), declared.partition("(")[2].rstrip(")")


def _place(word: str) -> tuple[str, int]:
    name, _, nth = word.partition("#")
    return name, int(nth) - 1 if nth else 0


def _number(value: Any) -> Any:
    return int(value) if value == int(value) else float(value)
