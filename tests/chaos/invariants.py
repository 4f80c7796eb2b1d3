"""What must be true of a database at rest, whatever died before: state = history = inbox = jobs."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.engine import types
from service.history import chain
from service.models import (
    CancelledCall,
    Candidate,
    ElementInstance,
    IdempotencyKey,
    Incident,
    Job,
    Message,
    ProcessInstance,
    Subscription,
    UserTask,
)
from service.operations import acting, histories

#: Acts that answer one wait, which exists once: the same act twice is work done twice.
ONCE = {"CompleteTask", "FireTimer", "Correlate", "Signal", "FinishCall", "ThrowError"}


def violations(session: Session, *, now: datetime) -> list[str]:
    """Everything that is wrong, one sentence each; empty if all is well."""
    instances = list(session.scalars(select(ProcessInstance)))
    found = list(_whole(session))
    children = Counter((i.parent_key, i.parent_call) for i in instances if i.parent_key is not None)
    found += [f"call {call} has {count} children" for call, count in children.items() if count > 1]
    rows = _rows(session)
    for instance in instances:
        name = f"{instance.process_id} {instance.key} ({instance.status})"
        found += [f"{name}: {fault}" for fault in _history(session, instance)]
        expected = _waits(session, instance, now) if instance.status == "ACTIVE" else Counter()
        actual = rows[instance.key]
        found += [f"{name}: in the state, not in the rows: {wait}" for wait in (expected - actual)]
        found += [f"{name}: in the rows, not in the state: {row}" for row in (actual - expected)]
    return found


def _whole(session: Session) -> Iterator[str]:
    for job in session.scalars(select(Job).where(Job.kind.not_in(("timer", "service")))):
        yield f"a follow-up is left: {job.kind}, {job.attempts} attempts, {job.retries} retries, {job.error_message}"
    for incident in session.scalars(select(Incident)):
        yield f"an incident: {incident.element_id} {incident.message}"
    for call in session.scalars(select(CancelledCall)):
        yield f"a cancelled call is left: {call.call}"
    for row in session.scalars(select(IdempotencyKey).where(IdempotencyKey.status.is_(None))):
        yield f"an idempotency key without an answer: {row.path}"
    for message in session.scalars(select(Message)):
        if len(set(message.taken_by)) != len(message.taken_by):
            yield f"message {message.key} was taken twice by a process"
    ended = select(ProcessInstance.key).where(ProcessInstance.status != "ACTIVE")
    left = ElementInstance.state == "ACTIVE", ElementInstance.instance_key.in_(ended)
    for element in session.scalars(select(ElementInstance).where(*left)):
        yield f"element {element.element_id} is active in an ended instance"
    offered = select(Candidate.task_key).join(UserTask, UserTask.key == Candidate.task_key)
    for key in session.scalars(offered.where(UserTask.ended_at.is_not(None))):
        yield f"task {key} has ended and is offered"


def _history(session: Session, instance: ProcessInstance) -> Iterator[str]:
    if not histories.verify(session, instance).valid:
        yield "the chain is broken"
    replay = histories.replay(session, instance)
    if not replay.same:
        yield f"run again, event {replay.first_difference} gives another state"
    if replay.steps != instance.version:
        yield f"{replay.steps} steps in the history, version {instance.version}"
    acts: Counter[tuple[str, Any]] = Counter()
    last = ""
    for event in histories.events_of(session, instance.key):
        body = chain.read(event.body)
        acts.update((act["act"], act["id"]) for act in body.get("acts", ()) if act["act"] in ONCE)
        last = body.get("status", last)
    yield from (f"done {count} times: {act}" for act, count in acts.items() if count > 1)
    if last != instance.status:
        yield f"the history ends {last}"


def _waits(session: Session, instance: ProcessInstance, now: datetime) -> Counter[tuple[Any, ...]]:
    """What the state waits for, in the form of `_rows`."""
    move = acting.resume(session, instance, actor=None, now=now, cancelling=True)
    return Counter(_as_row(wait) for wait in move.before)


def _as_row(wait: types.Wait) -> tuple[Any, ...]:
    match wait:
        case types.UserTaskWait():
            return ("task", wait.id, wait.element_id)
        case types.JobWait():
            return ("job", wait.id, wait.element_id)
        case types.TimerWait():
            return ("timer", wait.id, wait.due_at)
        case types.CallWait():
            return ("call", wait.id)
        case types.MessageWait():
            return ("message", wait.id, wait.name, wait.correlation_key)
        case _:
            return ("signal", wait.id, wait.name, "")


def _rows(session: Session) -> dict[int, Counter[tuple[Any, ...]]]:
    """What the inbox, the jobs, the subscriptions and the children say, by instance."""
    rows: dict[int, Counter[tuple[Any, ...]]] = defaultdict(Counter)
    for task in session.scalars(select(UserTask).where(UserTask.ended_at.is_(None))):
        rows[task.instance_key]["task", task.key - task.instance_key, task.element_id] += 1
    for job in session.scalars(select(Job).where(Job.instance_key.is_not(None))):
        instance_key = job.instance_key or 0
        if job.kind == "timer":
            rows[instance_key]["timer", job.wait, job.due_at] += 1
        elif job.kind == "service" and job.state in ("CREATED", "FAILED"):
            rows[instance_key]["job", job.wait, job.element_id] += 1
    for each in session.scalars(select(Subscription).where(Subscription.ended_at.is_(None))):
        if each.instance_key is not None:
            rows[each.instance_key][each.kind, each.wait, each.name, each.correlation_key] += 1
    for child in session.scalars(select(ProcessInstance).where(ProcessInstance.status == "ACTIVE")):
        if child.parent_key is not None:
            rows[child.parent_key]["call", child.parent_call] += 1
    return rows
