"""Every text of a diagram that is or may be an expression, and whether it can be understood."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from service.engine.feel import FeelError, host
from service.engine.feel_words import in_chinese
from service.engine.formal import written
from service.engine.lint_rules.language_zeebe import CHOICES, EXTENSIONS, Slot
from service.engine.lint_rules.model import BPMN, PARTS, TIMES, ZEEBE, Element, Model, qname, text_of
from service.engine.lint_rules.report import Report
from service.engine.lint_rules.shadows import shadowed
from service.engine.timers import check_literal

#: The host's own bound; said at deployment, not when the first case gets there.
MAX_EXPRESSION_CHARS = 4_000
#: Brackets within brackets; the parser's time grows with the square of them.
MAX_NESTING = 50
#: A variable or a path into one. FEEL's names with spaces are left out: they cannot be told from operators.
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
#: Words that FEEL reads as its own; a variable of this name could never be read again.
_KEYWORDS = frozenset(
    {
        "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "not", "between",
        "instance", "of", "function", "external", "null", "true", "false",
    }
)  # fmt: skip
#: Slots with a literal of ISO 8601: what it is to `timers`, and the rule that it breaks.
_LITERALS: Mapping[str, tuple[str, str]] = {
    "instant": ("date", "LITERAL_INSTANT"),
    "duration": ("duration", "LITERAL_DURATION"),
}
#: Properties whose values may be expressions.
_EVALUATED_PROPERTIES = ("deadline", "secret")
#: Texts inside the loop characteristics, and what is said of them.
_LOOP_TEXTS: Mapping[str, tuple[str, Slot]] = {
    "loopCardinality": ("loop cardinality", "integer"),
    "completionCondition": ("completion condition", "expression"),
    "loopCondition": ("loop condition", "expression"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """One text: at which element, in which XML place, what it is called there, and what it may be."""

    element: Element
    xml: etree._Element
    where: str
    text: str
    slot: Slot

    @property
    def is_expression(self) -> bool:
        return self.text.startswith("=")

    @property
    def is_output(self) -> bool:
        """Whether this is the source of an output mapping, which also sees what a job, form or message brought."""
        return self.where == "output source"


def texts(model: Model) -> tuple[Text, ...]:
    """All texts of a file in its order, the empty ones left out."""
    return tuple(text for element in model.live() for text in _of(element) if text.text)


def names(text: Text) -> frozenset[str]:
    """The variables that an expression reads; none if it is a literal or cannot be read."""
    if not text.is_expression or not is_bearable(text.text):
        return frozenset()
    try:
        return host().names(text.text)
    except FeelError:
        return frozenset()


def check_texts(found: tuple[Text, ...], report: Report) -> None:
    """Syntax of expressions, and form of literals and names."""
    for text in found:
        if text.is_expression and text.slot != "name":
            _expression(text, report)
        elif text.slot == "expression":
            report.add("EXPRESSION_EXPECTED", text.element, xml=text.xml, where=text.where, text=_short(text.text))
        elif text.slot == "name" and not _is_name(text.text):
            report.add("NAME_INVALID", text.element, xml=text.xml, where=text.where, text=_short(text.text))
        elif text.slot == "integer" and not text.text.isdecimal():
            report.add("LITERAL_INTEGER", text.element, xml=text.xml, where=text.where, text=_short(text.text))
        elif text.slot in _LITERALS:
            kind, rule = _LITERALS[text.slot]
            try:
                check_literal(kind, text.text)
            except ValueError:
                report.add(rule, text.element, xml=text.xml, where=text.where, text=_short(text.text))


def is_bearable(text: str) -> bool:
    """Whether the host may be asked about an expression without waiting long."""
    depth = deepest = 0
    for char in text[: MAX_EXPRESSION_CHARS + 1]:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return len(text) <= MAX_EXPRESSION_CHARS and deepest <= MAX_NESTING


def _is_name(text: str) -> bool:
    return _PATH.fullmatch(text) is not None and _KEYWORDS.isdisjoint(text.split("."))


def _expression(text: Text, report: Report) -> None:
    if len(text.text) > MAX_EXPRESSION_CHARS:
        report.add("EXPRESSION_LONG", text.element, xml=text.xml, where=text.where, limit=MAX_EXPRESSION_CHARS)
        return
    if not is_bearable(text.text):
        report.add("EXPRESSION_DEEP", text.element, xml=text.xml, where=text.where, limit=MAX_NESTING)
        return
    for problem in host().problems(text.text):
        report.add(
            "EXPRESSION_BROKEN", text.element, xml=text.xml, where=text.where, text=_short(text.text),
            problem=problem.message, problem_zh=in_chinese(problem.message),
            position="?" if problem.position is None else problem.position + 1,
        )  # fmt: skip
    for name in shadowed(text.text):
        report.add(
            "FILTER_SHADOWS", text.element, xml=text.xml, where=text.where, text=_short(text.text), variable=name
        )


def _of(element: Element) -> Iterator[Text]:
    if element.kind in PARTS or element.kind.endswith("EventDefinition"):
        return  # read with the element that they belong to
    yield from _extensions(element, element.xml)
    for name in _EVALUATED_PROPERTIES:
        yield Text(element, element.xml, f"property {name}", element.properties.get(name, "").strip(), "either")
    if element.kind in ("error", "escalation"):
        name = f"{element.kind}Code"
        yield Text(element, element.xml, name, element.get(name), "either")
    if element.kind in ("message", "signal"):
        yield Text(element, element.xml, "name", element.name, "either")
    if element.kind == "sequenceFlow":
        condition = element.child("conditionExpression")
        if condition is not None:
            # An empty condition is a mistake, not a missing one.
            yield Text(element, condition, "condition", written(condition) or " ", "expression")
    if element.loop is not None:
        yield from _extensions(element, element.loop)
        for name, (where, slot) in _LOOP_TEXTS.items():
            for child in element.loop.findall(f"{{{BPMN}}}{name}"):
                yield Text(element, child, where, written(child) or " ", slot)
    yield from _data(element)
    for kind, definition in element.definitions:
        if kind == "conditional":
            for child in definition.findall(f"{{{BPMN}}}condition"):
                yield Text(element, child, "condition", written(child), "expression")
        if kind == "timer":
            for child in definition:
                if qname(child)[1] in TIMES:
                    yield Text(element, child, qname(child)[1], text_of(child), "either")


def _data(element: Element) -> Iterator[Text]:
    """What its data associations compute, and where to."""
    for kind, where in (("dataInputAssociation", "input source"), ("dataOutputAssociation", "output source")):
        for association in element.children(kind):
            for xml in association.iter(*(f"{{{BPMN}}}{name}" for name in ("transformation", "from"))):
                yield Text(element, xml, where, written(xml) or " ", "expression")
            for xml in association.iter(f"{{{BPMN}}}to"):
                yield Text(element, xml, "assignment target", written(xml).removeprefix("=").strip() or " ", "name")


def _extensions(element: Element, holder: etree._Element) -> Iterator[Text]:
    for xml in holder.findall(f"{{{BPMN}}}extensionElements/*"):
        yield from _extension(element, xml)


def _extension(element: Element, xml: etree._Element) -> Iterator[Text]:
    namespace, name = qname(xml)
    known = EXTENSIONS.get(name) if namespace == ZEEBE else None
    if known is None or name in ("property", "header"):
        return
    for attribute, slot in known.attributes.items():
        if slot != "text" and slot not in CHOICES:
            yield Text(element, xml, f"{name} {attribute}", str(xml.get(attribute) or "").strip(), slot)
    for child in xml:
        yield from _extension(element, child)


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}…"
