"""Whether a decision file can be used, and what a procedure's profile asks of its tables."""

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from service.engine.decisions import TextProblem, text_problems
from service.engine.dmn_logic import OTHERWISE, NotDecisions, children, properties, text_in
from service.engine.feel import FeelError
from service.engine.feel_words import in_chinese
from service.engine.lint_rules.dmn_file import DecisionFile, check_file, read_file
from service.engine.lint_rules.dmn_logic import check_logic, is_catch_all
from service.engine.lint_rules.model import text_of
from service.engine.lint_rules.profile import matches, section
from service.engine.lint_rules.report import Report
from service.engine.lint_rules.samples import Allowance
from service.engine.lint_rules.tables import check_table

#: How the place of an expression inside a decision is written.
_PLACES: Mapping[str, tuple[str, str]] = {
    "input": ("input “{}”", "输入“{}”"),
    "inputValues": ("allowed values of the input “{}”", "输入“{}”的允许值"),
    "outputValues": ("allowed values of the output “{}”", "输出“{}”的允许值"),
    "default": ("default of the output “{}”", "输出“{}”的缺省值"),
    "rule": ("row {}", "第 {} 行"),
    "entry": ("entry “{}”", "条目“{}”"),
    "binding": ("binding of “{}”", "参数“{}”"),
}


def check_decisions(xml: bytes, root: etree._Element, profile: Mapping[str, Any], report: Report) -> None:
    """The file and its logic, then its expressions, then what can be proved of its tables and the profile asks."""
    file = read_file(root, report)
    check_file(file)
    check_logic(file)
    try:
        for problem in text_problems(xml):
            _tell(file, problem)
    except (FeelError, NotDecisions) as error:
        reason = error.reason if isinstance(error, FeelError) else str(error)
        report.put("DMN_TEXTS_UNREADABLE", line=1, element_name=root.get("name") or "", problem=reason)
    rules = section(profile, "dmn")
    allowance = Allowance()
    is_sound = not report.has_errors
    for owner, table in _tables(file):
        _check_profile(file, owner, table, rules)
        if is_sound:
            check_table(file, owner, table, allowance, disjoint=bool(rules.get("disjoint")))


def _tell(file: DecisionFile, problem: TextProblem) -> None:
    owner = file.nodes.get(problem.node or "", file.root)
    places = [(_PLACES[kind][0].format(name), _PLACES[kind][1].format(name)) for kind, name in problem.where]
    params: dict[str, Any] = {
        "where": ", ".join(english for english, _ in places) or "expression",
        "where_zh": "，".join(chinese for _, chinese in places) or "表达式",
        "text": problem.text[:120],
        "position": "?" if problem.position is None else problem.position + 1,
    }
    if problem.function == "external":
        file.flaw("DMN_FUNCTION_FOREIGN", owner, kind="external")
    elif problem.function is None:
        file.flaw("DMN_EXPRESSION", owner, problem=problem.message, problem_zh=in_chinese(problem.message), **params)
    else:
        file.flaw("DMN_FUNCTION_UNKNOWN", owner, function=problem.function, **params)


def _tables(file: DecisionFile) -> Iterator[tuple[etree._Element, etree._Element]]:
    for node in file.nodes.values():
        for table in node.iter("{*}decisionTable"):
            yield node, table


def _check_profile(file: DecisionFile, owner: etree._Element, table: etree._Element, rules: Mapping[str, Any]) -> None:
    allowed, policy = rules.get("hitPolicies"), table.get("hitPolicy") or "UNIQUE"
    rows = children(table, "rule")
    if allowed and policy not in allowed:
        file.flaw("DMN_HIT_POLICY", owner, table, policy=policy, allowed=", ".join(map(str, allowed)))
    for number, row in enumerate(rows, 1):
        _check_row(file, owner, number, row, rules)
    is_closed = bool(rows) and is_catch_all(rows[-1]) and (len(rows) == 1 or OTHERWISE in properties(table))
    if policy == "UNIQUE" and rules.get("requireCatchAll") and not is_closed:
        file.flaw("DMN_CATCH_ALL", owner, table)


def _check_row(
    file: DecisionFile, owner: etree._Element, number: int, row: etree._Element, rules: Mapping[str, Any]
) -> None:
    if rules.get("requireRuleIds") and not row.get("id"):
        file.flaw("DMN_RULE_ID", owner, row, row=number)
    annotation = _annotation(row)
    if rules.get("requireAnnotation") and not annotation:
        file.flaw("DMN_ANNOTATION", owner, row, row=number)
    pattern = rules.get("annotationPattern")
    if pattern and annotation and not matches(str(pattern), annotation):
        file.flaw("DMN_ANNOTATION_PATTERN", owner, row, row=number, text=annotation[:80], pattern=pattern)


def _annotation(row: etree._Element) -> str:
    written = [text_of(each) for each in children(row, "description")]
    written += [text_in(each) or "" for each in children(row, "annotationEntry")]
    return " ".join(text for text in written if text)
