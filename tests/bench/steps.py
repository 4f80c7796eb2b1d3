"""What the step benchmarks share: people at the thirty tasks, their floor, and instances by the thousand."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import Table, event, func, insert, select, text
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder, run_wsgi_app

from service import db, values
from service.engine.execution import Execution
from service.engine.types import CompleteTask
from service.models import Base, ProcessInstance, UserTask
from service.operations import accounts, acting, deployments, instances, moments
from service.operations.user_tasks import assign_user_task, unassign_user_task
from service.releases import latest, library
from tests.bench.thirty import ANSWERS, files
from tests.support.leave import MONDAY, Office

#: Rows of the element instances, tasks and so on that belong to one instance, copied with it.
OF_INSTANCE = ("element_instances", "user_tasks", "candidates", "flows_taken", "variables", "events")


@dataclass
class Series:
    """Durations of one thing, in ms: on the wall and of CPU."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def measure(self, work: Callable[[], Any]) -> Any:
        """Do it once and note how long it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        self.cpu.append((time.process_time() - cpu) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)
        return result

    @property
    def median_wall(self) -> float:
        """ms"""
        return statistics.median(self.wall)

    @property
    def median_cpu(self) -> float:
        """ms"""
        return statistics.median(self.cpu)


class Thirty:
    """The process of thirty tasks in an office, worked at over WSGI by anna."""

    def __init__(self, office: Office, application: Flask) -> None:
        self.office, self.application = office, application
        self.anna = office.user("anna")
        with office.database.writing() as session:
            deployments.deploy(session, files(), office.user("dora"), now=MONDAY)
            _, self.token = accounts.create_token(session, self.anna, "bench", now=MONDAY)
            session.commit()

    def begin(self) -> int:
        """A new instance at its first task, which is anna's."""
        with self.office.database.writing() as session:
            process = latest(session, "process", "thirty")
            assert process is not None
            key = instances.start_instance(session, process, {}, self.office.user("ada"), now=MONDAY).key
            self._take(session, key)
            session.commit()
        return key

    def take(self, key: int) -> int:
        """Give the open task to anna; its key."""
        with self.office.database.writing() as session:
            task = self._take(session, key)
            session.commit()
        return task

    def request(self, task: int) -> dict[str, Any]:
        """The completion of a task as a server hands it to the application."""
        return EnvironBuilder(
            f"/v2/user-tasks/{task}/completion",
            method="POST",
            json={"variables": ANSWERS},
            headers={"Authorization": f"Bearer {self.token}"},
        ).get_environ()

    def complete(self, request: dict[str, Any]) -> None:
        """What is measured: from the request to the end of the answer."""
        body, status, _ = run_wsgi_app(self.application, request)
        assert status.startswith("204"), b"".join(body)

    def floor(self, key: int, number: int) -> None:
        """What no service can do without: load the state, step, save it, commit."""
        with self.office.database.writing() as session:
            connection = session.connection()
            row = connection.execute(_LOAD, {"key": key}).one()
            release = library(session, row.release_key)
            source = release.get("process", "thirty")
            assert source is not None
            setting = moments.setting(session, release, MONDAY)
            execution = Execution.resume(source.process, row.state[32:], setting)
            execution.apply(CompleteTask(number, values.variables(ANSWERS)))
            connection.execute(_SAVE, {"key": key, "state": row.state[:32] + execution.step().state})
            session.commit()

    def open_number(self, key: int) -> int:
        """The engine's number of the task that the stored state waits for."""
        with self.office.database.reading() as session:
            instance = session.get_one(ProcessInstance, key)
            release = library(session, instance.release_key)
            source = release.get("process", "thirty")
            assert source is not None
            setting = moments.setting(session, release, MONDAY)
            [wait] = Execution.resume(source.process, instance.state[32:], setting).open_waits()
            return wait.id

    def lengthen(self, key: int, to: int) -> None:
        """Claims and releases, until the history has `to` events."""
        with self.office.database.writing() as session:
            task = session.scalars(select(UserTask.key).filter_by(instance_key=key, ended_at=None)).one()
            instance = acting.lock_instance(session, key)
            while instance.events + 2 <= to:
                unassign_user_task(session, task, self.anna, now=MONDAY)
                assign_user_task(session, task, "anna", self.anna, now=MONDAY)
            session.commit()

    def multiply(self, key: int, to: int) -> None:
        """Copies of an instance with all its rows, until there are `to` instances."""
        tables = [Base.metadata.tables[name] for name in ("process_instances", *OF_INSTANCE)]
        with self.office.database.reading() as session:
            there = session.scalar(select(func.count()).select_from(ProcessInstance)) or 0
            templates = [(table, _rows(session, table, key)) for table in tables]
        for start in range(there, to, 1000):
            with self.office.database.writing() as session:
                shifts = [db.new_key(session) - key for _ in range(start, min(start + 1000, to))]
                for table, rows in templates:
                    copies = [_shifted(row, shift) for shift in shifts for row in rows]
                    if table.name == "events":  # the keys of events come from the blocks, not from the instance
                        copies = [row | {"key": db.new_key(session)} for row in copies]
                    if copies:
                        session.connection().execute(insert(table), copies)
                session.commit()
        with self.office.database.writing() as session:
            session.connection().execute(text("ANALYZE"))
            session.commit()

    def statements(self, work: Callable[[], Any]) -> int:
        """How many statements `work` sends, BEGIN and COMMIT aside."""
        seen: list[str] = []

        def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        engine = self.office.database.engine
        event.listen(engine, "before_cursor_execute", note)
        work()
        event.remove(engine, "before_cursor_execute", note)
        return sum(not statement.startswith("BEGIN") for statement in seen)

    def _take(self, session: Session, key: int) -> int:
        task = session.scalars(select(UserTask.key).filter_by(instance_key=key, ended_at=None)).one()
        assign_user_task(session, task, "anna", self.anna, now=MONDAY)
        return task


_LOAD = select(ProcessInstance.state, ProcessInstance.release_key).where(
    ProcessInstance.key == text(":key")
).with_for_update()  # fmt: skip
_SAVE = text("UPDATE process_instances SET state = :state WHERE key = :key")


def _rows(session: Session, table: Table, instance_key: int) -> list[dict[str, Any]]:
    columns = table.columns
    if "instance_key" in columns:
        chosen = columns.instance_key == instance_key
    else:
        first = columns.task_key if "task_key" in columns else columns.key
        chosen = first.between(instance_key, instance_key + (1 << 20) - 1)
    return [dict(row._mapping) for row in session.connection().execute(select(table).where(chosen))]


def _shifted(row: dict[str, Any], shift: int) -> dict[str, Any]:
    """A copy with other keys: what lies in the instance's block of numbers moves with it."""
    moved = {"key", "instance_key", "root_key", "scope_key", "task_key", "element_instance_key"}
    return {name: value + shift if name in moved and value is not None else value for name, value in row.items()}
