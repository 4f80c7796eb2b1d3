"""Who catches what is thrown: nothing twice in one place, and, as a warning, nothing thrown to nobody."""

from collections.abc import Iterable, Iterator

from lxml import etree

from service.engine.describe import awaited, is_static
from service.engine.lint_rules.catalogue import Catalogue
from service.engine.lint_rules.events import interrupting
from service.engine.lint_rules.model import SUB_PROCESSES, Element, Model
from service.engine.lint_rules.report import Report

#: Of these only one event of a place can catch what comes. A signal reaches all who wait for it; but beside one that
#: interrupts there is nobody left (BPMN 10.3.5: one event sub-process for the same interrupting event).
_FOR_ONE = frozenset({"message", "error", "escalation"})
_THROWING = frozenset({"intermediateThrowEvent", "endEvent"})


def check_catching(model: Model, catalogue: Catalogue, report: Report) -> None:
    """Doubled catches, and what is thrown or sent without anybody to catch it."""
    for process in model.executable:
        scopes = (process, *(each for each in model.inside(process) if each.kind in SUB_PROCESSES))
        for place in _places(model, process, scopes):
            _doubled(model, place, report)
        for event in model.inside(process):
            if event.kind in _THROWING or event.kind == "sendTask":
                _thrown(model, event, catalogue, report)


def _places(model: Model, process: Element, scopes: Iterable[Element]) -> Iterator[list[Element]]:
    """Events that wait side by side for what comes."""
    yield [node for node in model.nodes(process) if node.kind == "startEvent"]
    for scope in scopes:
        yield _handlers(model, scope)
        for node in model.nodes(scope):
            if node.kind == "eventBasedGateway":
                targets = (model.elements.get(flow.get("targetRef")) for flow in node.outgoing)
                yield [target for target in targets if target is not None]
            elif node.boundary:
                yield node.boundary


def _handlers(model: Model, scope: Element) -> list[Element]:
    """The start events of the event sub-processes directly in a scope."""
    handlers = [node for node in model.nodes(scope) if node.is_event_sub_process]
    return [start for node in handlers for start in model.nodes(node) if start.kind == "startEvent"]


def _doubled(model: Model, place: Iterable[Element], report: Report) -> None:
    seen: dict[tuple[str, str], Element] = {}
    for event in place:
        for kind, xml in _awaiting(event):
            what = _what(model, kind, xml)
            if what is None or not (kind in _FOR_ONE or kind == "signal"):
                continue
            first = seen.setdefault((kind, what), event)
            if first is not event and (kind in _FOR_ONE or _interrupts(first) or _interrupts(event)):
                report.add("CAUGHT_TWICE", event, kind=kind, other=first.name or first.id)


def _interrupts(event: Element) -> bool:
    """Whether an event ends what else could catch the same signal: not at the start of a process."""
    if event.kind == "startEvent":
        return event.scope is not None and event.scope.is_event_sub_process and interrupting(event)
    return event.kind == "boundaryEvent" and interrupting(event)


def _awaiting(event: Element) -> Iterable[tuple[str, etree._Element]]:
    return [("message", event.xml)] if event.kind == "receiveTask" else event.definitions


def _what(model: Model, kind: str, xml: etree._Element) -> str | None:
    """What tells one from another: name and key of a message, the code of the others ("" is every code)."""
    written = str(xml.get(f"{kind}Ref") or "")
    found = model.named(kind, written) if written else None
    if found is None:
        return "" if kind in ("error", "escalation") and not written else None
    if kind == "message":
        subscription = found.extension("subscription")
        return f"{found.name} {'' if subscription is None else subscription.get('correlationKey')}"
    return found.get(f"{kind}Code") if kind in ("error", "escalation") else found.name


def _thrown(model: Model, event: Element, catalogue: Catalogue, report: Report) -> None:
    sent = [("message", event.xml)] if event.kind == "sendTask" else event.definitions
    for kind, xml in sent:
        found = model.named(kind, str(xml.get(f"{kind}Ref") or ""))
        if found is None:
            continue
        if kind in ("error", "escalation"):
            code = found.get(f"{kind}Code")
            if is_static(code) and not _caught(model, event, kind, code):
                report.add("THROWN_UNCAUGHT", event, kind=kind, thrown=code)
        elif kind == "signal" or event.extension("publishMessage") is not None:
            heard = {(kind, found.name), (kind, "")} & awaited(model) or catalogue.awaits(kind, found.name)
            if is_static(found.name) and not heard:
                report.add("SENT_UNHEARD", event, kind=kind, thrown=found.name)


def _caught(model: Model, event: Element, kind: str, code: str) -> bool:
    """Whether a scope around the event, or the border of one, catches this code."""
    scope = event.scope
    while scope is not None:
        for each in (*_handlers(model, scope), *scope.boundary):
            if any(k == kind and _what(model, k, xml) in ("", code) for k, xml in each.definitions):
                return True
        scope = scope.scope
    return False
