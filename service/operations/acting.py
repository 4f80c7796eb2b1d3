"""Moving an instance: lock, restore, act, answer the in-step connectors, record. Every step goes this way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from service.access import User
from service.connectors import IN_STEP, ConnectorCall, ConnectorFault
from service.engine import types
from service.engine.execution import Execution
from service.errors import InstanceEnded, InvalidState, NotFound, Refused
from service.models import CancelledCall, ProcessInstance
from service.operations import moments, states, troubles
from service.operations.record import Occasion, record
from service.releases import Deployed, ReleaseLibrary, library, resource
from service.values import Value

#: More in-step calls in one act are a loop, not a procedure: a multi-instance over every case of a large year asks for
#: some hundred each.
MAX_IN_STEP_CALLS = 5_000

#: The lock leaves the key alone (FOR NO KEY UPDATE): rows that only refer to the instance, such as a follow-up that a
#: child leaves for its parent, can be written meanwhile, and do not turn the order of locks round.
_LOCK = (
    select(ProcessInstance)
    .where(ProcessInstance.key == bindparam("key"))
    .with_for_update(of=ProcessInstance, key_share=True)
    .execution_options(populate_existing=True)
)


class CallCancelled(InvalidState):
    """The call that an instance answers was cancelled: it may not move any more, and will be ended itself."""


@dataclass
class Move:
    """An instance in memory, between lock and commit: look at it, then carry out one act.

    `before` are the waits that were open when it was restored.
    """

    session: Session
    instance: ProcessInstance
    execution: Execution
    setting: types.Setting
    release: ReleaseLibrary
    before: Sequence[types.Wait]
    actor: User | None
    evidence: dict[str, Value] = field(default_factory=dict)

    def act(
        self,
        act: types.Act,
        kind: str,
        *,
        element_id: str | None = None,
        element_instance: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> types.Step:
        """Carry out the act, answer what it asked of the connectors, record all of it as one step.

        Raises `Refused` from a connector's rule, `engine.types.EngineError` where the procedure cannot go on (the
        caller rolls back and stores an incident), `engine.types.ActImpossible` where what the act is about is gone.
        """
        self.execution.apply(act)
        return self.settle([act], kind, element_id, element_instance, extra or {})

    def settle(
        self,
        acts: list[types.Act],
        kind: str,
        element_id: str | None,
        element_instance: int | None,
        extra: Mapping[str, Any],
    ) -> types.Step:
        """Answer in-step connectors until the instance is quiet, then record everything as one step."""
        calls = 0
        while (job := _next_in_step(self.execution.opened())) is not None:
            calls += 1
            if calls > MAX_IN_STEP_CALLS:
                raise types.EngineError(
                    "UNKNOWN", job.element_id, f"more than {MAX_IN_STEP_CALLS} connector calls in one act"
                )
            completion = types.CompleteTask(job.id, self._call(job))
            self.execution.apply(completion)
            acts.append(completion)
        known = {wait.id: wait for wait in (*self.before, *self.execution.opened())}
        step = self.execution.step()
        closed = [known[id] for id in step.closed if id in known]
        occasion = Occasion(
            kind, self.setting.now, acts, closed, self.actor, element_id, element_instance, self.evidence, extra
        )
        record(self.session, self.instance, step, occasion, self.setting, self.release)
        for element_id in step.stuck:
            trouble = types.EngineError(
                "UNKNOWN", element_id, "waits for others that cannot come; nothing else is open"
            )
            troubles.write(self.session, self.instance, trouble, now=self.setting.now)
        return step

    def _call(self, job: types.JobWait) -> dict[str, Value]:
        call = ConnectorCall(
            session=self.session,
            library=self.release,
            calendar=self.setting.calendar,
            instance_key=self.instance.key,
            root_key=self.instance.root_key,
            wait=job,
            now=self.setting.now,
            actor=self.actor.username if self.actor else None,
        )
        try:
            answer = dict(IN_STEP[job.type](call))
        except ConnectorFault as fault:
            raise types.EngineError("IO_MAPPING_ERROR", job.element_id, str(fault)) from fault
        except Refused as refusal:
            if refusal.article is None:
                refusal.article = job.headers.get("article")
            raise
        if "evidence" in answer:
            self.evidence[str(job.id)] = answer.pop("evidence")
        return answer


def lock_instance(session: Session, key: int) -> ProcessInstance:
    """The instance's row under its lock, as it is now. Raises `NotFound`."""
    instance = session.scalars(_LOCK, {"key": key}).one_or_none()
    if instance is None:
        raise NotFound()
    return instance


def resume(
    session: Session,
    instance: ProcessInstance,
    *,
    actor: User | None,
    now: datetime,
    cancelling: bool = False,
    release: ReleaseLibrary | None = None,
) -> Move:
    """Restore a locked instance. Raises `InvalidState` if it has ended, `CallCancelled` if its call was cancelled.

    `cancelling`: the act is the cancellation itself. `release` is the one to act in, if it is not the instance's own:
    that of a migration.
    """
    session.info["moved"] = instance.key  # where an incident belongs, should the act fail
    if instance.status != "ACTIVE":
        raise InstanceEnded()
    if instance.parent_key is not None and not cancelling:
        _refuse_in_cancelled_call(session, instance)
    definition = definition_of(session, instance)
    release = release or library(session, instance.release_key)
    setting = moments.setting(session, release, now)
    state = states.unseal(instance.state, key=instance.key, version=instance.version, definition=definition.hash)
    execution = Execution.resume(definition.process, state, setting)
    return Move(session, instance, execution, setting, release, execution.open_waits(), actor)


def begin(
    session: Session,
    instance: ProcessInstance,
    act: types.Start,
    *,
    actor: User | None,
    now: datetime,
    extra: Mapping[str, Any] | None = None,
) -> types.Step:
    """Start the execution of a new instance, whose row is flushed but has no state yet, and record the step."""
    session.info.pop("moved", None)  # if this fails, there is no instance that an incident could belong to
    definition = definition_of(session, instance)
    release = library(session, instance.release_key)
    setting = moments.setting(session, release, now)
    execution = Execution.begin(definition.process, act, setting)
    move = Move(session, instance, execution, setting, release, (), actor)
    return move.settle([act], "INSTANCE_STARTED", act.element_id, None, extra or {})


def definition_of(session: Session, instance: ProcessInstance) -> Deployed:
    """The process definition that the instance runs."""
    found = resource(session, instance.definition_key)
    if found is None:
        raise NotFound()
    return found


def _next_in_step(waits: Sequence[types.Wait]) -> types.JobWait | None:
    return next((wait for wait in waits if isinstance(wait, types.JobWait) and wait.type in IN_STEP), None)


def _refuse_in_cancelled_call(session: Session, instance: ProcessInstance) -> None:
    cancelled = session.scalar(
        select(CancelledCall.call).where(
            CancelledCall.parent_key == instance.parent_key, CancelledCall.call == instance.parent_call
        )
    )
    if cancelled is not None:
        raise CallCancelled(reason="this part of the procedure was cancelled")
