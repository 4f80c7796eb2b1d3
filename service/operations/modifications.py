"""Modification: an operator moves tokens where no flow leads. The diagram stays, the history says who did it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from service.access import User
from service.engine.types import Activation, ActiveElement, EngineError, Modify, MoveRefused
from service.errors import BadArgument, Fault, InvalidState, ServiceError
from service.models import ProcessInstance
from service.operations import acting, incidents, instances
from service.operations.move_texts import TEXTS, faults
from service.values import Variables


class ModificationRefused(ServiceError):
    """Instructions that cannot be followed; `errors` names each place."""

    code = "MODIFICATION_REFUSED"
    message = "The modification cannot be done as asked; see the list. Nothing was changed."

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__(errors=errors)


class WouldStop(InvalidState):
    """What an operator asked for leads to an element at which the procedure cannot go on. Nothing was stored."""

    code = "WOULD_STOP"
    message = "The procedure would stop at “%(element)s”: %(reason)s. Nothing was changed; mend that first."


@dataclass(frozen=True, slots=True)
class Activate:
    """Enter an element. Keys are those of element instances; `ancestor_key` None: where its scope is active."""

    element_id: str
    ancestor_key: int | None = None
    variables: Sequence[tuple[str, Variables]] = ()


@dataclass(frozen=True, slots=True)
class Terminate:
    """End an element instance by its key, or all of an element."""

    element_id: str | None = None
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Relocate:
    """End each instance of the source, and enter the target once for each.

    `ancestor` says where: direct (`ancestor_key`, or where its scope is active), inferred (the innermost scope that
    both lie in), nearest (so, or if they have none in common where its scope is active), sourceParent (the scope of the
    source). `if_there`: it is no fault that there is no source, as long as
    there is something else to be done.
    """

    source: Terminate
    target: str
    ancestor: str = "direct"
    ancestor_key: int | None = None
    variables: Sequence[tuple[str, Variables]] = ()
    if_there: bool = False


@dataclass(frozen=True, slots=True)
class Instructions:
    """What shall happen in one act."""

    activate: Sequence[Activate] = ()
    move: Sequence[Relocate] = ()
    terminate: Sequence[Terminate] = ()


@dataclass(slots=True)
class _Reading:
    """The instructions in the engine's words. `places` leads from its places to those of the request."""

    activations: list[Activation] = field(default_factory=list)
    terminations: list[int] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def modify_instance(
    session: Session,
    key: int,
    instructions: Instructions,
    user: User,
    *,
    now: datetime,
    extra: Mapping[str, Any] | None = None,
) -> ProcessInstance:
    """Do all instructions in one act, or none. Operators only.

    Raises `NotFound`, `Forbidden`, `ModificationRefused`, `WouldStop`, or `InvalidState` if the instance has ended.
    """
    if not (instructions.activate or instructions.move or instructions.terminate):
        raise BadArgument("A modification needs at least one instruction.")
    instance = acting.lock_instance(session, key)
    instances.check_operates(session, instance, user)
    move = acting.resume(session, instance, actor=user, now=now)
    reading = _read(move, instance, instructions)
    if reading.faults:
        raise ModificationRefused(reading.faults)
    act = Modify(tuple(reading.activations), tuple(dict.fromkeys(reading.terminations)))
    try:
        move.act(act, "INSTANCE_MODIFIED", extra=extra)
    except MoveRefused as refusal:
        raise ModificationRefused(faults(refusal.findings, reading.places)) from refusal
    except EngineError as error:
        raise WouldStop(element=error.element_id, reason=error.reason) from error
    active = {instance.key + each.id for each in move.execution.active_elements()}
    incidents.settle_moot(session, instance, active, now=now)
    return instance


def _read(move: acting.Move, instance: ProcessInstance, instructions: Instructions) -> _Reading:
    active = move.execution.active_elements()
    reading = _Reading()
    for index, activate in enumerate(instructions.activate):
        number = None if activate.ancestor_key is None else activate.ancestor_key - instance.key
        _enter(reading, activate.element_id, number, activate.variables, f"activateInstructions[{index}]")
    for index, relocate in enumerate(instructions.move):
        place = f"moveInstructions[{index}]"
        for source in _found(reading, active, instance, relocate.source, place, optional=relocate.if_there):
            ancestor = _ancestor(move, active, instance, relocate, source)
            _enter(reading, relocate.target, ancestor, relocate.variables, place)
            _leave(reading, source.id, place)
    for index, terminate in enumerate(instructions.terminate):
        place = f"terminateInstructions[{index}]"
        for source in _found(reading, active, instance, terminate, place):
            _leave(reading, source.id, place)
    if not (reading.activations or reading.terminations or reading.faults):
        reading.faults.append(Fault("moveInstructions", TEXTS["NONE_ACTIVE"], "NONE_ACTIVE"))
    return reading


def _enter(
    reading: _Reading, element_id: str, ancestor: int | None, variables: Sequence[tuple[str, Variables]], place: str
) -> None:
    reading.places[f"activations[{len(reading.activations)}]"] = place
    reading.activations.append(Activation(element_id, ancestor, tuple(variables)))


def _leave(reading: _Reading, number: int, place: str) -> None:
    reading.places[f"terminations[{len(reading.terminations)}]"] = place
    reading.terminations.append(number)


def _found(
    reading: _Reading,
    active: Sequence[ActiveElement],
    instance: ProcessInstance,
    wanted: Terminate,
    place: str,
    *,
    optional: bool = False,
) -> list[ActiveElement]:
    """Those that an instruction names. By element, a multi-instance activity is its bodies."""
    if wanted.key is not None:
        found = [each for each in active if each.id == wanted.key - instance.key]
        code = "NOT_ACTIVE"
    else:
        bodies = {each.id: each.element_id for each in active if each.type == "MULTI_INSTANCE_BODY"}
        of_element = [each for each in active if each.element_id == wanted.element_id]
        found = [each for each in of_element if bodies.get(each.scope_id) != each.element_id]
        code = "NONE_ACTIVE"
    if not found and not optional:
        reading.faults.append(Fault(place, TEXTS[code], code))
    return found


def _ancestor(
    move: acting.Move,
    active: Sequence[ActiveElement],
    instance: ProcessInstance,
    relocate: Relocate,
    source: ActiveElement,
) -> int | None:
    if relocate.ancestor == "direct":
        return None if relocate.ancestor_key is None else relocate.ancestor_key - instance.key
    if relocate.ancestor == "sourceParent":
        return source.scope_id
    around = move.execution.scopes_around(relocate.target)
    known = {each.id: each for each in active}
    number = source.scope_id
    while number and known[number].element_id not in around:
        number = known[number].scope_id
    return number if number or relocate.ancestor == "inferred" else None
