"""Whether the elements of a scope hang together in a way that can be executed."""

from collections.abc import Mapping

from service.engine.model import Node, Scope, Unsupported

#: What can come by itself while something waits for it.
AWAITED = frozenset({"message", "timer", "signal", "conditional"})


def check_scope(scope: Scope) -> None:
    """Raises `Unsupported` for what has no meaning: missing starts, flows nobody can take, tasks without a kind."""
    starts = scope.starts
    if scope.owner is None:
        if not starts:
            raise Unsupported(scope.id, "a process needs a start event")
        if sum(not node.events for node in starts) > 1:
            raise Unsupported(scope.id, "more than one plain start event")
    elif len(starts) != 1:
        raise Unsupported(scope.owner.id, "a sub-process needs exactly one start event")
    elif scope.owner.type == "EVENT_SUB_PROCESS":
        _check_event_subprocess(scope.owner, starts[0])
    for node in scope.nodes.values():
        _check_flows(node)
        _check_kind(node)


def _check_event_subprocess(owner: Node, start: Node) -> None:
    if owner.loop:
        raise Unsupported(owner.id, "an event sub-process cannot be multi-instance")
    if start.is_event("error") and not start.interrupting:
        raise Unsupported(start.id, "an error always interrupts")
    if start.is_event("compensate") and (owner.scope.owner is None or owner.scope.owner.type == "EVENT_SUB_PROCESS"):
        raise Unsupported(start.id, "only an embedded sub-process has a compensation of its own")
    siblings = owner.scope.event_subprocesses
    if start.is_event("compensate") and sum(each.undoes_scope for each in siblings) > 0:
        raise Unsupported(start.id, "a second compensation of the same sub-process")


def _check_flows(node: Node) -> None:
    begins = node.tag in ("startEvent", "boundaryEvent") or node.type == "EVENT_SUB_PROCESS" or node.compensates
    if begins and node.incoming:
        raise Unsupported(node.id, "no flow may lead here")
    ends = node.tag == "endEvent" or node.type == "EVENT_SUB_PROCESS" or node.compensates
    if (ends or node.handler is not None) and node.outgoing:
        raise Unsupported(node.id, "no flow may leave here")
    if node.event.kind == "link" and node.tag == "intermediateThrowEvent" and len(node.outgoing) != 1:
        raise Unsupported(node.id, "a link leads to its target only")
    if node.default is not None and node.default not in {flow.id for flow in node.outgoing}:
        raise Unsupported(node.id, "the default flow does not leave here")
    conditions = [flow for flow in node.outgoing if flow.condition is not None]
    if any(flow.id == node.default for flow in conditions):
        raise Unsupported(node.id, "the default flow has a condition")
    if node.tag in ("exclusiveGateway", "inclusiveGateway") and len(node.outgoing) > 1:
        bare = [flow for flow in node.outgoing if flow.condition is None and flow.id != node.default]
        if bare:
            raise Unsupported(bare[0].id or node.id, "leaves a gateway without a condition")
    if conditions and (node.tag in ("parallelGateway", "eventBasedGateway") or node.event.kind == "link"):
        raise Unsupported(node.id, "conditions have no meaning here")
    if node.tag == "eventBasedGateway":
        _check_event_gateway(node)


def _check_event_gateway(node: Node) -> None:
    targets = [node.scope.nodes[flow.target] for flow in node.outgoing]
    if len(targets) < 2:
        raise Unsupported(node.id, "an event-based gateway needs two events to choose from")
    for target in targets:
        waits = target.events and all(each.kind in AWAITED for each in target.events)
        if target.tag not in ("intermediateCatchEvent", "receiveTask") or not waits or len(target.incoming) != 1:
            raise Unsupported(target.id, "is no event that an event-based gateway can wait for")
        if target.boundaries or target.loop:
            raise Unsupported(target.id, "boundary events and loops have no meaning behind an event-based gateway")


def _check_kind(node: Node) -> None:
    """Each kind of task names what it does."""
    has = node.extensions.keys()
    if node.tag == "serviceTask" and "taskDefinition" not in has:
        raise Unsupported(node.id, "a service task without zeebe:taskDefinition")
    if node.tag == "scriptTask":
        _one_of(node, "script", "taskDefinition")
        script = node.extensions.get("script", {"expression": "x", "resultVariable": "x"})
        if not (script.get("expression") and script.get("resultVariable")):
            raise Unsupported(node.id, "a script needs an expression and a result variable")
    if node.tag == "businessRuleTask":
        _one_of(node, "calledDecision", "taskDefinition")
        called = node.extensions.get("calledDecision", {"decisionId": "x", "resultVariable": "x"})
        if not (called.get("decisionId") and called.get("resultVariable")):
            raise Unsupported(node.id, "a called decision needs an id and a result variable")
    if node.tag == "sendTask" or (node.tag in ("intermediateThrowEvent", "endEvent") and node.is_event("message")):
        _one_of(node, "publishMessage", "taskDefinition")
        published = node.extensions.get("publishMessage")
        named = node.events and all(each.name for each in node.events if each.kind == "message")
        if published is not None and not (named and published.get("correlationKey")):
            raise Unsupported(node.id, "a published message needs a message and a correlation key")
        if published is None and len(node.events) > 1:
            raise Unsupported(node.id, "a job throws nothing beside its message")
    elif node.tag in ("intermediateThrowEvent", "endEvent") and has & {"publishMessage", "taskDefinition"}:
        raise Unsupported(node.id, "only a message is sent by a job or published")
    if node.tag == "receiveTask" and not node.events:
        raise Unsupported(node.id, "a receive task without a message")
    if node.tag == "callActivity" and not node.extensions.get("calledElement", {}).get("processId"):
        raise Unsupported(node.id, "a call activity without a process id")
    if node.extensions.get("calledElement", {}).get("bindingType", "deployment") not in ("deployment", "latest"):
        raise Unsupported(node.id, "a called process is bound by deployment or latest")
    if node.tag in ("intermediateCatchEvent", "boundaryEvent") and not node.events:
        raise Unsupported(node.id, "catches nothing")
    if node.tag == "boundaryEvent" and not node.interrupting and (node.is_event("error") or node.is_event("cancel")):
        raise Unsupported(node.id, "an error always interrupts")
    if "taskDefinition" in has and not node.extensions["taskDefinition"].get("type"):
        raise Unsupported(node.id, "a task definition without a type")


def check_compensation(nodes: Mapping[str, Node]) -> None:
    """Raises `Unsupported` for handlers that nothing leads to, and compensation of what cannot be compensated."""
    handlers = {node.handler for node in nodes.values() if node.handler}
    for node in nodes.values():
        if node.compensates and (node.id not in handlers or node.type == "EVENT_SUB_PROCESS"):
            raise Unsupported(node.id, "is marked for compensation, and no compensation event leads to it")
        if node.compensates and node.undo is not None:
            raise Unsupported(node.id, "what compensates is not compensated itself")
        if node.handler and sum(each.is_event("compensate") for each in _host(node).boundaries) > 1:
            raise Unsupported(node.id, "a second compensation event on the same activity")
        for event in node.events:
            if event.kind == "compensate" and event.activity:
                _check_target(node, nodes.get(event.activity))
        if node.is_event("cancel"):
            _check_cancel(node)


def _host(event: Node) -> Node:
    return event.scope.nodes[event.attached_to or ""]


def _check_target(event: Node, target: Node | None) -> None:
    if target is None or target.scope not in list(event.scope.compensable):
        raise Unsupported(event.id, "compensates an activity that is not in its scope")
    if target.compensates or (target.undo is None and target.body is None):
        raise Unsupported(event.id, f"{target.id} has nothing that could compensate it")


def _check_cancel(event: Node) -> None:
    transaction = _host(event) if event.tag == "boundaryEvent" else event.scope.owner
    if transaction is None or transaction.tag != "transaction":
        raise Unsupported(event.id, "only a transaction can be cancelled")
    caught = [each for each in transaction.boundaries if each.is_event("cancel")]
    if len(caught) != 1:
        raise Unsupported(transaction.id, "a transaction with a cancel end event needs one cancel boundary event")
    if transaction.loop is not None:
        raise Unsupported(transaction.id, "a transaction that can be cancelled cannot be multi-instance")


def _one_of(node: Node, *names: str) -> None:
    if sum(name in node.extensions for name in names) != 1:
        raise Unsupported(node.id, f"a {node.tag} needs one of {', '.join('zeebe:' + name for name in names)}")
