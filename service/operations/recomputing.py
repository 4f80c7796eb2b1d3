"""What was worked out over records (`records.evaluate`), worked out again from the versions that were read.

A re-execution takes the recorded result as an act. Here the result itself is looked at: with the versions of the
records that the event names, the release, clock and calendar of the time, and the inputs that the task had.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from service.connectors import ConnectorCall, ConnectorFault
from service.connectors.records import result_over
from service.engine.types import CompleteTask, JobWait, Setting
from service.models import ProcessInstance, Record, RecordVersion
from service.operations import histories
from service.registers import reading
from service.registers.declaration import Register
from service.releases import library
from service.values import Variables, tag

_TYPE = "records.evaluate"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many evaluations there were, how many rest on versions that were erased, and what is wrong with others."""

    evaluations: int
    gone: int
    different: tuple[str, ...]


class _Gone(Exception):
    """A version that was read has been erased."""


class _Changed(Exception):
    """A version is no longer what was read; the text says which."""


def recompute(session: Session, instance: ProcessInstance) -> Recomputed:
    """Work out every evaluation of an instance again. Takes as long as its history took; within one engine build.

    Texts in `different` begin with the event's sequence number.
    """
    evaluations = gone = 0
    different: list[str] = []

    def look(seq: int, body: Mapping[str, Any], setting: Setting, job: JobWait, act: CompleteTask) -> None:
        nonlocal evaluations, gone
        if job.type != _TYPE:
            return
        evaluations += 1
        try:
            found = _result(session, instance, body, setting, job)
            if tag(found) != tag(act.variables.get("result")):
                different.append(f"event {seq}, {job.element_id}: the records give another result")
        except _Gone:
            gone += 1
        except (_Changed, ConnectorFault) as fault:
            different.append(f"event {seq}, {job.element_id}: {fault}")

    histories.replay(session, instance, watch=look)
    return Recomputed(evaluations, gone, tuple(different))


def _result(
    session: Session, instance: ProcessInstance, body: Mapping[str, Any], setting: Setting, job: JobWait
) -> Any:
    release = library(session, int(body["release"]))
    call = ConnectorCall(
        session=session,
        library=release,
        calendar=setting.calendar,
        instance_key=instance.key,
        root_key=instance.root_key,
        wait=job,
        now=setting.now,
        actor=body["actor"],
    )
    register = reading.declared(release, call.text("register"))
    rows = body["evidence"].get(str(job.id), [])
    return result_over(call, [_seen(session, register, *row) for row in rows])


def _seen(session: Session, register: Register, key: str, number: Decimal, commitment: str) -> Variables:
    """A version of a record as the expression saw it. Raises `_Gone`, `_Changed`."""
    record, version = session.get(Record, int(key)), session.get(RecordVersion, (int(key), int(number)))
    if record is None or version is None:
        raise _Changed(f"version {number} of the record {key} is not there")
    if version.erased_at is not None:
        raise _Gone
    text = reading.version_text(record.register, record.record_id, version.version, version.state, version.data)
    if reading.version_hash(record.salt, text) != commitment:
        raise _Changed(f"version {number} of {record.register} {record.record_id} is not what was read")
    return reading.view(register, record.record_id, version.state, version.data)
