"""An office where something happened, and the evidence bundle of it as its files."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import TreeHead, UserTask
from service.operations import bundles, deployments, documents, runner, sequencing, trees
from service.operations.instances import start_instance
from service.operations.submissions import Manner
from service.operations.user_tasks import assign_user_task, complete_user_task
from service.registers import Authority, writing
from service.releases import latest, newest
from tests.support.leave import MONDAY, PASSWORD, Office, files
from tests.support.records import CALENDAR
from tests.unit.engine import builder as b

PHONE, PAPER = "13800000000", "合同正文".encode()
PARENT = b.process(
    b.start(), b.call("c", "booking"), b.user("note"), b.end(), b.chain("s", "c", "note", "e"), id="parent"
)


@dataclass(frozen=True)
class Happened:
    """Keys of instances: one that called a booking, a booking and a report of their own."""

    parent: int
    booking: int
    report: int


def furnish(office: Office) -> None:
    """Rooms, bookings and reports deployed, with a process that calls a booking."""
    with office.database.writing() as session:
        sources = {**files("rooms"), **files("report"), "parent.bpmn": PARENT.xml}
        deployments.deploy(session, sources, office.user("dora"), now=MONDAY)
        writing.create(session, Authority(newest(session), CALENDAR, MONDAY, "ada"), "rooms", {"name": "blue"})
        session.commit()


def happen(office: Office, paper: str = "paper.txt") -> Happened:
    """A called booking, a booking, and a report with a paper; three signed heads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "machine_now", lambda: MONDAY)
        return _happen(office, paper)


def _happen(office: Office, paper: str) -> Happened:
    with office.database.writing() as session:
        booking = _begin(session, office, "booking")
        do(session, office, booking, {"room": "blue", "day": "2026-12-01", "phone": PHONE})
        session.commit()
    sequencing.sequence(office.database, force=True)
    with office.database.writing() as session:
        parent = _begin(session, office, "parent")
        session.commit()
    runner.drain(office.database, parent, Random(1), seconds=60)
    with office.database.writing() as session:
        called = session.scalars(select(UserTask.instance_key).filter_by(root_key=parent, ended_at=None)).one()
        do(session, office, called, {"room": "blue", "day": "2026-12-02", "phone": PHONE})
        do(session, office, called, {})
        session.commit()
    runner.drain(office.database, parent, Random(1), seconds=60)
    sequencing.sequence(office.database, force=True)
    written = report(office, paper)
    sequencing.sequence(office.database, force=True)
    return Happened(parent, booking, written)


def report(office: Office, paper: str = "paper.txt") -> int:
    """A report that was written, with a paper; its instance."""
    with office.database.writing() as session:
        key = _begin(session, office, "report", title="年报")
        stored = documents.store(session, paper, PAPER, office.user("anna"), now=MONDAY)
        answers = {
            "room": "blue",
            "costs": [{"item": "茶水", "amount": 12}],
            "papers": [documents.reference(stored)],
            "sign": True,
        }
        do(session, office, key, answers)
        session.commit()
    return key


def bundle(office: Office, keys: Sequence[int], **wish: Any) -> dict[str, bytes]:
    """The files of a bundle."""
    target = io.BytesIO()
    bundles.write(office.database, target, bundles.Wish(keys, "audrey", **wish))
    with ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes], path: Path) -> Path:
    """The files as an archive at `path`."""
    with ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def heads(office: Office) -> list[TreeHead]:
    """All signed heads, the newest first."""
    with office.database.reading() as session:
        return trees.newest_heads(session, 1000)


def _begin(session: Session, office: Office, process_id: str, **variables: Any) -> int:
    process = latest(session, "process", process_id)
    assert process is not None
    return start_instance(session, process, variables, office.user("ada"), now=MONDAY).key


def do(session: Session, office: Office, key: int, answers: dict[str, Any], who: str = "anna") -> None:
    """The open task of an instance, given to somebody and completed."""
    user = office.user(who)
    task = session.scalars(select(UserTask.key).filter_by(instance_key=key, ended_at=None)).one()
    assign_user_task(session, task, who, office.user("ada"), now=MONDAY)
    complete_user_task(session, task, answers, user, now=MONDAY, manner=Manner("zh", {"sign": PASSWORD}))
