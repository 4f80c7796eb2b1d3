"""A quiet instance as bytes and back: state only, never definitions, and nothing that could be code.

The bytes begin with a version and the hash of the definition, and hold compressed JSON in a fixed order, so that
equal states are equal bytes. Whether they are ours is proved outside, by a keyed digest.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import orjson
import zstandard
from SpiffWorkflow.util.task import TaskState

from service.engine.compiled import Compiled
from service.engine.corrections import Token
from service.engine.machine import Machine
from service.engine.model import Node
from service.engine.types import (
    CallWait,
    InstanceState,
    JobWait,
    MessageWait,
    ProcessSource,
    Setting,
    SignalWait,
    StateUnreadable,
    TimerWait,
    UserTaskWait,
    Wait,
)
from service.engine.waits import OpenWait

STATE_VERSION: Final = 1
_MAGIC: Final = b"PSS"
#: Variables are at most 1 MB; the rest is a few hundred bytes for each token.
_MAX_BYTES: Final = 32_000_000
_LEVEL: Final = 3


def dump(machine: Machine, source: ProcessSource) -> bytes:
    with _no_collector():
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(orjson.dumps(content(machine, source)))
    return _header(source) + packed


def content(machine: Machine, source: ProcessSource) -> dict[str, Any]:
    """The whole state as an object for JSON; `restore` is the inverse."""
    state = {
        "process": source.process_id,
        "counter": machine.counter,
        "status": machine.status.value,
        "called": machine.called,
        "interrupted": sorted(machine.interrupted),
        "tokens": [_token(machine.tokens[number]) for number in sorted(machine.tokens)],
        "scopes": machine.scopes.dump(),
        "waits": [_wait(each) for each in machine.waits],
    }
    # Only where a diagram has something of the kind: all other states stay as they were.
    if conditions := machine.conditions.dump():
        state["conditions"] = conditions
    if compensation := machine.compensation.dump():
        state["compensation"] = compensation
    return state


def load(source: ProcessSource, compiled: Compiled, data: bytes, setting: Setting) -> Machine:
    """Raises `StateUnreadable` if the bytes belong to another version or definition, or are damaged."""
    header = _header(source)
    if not data.startswith(_MAGIC + bytes([STATE_VERSION])):
        raise StateUnreadable("the state comes from a version that cannot be read")
    if not data.startswith(header):
        raise StateUnreadable("the state belongs to another definition")
    machine = Machine(compiled, setting)
    try:
        with _no_collector():
            restore(machine, orjson.loads(_unpack(data[len(header) :])), source)
    except (zstandard.ZstdError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise StateUnreadable(f"the state is damaged: {error}") from error
    return machine


@contextmanager
def _no_collector() -> Iterator[None]:
    """Thousands of new objects and no garbage: searching them again and again took half the time of a large state.

    Whoever found the collector running starts it again, so that it runs when all threads are through.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()


def _unpack(packed: bytes) -> bytes:
    # The library's own bound does not hold for frames that name their size.
    if not 0 <= zstandard.frame_content_size(packed) <= _MAX_BYTES:
        raise ValueError("too large")
    return zstandard.ZstdDecompressor().decompress(packed)


def _header(source: ProcessSource) -> bytes:
    return _MAGIC + bytes([STATE_VERSION]) + bytes.fromhex(source.hash)


def restore(machine: Machine, state: dict[str, Any], source: ProcessSource) -> None:
    """Put a state into a fresh machine. Raises `StateUnreadable`, or `ValueError` and the like if it is damaged."""
    if state["process"] != source.process_id:
        raise StateUnreadable("the state belongs to another process of the diagram")
    machine.counter, machine.called = state["counter"], state["called"]
    machine.status = InstanceState(state["status"])
    machine.interrupted = set(state["interrupted"])
    for row in state["tokens"]:
        _restore_token(machine, *row)
    machine.scopes.load(state["scopes"])
    machine.conditions.load(state.get("conditions", []))
    machine.compensation.load(state.get("compensation", {}))
    machine.waits.load([_restore_wait(machine, *row) for row in state["waits"]])


def _token(token: Token) -> list[Any]:
    return [
        token.number,
        token.task_spec.name,
        token.state,
        token.workflow.number,
        token.parent.number,
        token.arrived_by,
        token.internal_data,
        *([] if token.undoing is None else [token.undoing]),
    ]


def _restore_token(
    machine: Machine,
    number: int,
    name: str,
    state: int,
    scope: int,
    parent: int,
    arrived_by: int | None,
    data: dict[str, Any],
    undoing: int | None = None,
) -> None:
    if state not in (TaskState.WAITING, TaskState.STARTED):
        raise ValueError(f"a token in state {state}")
    workflow, spec = machine.inside(scope), machine.compiled.named(name)
    above = machine.tokens[parent] if parent else workflow.task_tree
    token = Token(workflow, spec, above, state=state, number=number)
    token.arrived_by, token.internal_data, token.undoing = arrived_by, data, undoing
    if token.is_joining:
        workflow.joins(token)
    if spec.node.body is not None and spec.type != "MULTI_INSTANCE_BODY":
        workflow.top_workflow.create_subprocess(token, spec.node.body.id)


def _wait(each: OpenWait) -> list[Any]:
    """Kind, element, owner, and what was computed; the rest stands in the definition."""
    wait = each.wait
    head = [wait.id, each.owner, wait.element_id]
    if isinstance(wait, UserTaskWait):
        people = [wait.assignee, list(wait.candidate_groups), list(wait.candidate_users)]
        return ["task", *head, wait.form_id, *people, _iso(wait.due_at), _iso(wait.follow_up_at), wait.priority]
    if isinstance(wait, JobWait):
        return ["job", *head, wait.type, wait.retries]
    if isinstance(wait, TimerWait):
        computed = [_iso(wait.due_at), wait.repetitions, wait.deadline, wait.provisional]
        own = [each.every, _iso(each.own_due_at), _iso(each.reckoned_at)]
        return ["timer", *head, *computed, *own, *([each.definition] if each.definition else [])]
    if isinstance(wait, MessageWait):
        return ["message", *head, wait.name, wait.correlation_key]
    if isinstance(wait, SignalWait):
        return ["signal", *head, wait.name]
    return ["call", *head, wait.process_id, wait.binding, wait.propagate_all]


def _restore_wait(machine: Machine, kind: str, wait_id: int, owner: int, element_id: str, *rest: Any) -> OpenWait:
    node = machine.compiled.definition.nodes[element_id]
    if kind == "timer":
        due, repetitions, deadline, provisional, every, own_due, reckoned, *definition = rest
        timer = TimerWait(wait_id, element_id, owner, _instant(due), repetitions, deadline, provisional)
        return OpenWait(timer, owner, every, _instant_or_none(own_due), _instant_or_none(reckoned), *definition)
    return OpenWait(_wait_of(kind, wait_id, owner, node, rest), owner)


def _wait_of(kind: str, wait_id: int, owner: int, node: Node, rest: tuple[Any, ...]) -> Wait:
    if kind == "task":
        form, assignee, groups, users, due, follow_up, priority = rest
        return UserTaskWait(
            id=wait_id,
            element_id=node.id,
            name=node.name,
            form_id=form,
            assignee=assignee,
            candidate_groups=tuple(groups),
            candidate_users=tuple(users),
            due_at=_instant_or_none(due),
            follow_up_at=_instant_or_none(follow_up),
            priority=priority,
            properties=node.properties,
            headers=node.headers,
        )
    if kind == "job":
        return JobWait(wait_id, node.id, node.name, rest[0], rest[1], node.headers, {})
    if kind == "message":
        return MessageWait(wait_id, node.id, owner, rest[0], rest[1], node.interrupting)
    if kind == "signal":
        return SignalWait(wait_id, node.id, owner, rest[0])
    if kind == "call":
        return CallWait(wait_id, node.id, node.name, rest[0], rest[1], {}, rest[2])
    raise ValueError(f"an unknown wait {kind!r}")


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None


def _instant_or_none(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
