"""Findings of the lint as faults of a request: one text for people, and the parts for programs."""

from service.engine.lint import refusal
from service.engine.lint_rules.report import Finding
from service.engine.lint_rules.texts import Language
from service.engine.xml import XmlRefused
from service.errors import Fault


def fault_of(finding: Finding, language: Language) -> Fault:
    """Path and message for people; the code begins with "error:" or "warning:"; `details` has every part by itself."""
    named = f"({finding.element_name})" if finding.element_name else ""
    place = " ".join(filter(None, (finding.resource, finding.element_id, named)))
    message, remedy = finding.text(language), finding.remedy_text(language)
    return Fault(
        place + (f":{finding.line}" if finding.line else ""),
        f"{message} {remedy}",
        f"{finding.severity}:{finding.rule}",
        {
            "severity": finding.severity,
            "rule": finding.rule,
            "resource": finding.resource,
            "elementId": finding.element_id,
            "elementName": finding.element_name,
            "line": finding.line,
            "problem": message,
            "remedy": remedy,
        },
    )


def refused(rule: str, resource: str, text: str, place: str = "") -> Fault:
    """A finding about a file that is no diagram; `place` is the path inside it."""
    details = {"severity": "error", "rule": rule, "resource": resource, "place": place, "problem": text}
    return Fault(f"{resource} {place}".strip(), text, f"error:{rule}", details)


def unreadable(name: str, error: Exception, language: Language) -> Fault:
    """What is wrong with a file that holds nothing we could look at."""
    if isinstance(error, XmlRefused):
        return fault_of(refusal(error, name), language)
    return refused("UNREADABLE", name, str(error))
