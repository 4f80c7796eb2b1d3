"""Whether what is to be undone can be: compensation handlers, what their events name, and transactions."""

from collections.abc import Iterator

from service.engine.lint_rules.events import place_of
from service.engine.lint_rules.model import ACTIVITIES, SUB_PROCESSES, Element, Model, local, truth
from service.engine.lint_rules.report import Report


def check_compensation(model: Model, report: Report) -> None:
    """Handlers and the lines to them, references of compensation events, cancel events."""
    handlers = {handler for event in model.live("boundaryEvent") for handler in handlers_of(model, event)}
    for node in model.live(*ACTIVITIES):
        if is_handler(node):
            _handler(node, node in handlers, report)
        for event in _attached(node, "compensate")[1:]:
            report.add("COMPENSATION_TWICE", event, host=node.name or node.id)
        if node.kind == "transaction":
            _transaction(model, node, report)
    for event in model.live("startEvent", "boundaryEvent", "intermediateThrowEvent", "endEvent"):
        for kind, xml in event.definitions:
            if kind == "compensate":
                _event(model, event, local(str(xml.get("activityRef") or "")), report)
            elif kind == "cancel":
                _cancel(model, event, report)


def is_handler(node: Element) -> bool:
    """Whether an activity runs only to compensate another one."""
    return node.kind in ACTIVITIES and truth(node.get("isForCompensation"))


def compensates(event: Element) -> bool:
    """Whether this is a boundary event to which a handler is associated, not a flow."""
    return event.kind == "boundaryEvent" and event.has("compensate")


def handlers_of(model: Model, event: Element) -> list[Element]:
    """What the associations of a compensation boundary event lead to in its scope; lines to notes do not count."""
    if not compensates(event):
        return []
    lines = [line for line in model.kinds("association") if local(line.get("sourceRef")) == event.id]
    found = [model.elements.get(local(line.get("targetRef"))) for line in lines]
    return [node for node in found if node is not None and node.kind in ACTIVITIES and node.scope is event.scope]


def _attached(node: Element, kind: str) -> list[Element]:
    return [event for event in node.boundary if event.has(kind)]


def _handler(node: Element, is_led_to: bool, report: Report) -> None:
    if not is_led_to or node.is_event_sub_process:
        report.add("COMPENSATION_UNUSED", node)
    for event in _attached(node, "compensate"):
        report.add("COMPENSATION_OF_HANDLER", event, host=node.name or node.id)


def _event(model: Model, event: Element, activity: str, report: Report) -> None:
    if compensates(event):
        found = handlers_of(model, event)
        if len(found) != 1 or not is_handler(found[0]):
            report.add("COMPENSATION_HANDLER", event)
    elif event.kind == "startEvent":
        around = event.scope.scope if event.scope is not None else None
        if around is None or around.kind == "process" or around.is_event_sub_process:
            report.add("COMPENSATION_START", event)
        elif len([each for each in model.nodes(around) if _undoes(model, each)]) > 1:
            report.add("COMPENSATION_TWICE", event, host=around.name or around.id)
    elif activity:
        _target(event, activity, model.elements.get(activity), report)


def _undoes(model: Model, node: Element) -> bool:
    return node.is_event_sub_process and any(
        start.kind == "startEvent" and start.has("compensate") for start in model.nodes(node)
    )


def _target(event: Element, written: str, target: Element | None, report: Report) -> None:
    if target is None or target.kind not in ACTIVITIES or target.scope not in list(_scopes(event)):
        report.add("COMPENSATION_SCOPE", event, reference=written)
    elif is_handler(target) or not (_attached(target, "compensate") or target.kind in SUB_PROCESSES):
        report.add("COMPENSATION_NOTHING", event, reference=target.name or target.id)


def _scopes(event: Element) -> Iterator[Element]:
    """The scopes whose activities an event may compensate: its own and, from an event sub-process, those around."""
    scope = event.scope
    while scope is not None:
        yield scope
        scope = scope.scope if scope.is_event_sub_process else None


def _cancel(model: Model, event: Element, report: Report) -> None:
    held = model.elements.get(event.get("attachedToRef")) if place_of(event) == "boundary" else event.scope
    if held is None or held.kind != "transaction":
        report.add("CANCEL_PLACE", event)


def _transaction(model: Model, node: Element, report: Report) -> None:
    caught = _attached(node, "cancel")
    thrown = any(each.kind == "endEvent" and each.has("cancel") for each in model.nodes(node))
    if len(caught) > 1 or (thrown and not caught):
        report.add("CANCEL_BOUNDARY", node, count=len(caught))
    if (caught or thrown) and node.loop is not None:
        report.add("CANCEL_LOOP", node)
