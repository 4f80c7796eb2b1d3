"""What the lint says: findings, and the list they are collected in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from service.engine.lint_rules.model import Element
from service.engine.lint_rules.texts import Language, severity_of, wording
from service.engine.xml import line_of

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a resource: the rule, where, and what to do about it.

    `message` and `remedy` are English; `text` and `remedy_text` answer in the reader's language. An error
    keeps the resource from being deployed, a warning does not. `line` is 1-based in the author's file.
    """

    rule: str
    severity: Severity
    element_id: str
    element_name: str
    line: int | None
    message: str
    remedy: str
    resource: str = ""
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    def text(self, language: Language = "en") -> str:
        """What is wrong."""
        return wording(self.rule, "message", language, self.params)

    def remedy_text(self, language: Language = "en") -> str:
        """What to do."""
        return wording(self.rule, "remedy", language, self.params)


#: Of one rule in one resource; whoever breaks it more often has one mistake, not many.
MAX_OF_A_RULE = 100


class Report:
    """Findings in the order of the file, as they are collected for one resource."""

    def __init__(self, resource: str = "") -> None:
        self.resource = resource
        self._findings: list[Finding] = []
        self._counts: Counter[str] = Counter()

    def add(self, rule: str, at: Element | None = None, *, xml: etree._Element | None = None, **params: object) -> None:
        """Note that `rule` is broken at an element; `xml` is the place inside it, if that is closer."""
        line = None if at is None else at.line
        self.put(
            rule,
            element_id=at.id if at is not None else "",
            element_name=at.name if at is not None else "",
            line=line if xml is None else line_of(xml),
            **params,
        )

    def put(
        self, rule: str, *, element_id: str = "", element_name: str = "", line: int | None = None, **params: object
    ) -> None:
        """`add` for what is no BPMN element."""
        self._counts[rule] += 1
        if self._counts[rule] > MAX_OF_A_RULE:
            return
        fields = {"id": element_id, "name": element_name or element_id} | {
            name: str(value) for name, value in params.items()
        }
        self._findings.append(
            Finding(
                rule=rule,
                severity=severity_of(rule),
                element_id=element_id,
                element_name=element_name,
                line=line,
                message=wording(rule, "message", "en", fields),
                remedy=wording(rule, "remedy", "en", fields),
                resource=self.resource,
                params=fields,
            )
        )

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self._findings)

    def findings(self) -> tuple[Finding, ...]:
        """Errors first, each group in the order of the file, nothing twice."""
        unique = {(f.rule, f.element_id, f.line, f.message): f for f in self._findings}
        return tuple(sorted(unique.values(), key=lambda f: (f.severity != "error", f.line or 0, f.rule)))
