"""Small diagrams in a few lines. Flow ids are `source_target`; texts are escaped."""

from hashlib import sha256
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from service.engine.types import ProcessSource

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="x">'
)
MESSAGE = '<bpmn:message id="ms" name="msg">{}</bpmn:message>'.format(
    '<bpmn:extensionElements><zeebe:subscription correlationKey="=key"/></bpmn:extensionElements>'
)
DEFINITIONS = (
    '<bpmn:error id="er" name="boom" errorCode="E1"/><bpmn:error id="er2" name="other" errorCode="E2"/>'
    '<bpmn:escalation id="es" name="esc" escalationCode="X1"/><bpmn:signal id="sg" name="sig"/>'
    '<bpmn:message id="start_ms" name="begin"/>' + MESSAGE
)


def tag(name: str, /, inner: str = "", **attributes: str) -> str:
    listed = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<bpmn:{name}{listed}>{inner}</bpmn:{name}>"


def zeebe(name: str, /, inner: str = "", **attributes: str) -> str:
    return tag(name, inner, **attributes).replace(f"bpmn:{name}", f"zeebe:{name}")


def extensions(*items: str) -> str:
    return tag("extensionElements", "".join(items))


def mapping(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    """`{target: source}` for each direction."""
    rules = [zeebe("input", source=source, target=target) for target, source in (inputs or {}).items()]
    rules += [zeebe("output", source=source, target=target) for target, source in (outputs or {}).items()]
    return zeebe("ioMapping", "".join(rules))


def properties(**values: str) -> str:
    return zeebe("properties", "".join(zeebe("property", name=key, value=value) for key, value in values.items()))


def start(id: str = "s", inner: str = "", **attributes: str) -> str:
    return tag("startEvent", inner, id=id, **attributes)


def end(id: str = "e", inner: str = "") -> str:
    return tag("endEvent", inner, id=id)


def user(id: str, *extras: str, inner: str = "", **attributes: str) -> str:
    return tag("userTask", extensions(zeebe("userTask"), *extras) + inner, id=id, **attributes)


def service(id: str, *extras: str, inner: str = "", type: str = "work", **attributes: str) -> str:
    return tag("serviceTask", extensions(zeebe("taskDefinition", type=type), *extras) + inner, id=id, **attributes)


def script(id: str, expression: str, result: str, *extras: str) -> str:
    return tag("scriptTask", extensions(zeebe("script", expression=expression, resultVariable=result), *extras), id=id)


def call(id: str, process_id: str, *extras: str, inner: str = "", **attributes: str) -> str:
    return tag(
        "callActivity", extensions(zeebe("calledElement", processId=process_id, **attributes), *extras) + inner, id=id
    )


def sub(id: str, *body: str, **attributes: str) -> str:
    return tag("subProcess", "".join(body), id=id, **attributes)


def transaction(id: str, *body: str, **attributes: str) -> str:
    return tag("transaction", "".join(body), id=id, **attributes)


def event_sub(id: str, definition: str, *body: str, interrupting: bool = True, extras: str = "") -> str:
    """An event sub-process whose start event is `{id}_start`."""
    begin = start(f"{id}_start", extras + definition, isInterrupting=str(interrupting).lower())
    return sub(id, begin, *body, triggeredByEvent="true")


def boundary(id: str, host: str, definition: str, *, interrupting: bool = True, extras: str = "") -> str:
    return tag(
        "boundaryEvent", extras + definition, id=id, attachedToRef=host, cancelActivity=str(interrupting).lower()
    )


def gateway(kind: str, id: str, **attributes: str) -> str:
    return tag(f"{kind}Gateway", id=id, **attributes)


def catch(id: str, definition: str, *extras: str) -> str:
    return tag("intermediateCatchEvent", (extensions(*extras) if extras else "") + definition, id=id)


def throw(id: str, definition: str = "", *extras: str) -> str:
    return tag("intermediateThrowEvent", (extensions(*extras) if extras else "") + definition, id=id)


def timer(duration: str = "", *, date: str = "", cycle: str = "") -> str:
    parts = {"timeDate": date, "timeDuration": duration, "timeCycle": cycle}
    return tag("timerEventDefinition", "".join(tag(name, escape(text)) for name, text in parts.items() if text))


ERROR = tag("errorEventDefinition", errorRef="er")
ANY_ERROR = tag("errorEventDefinition")
ESCALATION = tag("escalationEventDefinition", escalationRef="es")
SIGNAL = tag("signalEventDefinition", signalRef="sg")
CATCH_MESSAGE = tag("messageEventDefinition", messageRef="ms")
TERMINATE = tag("terminateEventDefinition")
COMPENSATE = tag("compensateEventDefinition")
CANCEL = tag("cancelEventDefinition")


def compensate(activity: str = "", *, waits: bool = True) -> str:
    ref = {"activityRef": activity} if activity else {}
    return tag("compensateEventDefinition", **ref, **({} if waits else {"waitForCompletion": "false"}))


def undo(host: str, handler: str = "") -> str:
    """A compensation event `{host}_undo` on an activity; its handler is a user task, or `handler` written out.

    A handler that is written out has the id `un{host}` and says itself that it compensates.
    """
    event = tag("boundaryEvent", COMPENSATE, id=f"{host}_undo", attachedToRef=host)
    line = tag("association", id=f"{host}_line", sourceRef=f"{host}_undo", targetRef=f"un{host}")
    return event + line + (handler or user(f"un{host}", isForCompensation="true"))


def conditional(condition: str) -> str:
    return tag("conditionalEventDefinition", tag("condition", escape(condition)))


def link(name: str) -> str:
    return tag("linkEventDefinition", name=name)


def each(collection: str = "=[1,2,3]", *, sequential: bool = False, condition: str = "", **attributes: str) -> str:
    """Multi-instance over a collection, item in `i`."""
    wanted = {"inputCollection": collection, "inputElement": "i", **attributes}
    inner = extensions(zeebe("loopCharacteristics", **wanted))
    if condition:
        inner += tag("completionCondition", escape(condition))
    return tag("multiInstanceLoopCharacteristics", inner, isSequential=str(sequential).lower())


def chain(*ids: str) -> str:
    """Flows from each to the next."""
    return "".join(flow(source, target) for source, target in pairwise(ids))


def flow(source: str, target: str, condition: str = "", id: str = "") -> str:
    inner = tag("conditionExpression", escape(condition)) if condition else ""
    return tag("sequenceFlow", inner, id=id or f"{source}_{target}", sourceRef=source, targetRef=target)


def process(*body: str, id: str = "p") -> ProcessSource:
    xml = f"{HEAD}{DEFINITIONS}{tag('process', ''.join(body), id=id, isExecutable='true')}</bpmn:definitions>".encode()
    return ProcessSource(id, xml, sha256(xml).hexdigest())
