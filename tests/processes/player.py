"""Plays a scripted year in this process, through the operations that pages and REST interface call.

The scripts are those of `processes/rehearsals/`; their words are explained in `processes/rehearsals/README.md`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access, db, values
from service.access import User
from service.engine.feel import Moment, host
from service.errors import ServiceError
from service.models import Incident, Job, Party, UserTask
from service.operations import (
    accounts,
    calendars,
    clocks,
    deployments,
    documents,
    instances,
    moments,
    runner,
    user_tasks,
    variables,
)
from service.registers import reading, writing
from service.registers.refusals import Authority
from service.releases import newest, resource
from tests.processes import filler

ROOT = Path(__file__).resolve().parents[2]
DEPLOYER = "deployer"
PDF = b"%PDF-1.4\n% a sample\n%%EOF\n"


class Unexpected(AssertionError):
    """The procedure did not do what the script expects."""


@dataclass
class Player:
    """A stage: a database with the procedure deployed, and a clock that only the script moves."""

    url: str
    chance: Random = field(default_factory=lambda: Random(7))
    passwords: dict[str, str] = field(default_factory=dict)
    now: datetime = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
    acts: int = 0

    @property
    def database(self) -> db.Database:
        """The store in this process."""
        return db.database(self.url)

    # --- the stage --------------------------------------------------------------------------------

    def furnish(self, script: Mapping[str, Any]) -> None:
        """Groups, accounts, parties and the procedure; then what the script imports from the past."""
        self.now = datetime.fromisoformat(script["starts_at"])
        files = deployments.read_tree(ROOT)
        demo = json.loads((ROOT / "processes/demo.json").read_text(encoding="utf-8"))
        with self.database.writing() as session:
            calendars.ensure_seeded(session, now=self.now)
            clocks.pin(session, self.now)
            accounts.ensure_groups(session, [(row["name"], row["title"]) for row in deployments.groups_of(files)])
            accounts.create_account(session, DEPLOYER, "deployer", "deployer!", [access.DEPLOYER], now=self.now)
            for user in demo["users"]:
                self.passwords[user["username"]] = user["password"]
                groups = [*user["groups"], *_parties_of(user["username"], demo)]
                accounts.create_account(
                    session, user["username"], user["name"], user["password"], groups, now=self.now,
                    identity=user.get("identity"),
                )  # fmt: skip
            for party in demo["parties"]:
                session.add(Party(key=party["key"], kind=party["kind"], name=party["name"], created_at=self.now))
            session.commit()
        with self.database.writing() as session:
            deployments.deploy(session, files, self._user(session, DEPLOYER), now=self.now, whole=True)
            session.commit()
        for row in script.get("import", ()):
            self._import(row)

    def _import(self, row: Mapping[str, Any]) -> None:
        records = json.loads((ROOT / row["file"]).read_text(encoding="utf-8")) if "file" in row else row
        with self.database.writing() as session:
            release = newest(session)
            assert release is not None
            authority = Authority(release, moments.calendar(session), self.now, DEPLOYER)
            for record in records["records"]:
                data = {name: value for name, value in record.items() if name not in ("id", "state")}
                writing.create(
                    session, authority, records["register"], values.variables(data),
                    state=record.get("state"), record_id=record.get("id"),
                )  # fmt: skip
            session.commit()

    # --- the play ---------------------------------------------------------------------------------

    def play(self, script: Mapping[str, Any]) -> None:
        """Every step in turn. Raises `Unexpected` with the number of the step."""
        for number, step in enumerate(script["steps"], 1):
            try:
                self.step(step)
            except Unexpected as error:
                raise Unexpected(f"step {number} {json.dumps(step, ensure_ascii=False)[:200]}: {error}") from error

    def step(self, step: Mapping[str, Any]) -> None:
        """One step: `say`, `clock`, `start`, `do` or `check`."""
        if "say" in step:
            return
        if "clock" in step:
            at = datetime.fromisoformat(step["clock"])
            self.set_clock(at) if step.get("work", True) else self._pin(at)
        elif "start" in step:
            self._expecting(step, lambda: self._start(step))
        elif "do" in step:
            self._do(step)
        elif "check" in step:
            self.check(step["check"])
        else:
            raise Unexpected("says neither clock, start, do nor check")

    def set_clock(self, at: datetime) -> None:
        """Move the clock, stopping wherever a timer is due before."""
        while (due := self._next_due(at)) is not None:
            self._pin(due)
            self._drain()
        self._pin(at)
        self._drain()

    def _pin(self, at: datetime) -> None:
        self.now = max(self.now, at)
        with self.database.writing() as session:
            clocks.pin(session, self.now)
            session.commit()

    def _next_due(self, until: datetime) -> datetime | None:
        with self.database.reading() as session:
            due = session.scalar(
                select(Job.due_at).where(Job.kind == "timer", Job.retries > 0, Job.due_at <= until).order_by(Job.due_at)
            )
        return due if due is not None and due > self.now else None

    def _drain(self) -> None:
        for _ in range(2_000):
            if not runner.work(self.database, "player", self.chance, limit=50):
                break
        self.refuse_incidents()

    def refuse_incidents(self) -> None:
        """Raises `Unexpected` if the procedure stopped anywhere."""
        with self.database.reading() as session:
            found = session.scalars(select(Incident).where(Incident.resolved_at.is_(None))).all()
            if found:
                raise Unexpected("; ".join(f"{one.element_id}: {one.type} {one.message}" for one in found[:3]))

    def _start(self, step: Mapping[str, Any]) -> None:
        with self.database.writing() as session:
            process = instances.definition(session, process_id=step["start"])
            user = self._user(session, step["as"])
            instances.start_instance(session, process, step.get("variables", {}), user, now=self.now)
            session.commit()
        self.acts += 1
        self._drain()

    def _do(self, step: Mapping[str, Any]) -> None:
        found = self.open_tasks(step)
        if not found:
            raise Unexpected(f"no open task “{step['do']}” fits {step.get('where', {})}; open: {self.open_elements()}")
        for key in found if step.get("all") else found[:1]:
            self._expecting(step, lambda key=key: self._complete(key, step))

    def open_tasks(self, step: Mapping[str, Any]) -> list[int]:
        """Keys of the open tasks of this element whose variables are as `where` says, oldest first."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(UserTask)
                .where(UserTask.element_id == step["do"], UserTask.ended_at.is_(None))
                .order_by(UserTask.key)
            ).all()
            return [row.key for row in rows if self._fits(session, row, step.get("where", {}))]

    def open_elements(self) -> list[str]:
        """What waits for people now, for messages."""
        with self.database.reading() as session:
            return sorted(session.scalars(select(UserTask.element_id).where(UserTask.ended_at.is_(None)).distinct()))

    def _fits(self, session: Session, task: UserTask, where: Mapping[str, Any]) -> bool:
        visible = variables.visible_to_task(session, task) | {"assignee": task.assignee}
        return all(_reached(visible, name) == values.variables({"": value})[""] for name, value in where.items())

    def _complete(self, key: int, step: Mapping[str, Any]) -> None:
        with self.database.writing() as session:
            task = session.get(UserTask, key)
            assert task is not None
            actor = task.assignee if step["as"] == "assignee" else step["as"]
            user = self._user(session, str(actor))
            if task.assignee is None:
                user_tasks.claim_user_task(session, key, user, now=self.now)
            given = self._answers(session, task, user, step)
            user_tasks.complete_user_task(session, key, given, user, now=self.now)
            session.commit()
        self.acts += 1
        self._drain()

    def _answers(self, session: Session, task: UserTask, user: User, step: Mapping[str, Any]) -> dict[str, Any]:
        visible = variables.visible_to_task(session, task)
        plain = json.loads(values.to_json(visible))
        given = step.get("answers", {})
        found = resource(session, task.form_key) if task.form_key else None
        if found is None:
            return dict(given)

        def upload(ending: str) -> Any:
            document = documents.store(
                session, f"sample{ending}", PDF, user, now=self.now, instance_key=task.instance_key, task_key=task.key
            )
            return json.loads(values.to_json(documents.reference(document)))

        moment = Moment(self.now, moments.calendar(session))

        def evaluate(expression: str, scope: Mapping[str, Any]) -> Any:
            found = host().evaluate(expression.removeprefix("="), values.variables(scope), moment, lenient=True)
            return json.loads(values.to_json(found))

        pen = filler.Pen(self.passwords[user.username], upload, evaluate)
        return filler.answers(found.json, plain, given, pen)

    def _expecting(self, step: Mapping[str, Any], act: Any) -> None:
        wanted = step.get("refused")
        try:
            act()
        except ServiceError as error:
            code = getattr(error, "code", None)
            if wanted is None or code != wanted:
                raise Unexpected(f"refused with {code}: {error} {getattr(error, 'errors', '')}") from error
            return
        if wanted is not None:
            raise Unexpected(f"was not refused with {wanted}")

    # --- what it came to --------------------------------------------------------------------------

    def check(self, wanted: Mapping[str, Any]) -> None:
        """Records of a register: how many fit, and what their fields are."""
        rows = self.records(wanted["register"], wanted.get("where", {}))
        if "count" in wanted and len(rows) != wanted["count"]:
            shown = [(row.get("receipt_no") or row["id"], row["state"]) for row in self.records(wanted["register"], {})]
            raise Unexpected(f"{len(rows)} records instead of {wanted['count']}: {shown}")
        if "at_most" in wanted and len(rows) > wanted["at_most"]:
            raise Unexpected(f"{len(rows)} records, more than {wanted['at_most']}")
        for row in rows:
            for name, value in wanted.get("each", {}).items():
                if row.get(name) != value:
                    raise Unexpected(f"{row['id']}.{name} is {row.get(name)!r}, not {value!r}")

    def records(self, register: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Records as plain JSON values."""
        with self.database.reading() as session:
            release = newest(session)
            assert release is not None
            declared = reading.declared(release, register)
            found = reading.search(session, declared, values.variables(where)).rows
            return [json.loads(values.to_json(reading.seen(declared, row))) for row in found]

    def _user(self, session: Session, username: str) -> User:
        user = access.load_user(session, username)
        if user is None:
            raise Unexpected(f"there is no account {username}")
        return user


def _parties_of(username: str, demo: Mapping[str, Any]) -> list[str]:
    prefix = {"organisation": "org", "person": "person"}
    return [f"{prefix[p['kind']]}:{p['key']}" for p in demo["parties"] if username in p["members"]]


def _reached(visible: Mapping[str, Any], path: str) -> Any:
    found: Any = visible
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
