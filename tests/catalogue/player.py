"""Plays an instance with all its called ones in this process: what the service does around the engine, without it.

Two ways. *Kept*: executions stay in memory as long as the time stands still, as between the acts of one transaction.
*Restored*: every act begins with stored bytes in a fresh execution, which must store as the same bytes again; and it
is done a second time, which must give the same step.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from service.engine.execution import Execution, run
from service.engine.timers import parse_duration
from service.engine.types import (
    Act,
    ActImpossible,
    CallWait,
    Cancel,
    CompleteTask,
    Correlate,
    DecisionSource,
    ElementChange,
    EngineError,
    FinishCall,
    FireTimer,
    InstanceState,
    MessageWait,
    ProcessSource,
    Setting,
    SetVariables,
    Signal,
    SignalThrown,
    SignalWait,
    Start,
    Step,
    ThrowError,
    ThrowEscalation,
    TimerWait,
    Wait,
)
from service.values import Variables, variables
from tests.catalogue.instance import Instance, traced
from tests.unit.engine.game import MONDAY, Shelf, calendar

CALENDAR = calendar()


class Player:
    """`changes` are of the last act and what it led to, `all_…` of the whole play; `instances` is the tree."""

    def __init__(
        self, sources: Mapping[str, ProcessSource], decisions: Mapping[str, DecisionSource], *, restored: bool
    ) -> None:
        self.sources, self._shelf, self._restored = sources, Shelf(*decisions.values()), restored
        self.now = MONDAY
        self.instances: list[Instance] = []
        self.changes: list[ElementChange] = []
        self.all_flows: list[str] = []
        self.all_thrown: list[str] = []
        self._pending: deque[Callable[[], None]] = deque()
        self._stopped: list[Callable[[], None]] = []

    # --- the acts of a script -------------------------------------------------------------------

    def start(self, process_id: str, given: dict[str, Any], at: str | None, *, called: bool = False) -> None:
        self._begin_act()
        self._start(self.sources[process_id], Start(variables(given), at, called), None)
        self._follow()

    def natural(self, element_id: str, nth: int, given: dict[str, Any]) -> None:
        """What the wait at an element waits for."""
        instance, wait = self.wait(element_id, nth)
        values = variables(given)
        match wait:
            case TimerWait():
                self.now = max(self.now, wait.due_at)
                act: Act = FireTimer(wait.id)
            case MessageWait():
                act = Correlate(wait.id, values)
            case SignalWait():
                act = Signal(wait.id, values)
            case CallWait():
                act = FinishCall(wait.id, values)
            case _:
                act = CompleteTask(wait.id, values)
        self._outer(instance, act)

    def error(self, element_id: str, nth: int, code: str, given: dict[str, Any]) -> None:
        instance, wait = self.wait(element_id, nth)
        self._outer(instance, ThrowError(wait.id, code, "", variables(given)))

    def escalate(self, element_id: str, nth: int, code: str, given: dict[str, Any]) -> None:
        instance, wait = self.wait(element_id, nth)
        self._outer(instance, ThrowEscalation(wait.id, code, variables(given)))

    def signal(self, name: str, given: dict[str, Any]) -> None:
        self._begin_act()
        self._broadcast(name, variables(given))
        self._follow()

    def message(self, name: str, key: str, given: dict[str, Any]) -> None:
        self._begin_act()
        if not self._correlate(name, key, variables(given)):
            raise ActImpossible(f"nobody waits for the message {name} {key}")
        self._follow()

    def wait_until(self, duration: str) -> None:
        """Time goes by; what falls due happens, in the order of its time."""
        self._begin_act()
        until = parse_duration(duration).after(self.now)
        while due := sorted(self._due(until), key=lambda found: (found[0], found[1].number, found[2])):
            at, instance, wait_id = due[0]
            self.now = max(self.now, at)
            self._act(instance, FireTimer(wait_id))
            self._follow()
        self.now = until

    def set(self, element_id: str | None, given: dict[str, Any]) -> None:
        if element_id is None:
            self._outer(self.instances[0], SetVariables(0, variables(given)))
        else:
            instance, wait = self.wait(element_id, 0)
            self._outer(instance, SetVariables(wait.id, variables(given), local=True))

    def cancel(self) -> None:
        self._outer(self.instances[0], Cancel())

    def retry(self) -> None:
        """What an incident kept from happening, once more."""
        self._begin_act()
        self._pending.extend(self._stopped)
        self._stopped = []
        self._follow()

    # --- looking --------------------------------------------------------------------------------

    def wait(self, element_id: str, nth: int) -> tuple[Instance, Wait]:
        found = [(each, wait) for each, wait in self.waits() if wait.element_id == element_id]
        if nth >= len(found):
            raise ActImpossible(f"nothing waits at {element_id} (number {nth + 1})")
        return found[nth]

    @property
    def open(self) -> list[str]:
        """Element ids of everything that somebody can act on, sorted; a call whose child runs here is not."""
        children = {(each.parent[0].number, each.parent[1]) for each in self.instances if each.parent}
        return sorted(wait.element_id for each, wait in self.waits() if (each.number, wait.id) not in children)

    def visible(self, element_id: str | None) -> Variables:
        """The variables visible from an element that waits, or of the process."""
        instance, scope = self.instances[0], 0
        if element_id is not None:
            instance, wait = self.wait(element_id, 0)
            scope = getattr(wait, "element_instance_id", wait.id)
        assert instance.step is not None
        return Execution.resume(instance.source, instance.step.state, self._setting()).variables(scope)

    def trace(self) -> str:
        """The changes since the last act: `+a` entered, `-a` completed, `!a` terminated, `a` entered and completed."""
        return traced(self.changes)

    # --- one act and what follows from it -------------------------------------------------------

    def _begin_act(self) -> None:
        self.changes = []

    def _outer(self, instance: Instance, act: Act) -> None:
        self._begin_act()
        self._act(instance, act)
        self._follow()

    def _follow(self) -> None:
        while self._pending:
            following = self._pending.popleft()
            try:
                following()
            except EngineError:
                self._stopped.append(following)
                raise

    def _start(self, source: ProcessSource, act: Start, parent: tuple[Instance, int] | None) -> None:
        setting = self._setting()
        execution = Execution.begin(source, act, setting)
        instance = Instance(len(self.instances), source, parent)
        self.instances.append(instance)
        if self._restored:
            assert run(source, None, [act], setting) == execution.step(), "starting again gives another step"
        self._take(instance, act, setting, execution, execution.step())

    def _act(self, instance: Instance, act: Act) -> None:
        setting, step = self._setting(), instance.step
        assert step is not None
        if self._restored:
            execution = Execution.resume(instance.source, step.state, setting)
            assert execution.step().state == step.state, "a state that is loaded and stored again is another"
            execution.apply(act)
            assert run(instance.source, step.state, [act], setting) == execution.step(), "again, and another step"
            instance.seen = {}
        else:
            execution = instance.execution if instance.kept_at == self.now else None
            if execution is None:
                execution = Execution.resume(instance.source, step.state, setting)
                instance.seen = {}
            instance.execution = None  # gone, should the act fail
            execution.apply(act)
        self._take(instance, act, setting, execution, execution.step())

    def _take(self, instance: Instance, act: Act, setting: Setting, execution: Execution, step: Step) -> None:
        """Record what happened, and queue what it means for other instances."""
        answered = act.id if isinstance(act, FinishCall | ThrowError) else None
        before = {wait.id for wait in instance.waits if isinstance(wait, CallWait)}
        instance.step, instance.waits = step, execution.open_waits()
        instance.execution, instance.kept_at = (None, None) if self._restored else (execution, self.now)
        instance.played.append((act, setting, step.state))
        changed = self._new(instance, "changes", step.changes)
        self.changes += changed
        instance.live(changed)
        self.all_flows += self._new(instance, "flows", step.flows)
        calls = {wait.id: wait for wait in instance.waits if isinstance(wait, CallWait)}
        for wait_id in before - calls.keys() - {answered}:
            self._later(self._end_child, instance, wait_id)
        for message in self._new(instance, "messages", step.messages):
            self.all_thrown.append(f"message {message.name} {message.correlation_key}")
            self._later(self._correlate, message.name, message.correlation_key, message.variables)
        for signal in self._new(instance, "signals", step.signals):
            self.all_thrown.append(f"signal {signal.name}")
            self._later(self._broadcast, signal.name, signal.variables, (instance, signal))
        for escalation in self._new(instance, "escalations", step.escalations):
            self.all_thrown.append(f"escalation {escalation.code}")
            if instance.parent:
                parent, call = instance.parent
                self._later(self._answer, parent, ThrowEscalation(call, escalation.code, escalation.variables))
        for wait_id in sorted(calls.keys() - before):
            if calls[wait_id].process_id in self.sources:
                called = Start(calls[wait_id].variables, None, called=True)
                self._later(self._start, self.sources[calls[wait_id].process_id], called, (instance, wait_id))
        if instance.parent and step.status is not InstanceState.ACTIVE:
            parent, call = instance.parent
            if step.error:
                self._later(self._answer, parent, ThrowError(call, *step.error))
            elif step.status is InstanceState.COMPLETED:
                self._later(self._answer, parent, FinishCall(call, step.variables))

    def _later(self, do: Callable[..., object], *arguments: object) -> None:
        self._pending.append(lambda: do(*arguments) and None)

    def _answer(self, parent: Instance, act: ThrowError | ThrowEscalation | FinishCall) -> None:
        """To a call that may be gone by now."""
        if any(wait.id == act.id for wait in parent.waits):
            self._act(parent, act)

    def _end_child(self, parent: Instance, call: int) -> None:
        for child in self.instances:
            if child.parent == (parent, call) and child.status is InstanceState.ACTIVE:
                self._act(child, Cancel())

    def _broadcast(self, name: str, values: Variables, thrown: tuple[Instance, SignalThrown] | None = None) -> None:
        """To everybody who waits for it now; in the instance that threw it the engine has seen to that."""
        thrower, signal = thrown or (None, None)
        listening = [
            (instance, wait.id)
            for instance, wait in self.waits()
            if isinstance(wait, SignalWait)
            and wait.name == name
            and (signal is None or instance is not thrower or signal.is_still_for(wait.id, wait.element_instance_id))
        ]
        for instance, wait_id in listening:
            if any(wait.id == wait_id for wait in instance.waits):
                self._act(instance, Signal(wait_id, values))

    def _correlate(self, name: str, key: str, values: Variables) -> bool:
        """To the first who waits for it in each instance, as a message goes once to a process."""
        for instance, wait in self.waits():
            if isinstance(wait, MessageWait) and (wait.name, wait.correlation_key) == (name, key):
                self._act(instance, Correlate(wait.id, values))
                return True
        return False

    def _due(self, until: datetime) -> Iterator[tuple[datetime, Instance, int]]:
        for instance, wait in self.waits():
            if isinstance(wait, TimerWait) and wait.due_at <= until:
                yield wait.due_at, instance, wait.id

    def waits(self) -> list[tuple[Instance, Wait]]:
        """All that wait, instance by instance."""
        return [(instance, wait) for instance in self.instances for wait in instance.waits]

    def _new(self, instance: Instance, what: str, everything: tuple[Any, ...]) -> tuple[Any, ...]:
        """What a step holds that was not seen before."""
        seen = instance.seen.get(what, 0)
        instance.seen[what] = len(everything)
        return everything[seen:]

    def _setting(self) -> Setting:
        return Setting(self.now, CALENDAR, self._shelf, {})
