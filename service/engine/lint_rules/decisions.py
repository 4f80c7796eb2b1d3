"""Whether a decision file can be used, and what a procedure's profile asks of its tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from service.engine.decisions import dmn_problems
from service.engine.lint_rules.disjoint import TableTooLarge, overlapping
from service.engine.lint_rules.model import qname, text_of
from service.engine.lint_rules.profile import matches, section
from service.engine.lint_rules.report import Report
from service.engine.xml import line_of

#: A cell that says nothing.
_EMPTY = frozenset({"", "-"})


@dataclass(frozen=True, slots=True)
class _Table:
    xml: etree._Element
    id: str
    name: str

    @property
    def policy(self) -> str:
        return (self.xml.get("hitPolicy") or "UNIQUE").strip().upper()

    @property
    def rows(self) -> list[etree._Element]:
        return _children(self.xml, "rule")


def check_decisions(xml: bytes, root: etree._Element, profile: Mapping[str, Any], report: Report) -> None:
    """The engine's reading of the file, then the `dmn` part of the profile, table by table."""
    decisions = [each for each in root if qname(each)[1] == "decision"]
    if not decisions:
        report.put("DMN_BROKEN", line=1, element_name=root.get("name") or "", problem="the file has no decision")
    for problem in dmn_problems(xml):
        first = decisions[0] if decisions else root
        report.put(
            "DMN_BROKEN", element_id=first.get("id") or "", element_name=first.get("name") or "", line=line_of(first),
            problem=problem.message,
        )  # fmt: skip
    rules = section(profile, "dmn")
    for table in _tables(root):
        _check_table(table, rules, report)


def _check_table(table: _Table, rules: Mapping[str, Any], report: Report) -> None:
    allowed = rules.get("hitPolicies")
    if allowed and table.policy not in allowed:
        _add(report, "DMN_HIT_POLICY", table, policy=table.policy, allowed=", ".join(map(str, allowed)))
    for number, row in enumerate(table.rows, 1):
        _check_row(table, number, row, rules, report)
    if table.policy != "UNIQUE":
        return
    if rules.get("requireCatchAll") and not (table.rows and _is_catch_all(table.rows[-1])):
        _add(report, "DMN_CATCH_ALL", table)
    if rules.get("disjoint"):
        _check_disjoint(table, report)


def _check_disjoint(table: _Table, report: Report) -> None:
    rows = [(number, row) for number, row in enumerate(table.rows, 1) if not _is_catch_all(row)]
    types = [_type(column) for column in _children(table.xml, "input")]
    try:
        for one, other in overlapping([_cells(row) for _, row in rows], types):
            _add(report, "DMN_OVERLAP", table, rows[one][1], row=rows[one][0], other=rows[other][0])
    except TableTooLarge:
        _add(report, "DMN_TOO_LARGE", table)


def _check_row(table: _Table, number: int, row: etree._Element, rules: Mapping[str, Any], report: Report) -> None:
    if rules.get("requireRuleIds") and not row.get("id"):
        _add(report, "DMN_RULE_ID", table, row, row=number)
    annotation = _annotation(row)
    if rules.get("requireAnnotation") and not annotation:
        _add(report, "DMN_ANNOTATION", table, row, row=number)
    pattern = rules.get("annotationPattern")
    if pattern and annotation and not matches(str(pattern), annotation):
        _add(report, "DMN_ANNOTATION_PATTERN", table, row, row=number, text=annotation[:80], pattern=pattern)


def _add(report: Report, rule: str, table: _Table, at: etree._Element | None = None, **params: object) -> None:
    line = line_of(table.xml if at is None else at)
    report.put(rule, element_id=table.id, element_name=table.name, line=line, **params)


def _tables(root: etree._Element) -> Iterator[_Table]:
    for element in root:
        if qname(element)[1] in ("decision", "businessKnowledgeModel"):
            for table in element.iter("{*}decisionTable"):
                yield _Table(table, element.get("id") or "", element.get("name") or element.get("id") or "")


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if qname(child)[1] == name]


def _cells(row: etree._Element) -> list[str]:
    return [text_of(entry) for entry in _children(row, "inputEntry")]


def _is_catch_all(row: etree._Element) -> bool:
    return all(cell in _EMPTY for cell in _cells(row))


def _annotation(row: etree._Element) -> str:
    written = [text_of(child) for child in row if qname(child)[1] in ("description", "annotationEntry")]
    return " ".join(text for text in written if text)


def _type(column: etree._Element) -> str:
    expression = next(iter(_children(column, "inputExpression")), None)
    written = "" if expression is None else str(expression.get("typeRef") or "")
    return written.rpartition(":")[2].lower()
