"""Which flows leave an element, and when tokens that meet become one."""

from functools import cached_property

from SpiffWorkflow.util.task import TaskState

from service.engine.corrections import ElementSpec, Token
from service.engine.model import Flow, Node
from service.engine.types import EngineError


def leaving(token: Token) -> list[Flow]:
    """The flows that are taken from an element that is done.

    From an activity or event: all without a condition, those whose condition holds, and the default one if no
    condition does. Raises `EngineError` CONDITION_ERROR if there are flows and none may be taken.
    """
    node = token.node
    default = [flow for flow in node.outgoing if node.default is not None and flow.id == node.default]
    if not default and all(flow.condition is None for flow in node.outgoing):
        return node.outgoing
    taken = []
    held = False
    for flow in node.outgoing:
        if flow.condition is None:
            if flow not in default:
                taken.append(flow)
        elif _holds(token, flow):
            taken.append(flow)
            held = True
            if node.tag == "exclusiveGateway":
                return [flow]
    if not held:
        taken += default
    if not taken:
        raise EngineError("CONDITION_ERROR", node.id, "no condition holds, and there is no default flow")
    return taken


def _holds(token: Token, flow: Flow) -> bool:
    return token.machine.expressions.condition(token.number, flow.condition or "", token.node.id)


class ParallelGateway(ElementSpec):
    """Waits for one token on each incoming flow. Excess tokens stay for the next time."""

    def _update_hook(self, my_task: Token) -> bool:
        if len(self.node.incoming) < 2:
            return True
        partners = my_task.workflow.first_of_each(self.node.id)
        if len(partners.keys() | {my_task.arrived_by}) < len(self.node.incoming):
            my_task._set_state(TaskState.WAITING)
            return False
        for partner in partners.values():
            my_task.machine.remove(partner)
        return True


class InclusiveGateway(ElementSpec):
    """Waits as long as another token may still come on an incoming flow that has none.

    Decided when nothing else can run (`settle`): as long as somebody moves, nobody knows who will come.
    """

    def _update_hook(self, my_task: Token) -> bool:
        if len(self.node.incoming) < 2:
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def settle(self, token: Token) -> bool:
        """Let the tokens that wait here, `token` the oldest of them, pass as one if nobody else is to come."""
        arrived = token.workflow.first_of_each(self.node.id)
        for element_id, count in token.workflow.counts.items():
            leads = self._leads.get(element_id) if count else None
            # One that can also come where somebody already waits is not waited for (BPMN 2.0.2, table 13.3).
            if leads and leads.isdisjoint(arrived):
                return False
        for partner in arrived.values():
            if partner is not token:
                token.machine.remove(partner)
        token._ready()
        return True

    @cached_property
    def _leads(self) -> dict[str, set[int]]:
        """The incoming flows that can be reached from an element without passing this gateway, by their position."""
        found: dict[str, set[int]] = {}
        for index, flow in enumerate(self.node.incoming):
            for source in _sources(self.node, flow):
                found.setdefault(source, set()).add(index)
        return found


def _sources(gateway: Node, flow: Flow) -> set[str]:
    found: set[str] = set()
    pending = [flow.source]
    while pending:
        node = gateway.scope.nodes[pending.pop()]
        if node.id in found or node is gateway:
            continue
        found.add(node.id)
        pending += [each.source for each in node.incoming]
        if node.attached_to:
            pending.append(node.attached_to)
    return found
