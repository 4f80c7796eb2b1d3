"""Standard loops: a body that runs its activity again and again, one round after the other.

`testBefore` says when the condition is asked, before or after a round; `loopMaximum` is the most rounds there may be,
so that with a bound of zero or below there is none, whichever way the condition is tested: "to specify a maximal number
of iterations" (BPMN 2.0.2, operational semantics of the Loop Activity).
`loopCounter` is the number of rounds that have begun: 0 when the condition is asked for the first time before a round.
"""

from decimal import Decimal

from service.engine.corrections import Token
from service.engine.machine import Machine
from service.engine.model import StandardLoop
from service.engine.multi_instance import Body
from service.values import Value


class LoopBody(Body):
    """The body. A condition reads what a round has handed over, not what was local to it."""

    @property
    def loop(self) -> StandardLoop:
        assert isinstance(self.node.loop, StandardLoop)  # noqa: S101  (made for such nodes only)
        return self.node.loop

    def execute(self, machine: Machine, token: Token) -> bool:
        token.internal_data = {"begun": 0}
        if self._exhausted(token) or (self.loop.test_before and not self._wanted(machine, token)):
            return True
        self.go_on(token)
        return False

    def collect(self, machine: Machine, body: Token, child: Token) -> bool:
        """True: there is no further round."""
        return self._exhausted(body) or not self._wanted(machine, body)

    def go_on(self, body: Token) -> None:
        self.begin(body, {})

    def _exhausted(self, body: Token) -> bool:
        begun: int = body.internal_data["begun"]
        return self.loop.maximum is not None and begun >= self.loop.maximum

    def _wanted(self, machine: Machine, body: Token) -> bool:
        if self.loop.condition is None:
            return True
        counter: dict[str, Value] = {"loopCounter": Decimal(body.internal_data["begun"])}
        return machine.expressions.condition(body.number, self.loop.condition, self.node.id, counter)
