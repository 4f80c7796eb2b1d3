"""A small catalogue for the lint's tests: what a leave request's deployment holds."""

from service.engine.lint import DecisionInfo, Finding, FormInfo, lint_bpmn
from tests.unit.engine.builder import DEFINITIONS, HEAD, tag


class Shelf:
    """Two forms, one decision, register and job type, two groups; two processes, of which one begins by a message."""

    def form(self, form_id: str) -> FormInfo | None:
        forms = {"open": {"days": "variable"}, "request": {"days": "variable", "reason": "record", "vote": "secret"}}
        return FormInfo(forms[form_id]) if form_id in forms else None

    def decision(self, decision_id: str) -> DecisionInfo | None:
        return DecisionInfo(frozenset({"days"})) if decision_id == "leave_days" else None

    def process(self, process_id: str) -> bool:
        return process_id in ("leave", "by_message")

    def can_be_called(self, process_id: str) -> bool:
        return process_id == "leave"

    def group(self, name: str) -> bool:
        return name in ("staff", "managers")

    def register(self, name: str) -> bool:
        return name in ("absences", "缺勤登记")

    def awaits(self, kind: str, name: str) -> bool:
        return (kind, name) == ("message", "elsewhere")

    def job_type(self, type: str) -> bool | None:
        return {"work": True, "mail": False}.get(type)


def diagram(*body: str, definitions: str = DEFINITIONS, **attributes: str) -> bytes:
    """A file with one process `p` around the body."""
    given = {"id": "p", "name": "请假", "isExecutable": "true", **attributes}
    return f"{HEAD}{definitions}{tag('process', ''.join(body), **given)}</bpmn:definitions>".encode()


def lint(*body: str, definitions: str = DEFINITIONS, profile: dict | None = None, **attributes: str) -> list[Finding]:
    """The findings about a diagram, without those about the picture, which small tests do not draw."""
    found = lint_bpmn(diagram(*body, definitions=definitions, **attributes), Shelf(), profile=profile or {})
    return [each for each in found if not each.rule.startswith(("DI_", "ROOT_UNUSED"))]
