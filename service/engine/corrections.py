"""Where the library is not used as it comes, and why. Everything else here builds on these classes.

SpiffWorkflow 3.2 predicts tasks that may never be reached, keeps those that are done, walks the tree to 1,000 levels
and copies data from task to task: a loop of 500 rounds reports itself completed, twelve parallel blocks make
32,000 tasks, a join lets one branch overwrite another. Here its tree holds *tokens* only: a task exists from
the moment a flow leads to it until it is left, variables live in `scopes`, and a scope is finished when no token
is left in it. So the cost of a step does not depend on how long an instance has been running.

Ids are counted within the instance and no clock is read, so that the same acts give the same state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.engine.model import Node
from service.values import Variables

if TYPE_CHECKING:
    from service.engine.machine import Machine

_ROOT: Final = 0


class _NoScripts:
    """Stands where the library keeps its Python script engine; nothing in a diagram is ever Python."""


_NO_SCRIPTS: Final = _NoScripts()


class Token(Task):  # type: ignore[misc]
    """A task of the library with a counted id, without clock and log.

    `results` are what it hands over when it completes, `fired` what an event that has already happened brings
    along, `given` the local variables that it begins with; all three live within one act only.
    `arrived_by` is the position of the flow by which it came, among those into its element, `undoing` the run of
    compensation that it belongs to.
    """

    task_spec: Any
    workflow: Any
    _state: int

    def __init__(
        self,
        workflow: Any,
        task_spec: Any,
        parent: Token | None = None,
        state: int = TaskState.MAYBE,
        number: int | None = None,
    ) -> None:
        # All that the library's own does, but for its random id and its clock.
        self.workflow, self.task_spec = workflow, task_spec
        self.number = workflow.top_workflow.machine.next_id() if number is None else number
        self.id = self.number
        self._parent = parent.id if parent is not None else None
        self._children = _Ids()
        self._state = state
        self.triggered, self.thread_id, self.last_state_change = False, 0, 0.0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        workflow.tasks[self.id] = self
        if parent is not None:
            parent._children.append(self.id)
        self.arrived_by: int | None = None
        self.undoing: int | None = None
        self.results: Variables = {}
        self.fired: Variables | None = None
        self.given: Variables = {}
        self.start: str | None = None
        if self.number:
            self.machine.tokens[self.number] = self
            workflow.count(self.node.id, 1)

    @property
    def machine(self) -> Machine:
        machine: Machine = self.workflow.top_workflow.machine
        return machine

    @property
    def node(self) -> Node:
        node: Node = self.task_spec.node
        return node

    @property
    def is_joining(self) -> bool:
        """Whether it waits at a gateway for others."""
        return bool(self.state == TaskState.WAITING)

    @property
    def scope_id(self) -> int:
        """The element instance that this one lies in: multi-instance body, sub-process, or 0."""
        scope: int = self.parent.number or self.workflow.number
        return scope

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> Token:
        return Token(self.workflow, task_spec, self, state=state)

    def _set_state(self, value: int) -> None:
        if self._state == TaskState.WAITING:
            self.workflow.joined(self)
        self._state = value
        if value == TaskState.WAITING:
            self.workflow.joins(self)

    def run(self) -> bool | None:
        """As the library's, but an element that ended itself (its throw interrupted its scope) stays ended."""
        result: bool | None = self.task_spec._run(self)
        if self.state == TaskState.READY:
            if result:
                self.complete()
            else:
                self._set_state(TaskState.STARTED)
        return result


class _Ids(dict[int, None]):
    """The library's list of a task's children, from which one can be taken without looking at all."""

    def append(self, child: int) -> None:
        self[child] = None

    def remove(self, child: int) -> None:
        del self[child]


class _Counted:
    """What both kinds of workflow share: a root without a meaning of its own, and the machine as listener.

    `counts` are the tokens in this scope by element, `waiting` those that wait at its gateways: by element, by the
    flow on which they came, by number, oldest first. With them no step looks at all tokens.
    """

    number: int
    top_workflow: Any
    counts: dict[str, int]
    waiting: dict[str, dict[int | None, dict[int, Token]]]

    def _plant(self) -> None:
        self.counts, self.waiting = {}, {}
        root = Token(self, self.spec.start, state=TaskState.COMPLETED, number=_ROOT)  # type: ignore[attr-defined]
        self.task_tree = root

    def place(self, spec: ElementSpec) -> Token:
        """A new token at an element. It runs with the next turn of the loop."""
        token: Token = self.task_tree._add_child(spec, TaskState.FUTURE)
        return token

    def live(self) -> list[Token]:
        """All tokens in this scope, oldest first."""
        return [task for task in self.tasks.values() if task.id != _ROOT]  # type: ignore[attr-defined]

    def is_empty(self) -> bool:
        return len(self.tasks) == 1  # type: ignore[attr-defined]  # the root

    def count(self, element_id: str, more: int) -> None:
        """A token came to an element, or (-1) is gone from it."""
        self.counts[element_id] = self.counts.get(element_id, 0) + more

    def joins(self, token: Token) -> None:
        """A token begins to wait at a gateway."""
        self.waiting.setdefault(token.node.id, {}).setdefault(token.arrived_by, {})[token.number] = token
        self.top_workflow.machine.waits_at_join(token)

    def joined(self, token: Token) -> None:
        """It waits no more."""
        flows = self.waiting[token.node.id]
        del flows[token.arrived_by][token.number]
        if not flows[token.arrived_by]:
            del flows[token.arrived_by]
        self.top_workflow.machine.joining.pop(token.number, None)

    def first_of_each(self, element_id: str) -> dict[int | None, Token]:
        """The oldest token that waits at a gateway on each incoming flow that has one."""
        return {flow: next(iter(tokens.values())) for flow, tokens in self.waiting.get(element_id, {}).items()}

    def _task_completed_notify(self, task: Token) -> None:
        self.top_workflow.machine.completed(task)


class Process(_Counted, BpmnWorkflow):  # type: ignore[misc]
    """The library's workflow without first task, prediction and script engine."""

    number = 0

    def __init__(self, spec: BpmnProcessSpec, inner: dict[str, BpmnProcessSpec], machine: Machine) -> None:
        self.machine = machine
        super().__init__(spec, inner, script_engine=_NO_SCRIPTS, deserializing=True)
        self._plant()

    def create_subprocess(self, my_task: Token, spec_name: str) -> Inside:
        inside = Inside(self.subprocess_specs[spec_name], my_task)
        self.subprocesses[my_task.id] = inside
        return inside


class Inside(_Counted, BpmnSubWorkflow):  # type: ignore[misc]
    """The inside of one sub-process instance. `owner` is the token of the sub-process."""

    def __init__(self, spec: BpmnProcessSpec, owner: Token) -> None:
        self.owner = owner
        self.number = owner.number
        super().__init__(spec, owner.id, owner.workflow.top_workflow, deserializing=True)
        self._plant()

    def _calculate_depth(self) -> int:
        depth: int = self.owner.workflow.depth + 1
        return depth


class ScopeSpec(BpmnProcessSpec):  # type: ignore[misc]
    """The library's spec of a process or of the inside of a sub-process, without its register of elements by name.

    The register holds elements of the library's own ("Start", "End"), and refuses an author's of the same name.
    """

    def _add_notify(self, task_spec: Any) -> None:
        """Elements are found by `compiled.Compiled.specs`."""


class ElementSpec(BpmnSpecMixin):  # type: ignore[misc]
    """A flow node. Subclasses say in `execute` what it does; this is how it is entered and left.

    `each` marks the inner activity of a multi-instance body, which has neither flows nor boundary events of its own.
    """

    def __init__(self, wf_spec: BpmnProcessSpec, node: Node, *, each: bool = False) -> None:
        super().__init__(wf_spec, f"{node.id}#each" if each else node.id, bpmn_name=node.name)
        self.bpmn_id, self.node, self.each = node.id, node, each
        self.type = node.type

    def execute(self, machine: Machine, token: Token) -> bool:
        """Do what the element does. True: it is done. False: it waits, and something will complete its token."""
        return True

    def test(self) -> None:
        """The wiring is checked when a diagram is read."""

    def _predict_hook(self, my_task: Token) -> None:
        """Nothing is predicted: with a task for every possible future, twelve parallel blocks are 32,000 tasks."""

    def _update_hook(self, my_task: Token) -> bool:
        return True

    def _on_ready_hook(self, my_task: Token) -> None:
        my_task.machine.queue(my_task)

    def _run_hook(self, my_task: Token) -> bool:
        machine = my_task.machine
        machine.enter(my_task)
        # What is true already when an activity begins may end it before it does anything.
        machine.conditions.check()
        return my_task.number in machine.tokens and self.execute(machine, my_task)

    def _on_complete_hook(self, my_task: Token) -> None:
        my_task.machine.leave(my_task)

    def _on_cancel(self, my_task: Token) -> None:
        my_task.machine.ended(my_task)
