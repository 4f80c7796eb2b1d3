"""Which variables a process reads and sets: fields that no expression may see, names that nobody sets."""

from collections.abc import Iterable

from service.engine.data import variable_of
from service.engine.describe import references
from service.engine.lint_rules.catalogue import Catalogue, decision_of
from service.engine.lint_rules.model import BPMN, TIMES, Element, Model
from service.engine.lint_rules.report import Report
from service.engine.lint_rules.slots import Text, names
from service.engine.lint_rules.tasks import names_in

#: Set by the engine inside a multi-instance activity.
_LOOP = frozenset({"loopCounter", "numberOfInstances", "numberOfCompletedInstances", "numberOfActiveInstances",
                   "numberOfTerminatedInstances"})  # fmt: skip


_DATA = tuple(f"{{{BPMN}}}{name}" for name in ("dataObject", "property", "dataInput", "dataOutput"))


def check_data(model: Model, found: tuple[Text, ...], catalogue: Catalogue, report: Report) -> None:
    """For each executable process by itself."""
    for process in model.executable:
        inside = {process, *model.inside(process)}
        texts = [text for text in found if text.element in inside]
        closed = _closed_fields(inside, catalogue)
        set_here = _set(inside, texts, catalogue)
        _closed(texts, {name: form for name, form in closed.items() if name not in set_here}, report)
        _starts(model, process, found, report)
        _unset(process, inside, texts, catalogue, set_here | closed.keys(), report)


def _closed(texts: list[Text], closed: dict[str, tuple[str, str]], report: Report) -> None:
    for text in texts:
        for name in sorted(names(text) & closed.keys()):
            form, storage = closed[name]
            report.add(
                "FIELD_CLOSED", text.element, xml=text.xml, where=text.where, field=name, form=form, storage=storage
            )


def _starts(model: Model, process: Element, found: tuple[Text, ...], report: Report) -> None:
    """What starts the process is computed when it is deployed, before there is any variable."""
    for start in model.nodes(process):
        if start.kind != "startEvent":
            continue
        named = {each for kind in ("message", "signal") for each in references(model, start, kind)}
        for text in found:
            timed = text.element is start and text.where in TIMES
            if timed or (text.element in named and text.where == "name"):
                read = names(text)
                if read:
                    report.add("START_READS", start, xml=text.xml, where=text.where, variables=", ".join(sorted(read)))


def _unset(
    process: Element,
    inside: Iterable[Element],
    texts: list[Text],
    catalogue: Catalogue,
    known: frozenset[str] | set[str],
    report: Report,
) -> None:
    read = {name for text in texts if not text.is_output for name in names(text)}
    for element in inside:
        for xml in element.extensions("calledDecision"):
            decision = decision_of(catalogue, str(xml.get("decisionId") or ""))
            read |= decision.reads if decision is not None else set()
    missing = sorted(read - known)
    if missing:
        report.add("VARIABLE_UNSET", process, variables=", ".join(missing))


def _forms(inside: Iterable[Element], catalogue: Catalogue) -> Iterable[tuple[str, dict[str, str]]]:
    for element in inside:
        for xml in element.extensions("formDefinition"):
            form_id = str(xml.get("formId") or "")
            form = catalogue.form(form_id)
            if form is not None:
                yield form_id, dict(form.fields)


def _closed_fields(inside: Iterable[Element], catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    """Names of fields that the engine never gets to see, with form and storage class."""
    closed: dict[str, tuple[str, str]] = {}
    for form_id, fields in _forms(inside, catalogue):
        for key, storage in fields.items():
            if storage in ("record", "secret"):
                closed.setdefault(key.partition(".")[0], (form_id, storage))
    return closed


def _set(inside: set[Element], texts: list[Text], catalogue: Catalogue) -> set[str]:
    """Variables that something in the process sets, or says that it receives."""
    found: set[str] = set()
    for _, fields in _forms(inside, catalogue):
        found |= {key.partition(".")[0] for key, storage in fields.items() if storage == "variable"}
        if "record" in fields.values():
            found.add("submission")  # what a task leaves of its record fields: key and hash
    found |= {text.text.partition(".")[0] for text in texts if text.slot == "name"}
    for element in inside:
        found |= set(names_in(element.properties.get("receives")))
        found |= set(names_in(element.properties.get("actorVariable")))
        found |= {name for item in element.xml.iter(*_DATA) if (name := variable_of(item)) is not None}
        if element.loop is not None:
            found |= _LOOP
    return found
