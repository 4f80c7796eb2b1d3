"""The engine as its callers see it: acts in, a frozen `Step` out. No database, no clock, no chance.

The same acts on the same definition in the same setting give the same step, byte for byte, in any process of one
engine build.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import zstandard
from SpiffWorkflow.version import __version__ as _library_version

from service.engine import codec
from service.engine.acts import perform, start
from service.engine.compiled import compiled
from service.engine.feel import host
from service.engine.machine import Machine
from service.engine.migration import migrated
from service.engine.migration_plan import Plan, suggested
from service.engine.modification import active_elements, owners
from service.engine.normaliser import NORMALISER_VERSION
from service.engine.types import (
    Act,
    ActImpossible,
    ActiveElement,
    CallWait,
    Finding,
    InstanceState,
    JobWait,
    Migrate,
    ProcessSource,
    Setting,
    Start,
    Step,
    Wait,
)
from service.engine.waits import OpenWait
from service.values import Variables

_BUNDLE: Final = Path(__file__).parent / "built" / "feel.js"
#: Re-execution is promised between equal builds only.
ENGINE_BUILD: Final = (
    f"spiffworkflow-{_library_version} normaliser-{NORMALISER_VERSION} state-{codec.STATE_VERSION}"
    f" zstd-{'.'.join(map(str, zstandard.ZSTD_VERSION))}"
    f" feel-{sha256(_BUNDLE.read_bytes()).hexdigest()[:16]}"
)


class Execution:
    """One instance in memory, between lock and commit.

    After an `EngineError` it is in no defined state and must be dropped; the stored state is untouched.
    """

    def __init__(self, source: ProcessSource, machine: Machine) -> None:
        self._source, self._machine = source, machine

    @classmethod
    def begin(cls, source: ProcessSource, act: Start, setting: Setting) -> "Execution":
        """A new instance, run to its first quiet state. Raises `EngineError`; `ActImpossible` for an unknown start."""
        execution = cls(source, Machine(compiled(source), setting))
        start(execution._machine, act)
        return execution

    @classmethod
    def resume(cls, source: ProcessSource, state: bytes, setting: Setting) -> "Execution":
        """A stored instance. Raises `StateUnreadable`."""
        return cls(source, codec.load(source, compiled(source), state, setting))

    def apply(self, act: Act) -> None:
        """Do one act and run to the next quiet state.

        A `Migrate` is an act by itself, in a setting that holds the other definition. Raises `ActImpossible` (nothing
        happened; go on with other acts if you like), `EngineError`, or `MoveRefused` from a modification or migration.
        """
        if isinstance(act, Start):
            raise ActImpossible("the instance has begun already")
        if self._machine.status is not InstanceState.ACTIVE:
            raise ActImpossible("the instance has ended")
        if isinstance(act, Migrate):
            target = self._target(act)
            self._machine = migrated(self._machine, self._source, act, target, self._machine.setting)
            self._source = target
        else:
            perform(self._machine, act)

    def check(self, act: Migrate) -> tuple[Finding, ...]:
        """What a migration would find, errors first; nothing is done. Raises `ActImpossible` as `apply`."""
        return Plan(self._machine, compiled(self._target(act)), act.mapping).findings()

    def suggested(self, process_id: str) -> dict[str, str]:
        """A mapping to that process of the setting's library: what has the same id and type there."""
        target = self._machine.setting.library.process(process_id)
        if target is None:
            raise ActImpossible(f"there is no process {process_id!r} in this release")
        return suggested(self._machine.compiled.definition, compiled(target).definition)

    def active_elements(self) -> tuple[ActiveElement, ...]:
        """Everything that is alive, by number."""
        return active_elements(self._machine)

    def open_waits(self) -> tuple[Wait, ...]:
        """All waits open now, by id."""
        return tuple(self._shown(each) for each in self._machine.waits)

    def opened(self) -> tuple[Wait, ...]:
        """The waits that were opened, or moved, since this began, and are still open."""
        return tuple(self._shown(each) for each in self._machine.waits.opened())

    def variables(self, scope_id: int = 0) -> Variables:
        """The variables visible from a scope; the innermost wins. Raises `ActImpossible` if there is no such scope."""
        self._known(scope_id)
        return self._machine.scopes.visible(scope_id)

    def local_variables(self, scope_id: int) -> Variables:
        """The variables of exactly this scope. Raises `ActImpossible` if there is no such scope."""
        self._known(scope_id)
        return self._machine.scopes.local(scope_id)

    def scopes_around(self, element_id: str) -> list[str]:
        """The sub-processes that an element of the diagram lies in, innermost first; none for an unknown one."""
        node = self._machine.compiled.definition.nodes.get(element_id)
        return [owner.id for owner in owners(node)] if node is not None else []

    def step(self) -> Step:
        """Everything since this began. Waits that were opened and closed in between do not occur in it."""
        machine, log = self._machine, self._machine.log
        return Step(
            state=codec.dump(machine, self._source),
            status=machine.status,
            changes=tuple(log.changes),
            flows=tuple(log.flows),
            opened=self.opened(),
            closed=tuple(machine.waits.closed()),
            set_variables=tuple(log.variables),
            decisions=tuple(log.decisions),
            messages=tuple(log.messages),
            signals=tuple(log.signals),
            escalations=tuple(log.escalations),
            variables=machine.scopes.local(0),
            error=machine.error,
            stuck=_stuck(machine),
        )

    def _target(self, act: Migrate) -> ProcessSource:
        target = self._machine.setting.library.process(act.process_id)
        if target is None or target.hash != act.hash:
            raise ActImpossible(f"the release holds no such definition of {act.process_id!r}")
        return target

    def _known(self, scope_id: int) -> None:
        if not self._machine.scopes.knows(scope_id):
            raise ActImpossible(f"there is no scope {scope_id}")

    def _shown(self, each: OpenWait) -> Wait:
        """Jobs and calls with the variables that they hand over."""
        wait, scopes = each.wait, self._machine.scopes
        node = self._machine.compiled.definition.nodes[wait.element_id]
        if isinstance(wait, JobWait):
            return replace(wait, variables=scopes.local(wait.id) if node.inputs else scopes.visible(wait.id))
        if isinstance(wait, CallWait):
            everything = node.extensions["calledElement"].get("propagateAllParentVariables", "true") != "false"
            return replace(wait, variables=scopes.visible(wait.id) if everything else scopes.local(wait.id))
        return wait


def _stuck(machine: Machine) -> tuple[str, ...]:
    if machine.conditions.is_open or next(iter(machine.waits), None) is not None:
        return ()
    return tuple(sorted({token.node.id for token in machine.tokens.values() if token.is_joining}))


def run(source: ProcessSource, state: bytes | None, acts: Sequence[Act], setting: Setting) -> Step:
    """Several acts in one moment, the first of them a `Start` if there is no state yet."""
    pending = list(acts)
    if state is None:
        first = pending.pop(0) if pending else None
        if not isinstance(first, Start):
            raise ActImpossible("an instance begins with a start")
        execution = Execution.begin(source, first, setting)
    else:
        execution = Execution.resume(source, state, setting)
    for act in pending:
        execution.apply(act)
    return execution.step()


def warm(source: ProcessSource) -> None:
    """Compile a definition and its expressions before the first instance needs them; some ms for each expression.

    Raises `XmlRefused` or `Unsupported`. Expressions with mistakes are passed over: they are the lint's to report.
    """
    for expression in compiled(source).definition.expressions():
        host().problems(expression)
