"""Plays an instance act by act, mistrusting the engine at each.

Every act starts from stored bytes; loading and storing them again must give the same bytes. At the end of a test
all acts are run once more, from the beginning, and each must give the same step.
"""

import pickle
import subprocess
import sys
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from service.engine.calendar import WorkCalendar, from_days
from service.engine.execution import Execution, run
from service.engine.types import (
    Act,
    Activation,
    ActiveElement,
    Cancel,
    CompleteTask,
    Correlate,
    DecisionSource,
    ElementChange,
    FinishCall,
    FireTimer,
    InstanceState,
    JobWait,
    Migrate,
    Modify,
    ProcessSource,
    Setting,
    Signal,
    Start,
    Step,
    ThrowError,
    UserTaskWait,
    Wait,
)
from service.values import variables as values

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def calendar(provisional_from: date | None = None, holidays: Collection[date] = ()) -> WorkCalendar:
    days = [date(2026, 1, 1) + timedelta(n) for n in range(730)]
    return from_days({day: day.weekday() < 5 and day not in holidays for day in days}, provisional_from)


class Shelf:
    """A release with a few decisions; `processes` are where migrations lead."""

    def __init__(self, *decisions: DecisionSource) -> None:
        self._decisions = {each.decision_id: each for each in decisions}
        self.processes: dict[str, ProcessSource] = {}

    def process(self, process_id: str) -> ProcessSource | None:
        return self.processes.get(process_id)

    def decision(self, decision_id: str) -> DecisionSource | None:
        return self._decisions.get(decision_id)

    def with_process(self, process: ProcessSource) -> "Shelf":
        """A later release."""
        later = Shelf(*self._decisions.values())
        later.processes = {**self.processes, process.process_id: process}
        return later


class Game:
    """`step` is the last step; `changes` and `flows` are those of the whole instance, `played` its acts."""

    def __init__(
        self,
        source: ProcessSource,
        variables: dict[str, Any] | None = None,
        *,
        at: str | None = None,
        called: bool = False,
        shelf: Shelf | None = None,
        deadlines: dict[str, datetime] | None = None,
        work_calendar: WorkCalendar | None = None,
    ) -> None:
        self.source = self.begun = source
        self.now, self.deadlines = MONDAY, deadlines or {}
        self._shelf, self.calendar = shelf or Shelf(), work_calendar or calendar()
        self.changes: list[ElementChange] = []
        self.flows: list[str] = []
        self.played: list[tuple[Act, Setting, Step]] = []
        act = Start(values(variables), at, called)
        setting = self._setting()
        self._record(act, setting, Execution.begin(source, act, setting).step())

    def do(self, act: Act) -> Step:
        setting = self._setting()
        execution = Execution.resume(self.source, self.step.state, setting)
        assert execution.step().state == self.step.state, "a state that is loaded and stored again is another"
        execution.apply(act)
        self._record(act, setting, execution.step())
        return self.step

    # --- acts by element id -------------------------------------------------------------------

    def complete(self, element_id: str, variables: dict[str, Any] | None = None, *, nth: int = 0) -> Step:
        return self.do(CompleteTask(self.wait(element_id, nth).id, values(variables)))

    def finish(self, element_id: str, variables: dict[str, Any] | None = None, *, nth: int = 0) -> Step:
        return self.do(FinishCall(self.wait(element_id, nth).id, values(variables)))

    def throw(self, element_id: str, code: str, variables: dict[str, Any] | None = None) -> Step:
        return self.do(ThrowError(self.wait(element_id).id, code, "", values(variables)))

    def correlate(self, element_id: str, variables: dict[str, Any] | None = None) -> Step:
        return self.do(Correlate(self.wait(element_id).id, values(variables)))

    def signal(self, element_id: str, variables: dict[str, Any] | None = None) -> Step:
        return self.do(Signal(self.wait(element_id).id, values(variables)))

    def fire(self, element_id: str) -> Step:
        """Wait until the timer is due, then fire it."""
        wait = self.wait(element_id)
        self.now = max(self.now, wait.due_at)
        return self.do(FireTimer(wait.id))

    def migrate(self, target: ProcessSource, mapping: dict[str, str] | None = None) -> Step:
        """To another definition, by this mapping or else that which is suggested."""
        source, state = self.source, self.step.state
        self._shelf = self._shelf.with_process(target)
        setting = self._setting()
        if mapping is None:
            mapping = Execution.resume(source, state, setting).suggested(target.process_id)
        execution = Execution.resume(source, state, setting)
        act = Migrate(target.process_id, target.hash, mapping)
        execution.apply(act)
        self._record(act, setting, execution.step())
        self.source = target
        return self.step

    def check(self, target: ProcessSource, mapping: dict[str, str]) -> list[tuple[str, str]]:
        """Code and place of everything that a migration would find; those that are no errors in small letters."""
        setting = replace(self._setting(), library=self._shelf.with_process(target))
        found = Execution.resume(self.source, self.step.state, setting).check(
            Migrate(target.process_id, target.hash, mapping)
        )
        return [(each.code if each.is_error else each.code.lower(), each.place) for each in found]

    def modify(self, *activations: Activation | str, end: Collection[str | int] = ()) -> Step:
        """Enter elements, and end all instances of those named (or numbers)."""
        asked = tuple(Activation(each) if isinstance(each, str) else each for each in activations)
        return self.do(Modify(asked, tuple(number for each in end for number in self.numbers(each))))

    def numbers(self, element: str | int) -> list[int]:
        """The live instances of an element; of multi-instance ones the bodies."""
        if isinstance(element, int):
            return [element]
        return [each.id for each in self.active if each.element_id == element and each.scope_id not in self._bodies]

    @property
    def active(self) -> tuple[ActiveElement, ...]:
        return Execution.resume(self.source, self.step.state, self._setting()).active_elements()

    @property
    def _bodies(self) -> set[int]:
        return {each.id for each in self.active if each.type == "MULTI_INSTANCE_BODY"}

    def cancel(self) -> Step:
        return self.do(Cancel())

    # --- what there is ------------------------------------------------------------------------

    @property
    def waits(self) -> tuple[Wait, ...]:
        return Execution.resume(self.source, self.step.state, self._setting()).open_waits()

    def wait(self, element_id: str, nth: int = 0) -> Any:
        return [wait for wait in self.waits if wait.element_id == element_id][nth]

    @property
    def open(self) -> list[str]:
        """Element ids of everything that waits, sorted."""
        return sorted(wait.element_id for wait in self.waits)

    @property
    def tasks(self) -> list[str]:
        """Element ids of open user tasks and jobs, sorted."""
        return sorted(wait.element_id for wait in self.waits if isinstance(wait, UserTaskWait | JobWait))

    def variables(self, scope_id: int = 0) -> dict[str, Any]:
        return Execution.resume(self.source, self.step.state, self._setting()).variables(scope_id)

    @property
    def completed(self) -> bool:
        return self.step.status is InstanceState.COMPLETED and not self.waits

    def states(self, element_id: str) -> list[str]:
        return [change.state.value for change in self.changes if change.element_id == element_id]

    def replay(self) -> None:
        """Once more from the beginning: the same steps."""
        state, source = None, self.begun
        for act, setting, step in self.played:
            again = run(source, state, [act], setting)
            assert again == step, f"{act} gives another step when it is done again"
            state = again.state
            if isinstance(act, Migrate):
                source = setting.library.process(act.process_id) or source

    def replay_elsewhere(self) -> None:
        """The same in a fresh process with another hash seed."""
        code = (
            "import sys, pickle; from service.engine.execution import run\n"
            "source, played = pickle.load(sys.stdin.buffer); state = None; out = []\n"
            "for act, setting in played:\n    state = run(source, state, [act], setting).state; out.append(state)\n"
            "sys.stdout.buffer.write(pickle.dumps(out))"
        )
        played = [(act, setting) for act, setting, _ in self.played]
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=pickle.dumps((self.source, played)),
            stdout=subprocess.PIPE,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        )
        assert pickle.loads(done.stdout) == [step.state for _, _, step in self.played]

    def _setting(self) -> Setting:
        return Setting(self.now, self.calendar, self._shelf, self.deadlines)

    def _record(self, act: Act, setting: Setting, step: Step) -> None:
        self.step = step
        self.changes += step.changes
        self.flows += step.flows
        self.played.append((act, setting, step))
