"""Writes docs/reference/lint.md, the list of the lint's rules, from their own texts: `python -m tools.lint_page`."""

from pathlib import Path

from service.engine.lint_rules.texts import RULES

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "lint.md"

_HEAD = """# The lint: findings and rules

*Written by `python -m tools.lint_page` from the texts of the rules (`service/engine/lint_rules/texts_*.py`).*

Whatever is deployed is checked first, and so is a diagram in the editor and a tree of files (`pingshen lint`). All
findings come at once, those of every file of the request. An **error** keeps the whole request out; a **warning**
is shown and lets it pass. A finding names the file, the element's id and name, the line, the rule with a stable
code, what is wrong, and what to do. Texts are Chinese or English, as the reader's language is (`Accept-Language`,
`--language`).

The API answers a refused deployment with a problem document whose `errors` hold the findings; `pingshen lint --json`
prints the same, warnings included:

```json
{"severity": "error", "rule": "TASK_KIND", "resource": "seal.bpmn", "elementId": "work", "elementName": "盖章",
 "line": 12, "problem": "“盖章” (serviceTask) does not say what it does; …", "remedy": "Choose the implementation …",
 "code": "error:TASK_KIND", "path": "seal.bpmn work (盖章):12", "message": "problem and remedy in one"}
```

What is executed at all is on the page about [BPMN](bpmn.md); what a procedure forbids beyond it, in its
[lint profile](lint-profile.md). Each rule has diagrams that break it, each with a twin that does not
(`tests/unit/engine/refusals`).

## Rules

`$name` and the like stand for what the finding is about.
"""


def render() -> str:
    """The whole page."""
    lines = ["| rule | | what is wrong | what to do |", "| --- | --- | --- | --- |"]
    for code, rule in sorted(RULES.items()):
        if code != "PROFILE":  # a procedure's own, with its own texts
            lines.append(f"| `{code}` | {rule.severity} | {_cell(rule.message)} | {_cell(rule.remedy)} |")
    return "\n".join([_HEAD, *lines]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
