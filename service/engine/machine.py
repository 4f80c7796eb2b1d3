"""One instance while it moves: tokens, variables, waits, and the loop that runs them to the next quiet state."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

from SpiffWorkflow.util.task import TaskState

from service.engine.catching import broadcast
from service.engine.compensation import Compensation
from service.engine.conditions import Conditions
from service.engine.corrections import ElementSpec, Process, Token
from service.engine.expressions import Expressions
from service.engine.flows import InclusiveGateway, leaving
from service.engine.model import Loop, Node, Scope
from service.engine.scopes import Scopes
from service.engine.subscriptions import subscription
from service.engine.types import (
    DecisionTaken,
    ElementChange,
    ElementState,
    EngineError,
    EscalationThrown,
    InstanceState,
    MessageThrown,
    Setting,
    SignalThrown,
    VariableChange,
)
from service.engine.waits import Waits
from service.values import Variables

if TYPE_CHECKING:
    from service.engine.compiled import Compiled

#: Elements that one act may enter before it is taken for an endless loop.
MAX_STEPS: Final = 10_000


@dataclass(slots=True)
class Log:
    """What happened since loading, in order."""

    changes: list[ElementChange] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    variables: list[VariableChange] = field(default_factory=list)
    decisions: list[DecisionTaken] = field(default_factory=list)
    messages: list[MessageThrown] = field(default_factory=list)
    signals: list[SignalThrown] = field(default_factory=list)
    escalations: list[EscalationThrown] = field(default_factory=list)


class Machine:
    """The running instance.

    `interrupted` are the scopes whose event sub-processes catch nothing any more, `joining` the tokens that wait at
    inclusive gateways.
    """

    def __init__(self, compiled: Compiled, setting: Setting) -> None:
        self.compiled, self.setting = compiled, setting
        self.log = Log()
        self.counter = 0
        self.called = False
        self.status = InstanceState.ACTIVE
        self.error: tuple[str, str, Variables] | None = None
        self.interrupted: set[int] = set()
        self.tokens: dict[int, Token] = {}
        self.joining: dict[int, Token] = {}
        self.waits = Waits()
        self.scopes = Scopes(lambda *change: self.log.variables.append(VariableChange(*change)))
        self.expressions = Expressions(self.scopes, setting)
        self.compensation = Compensation(self)
        self.conditions = Conditions(self)
        self.announced: list[tuple[str, Variables]] = []
        self.workflow = Process(compiled.root, compiled.inner, self)
        self._ready: list[tuple[int, int]] = []

    def next_id(self) -> int:
        self.counter += 1
        return self.counter

    def spec(self, element_id: str) -> ElementSpec:
        return self.compiled.specs[element_id]

    def inside(self, scope_id: int) -> Any:
        """The library's workflow of a scope: the process, or the inside of a sub-process."""
        return self.workflow.subprocesses[self.tokens[scope_id].id] if scope_id else self.workflow

    # --- the loop ---------------------------------------------------------------------------

    def queue(self, token: Token) -> None:
        heappush(self._ready, (-token.workflow.depth, token.number))

    def run(self) -> None:
        """Until nothing moves. The innermost scope goes first, in it the oldest token.

        Events that interrupt were already handled when they came in, so no queued work can overtake them.
        """
        steps = 0
        while True:
            self._announce()
            self.conditions.check()
            if not self._ready and not self._settle():
                return
            token = self.tokens.get(heappop(self._ready)[1])
            if token is None or token.state != TaskState.READY:
                continue
            steps += 1
            if steps > MAX_STEPS:
                raise EngineError("UNKNOWN", token.node.id, f"too many steps: more than {MAX_STEPS} in one act")
            token.run()

    def _announce(self) -> None:
        """Signals that were thrown reach who waits for them here: their thrower has gone on, nothing else has moved."""
        while self.announced:
            broadcast(self, *self.announced.pop(0))

    def _settle(self) -> bool:
        """Whether an inclusive gateway, waiting for tokens that will not come, could pass."""
        asked: set[tuple[int, str]] = set()
        for number in sorted(self.joining):
            token = self.joining[number]
            gateway = token.workflow.number, token.node.id
            if gateway not in asked and token.task_spec.settle(token):
                return True
            asked.add(gateway)
        return False

    def waits_at_join(self, token: Token) -> None:
        """Called by the scope when a token begins to wait at a gateway."""
        if isinstance(token.task_spec, InclusiveGateway):
            self.joining[token.number] = token

    # --- entering and leaving -----------------------------------------------------------------

    def enter(self, token: Token) -> None:
        """An element becomes active: its scope, its input mappings, the events attached to it."""
        spec, node = token.task_spec, token.node
        self._change(token, ElementState.ACTIVE)
        self.scopes.enter(token.number, token.scope_id)
        for name, value in token.given.items():
            self.scopes.set(token.number, name, value, node.id)
        body = spec.type == "MULTI_INSTANCE_BODY"
        if not body:
            self.scopes.declare(token.number, node.locals, node.id)
            self.expressions.inputs(token.number, node.inputs, node.id)
        if not spec.each:
            for event in node.boundaries:
                self.subscribe(event, token.number)

    def leave(self, token: Token) -> None:
        """An element is done: its results go out, its waits close, tokens go on."""
        spec, node = token.task_spec, token.node
        if spec.type != "MULTI_INSTANCE_BODY":
            self._hand_over(token, node)
        self._close_waits(token.number)
        flows = [] if spec.each else [flow for flow in leaving(token) if token.start in (None, flow.target)]
        self._change(token, ElementState.COMPLETED)
        for flow in flows:
            if flow.id is not None:
                self.log.flows.append(flow.id)
            child = token._add_child(self.spec(flow.target), TaskState.FUTURE)
            child.arrived_by = next(i for i, each in enumerate(child.node.incoming) if each is flow)
            if token.start is not None:
                child.fired = token.fired

    def _hand_over(self, token: Token, node: Node) -> None:
        if node.outputs:
            for name, value in token.results.items():
                self.scopes.set(token.number, name, value, node.id)
            own = node.loop.result if token.task_spec.each and isinstance(node.loop, Loop) else None
            self.expressions.outputs(token.number, node.outputs, node.id, own)
        else:
            for name, value in token.results.items():
                self.scopes.propagate(token.number, name, value, node.id)

    def completed(self, token: Token) -> None:
        """Called by the library after an element has completed: forget the token, close what it was the last of."""
        body = token.parent if token.task_spec.each else None
        done = body is not None and body.task_spec.collect(self, body, token)
        self.compensation.completed(token)
        self.scopes.leave(token.number)
        self.remove(token)
        self._announce()
        self.compensation.go_on(token)
        if body is None:
            self._drained(token.workflow)
        elif done:
            for child in body.children:
                self.terminate(child)
            body.complete()
        else:
            body.task_spec.go_on(body)

    def _drained(self, workflow: Any) -> None:
        if self.status is not InstanceState.ACTIVE or not workflow.is_empty():
            return
        if workflow is self.workflow:
            self._end(InstanceState.COMPLETED)
        elif workflow.owner.number in self.tokens:
            workflow.owner.complete()

    def _end(self, status: InstanceState) -> None:
        for each in list(self.waits):
            self.waits.close(each.wait.id)
        self.conditions.clear()
        self.compensation.clear()
        self.status = status

    # --- ending before its time ---------------------------------------------------------------

    def terminate(self, token: Token) -> None:
        """End an element instance with everything inside it, the inside first. One that has ended stays so."""
        if token.number not in self.tokens:
            return
        inside = self.workflow.subprocesses.get(token.id)
        for inner in [*(inside.live() if inside else ()), *token.children]:
            self.terminate(inner)
        token.cancel()

    def ended(self, token: Token) -> None:
        """Called by the library when a token is cancelled."""
        self._close_waits(token.number)
        if self.scopes.knows(token.number):
            self._change(token, ElementState.TERMINATED)
            self.scopes.leave(token.number)
        self.remove(token)
        self.compensation.forget(token)

    def _close_waits(self, owner: int) -> None:
        for each in self.waits.of(owner):
            self.waits.close(each.wait.id)
        self.conditions.close(owner)

    def clear(self, workflow: Any, but: Token | None = None) -> None:
        """End all tokens of a scope, bar one, and let its event sub-processes catch nothing more."""
        for token in workflow.live():
            if token is not but and token.number in self.tokens:
                self.terminate(token)
        self.mute(workflow.number)

    def mute(self, scope_id: int) -> None:
        for each in self.waits.of(scope_id):
            if self.compiled.definition.nodes[each.wait.element_id].tag == "startEvent":
                self.waits.close(each.wait.id)
        self.conditions.close(scope_id, starts_only=True)
        self.interrupted.add(scope_id)

    def abort(self, status: InstanceState = InstanceState.TERMINATED) -> None:
        """End the whole instance."""
        self.clear(self.workflow)
        self._end(status)

    def remove(self, token: Token) -> None:
        """Take a token out of the library's tree; tokens that came from it move up to the root."""
        workflow = token.workflow
        if token.is_joining:
            workflow.joined(token)
        workflow.count(token.node.id, -1)
        for child in token.children:
            child.parent = workflow.task_tree
            workflow.task_tree._children.append(child.id)
        token.parent._children.remove(token.id)
        del workflow.tasks[token.id]
        del self.tokens[token.number]
        self.workflow.subprocesses.pop(token.id, None)
        self.interrupted.discard(token.number)

    # --- events -------------------------------------------------------------------------------

    def subscribe(self, event: Node, owner: int) -> None:
        """Wait for an event on behalf of `owner`; errors and escalations are found when thrown."""
        for index, definition in enumerate(event.events):
            if definition.kind in ("timer", "message", "signal"):
                self.waits.open(subscription(self, event, index, owner))
            elif definition.kind == "conditional":
                self.conditions.open(event, index, owner)

    def listen(self, scope: Scope, scope_id: int) -> None:
        """A scope begins: its data objects, and what its event sub-processes wait for."""
        self.scopes.declare(scope_id, scope.variables, scope.id)
        for node in scope.event_subprocesses:
            if node.body is not None:
                self.subscribe(node.body.starts[0], scope_id)

    def _change(self, token: Token, state: ElementState) -> None:
        node = token.node
        self.log.changes.append(
            ElementChange(token.number, node.id, node.name, token.task_spec.type, token.scope_id, state)
        )
