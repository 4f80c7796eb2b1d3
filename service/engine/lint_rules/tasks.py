"""Whether each activity says what it does, and whether what it names exists."""

import re
from collections.abc import Iterator

from lxml import etree

from service.engine.describe import is_static
from service.engine.lint_rules.catalogue import Catalogue, decision_of
from service.engine.lint_rules.language_zeebe import MAX_PRIORITY
from service.engine.lint_rules.model import BPMN, Element, Model, local, qname, text_of
from service.engine.lint_rules.report import Report

#: Which extension elements make an element do something; exactly one of them.
_KINDS = {
    "serviceTask": ("taskDefinition",),
    "sendTask": ("taskDefinition", "publishMessage"),
    "scriptTask": ("script", "taskDefinition"),
    "businessRuleTask": ("calledDecision", "taskDefinition"),
    "callActivity": ("calledElement",),
}
_THROWN_MESSAGE = ("taskDefinition", "publishMessage")
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
#: A FEEL list of text literals, or one, is as static as a plain text.
_LITERAL_LIST = re.compile(r'=\s*\[?\s*("[^"\\]*"\s*,\s*)*"[^"\\]*"\s*\]?\s*')
_QUOTED = re.compile(r'"([^"\\]*)"')


def check_tasks(model: Model, catalogue: Catalogue, report: Report) -> None:
    """Activities, message events, data stores."""
    for process in model.executable:
        for element in model.inside(process):
            _kind(element, report)
            _binding(element, report)
            _loop(element, report)
            _calls(element, catalogue, report)
            if element.kind == "userTask":
                _user_task(element, catalogue, report)
            if element.kind in ("userTask", "startEvent"):
                _storage(element, catalogue, report)
            if element.kind == "dataStoreReference":
                _data_store(element, catalogue, report)


def names_in(text: str | None) -> tuple[str, ...]:
    """The names in a comma-separated literal or a FEEL list of literals; of another expression none."""
    if not text:
        return ()
    if is_static(text):
        return tuple(name.strip() for name in text.split(",") if name.strip())
    return tuple(_QUOTED.findall(text)) if _LITERAL_LIST.fullmatch(text.strip()) else ()


def _kind(element: Element, report: Report) -> None:
    if element.kind in ("intermediateThrowEvent", "endEvent"):
        kinds: tuple[str, ...] = _THROWN_MESSAGE if element.has("message") else ()
        stray = [name for name in _THROWN_MESSAGE if element.extension(name) is not None and not kinds]
        for name in stray:
            report.add("EXTENSION_MISPLACED", element, element=name, holder=f"{element.kind} ({element.definition})")
    else:
        kinds = _KINDS.get(element.kind, ())
    if kinds and sum(element.extension(name) is not None for name in kinds) != 1:
        report.add("TASK_KIND", element, kind=element.kind, choices=" / ".join(f"zeebe:{name}" for name in kinds))


def _binding(element: Element, report: Report) -> None:
    called = element.extension("calledElement")
    drawn = local(element.get("calledElement"))
    if called is not None and drawn and drawn != str(called.get("processId") or "").strip():
        report.add("CALLED_TWICE", element, xml=called, drawn=drawn, called=called.get("processId"))
    if called is not None and called.get("bindingType") == "latest":
        report.add("BINDING_LATEST", element, xml=called)


def _loop(element: Element, report: Report) -> None:
    if len(element.loops) > 1:
        report.add("LOOP_TWICE", element, xml=element.loops[1])
    elif element.loop is not None and qname(element.loop)[1] == "standardLoopCharacteristics":
        _standard_loop(element, element.loop, report)
    elif element.loop is not None:
        _multi_instance(element, element.loop, report)


def _multi_instance(element: Element, loop: etree._Element, report: Report) -> None:
    characteristics = element.extension("loopCharacteristics", loop)
    named = [
        characteristics is not None and bool(characteristics.get(name))
        for name in ("inputCollection", "outputCollection", "outputElement")
    ]
    if named[0] == (loop.find(f"{{{BPMN}}}loopCardinality") is not None):
        report.add("LOOP_INPUT", element, xml=loop)
    if named[1] != named[2]:
        report.add("LOOP_OUTPUT", element, xml=loop)


def _standard_loop(element: Element, loop: etree._Element, report: Report) -> None:
    maximum = loop.get("loopMaximum")
    if maximum is not None and not _INTEGER.fullmatch(maximum.strip()):
        report.add("LOOP_BOUND", element, xml=loop, text=maximum[:80])
    if maximum is None and not text_of(loop.find(f"{{{BPMN}}}loopCondition")):
        report.add("LOOP_ENDLESS", element, xml=loop)


def _calls(element: Element, catalogue: Catalogue, report: Report) -> None:
    for xml, called in _static(element, "calledElement", "processId"):
        if not catalogue.process(called):
            report.add("PROCESS_UNKNOWN", element, xml=xml, called=called)
        elif not catalogue.can_be_called(called):
            report.add("PROCESS_NOT_CALLABLE", element, xml=xml, called=called)
    for xml, called in _static(element, "calledDecision", "decisionId"):
        if decision_of(catalogue, called) is None:
            report.add("DECISION_UNKNOWN", element, xml=xml, called=called)
    for xml, called in _static(element, "formDefinition", "formId"):
        if catalogue.form(called) is None:
            report.add("FORM_UNKNOWN", element, xml=xml, called=called)
    for xml, called in _static(element, "taskDefinition", "type"):
        known = catalogue.job_type(called)
        if not known:
            report.add("JOB_TYPE_UNKNOWN" if known is None else "JOB_TYPE_OFF", element, xml=xml, called=called)


def _static(element: Element, extension: str, attribute: str) -> Iterator[tuple[etree._Element, str]]:
    for xml in element.extensions(extension):
        text = str(xml.get(attribute) or "").strip()
        if is_static(text):
            yield xml, text


def _user_task(task: Element, catalogue: Catalogue, report: Report) -> None:
    if task.extension("userTask") is None:
        report.add("USER_TASK_IMPLEMENTATION", task)
    priority = task.extension("priorityDefinition")
    written = "" if priority is None else str(priority.get("priority") or "").strip()
    if written.isdecimal() and int(written) > MAX_PRIORITY:
        report.add("PRIORITY_RANGE", task, xml=priority, text=written[:80], limit=MAX_PRIORITY)
    assignment = task.extension("assignmentDefinition")
    given = assignment is not None and any(
        assignment.get(name) for name in ("assignee", "candidateGroups", "candidateUsers")
    )
    if not given and task.properties.get("public") != "true":
        report.add("USER_TASK_NOBODY", task)
    for group in names_in(assignment.get("candidateGroups")) if assignment is not None else ():
        if not group.startswith("org:") and not catalogue.group(group):
            report.add("GROUP_UNKNOWN", task, xml=assignment, group=group)


def _storage(element: Element, catalogue: Catalogue, report: Report) -> None:
    """Where the answers of a form go: a secret needs its ballot box, and before a start there is only the engine."""
    for xml, form_id in _static(element, "formDefinition", "formId"):
        form = catalogue.form(form_id)
        fields = form.fields if form is not None else {}
        closed = sorted(key for key, storage in fields.items() if storage in ("record", "secret"))
        if element.kind == "startEvent" and closed:
            report.add("START_FORM_CLOSED", element, xml=xml, form=form_id, fields=", ".join(closed))
        if element.kind == "userTask" and ("secret" in fields.values()) != bool(element.properties.get("secret")):
            report.add("SECRET_BOX", element, xml=xml, form=form_id)


def _data_store(store: Element, catalogue: Catalogue, report: Report) -> None:
    """The property says which register it is; a name alone may be a register's, or that of anything drawn."""
    register = store.properties.get("register")
    if register and not catalogue.register(register):
        report.add("REGISTER_UNKNOWN", store, register=register)
    elif not register and not catalogue.register(store.name):
        report.add("STORE_DRAWN", store)
