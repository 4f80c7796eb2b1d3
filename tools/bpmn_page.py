"""Writes docs/reference/bpmn.md from the lint's own tables and docs/reference/bpmn.toml: `python -m tools.bpmn_page`.

The tables say what is executed, ignored and refused; the file beside the page says it in words, and which test
proves it. So page and lint cannot disagree; `tests/unit/engine/test_bpmn_page.py` says when the page is out of date.
"""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from service.engine.lint_rules.foreign import ENGINES
from service.engine.lint_rules.language import ELEMENTS, EVENTS, IGNORED_ATTRIBUTES, NON_INTERRUPTING
from service.engine.lint_rules.language_zeebe import EXTENSIONS, REFUSED_EXTENSIONS

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
PAGE, WORDS = REFERENCE / "bpmn.md", REFERENCE / "bpmn.toml"

_HEAD = """# BPMN: what is executed, ignored and refused

*Written by `python -m tools.bpmn_page` from the lint's tables and [bpmn.toml](bpmn.toml): edit those, not this page.*

The lint (`service/engine/lint.py`) refuses whatever is not on this page, with the element, the reason and what to draw
instead. Diagrams are BPMN 2.0 with the `zeebe:` extension elements of Camunda 8; expressions are FEEL and begin
with `=`. The last column names the test that proves the row: a function below `tests/unit/engine`.

Beyond single elements the lint looks at how they hang together: starts and ends, flows across the border of a
sub-process or pool, gateways without conditions, joins that can never be passed, elements that cannot be reached or
left, references that lead nowhere, expressions that do not parse, fields that no expression may read, variables that
nobody sets. Each rule with diagrams that break it and twins that do not: `tests/unit/engine/refusals`. What lies in a
process that is not executable is a picture of somebody else's work: only its ids and its flows' ends are checked.
"""


def render() -> str:
    """The whole page."""
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    parts = [
        _HEAD,
        "## Executed\n",
        _table(("element", "what it does", "proof"), _elements("executed", words)),
        "### Where which events are executed\n",
        _table(("place", "definitions"), ((place, ", ".join(sorted(kinds))) for place, kinds in EVENTS.items())),
        "Boundary events and the starts of event sub-processes may leave their scope running for: "
        f"{', '.join(sorted(NON_INTERRUPTING))}. All others interrupt.\n",
        words["prose"]["executed"].lstrip("\n"),
        "## Ignored\n\nKept in the file and shown on the page; without effect on the execution.\n",
        _table(("element", "remark", "proof"), _elements("ignored", words)),
        "The diagram interchange, the attributes of modellers (`modeler:`, colours) and extension elements of tools\n"
        f"that are no engines are ignored too. Those of engines ({', '.join(f'`{p}`' for p in ENGINES.values())})\n"
        "are refused unless they only say how steps are stored or shown (`asyncBefore`, `historyTimeToLive` …).\n",
        "## Attributes\n\n`id` and `name` may stand everywhere. What is not in this table is refused.\n",
        _table(("attribute", "on", "state", "what it does", "proof"), _attributes(words)),
        "Refused by name:\n",
        _table(
            ("attribute", "why", "proof"), ((f"`{n}`", *_said(row)) for n, row in words["refused_attributes"].items())
        ),
        "## Refused\n\nBesides everything unknown. Proof of each:\n"
        "`test_lint_language.py::test_refused_elements_say_what_to_draw_instead`.\n",
        _table(
            ("element", "why", "instead"),
            ((f"`{n}`", e.reason, e.instead) for n, e in ELEMENTS.items() if e.state == "refused"),
        ),
        "## Extension elements\n",
        _table(("element", "on", "attributes (*required*)", "what it does", "proof"), _extensions(words)),
        "`bindingType` is `deployment`, the default: the version of the same release. A called process may also be\n"
        "`latest` (a warning). Version tags choose nothing here.\n",
        "## Refused extension elements\n",
        _table(
            ("element", "why", "instead"),
            ((f"`zeebe:{name}`", each.reason, each.instead) for name, each in REFUSED_EXTENSIONS.items()),
        ),
    ]
    return "\n".join(parts)


def proofs() -> Iterator[tuple[str, str]]:
    """Every proof that the words name: (what it proves, test)."""
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    for section, rows in words.items():
        if section != "prose":
            for name, (_, proof) in rows.items():
                yield f"{section}.{name}", proof


def _elements(state: str, words: dict[str, dict[str, list[str]]]) -> Iterator[tuple[str, ...]]:
    for name, entry in ELEMENTS.items():
        if entry.state == state:
            yield f"`{name}`", *_said(words["elements"][name])


def _attributes(words: dict[str, dict[str, list[str]]]) -> Iterator[tuple[str, ...]]:
    """Those of executed elements by name, then those of ignored elements, which are as ignored as these."""
    holders: dict[tuple[str, str], list[str]] = {}
    for name, entry in ELEMENTS.items():
        for attribute, values in entry.attributes.items():
            if entry.state == "executed":
                state = "ignored" if attribute in IGNORED_ATTRIBUTES else "executed"
                if values is not None and state == "executed" and not values >= {"true", "false"}:
                    state = f"only {' / '.join(f'`{v}`' for v in sorted(values) if v not in ('0', ''))}; else refused"
            else:
                state = "ignored with its element"
                if values is not None:
                    state += "; other values are refused"
            holders.setdefault((attribute, state), []).append(name)
    for (attribute, state), names in holders.items():
        said = words["attributes"].get(attribute, ["", ""]) if "with its element" not in state else ["", ""]
        own = [words["attributes"].get(f"{name}.{attribute}") for name in names]
        said = next((row for row in own if row), said)
        if "with its element" in state:
            said = [said[0], "test_lint_ignored.py::test_what_is_ignored_changes_nothing"]
        yield f"`{attribute}`", ", ".join(f"`{name}`" for name in names), state, *_said(said)


def _extensions(words: dict[str, dict[str, list[str]]]) -> Iterator[tuple[str, ...]]:
    for name, known in EXTENSIONS.items():
        listed = ", ".join(f"*{a}*" if a in known.required else a for a in known.attributes) or "—"
        yield f"`zeebe:{name}`", _places(known.on), listed, *_said(words["extensions"][name])


def _places(on: frozenset[str]) -> str:
    return "any element" if len(on) > len(ELEMENTS) / 2 else ", ".join(sorted(on)) or "—"


def _said(row: list[str]) -> tuple[str, str]:
    return row[0], f"`{row[1]}`"


def _table(head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = tuple(head)
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
