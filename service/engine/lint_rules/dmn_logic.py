"""Whether the logic of a decision is whole: tables and boxed expressions, part by part."""

from collections import Counter
from collections.abc import Callable, Mapping

from lxml import etree

from service.engine.dmn_logic import EXPRESSIONS, OTHERWISE, child, children, local, properties, text_in
from service.engine.lint_rules.dmn_file import DecisionFile, check_type, type_name, variable_name

_POLICIES = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY", "OUTPUT ORDER", "RULE ORDER", "COLLECT"})
_AGGREGATIONS = frozenset({"SUM", "MIN", "MAX", "COUNT"})
#: A cell that lets everything pass.
EMPTY = frozenset({"", "-"})


def check_logic(file: DecisionFile) -> None:
    """Every expression of every decision and knowledge model."""
    for node in file.nodes.values():
        if local(node) == "decision":
            _check_body(file, node, node)
        elif local(node) == "businessKnowledgeModel":
            logic = child(node, "encapsulatedLogic")
            if logic is None:
                file.flaw("DMN_NO_LOGIC", node)
            else:
                _function(file, node, logic)


def cells(rule: etree._Element) -> list[str]:
    """The conditions of a row."""
    return [text_in(entry) or "" for entry in children(rule, "inputEntry")]


def is_catch_all(rule: etree._Element) -> bool:
    """Whether a row has no condition."""
    return all(cell in EMPTY for cell in cells(rule))


def _check_body(file: DecisionFile, owner: etree._Element, holder: etree._Element, what: str = "") -> None:
    """The one expression that an element must hold; `what` names the part of a boxed expression."""
    found = children(holder, *EXPRESSIONS)
    if not found:
        file.flaw("DMN_PART_MISSING" if what else "DMN_NO_LOGIC", owner, holder, part=what)
    elif len(found) > 1:
        file.flaw("DMN_LOGIC_TWICE", owner, found[1])
    for expression in found:
        check_type(file, owner, expression)
        _CHECKS[local(expression)](file, owner, expression)


def _literal(file: DecisionFile, owner: etree._Element, expression: etree._Element) -> None:
    if child(expression, "importedValues") is not None:
        file.flaw("DMN_IMPORTED_VALUES", owner, expression)
    elif not text_in(expression):
        file.flaw("DMN_PART_MISSING", owner, expression, part="text")


def _function(file: DecisionFile, owner: etree._Element, expression: etree._Element) -> None:
    kind = expression.get("kind") or "FEEL"
    for parameter in children(expression, "formalParameter"):
        check_type(file, owner, parameter)
    if kind != "FEEL":
        file.flaw("DMN_FUNCTION_FOREIGN", owner, expression, kind=kind[:40])
    else:
        _check_body(file, owner, expression, "function body")


def _context(file: DecisionFile, owner: etree._Element, expression: etree._Element) -> None:
    entries = children(expression, "contextEntry")
    names = []
    for entry in entries:
        variable = child(entry, "variable")
        name = variable.get("name") if variable is not None else None
        check_type(file, owner, variable)
        _check_body(file, owner, entry, f"contextEntry {name or ''}".strip())
        if name is None and entry is not entries[-1]:
            file.flaw("DMN_PART_MISSING", owner, entry, part="variable")
        names.append(name)
    _check_twice(file, owner, expression, [name for name in names if name])


def _check_twice(file: DecisionFile, owner: etree._Element, expression: etree._Element, names: list[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            file.flaw("DMN_NAME_TWICE", owner, expression, variable=name)


def _invocation(file: DecisionFile, owner: etree._Element, expression: etree._Element) -> None:
    _check_body(file, owner, expression, "invoked function")
    bound = []
    for binding in children(expression, "binding"):
        parameter = child(binding, "parameter")
        name = parameter.get("name") if parameter is not None else None
        bound.append(name or "")
        if not name:
            file.flaw("DMN_PART_MISSING", owner, binding, part="parameter")
        _check_body(file, owner, binding, f"binding {name or ''}".strip())
    called = text_in(child(expression, "literalExpression"))
    for _, target in file.required(owner):
        logic = child(target, "encapsulatedLogic")
        if logic is not None and variable_name(target) == called:
            wanted = [each.get("name") or "" for each in children(logic, "formalParameter")]
            if sorted(wanted) != sorted(bound):
                have, want = ", ".join(bound) or "-", ", ".join(wanted) or "-"
                file.flaw("DMN_PARAMETERS", owner, expression, called=called, found=have, wanted=want)


def _list(file: DecisionFile, owner: etree._Element, expression: etree._Element) -> None:
    for item in children(expression, *EXPRESSIONS):
        check_type(file, owner, item)
        _CHECKS[local(item)](file, owner, item)


def _relation(file: DecisionFile, owner: etree._Element, expression: etree._Element) -> None:
    columns = children(expression, "column")
    _check_twice(file, owner, expression, [column.get("name") or "" for column in columns])
    for column in columns:
        check_type(file, owner, column)
    for number, row in enumerate(children(expression, "row"), 1):
        _list(file, owner, row)
        found = len(children(row, *EXPRESSIONS))
        if found != len(columns):
            file.flaw("DMN_CELLS", owner, row, row=number, found=found, wanted=len(columns))


def _parts(*names: str) -> Callable[[DecisionFile, etree._Element, etree._Element], None]:
    def check(file: DecisionFile, owner: etree._Element, expression: etree._Element) -> None:
        if local(expression) in ("for", "some", "every") and not expression.get("iteratorVariable"):
            file.flaw("DMN_PART_MISSING", owner, expression, part="iteratorVariable")
        for name in names:
            part = child(expression, name)
            if part is None:
                file.flaw("DMN_PART_MISSING", owner, expression, part=name)
            else:
                _check_body(file, owner, part, name)

    return check


def _table(file: DecisionFile, owner: etree._Element, table: etree._Element) -> None:
    policy, aggregation = table.get("hitPolicy") or "UNIQUE", table.get("aggregation")
    inputs, outputs = children(table, "input"), children(table, "output")
    if policy not in _POLICIES:
        file.flaw("DMN_HIT_UNKNOWN", owner, table, policy=policy[:40])
    if aggregation and (policy != "COLLECT" or aggregation not in _AGGREGATIONS):
        file.flaw("DMN_AGGREGATION", owner, table, aggregation=aggregation[:40], policy=policy[:40])
    elif aggregation and len(outputs) > 1:
        file.flaw("DMN_AGGREGATION_OUTPUTS", owner, table, aggregation=aggregation)
    for number, column in enumerate(inputs, 1):
        expression = child(column, "inputExpression")
        check_type(file, owner, expression)
        if not text_in(expression):
            file.flaw("DMN_INPUT_EMPTY", owner, column, column=column.get("label") or number)
    _check_outputs(file, owner, table, outputs, policy)
    for number, row in enumerate(children(table, "rule"), 1):
        found = f"{len(children(row, 'inputEntry'))} + {len(children(row, 'outputEntry'))}"
        if found != (wanted := f"{len(inputs)} + {len(outputs)}"):
            file.flaw("DMN_CELLS", owner, row, row=number, found=found, wanted=wanted)
    _check_otherwise(file, owner, table, policy)


def _check_outputs(
    file: DecisionFile, owner: etree._Element, table: etree._Element, outputs: list[etree._Element], policy: str
) -> None:
    if not outputs:
        file.flaw("DMN_PART_MISSING", owner, table, part="output")
    for output in outputs:
        check_type(file, owner, output)
    names = [output.get("name") or output.get("label") or "" for output in outputs]
    if len(outputs) > 1 and ("" in names or len(set(names)) < len(names)):
        file.flaw("DMN_OUTPUT_NAMES", owner, table)
    if policy in ("PRIORITY", "OUTPUT ORDER") and outputs and not any(_order(file, output) for output in outputs):
        file.flaw("DMN_PRIORITIES", owner, table, policy=policy)


def _order(file: DecisionFile, output: etree._Element) -> str | None:
    """The list that orders the values of an output: its own, or that of its type."""
    item = file.types.get(type_name(output))
    own = text_in(child(output, "outputValues"))
    return own or (text_in(child(item, "allowedValues")) if item is not None else None)


def _check_otherwise(file: DecisionFile, owner: etree._Element, table: etree._Element, policy: str) -> None:
    marked = properties(table).get(OTHERWISE)
    rules = children(table, "rule")
    if marked is not None and (marked != "last" or policy != "UNIQUE" or not rules or not is_catch_all(rules[-1])):
        file.flaw("DMN_OTHERWISE", owner, table, value=marked[:40])


_CHECKS: Mapping[str, Callable[[DecisionFile, etree._Element, etree._Element], None]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "functionDefinition": _function,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "conditional": _parts("if", "then", "else"),
    "filter": _parts("in", "match"),
    "for": _parts("in", "return"),
    "some": _parts("in", "satisfies"),
    "every": _parts("in", "satisfies"),
}
