"""The wording of every rule, in English and Chinese, looked up by the rule's stable code."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a rule speaks. Templates use `$name`; `$id` and `$name` of the element are always there."""

    severity: Literal["error", "warning"]
    message: str
    remedy: str
    message_zh: str
    remedy_zh: str


def severity_of(rule: str) -> Literal["error", "warning"]:
    """A rule that is not in the table is a procedure's own, and an error."""
    return RULES.get(rule, RULES["PROFILE"]).severity


def wording(rule: str, part: Literal["message", "remedy"], language: str, params: Mapping[str, str]) -> str:
    """One text of a rule. A language that is neither gets English."""
    entry = RULES.get(rule, RULES["PROFILE"])
    chinese = language.lower().startswith("zh")
    if part == "message":
        template = entry.message_zh if chinese else entry.message
    else:
        template = entry.remedy_zh if chinese else entry.remedy
    # A parameter may come in two languages: `reason` and `reason_zh`.
    fields = dict(params)
    if chinese:
        fields |= {name.removesuffix("_zh"): text for name, text in params.items() if name.endswith("_zh") and text}
    return Template(template).safe_substitute(fields)


def _rules() -> dict[str, Rule]:
    from service.engine.lint_rules import texts_data, texts_decisions, texts_drawing, texts_language, texts_wiring

    tables = (texts_language, texts_drawing, texts_wiring, texts_data, texts_decisions)
    rows = (row for table in tables for row in table.ROWS)
    return {code: Rule("error" if severity == "error" else "warning", *texts) for code, severity, *texts in rows}


RULES: Mapping[str, Rule] = _rules()
