"""Whether the elements of a scope hang together in a way that can be executed."""

from service.engine.model import Node, Scope, Unsupported


def check_scope(scope: Scope) -> None:
    """Raises `Unsupported` for what has no meaning: missing starts, flows nobody can take, tasks without a kind."""
    starts = scope.starts
    if scope.owner is None:
        if not starts:
            raise Unsupported(scope.id, "a process needs a start event")
        if sum(node.event.kind == "none" for node in starts) > 1:
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
    if start.event.kind == "error" and not start.interrupting:
        raise Unsupported(start.id, "an error always interrupts")


def _check_flows(node: Node) -> None:
    if (node.tag in ("startEvent", "boundaryEvent") or node.type == "EVENT_SUB_PROCESS") and node.incoming:
        raise Unsupported(node.id, "no flow may lead here")
    if (node.tag == "endEvent" or node.type == "EVENT_SUB_PROCESS") and node.outgoing:
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
        waits = target.event.kind in ("message", "timer", "signal")
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
    if node.tag == "sendTask" or (node.tag in ("intermediateThrowEvent", "endEvent") and node.event.kind == "message"):
        _one_of(node, "publishMessage", "taskDefinition")
        published = node.extensions.get("publishMessage")
        if published is not None and not (node.event.name and published.get("correlationKey")):
            raise Unsupported(node.id, "a published message needs a message and a correlation key")
    elif node.tag in ("intermediateThrowEvent", "endEvent") and has & {"publishMessage", "taskDefinition"}:
        raise Unsupported(node.id, "only a message is sent by a job or published")
    if node.tag == "receiveTask" and node.event.kind != "message":
        raise Unsupported(node.id, "a receive task without a message")
    if node.tag == "callActivity" and not node.extensions.get("calledElement", {}).get("processId"):
        raise Unsupported(node.id, "a call activity without a process id")
    if node.extensions.get("calledElement", {}).get("bindingType", "deployment") not in ("deployment", "latest"):
        raise Unsupported(node.id, "a called process is bound by deployment or latest")
    if node.tag == "intermediateCatchEvent" and node.event.kind == "none":
        raise Unsupported(node.id, "catches nothing")
    if node.tag == "boundaryEvent":
        if node.event.kind == "none":
            raise Unsupported(node.id, "catches nothing")
        if node.event.kind == "error" and not node.interrupting:
            raise Unsupported(node.id, "an error always interrupts")
    if "taskDefinition" in has and not node.extensions["taskDefinition"].get("type"):
        raise Unsupported(node.id, "a task definition without a type")


def _one_of(node: Node, *names: str) -> None:
    if sum(name in node.extensions for name in names) != 1:
        raise Unsupported(node.id, f"a {node.tag} needs one of {', '.join('zeebe:' + name for name in names)}")
