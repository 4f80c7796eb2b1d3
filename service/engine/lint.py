"""What may be deployed. Fails closed: what is not known to be executed rightly is refused, by name and place.

All findings of a resource come at once, so that its author mends them in one go. Errors keep it out; warnings
are shown. The rules are in `lint_rules`, the language itself in `lint_rules.language` as plain data.
"""

from collections.abc import Mapping
from typing import Any

from service.engine import dialect
from service.engine.describe import ProcessDescription, StartEvent, describe
from service.engine.lint_rules.catalogue import Catalogue, DecisionInfo, FormInfo
from service.engine.lint_rules.catching import check_catching
from service.engine.lint_rules.compensation import check_compensation
from service.engine.lint_rules.dataflow import check_data
from service.engine.lint_rules.decisions import check_decisions
from service.engine.lint_rules.events import check_events
from service.engine.lint_rules.interchange import di_findings, lint_di
from service.engine.lint_rules.joins import check_joins
from service.engine.lint_rules.model import BPMN, DMN_NAMESPACES, Model, qname
from service.engine.lint_rules.profile import check_forbidden, lint_form_profile, profile_problems, usable
from service.engine.lint_rules.properties import check_properties
from service.engine.lint_rules.references import check_references
from service.engine.lint_rules.report import Finding, Report
from service.engine.lint_rules.slots import check_texts, texts
from service.engine.lint_rules.structure import check_structure
from service.engine.lint_rules.tasks import check_tasks
from service.engine.lint_rules.vocabulary import check_vocabulary
from service.engine.model import Unsupported
from service.engine.xml import XmlRefused, parse

__all__ = [
    "Catalogue", "DecisionInfo", "Finding", "FormInfo", "ProcessDescription", "StartEvent", "describe", "di_findings",
    "lint_bpmn", "lint_dmn", "lint_form_profile", "profile_problems",
]  # fmt: skip

#: Ten times the largest diagram that anybody could read; it bounds the time that a check takes.
MAX_ELEMENTS = 3_000
#: The same for names and expressions, each of which costs milliseconds.
MAX_TEXTS = 5_000

#: The lint profile of a deployment (`lint.json`), as read from JSON. Empty adds no rule.
Profile = Mapping[str, Any]
_NO_PROFILE: Profile = {}


def lint_bpmn(
    xml: bytes, catalogue: Catalogue, *, resource: str = "", profile: Profile = _NO_PROFILE
) -> tuple[Finding, ...]:
    """Everything wrong with a diagram, errors first. `resource` is the file's name, repeated in the findings."""
    report = Report(resource)
    try:
        root = parse(xml)
    except XmlRefused as refused:
        _refused(refused, report)
        return report.findings()
    if qname(root) != (BPMN, "definitions"):
        report.put("NOT_BPMN", line=1, element=str(root.tag)[:120])
        return report.findings()
    model = Model(root)
    if len(model.all) > MAX_ELEMENTS:
        report.put("DIAGRAM_TOO_LARGE", line=1, count=len(model.all), limit=MAX_ELEMENTS)
        return report.findings()
    if not model.executable:
        report.put("PROCESS_MISSING", line=1)
    found = texts(model)
    if len(found) > MAX_TEXTS:
        report.put("DIAGRAM_TOO_LARGE", line=1, count=len(found), limit=MAX_TEXTS)
        return report.findings()
    check_vocabulary(model, report)
    check_events(model, report)
    check_structure(model, report)
    check_references(model, report)
    check_joins(model, report)
    check_catching(model, catalogue, report)
    check_compensation(model, report)
    check_tasks(model, catalogue, report)
    check_texts(found, report)
    check_data(model, found, catalogue, report)
    check_properties(model, catalogue, report)
    check_forbidden(model, usable(profile, report), report)
    lint_di(model, report)
    if not report.has_errors:
        _ask_engine(xml, model, report)
    return report.findings()


def lint_dmn(xml: bytes, *, resource: str = "", profile: Profile = _NO_PROFILE) -> tuple[Finding, ...]:
    """Everything wrong with a decision file, by the engine's own reading and by the profile's `dmn` part."""
    report = Report(resource)
    try:
        root = parse(xml)
    except XmlRefused as refused:
        _refused(refused, report)
        return report.findings()
    if qname(root)[0] not in DMN_NAMESPACES or qname(root)[1] != "definitions":
        report.put("NOT_DMN", line=1, element=str(root.tag)[:120])
        return report.findings()
    check_decisions(xml, root, usable(profile, report), report)
    return report.findings()


def refusal(refused: XmlRefused, resource: str) -> Finding:
    """The finding about a file that cannot be read at all."""
    report = Report(resource)
    _refused(refused, report)
    return report.findings()[0]


def _refused(refused: XmlRefused, report: Report) -> None:
    report.put(refused.rule, line=refused.line or 1, detail=refused.detail or refused.reason)


def _ask_engine(xml: bytes, model: Model, report: Report) -> None:
    """The engine's own reader has the last word: what it refuses must never be found out by the first case."""
    for process in model.executable:
        try:
            dialect.read(xml, process.id)
        except Unsupported as refused:
            report.add("ENGINE_REFUSES", model.elements.get(refused.element_id, process), reason=refused.reason)
