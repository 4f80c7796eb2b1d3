"""Which values the columns of a decision table can have: their declared types, and whether they depend on others."""

import re
from collections.abc import Sequence

from lxml import etree

from service.engine.dmn_logic import child, children, local, text_in
from service.engine.lint_rules.disjoint import Grid
from service.engine.lint_rules.dmn_file import DecisionFile, type_name, variable_name
from service.engine.lint_rules.dmn_logic import cells
from service.engine.lint_rules.samples import Allowance, Column, column

_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def grid_of(
    file: DecisionFile, owner: etree._Element, table: etree._Element, rules: list[etree._Element], allowance: Allowance
) -> Grid:
    """The table as the analysis sees it. Raises `TooLarge`."""
    inputs = children(table, "input")
    rows = [cells(rule) for rule in rules]
    columns = [_column(file, owner, each, [row[place] for row in rows], allowance) for place, each in enumerate(inputs)]
    return Grid(rows, columns, _free(file, owner, table, inputs))


def _column(
    file: DecisionFile, owner: etree._Element, input: etree._Element, written: Sequence[str], allowance: Allowance
) -> Column | None:
    expression = child(input, "inputExpression")
    own = _resolved(file, type_name(expression) if expression is not None else "")
    given = _resolved(file, _type_of_path(file, owner, text_in(expression) or ""))
    values = text_in(child(input, "inputValues"))
    if own is None or given is None or (own[0] and given[0] and own[0] != given[0]):
        return None
    allowed = list(dict.fromkeys([*own[1], *given[1], *([values] if values else [])]))
    return column(written, own[0] or given[0], allowed, allowance)


def _resolved(file: DecisionFile, name: str) -> tuple[str, list[str]] | None:
    """The type of FEEL behind a name, and the tests that its values pass; None for lists and structures."""
    allowed: list[str] = []
    for _ in range(len(file.types) + 1):
        item = file.types.get(name)
        if item is None:
            break
        if item.get("isCollection") == "true" or child(item, "itemComponent") is not None:
            return None
        tests = (text_in(child(item, part)) for part in ("allowedValues", "typeConstraint"))
        allowed += [each for each in tests if each]
        name = type_name(item)
    if name in ("integer", "long"):
        allowed.append("floor(?) = ?")
    return name, allowed


def _type_of_path(file: DecisionFile, owner: etree._Element, path: str) -> str:
    """The declared type of a variable or of a component of one; "" if there is none."""
    if not _PATH.fullmatch(path):
        return ""
    root, *steps = path.split(".")
    named = {variable_name(target): child(target, "variable") for _, target in file.required(owner)}
    logic = child(owner, "encapsulatedLogic")
    named |= {each.get("name") or "": each for each in children(logic, "formalParameter")} if logic is not None else {}
    at = named.get(root)
    for step in steps:
        item = _item(file, at)
        at = (
            next((c for c in children(item, "itemComponent") if c.get("name") == step), None)
            if item is not None
            else None
        )
    if at is None or (steps and _has_own_shape(at)):
        return ""
    return type_name(at)


def _has_own_shape(component: etree._Element) -> bool:
    """Whether a component says more of its values than the name of a type."""
    return component.get("isCollection") == "true" or any(
        child(component, part) is not None for part in ("itemComponent", "allowedValues", "typeConstraint")
    )


def _item(file: DecisionFile, element: etree._Element | None) -> etree._Element | None:
    if element is None:
        return None
    if child(element, "itemComponent") is not None:
        return element
    return file.types.get(type_name(element))


def _free(file: DecisionFile, owner: etree._Element, table: etree._Element, inputs: list[etree._Element]) -> list[bool]:
    """Which columns are variables that no other column reads, and that no other decision computes."""
    texts = [text_in(child(each, "inputExpression")) or "" for each in inputs]
    computed = {variable_name(target) for kind, target in file.required(owner) if kind == "requiredDecision"}
    above = table.getparent()
    while above is not None and above is not owner:
        # a table inside a context or a loop may see what was computed just before
        if local(above) not in ("encapsulatedLogic", "contextEntry", "context"):
            return [False] * len(texts)
        if local(above) == "context":
            names = (child(entry, "variable") for entry in children(above, "contextEntry"))
            computed |= {each.get("name") or "" for each in names if each is not None}
        above = above.getparent()
    return [
        bool(_PATH.fullmatch(text))
        and text.partition(".")[0] not in computed
        and not any(_touches(text, other) for place, other in enumerate(texts) if place != here)
        for here, text in enumerate(texts)
    ]


def _touches(path: str, other: str) -> bool:
    """Whether an expression may read (a part of) the variable at `path`."""
    if _PATH.fullmatch(other):
        return path == other or path.startswith(f"{other}.") or other.startswith(f"{path}.")
    return re.search(rf"(?<![\w.]){re.escape(path.partition('.')[0])}(?!\w)", other) is not None
