"""The acts: what each does to a machine before the loop runs it on."""

from service.engine.catching import escalate, fail, trigger
from service.engine.corrections import Token
from service.engine.machine import Machine
from service.engine.model import Loop
from service.engine.modification import modify
from service.engine.subscriptions import after_firing, reviewed
from service.engine.types import (
    Act,
    ActImpossible,
    CallWait,
    Cancel,
    CompleteTask,
    Correlate,
    FinishCall,
    FireTimer,
    JobWait,
    MessageWait,
    Modify,
    ReviewWaits,
    SetVariables,
    Signal,
    SignalWait,
    Start,
    ThrowError,
    ThrowEscalation,
    TimerWait,
    UserTaskWait,
    Wait,
)
from service.engine.waits import OpenWait
from service.values import Variables


def start(machine: Machine, act: Start) -> None:
    """Begin: process variables, what event sub-processes wait for, the start event."""
    root = machine.compiled.definition.root
    begins = [node for node in root.starts if act.element_id in (node.id, None)]
    begins = [node for node in begins if act.element_id is not None or node.event.kind == "none"]
    if not begins:
        raise ActImpossible(f"the process has no start event {act.element_id or 'without a trigger'!r}")
    [event] = begins
    machine.called = act.called
    if not event.outputs:
        for name, value in act.variables.items():
            machine.scopes.set(0, name, value, event.id)
    machine.listen(root, 0)
    token = machine.workflow.place(machine.spec(event.id))
    token.fired = act.variables if event.outputs else {}
    token.task_spec._update(token)
    machine.run()


def perform(machine: Machine, act: Act) -> None:
    """Do the act and run on. Raises `ActImpossible` before anything has happened."""
    if isinstance(act, CompleteTask):
        _complete(machine, act.id, (UserTaskWait, JobWait), act.variables)
    elif isinstance(act, FinishCall):
        _finish_call(machine, act)
    elif isinstance(act, ThrowError):
        _open(machine, act.id, (UserTaskWait, JobWait, CallWait))
        fail(machine, machine.tokens[act.id], act.code, act.message, act.variables, at_activity=True)
    elif isinstance(act, ThrowEscalation):
        _open(machine, act.id, (UserTaskWait, JobWait, CallWait))
        escalate(machine, machine.tokens[act.id], act.code, act.variables, at_activity=True)
    elif isinstance(act, FireTimer):
        _fire(machine, act.id)
    elif isinstance(act, Correlate):
        _trigger(machine, _open(machine, act.id, (MessageWait,)), act.variables)
    elif isinstance(act, Signal):
        _trigger(machine, _open(machine, act.id, (SignalWait,)), act.variables)
    elif isinstance(act, SetVariables):
        _set_variables(machine, act)
    elif isinstance(act, ReviewWaits):
        for each in list(machine.waits):
            moved = reviewed(machine, each)
            if moved is not None:
                machine.waits.move(each.wait.id, moved)
    elif isinstance(act, Cancel):
        machine.abort()
    elif isinstance(act, Modify):
        modify(machine, act)
    machine.run()


def _open(machine: Machine, wait_id: int, kinds: tuple[type[Wait], ...]) -> OpenWait:
    found = machine.waits.get(wait_id)
    if found is None or not isinstance(found.wait, kinds):
        raise ActImpossible(f"nothing of this kind waits under {wait_id}")
    return found


def _complete(machine: Machine, wait_id: int, kinds: tuple[type[Wait], ...], variables: Variables) -> None:
    _open(machine, wait_id, kinds)
    token = machine.tokens[wait_id]
    token.results = variables
    token.complete()


def _finish_call(machine: Machine, act: FinishCall) -> None:
    wait = _open(machine, act.id, (CallWait,)).wait
    node = machine.compiled.definition.nodes[wait.element_id]
    comes_back = isinstance(wait, CallWait) and (wait.propagate_all or bool(node.outputs))
    # A child was given its caller's half-filled collections too; what it hands back would undo the results since.
    kept = _gathering(machine.tokens[act.id])
    variables = {name: value for name, value in act.variables.items() if name not in kept}
    _complete(machine, act.id, (CallWait,), variables if comes_back else {})


def _gathering(token: Token) -> set[str]:
    """The output collections of the multi-instance bodies around a token."""
    found: set[str] = set()
    while True:
        loop = token.node.loop
        if isinstance(loop, Loop) and loop.output_collection:
            found.add(loop.output_collection)
        if not token.workflow.number:
            return found
        token = token.workflow.owner


def _fire(machine: Machine, wait_id: int) -> None:
    found = _open(machine, wait_id, (TimerWait,))
    if isinstance(found.wait, TimerWait) and found.wait.due_at > machine.setting.now:
        raise ActImpossible(f"the timer {wait_id} is not due before {found.wait.due_at.isoformat()}")
    following = after_firing(found, machine.setting)
    if following is None:
        machine.waits.close(wait_id)
    else:
        machine.waits.move(wait_id, following)
    _trigger(machine, found, {})


def _trigger(machine: Machine, found: OpenWait, variables: Variables) -> None:
    event = machine.compiled.definition.nodes[found.wait.element_id]
    trigger(machine, event, found.owner, variables)


def _set_variables(machine: Machine, act: SetVariables) -> None:
    if not machine.scopes.knows(act.scope_id):
        raise ActImpossible(f"there is no scope {act.scope_id}")
    for name, value in act.variables.items():
        if act.local:
            machine.scopes.set(act.scope_id, name, value, machine.compiled.definition.process_id)
        else:
            machine.scopes.propagate(act.scope_id, name, value, machine.compiled.definition.process_id)
