"""Whether every element, attribute and extension of a file is one that the tables know."""

import re

from lxml import etree

from service.engine.formal import is_feel
from service.engine.lint_rules.entries import Entry
from service.engine.lint_rules.foreign import attribute_meaning, extension_meaning, spoken
from service.engine.lint_rules.language import COMMON_CHILDREN, ELEMENTS
from service.engine.lint_rules.language_zeebe import CHOICES, EXTENSIONS, REFUSED_EXTENSIONS
from service.engine.lint_rules.model import BPMN, DI, FLOW_NODES, PROSE, XSI, ZEEBE, Element, Model, qname
from service.engine.lint_rules.report import Report
from service.engine.xml import line_of

#: An XML name without a colon, as the schema of BPMN asks for; the database's and the REST API's limits are wider.
_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_ID = re.compile(f"[{_START}][{_START}.0-9\xb7\u0300-\u036f\u203f-\u2040-]{{0,199}}")
#: Elements that others refer to by id, beside flow nodes and sequence flows.
_NEEDS_ID = frozenset({"process", "message", "signal", "error", "escalation", "participant"})


def check_vocabulary(model: Model, report: Report) -> None:
    """Every element and attribute is executed or harmless, else it is named."""
    _attributes(model, report, model.root, ELEMENTS["definitions"], None)
    _children(model, report, model.root, "definitions", ELEMENTS["definitions"], None)
    _ids(model, report)


def _children(
    model: Model, report: Report, holder: etree._Element, kind: str, entry: Entry, owner: Element | None
) -> None:
    for child in holder:
        namespace, name = qname(child)
        at = model.by_xml.get(child, owner)
        if (namespace == DI and owner is None) or at in model.drawn_only:
            continue
        if namespace != BPMN:
            report.add("ELEMENT_FOREIGN", at, xml=child, element=spoken(namespace, name))
            continue
        if name == "extensionElements":
            _extensions(model, report, child, kind, at)
            continue
        known = ELEMENTS.get(name)
        if known is None:
            report.add("ELEMENT_UNKNOWN", at, xml=child, element=name)
        elif known.state == "refused":
            report.add(
                "ELEMENT_REFUSED", at, xml=child, element=name,
                reason=known.reason, reason_zh=known.reason_zh, instead=known.instead, instead_zh=known.instead_zh,
            )  # fmt: skip
        elif name not in entry.children | COMMON_CHILDREN:
            report.add("ELEMENT_MISPLACED", at, xml=child, element=name, holder=kind)
        else:
            _attributes(model, report, child, known, at)
            if name not in PROSE:
                _children(model, report, child, name, known, at)


def _attributes(model: Model, report: Report, xml: etree._Element, entry: Entry, at: Element | None) -> None:
    element = qname(xml)[1]
    for attribute, value in xml.attrib.items():
        name = etree.QName(str(attribute))
        if name.namespace:
            meaning = attribute_meaning(name.namespace, name.localname)
            if meaning != "silent":
                rule = "ATTRIBUTE_FOREIGN" if meaning == "refused" else "ATTRIBUTE_IGNORED"
                report.add(rule, at, xml=xml, attribute=spoken(name.namespace, name.localname), element=element)
            elif name.namespace == XSI and name.localname == "type":
                _xsi_type(report, xml, str(value), at)
        elif name.localname in ("id", "name"):
            continue
        elif name.localname not in entry.attributes:
            report.add("ATTRIBUTE_UNKNOWN", at, xml=xml, attribute=name.localname, element=element)
        elif name.localname == "language":
            if entry.state == "executed" and str(value).strip() and not is_feel(str(value)):
                report.add("EXPRESSION_LANGUAGE", at, xml=xml, value=value)
        else:
            allowed = entry.attributes[name.localname]
            if allowed is not None and str(value).strip() not in allowed:
                report.add(
                    "ATTRIBUTE_VALUE", at, xml=xml, attribute=name.localname, element=element, value=value,
                    allowed=" / ".join(sorted(allowed)),
                )  # fmt: skip


def _xsi_type(report: Report, xml: etree._Element, value: str, at: Element | None) -> None:
    # `xsi:type` would let an element pass for another one; only the usual expression type is meant.
    if value.rpartition(":")[2] not in ("tFormalExpression", "tExpression"):
        report.add("ATTRIBUTE_VALUE", at, xml=xml, attribute="xsi:type", element=qname(xml)[1], value=value,
                   allowed="tFormalExpression")  # fmt: skip


def _extensions(model: Model, report: Report, holder: etree._Element, kind: str, at: Element | None) -> None:
    seen: set[str] = set()
    for xml in holder:
        namespace, name = qname(xml)
        if namespace != ZEEBE:
            refused_here = extension_meaning(namespace, name) == "refused"
            rule = "EXTENSION_FOREIGN" if refused_here else "EXTENSION_IGNORED"
            report.add(rule, at, xml=xml, element=spoken(namespace, name))
            continue
        refused = REFUSED_EXTENSIONS.get(name)
        if refused is not None:
            report.add(
                "EXTENSION_REFUSED", at, xml=xml, element=name,
                reason=refused.reason, reason_zh=refused.reason_zh,
                instead=refused.instead, instead_zh=refused.instead_zh,
            )  # fmt: skip
        elif name not in EXTENSIONS:
            report.add("EXTENSION_UNKNOWN", at, xml=xml, element=name)
        elif kind not in EXTENSIONS[name].on:
            report.add("EXTENSION_MISPLACED", at, xml=xml, element=name, holder=kind)
        else:
            if name in seen:
                report.add("EXTENSION_TWICE", at, xml=xml, element=name)
            seen.add(name)
            _extension(report, xml, name, at)


def _extension(report: Report, xml: etree._Element, name: str, at: Element | None) -> None:
    known = EXTENSIONS[name]
    for attribute, value in xml.attrib.items():
        slot = known.attributes.get(str(attribute))
        if slot is None:
            report.add("EXTENSION_ATTRIBUTE", at, xml=xml, attribute=attribute, element=name)
        elif slot in CHOICES and value not in CHOICES[slot]:
            report.add("EXTENSION_VALUE", at, xml=xml, attribute=attribute, element=name, value=value,
                       allowed=" / ".join(sorted(CHOICES[slot])))  # fmt: skip
    for attribute in sorted(known.required):
        if not str(xml.get(attribute) or "").strip():
            report.add("EXTENSION_REQUIRED", at, xml=xml, attribute=attribute, element=name)
    for child in xml:
        namespace, local = qname(child)
        if namespace != ZEEBE or local not in known.children:
            report.add("EXTENSION_UNKNOWN", at, xml=child, element=local)
        else:
            _extension(report, child, local, at)


def _ids(model: Model, report: Report) -> None:
    for element in model.all:
        if not element.id:
            if element not in model.drawn_only:
                report.add("ID_MISSING", element, kind=element.kind)
        elif (element.kind in FLOW_NODES or element.kind == "process") and not _ID.fullmatch(element.id):
            report.add("ID_INVALID", element)
    for xml in model.root.iter(*(f"{{{BPMN}}}{kind}" for kind in _NEEDS_ID)):
        if xml.get("id") is None:
            report.add("ID_MISSING", xml=xml, kind=qname(xml)[1])
    for element in model.duplicates:
        report.add("ID_TWICE", element, first=model.elements[element.id].line)
    drawn: dict[str, int | None] = {}
    for xml in model.root.iter(f"{{{DI}}}*"):
        id = str(xml.get("id") or "")
        if id and (id in drawn or id in model.elements):
            first = drawn.get(id) or model.elements[id].line
            report.put("ID_TWICE", element_id=id, line=line_of(xml), first=first)
        drawn.setdefault(id, line_of(xml))
