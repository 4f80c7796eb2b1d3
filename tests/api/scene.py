"""What the rows of the matrix speak of: an instance with its task in some state, a job, an incident, a document …"""

from datetime import date
from functools import cached_property

from sqlalchemy import select

from service import access
from service.access import User
from service.engine.types import EngineError
from service.models import DecisionInstance, Event, Incident, Job, Resource, UserTask, Variable
from service.operations import (
    accounts,
    batches,
    decisions,
    deployment_drafts,
    deployments,
    documents,
    incidents,
    instances,
    moments,
    sequencing,
    substitutes,
    trees,
    user_tasks,
)
from service.registers import Authority, writing
from service.releases import latest, newest
from service.values import variables
from tests.clients.workshop import FILES
from tests.support.leave import LONG_LEAVE, MONDAY, PASSWORD, files

#: Began the instances; no member of any group. To begin one needs a group that `sam` has no more afterwards.
STARTER = User("sam", "山姆", "sam", frozenset({access.DEPLOYER}))
ROOM = b"""{"id": "rooms", "title": "\xe4\xbc\x9a\xe8\xae\xae\xe5\xae\xa4", "idField": "name", "readGroups": ["staff"],
 "fields": [{"key": "name", "title": "\xe5\x90\x8d\xe7\xa7\xb0", "type": "text", "required": true}],
 "states": [{"id": "OPEN", "title": "\xe5\xbc\x80\xe6\x94\xbe"}], "initial": ["OPEN"]}"""


class Scenes:
    """Makes scenes, and knows when one is used up."""

    def __init__(self, office):
        self.office = office
        self._open = {}
        with office.database.writing() as session:
            accounts.create_account(session, "sam", "山姆", PASSWORD, [], now=MONDAY)
            deployments.deploy(session, {**files(), **FILES, "rooms.register.json": ROOM}, STARTER, now=MONDAY)
            session.commit()
        with office.database.writing() as session:
            library = newest(session)
            authority = Authority(library, moments.calendar(session), MONDAY, "ada")
            writing.create(session, authority, "rooms", {"name": "red"})
            session.commit()

    def in_state(self, state):
        """Names of things → their keys, with the task in this state: open, taken, completed; or the instance ended."""
        if state not in self._open:
            with self.office.database.writing() as session:
                self._open[state] = _Scene(session, self.office, state).names
                session.commit()
            sequencing.sequence(self.office.database, force=True)
            with self.office.database.reading() as session:
                self._open[state]["head"] = trees.newest_heads(session, 1)[0].size
        return self._open[state]

    def used(self, state):
        """Something was changed: the next asker gets a scene of its own."""
        self._open.pop(state, None)


class _Scene:
    def __init__(self, session, office, state):
        self.session, self.office = session, office
        instance = self._start("leave_request", note="x")
        task = self.session.scalars(select(UserTask.key).filter_by(instance_key=instance.key)).one()
        anna = office.user("anna")
        if state in ("taken", "completed"):
            user_tasks.claim_user_task(session, task, anna, now=MONDAY)
        if state == "completed":
            user_tasks.complete_user_task(session, task, variables(LONG_LEAVE), anna, now=MONDAY)
        if state == "ended":
            instances.cancel_instance(session, instance.key, None, now=MONDAY)
        self.names = {
            "instance": instance.key,
            "task": task,
            "element": task,
            "variable": session.scalars(select(Variable.key).filter_by(instance_key=instance.key, name="note")).one(),
            "event": session.scalars(select(Event.key).filter_by(instance_key=instance.key, seq=1)).one(),
            "definition": self._resource("process", "leave_request"),
            "form": self._resource("form", "leave_request_request"),
            "decision": self._resource("decision", "leave_days"),
            "job": self._job,
            "incident": self._incident,
            "evaluation": self._evaluation,
            "batch": self._batch(instance.key),
            "document": documents.store(session, "note.txt", b"plain words", anna, now=MONDAY).id,
            "substitution": substitutes.name(
                session, anna, "henry", date(2026, 12, 1), date(2026, 12, 5), now=MONDAY
            ).key,
            "token": accounts.create_token(session, anna, "test", now=MONDAY)[0],
            "record": "red",
            "draft": self._draft(instance.key),
        }

    def _draft(self, number):
        changed = {name: data.replace(b"</", b"<!-- %d --></" % number, 1) for name, data in files().items()}
        diagram = {name: data for name, data in changed.items() if name.endswith(".bpmn")}
        return deployment_drafts.keep(self.session, diagram, STARTER, now=MONDAY).key

    def _start(self, process_id, **given):
        process = latest(self.session, "process", process_id)
        return instances.start_instance(self.session, process, variables(given), STARTER, now=MONDAY)

    def _resource(self, kind, id):
        query = select(Resource.key).filter_by(kind=kind, resource_id=id).order_by(Resource.version.desc()).limit(1)
        return self.session.scalar(query)

    @cached_property
    def _job(self):
        order = self._start("order")
        return self.session.scalars(select(Job.key).filter_by(instance_key=order.key, kind="service")).one()

    @cached_property
    def _incident(self):
        order = self._start("order")
        self.session.flush()
        made = incidents.report(
            self.session, order.key, EngineError("CONDITION_ERROR", "prepare", "no answer"), now=MONDAY
        )
        self.session.flush()
        return self.session.scalars(select(Incident.key).filter_by(key=made.key)).one()

    def _batch(self, instance_key):
        ada, wanted = self.office.user("ada"), {"processInstanceKey": str(instance_key), "state": "ACTIVE"}
        plan = {"moves": [["request", "request"]]}
        return batches.create(self.session, batches.MODIFY, plan, wanted, ada, now=MONDAY).key

    @cached_property
    def _evaluation(self):
        found = latest(self.session, "decision", "leave_days")
        answer = decisions.evaluate(self.session, found, variables({"days": 2}), now=MONDAY)
        key = int(answer["decisionEvaluationKey"])
        return f"{self.session.scalars(select(DecisionInstance.key).filter_by(evaluation_key=key)).one()}-1"
