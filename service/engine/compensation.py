"""Compensation: what has been completed and can be undone, and the runs that undo it.

A scope remembers its completed activities that have a compensation handler, and its completed sub-processes in which
something of the kind was completed. A throw event takes them out, so that each is compensated once, and lets
their handlers run one after the other, the newest first; the instances of a parallel multi-instance activity at
once. A handler runs in the scope of the throw event and sees its variables as they are now; from inside a completed
sub-process or multi-instance activity it also sees the local ones as they were when that completed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from service.engine.model import Loop, Node
from service.values import untag

if TYPE_CHECKING:
    from service.engine.corrections import Token
    from service.engine.machine import Machine


@dataclass(frozen=True, slots=True)
class Done:
    """A completed activity. `number` grows with each completion of the instance.

    `inner` is what it was made of: the activities of a sub-process or, of a `group`, the rounds or instances of one
    activity. `given` are local variables as they were, as tagged JSON.
    """

    number: int
    element_id: str
    group: bool
    given: dict[str, str]
    inner: tuple[Done, ...]

    def dump(self) -> list[Any]:
        return [self.number, self.element_id, self.group, self.given, [each.dump() for each in self.inner]]

    @classmethod
    def load(cls, row: list[Any]) -> Done:
        number, element_id, group, given, inner = row
        return cls(number, element_id, group, given, tuple(cls.load(each) for each in inner))


@dataclass(slots=True)
class Run:
    """Handlers that are to run: `pending`, oldest first, each with the scope to run in; `active` of them run now.

    `thrower` is the token that waits for the end of it, `above` the run that does; None if nobody does.
    """

    number: int
    above: int | None
    thrower: int | None
    pending: list[tuple[int, Done]]
    active: int = 0


class Compensation:
    """What the scopes of one instance remember, by scope, and the runs, by number."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._done: dict[int, list[Done]] = {}
        self._runs: dict[int, Run] = {}

    # --- remembering --------------------------------------------------------------------------

    def completed(self, token: Token) -> None:
        """An activity has completed. Called while its variables are still there."""
        node, inner = token.node, tuple(self._done.pop(token.number, ()))
        if token.undoing is not None:
            return
        group = token.task_spec.type == "MULTI_INSTANCE_BODY"
        own = not group and (node.undo is not None or (node.body is not None and node.body.undoing is not None))
        if own or inner:
            new = Done(self._machine.next_id(), node.id, group, {} if group else self._given(token), inner)
            self._done.setdefault(token.scope_id, []).append(new)

    def _given(self, token: Token) -> dict[str, str]:
        """The local variables that a handler will see again: those of a sub-process, the item of an instance."""
        texts = self._machine.scopes.texts(token.number)
        if token.node.body is not None and token.node.undo is None:
            return texts
        named = token.node.loop.input_element if isinstance(token.node.loop, Loop) else None
        items = {"loopCounter", named} if token.task_spec.each else set()
        return {name: text for name, text in texts.items() if name in items}

    def forget(self, token: Token) -> None:
        """A token ended before its time: with it what happened inside, and the runs that it waits for or is part of."""
        self._done.pop(token.number, None)
        for run in list(self._runs.values()):
            if token.number == run.thrower or token.undoing == run.number:
                self._drop(run)

    def _drop(self, run: Run) -> None:
        while run.above is not None:
            run = self._runs[run.above]
        dropped = {run.number}
        for each in sorted(self._runs.values(), key=lambda each: each.number):
            if each.above in dropped:
                dropped.add(each.number)
        for number in dropped:
            del self._runs[number]
        for token in [token for token in self._machine.tokens.values() if token.undoing in dropped]:
            self._machine.terminate(token)

    # --- undoing ------------------------------------------------------------------------------

    def throw(self, token: Token, activity: str | None, *, waits: bool) -> bool:
        """Begin to compensate what an event in the scope of `token` can: all, or one activity.

        False if there is nothing to wait for; else the token's spec is told at the end (`compensated`).
        """
        found: list[tuple[int, Done]] = []
        workflow = token.workflow
        while True:
            found += self._taken(workflow.number, activity)
            owner = None if workflow is self._machine.workflow else workflow.owner
            if owner is None or owner.node.type != "EVENT_SUB_PROCESS" or owner.node.undoes_scope:
                break
            workflow = owner.workflow
        if not found:
            return False
        found.sort(key=lambda each: each[1].number)
        self._begin_run(None, token.number if waits else None, found, at_once=False)
        return waits

    def _taken(self, scope: int, activity: str | None) -> list[tuple[int, Done]]:
        there = self._done.pop(scope, [])
        left = [each for each in there if activity not in (None, each.element_id)]
        if left:
            self._done[scope] = left
        return [(scope, each) for each in there if each not in left]

    def _begin_run(
        self, above: int | None, thrower: int | None, pending: list[tuple[int, Done]], *, at_once: bool
    ) -> None:
        run = Run(self._machine.next_id(), above, thrower, pending)
        self._runs[run.number] = run
        for _ in range(len(pending) if at_once else 1):
            self._begin(run, *run.pending.pop())

    def _begin(self, run: Run, scope: int, done: Done) -> None:
        run.active += 1
        node = self._machine.compiled.definition.nodes[done.element_id]
        if not done.group and node.undo is not None:
            self._place(run.number, scope, node.undo, {name: untag(text) for name, text in done.given.items()})
        elif not done.group and node.body is not None and node.body.undoing is not None:
            given = {name: untag(text) for name, text in done.given.items()}
            token = self._place(run.number, scope, node.body.undoing, given)
            # What it throws compensates what was done in the sub-process around it.
            if done.inner:
                self._done[token.number] = list(done.inner)
        else:
            inner = [(scope, replace(each, given={**done.given, **each.given})) for each in done.inner]
            at_once = done.group and isinstance(node.loop, Loop) and not node.loop.sequential
            self._begin_run(run.number, None, inner, at_once=at_once)

    def _place(self, run: int, scope: int, node: Node, given: Any) -> Token:
        token: Token = self._machine.inside(scope).place(self._machine.spec(node.id))
        token.undoing, token.given = run, given
        token.task_spec._update(token)
        return token

    def go_on(self, token: Token) -> None:
        """A token of a run has completed: its event leads to the handler, the handler to the next one."""
        if token.undoing not in self._runs:
            return
        handler = token.node.handler
        if handler is not None:
            nodes = self._machine.compiled.definition.nodes
            self._place(token.undoing, token.workflow.number, nodes[handler], token.given)
        else:
            self.advance(token.undoing)

    def advance(self, number: int) -> None:
        """One handler of a run is over; the next one begins, or whoever waits for the run goes on."""
        run = self._runs[number]
        run.active -= 1
        if run.active:
            return
        if run.pending:
            self._begin(run, *run.pending.pop())
            return
        del self._runs[number]
        if run.above is not None:
            self.advance(run.above)
        elif run.thrower is not None:
            thrower = self._machine.tokens[run.thrower]
            thrower.task_spec.compensated(self._machine, thrower)

    # --- keeping ------------------------------------------------------------------------------

    def clear(self) -> None:
        """The instance has ended."""
        self._done.clear()
        self._runs.clear()

    def dump(self) -> dict[str, Any]:
        """Nothing of it if there is nothing to compensate."""
        if not self._done and not self._runs:
            return {}
        done = [[scope, [each.dump() for each in self._done[scope]]] for scope in sorted(self._done)]
        runs = [
            [run.number, run.above, run.thrower, [[scope, each.dump()] for scope, each in run.pending], run.active]
            for _, run in sorted(self._runs.items())
        ]
        return {"done": done, "runs": runs}

    def load(self, dumped: dict[str, Any]) -> None:
        for scope, rows in dumped.get("done", ()):
            self._done[scope] = [Done.load(row) for row in rows]
        for number, above, thrower, pending, active in dumped.get("runs", ()):
            self._runs[number] = Run(number, above, thrower, [(s, Done.load(row)) for s, row in pending], active)
