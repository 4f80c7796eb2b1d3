"""A desk at which small diagrams are deployed and played, each act in its own transaction, at a settable time."""

from datetime import datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from service.engine.types import ProcessSource
from service.models import Event, ProcessInstance, UserTask
from service.operations import deployments, histories, instances, runner
from service.operations.user_tasks import assign_user_task, complete_user_task
from service.releases import latest
from tests.support.leave import MONDAY, Office


@pytest.fixture
def desk(office: Office, monkeypatch: pytest.MonkeyPatch) -> "Desk":
    """The office's desk; the worker's clock shows `desk.now`."""
    return Desk(office, monkeypatch)


class Desk:
    """`now` is the time of every act and of the worker, until the test sets another."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self.office, self.ada = office, office.user("ada")
        self.now = MONDAY
        monkeypatch.setattr(runner, "machine_now", lambda: self.now)

    def deploy(self, *sources: ProcessSource) -> None:
        """A release of these diagrams."""
        with self.office.database.writing() as session:
            files = {f"{source.process_id}.bpmn": source.xml for source in sources}
            deployments.deploy(session, files, self.office.user("dora"), now=self.now)
            session.commit()

    def start(self, process_id: str, **variables: Any) -> int:
        """Start an instance and do at once what it leaves; returns its key."""
        with self.office.database.writing() as session:
            process = latest(session, "process", process_id)
            assert process is not None
            key = instances.start_instance(session, process, variables, self.ada, now=self.now).key
            session.commit()
        self.drain(key)
        return key

    def complete(
        self, instance_key: int, element_id: str, *, arrived: datetime | None = None, **variables: Any
    ) -> None:
        """Ada takes an open task of the tree and completes it; `arrived` is when her request did, else now."""
        at = arrived or self.now
        with self.office.database.writing() as session:
            task = session.scalars(
                select(UserTask).where(
                    UserTask.root_key == instance_key, UserTask.element_id == element_id, UserTask.ended_at.is_(None)
                )
            ).first()
            assert task is not None, f"no task {element_id} is open"
            assign_user_task(session, task.key, "ada", self.ada, now=at)
            complete_user_task(session, task.key, variables, self.ada, now=at)
            session.commit()
        self.drain(instance_key)

    def drain(self, root_key: int) -> int:
        """What a request does after its commit."""
        return runner.drain(self.office.database, root_key, Random(1), jobs=1000, seconds=60)

    def work(self) -> int:
        """The worker, until nothing is due."""
        done = 0
        while taken := runner.work(self.office.database, "test", Random(1)):
            done += taken
        return done

    def look(self, query: Any) -> list[Any]:
        """The first column of a query, as committed."""
        with self.office.database.reading() as session:
            return list(session.scalars(query).all())

    def status(self, key: int) -> str:
        """Of an instance."""
        return str(self.look(select(ProcessInstance.status).filter_by(key=key))[0])

    def open_elements(self, root_key: int) -> list[str]:
        """Element ids of the open user tasks of a tree, sorted."""
        return sorted(self.look(select(UserTask.element_id).filter_by(root_key=root_key, ended_at=None)))

    def events(self, key: int) -> list[str]:
        """The kinds of an instance's events, in order."""
        return self.look(select(Event.kind).filter_by(instance_key=key).order_by(Event.seq))

    def runs_again(self, key: int) -> bool:
        """Whether the history of an instance is whole and gives the same states once more."""
        with self.office.database.reading() as session:
            instance = session.get_one(ProcessInstance, key)
            return histories.verify(session, instance).valid and histories.replay(session, instance).same
