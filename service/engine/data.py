"""Data objects, properties, and the data that flows in and out of elements: as variables and mappings.

A data object with a name of its own (a tool's shape has one only on its reference) is a variable of its process or
sub-process: null when the scope begins, gone when it ends. So are a property with a name and the data inputs
and outputs of a process. Of an activity or event they are local variables.

An association computes its target from FEEL (`transformation`, `assignment`), or copies; one that only draws a line to
a shape says nothing that could be executed. What an association cannot name in an expression is refused.
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from service.engine.formal import written
from service.engine.model import MappingRule, Unsupported
from service.engine.normaliser import bpmn, local

#: A name that an expression can read (FEEL's names with spaces are left out, as in the whole dialect).
_NAME: Final = re.compile(r"[^\W\d]\w*")
_PATH: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_ITEMS: Final = frozenset({"dataObject", "property", "dataInput", "dataOutput"})


def variable_of(item: etree._Element) -> str | None:
    """The variable that a data object, property, input or output is; None if it is only drawn."""
    name = (item.get("name") or "").strip()
    if local(item) in ("dataInput", "dataOutput"):
        name = name or item.get("id") or ""
    # bpmn-js hangs a property on each task with a line from a datum, and calls it "__targetRef_placeholder".
    return name if _NAME.fullmatch(name) and not name.startswith("__") else None


def declared(scope: etree._Element) -> tuple[str, ...]:
    """The variables that begin with a process or with the inside of a sub-process, each once."""
    items = [child for child in scope if local(child) == "dataObject"]
    items += _own(scope)
    return tuple(dict.fromkeys(name for item in items if (name := variable_of(item)) is not None))


def locals_of(element: etree._Element) -> tuple[str, ...]:
    """The local variables of an activity or event that are null until something sets them: its properties."""
    properties = (child for child in element if local(child) == "property")
    return tuple(name for item in properties if (name := variable_of(item)) is not None)


def _own(element: etree._Element) -> Iterator[etree._Element]:
    for child in element:
        if local(child) == "ioSpecification":
            yield from (item for item in child if local(item) in _ITEMS)
        elif local(child) in _ITEMS - {"dataObject"}:
            yield child


class DataFlow:
    """The items of a file by id, and what its associations mean."""

    def __init__(self, root: etree._Element) -> None:
        self._items: dict[str, etree._Element] = {}
        objects: dict[str, etree._Element] = {}
        for element in root.iter():
            if local(element) in _ITEMS:
                self._items[element.get("id") or ""] = objects[element.get("id") or ""] = element
        for reference in root.iter(bpmn("dataObjectReference")):
            found = objects.get(_local(reference.get("dataObjectRef") or ""))
            if found is not None:
                self._items[reference.get("id") or ""] = found

    def inputs(self, element: etree._Element, node_id: str) -> tuple[MappingRule, ...]:
        """What flows in when an element becomes active, in order."""
        return tuple(self._rules(element, "dataInputAssociation", node_id))

    def outputs(self, element: etree._Element, node_id: str) -> tuple[MappingRule, ...]:
        """What flows out when it is done, in order."""
        return tuple(self._rules(element, "dataOutputAssociation", node_id))

    def _rules(self, element: etree._Element, kind: str, node_id: str) -> Iterator[MappingRule]:
        for association in element.findall(bpmn(kind)):
            transformation = association.find(bpmn("transformation"))
            assignments = association.findall(bpmn("assignment"))
            if transformation is not None:
                yield MappingRule(_feel(transformation, node_id), self._target(association, node_id))
            for assignment in assignments:
                yield self._assignment(association, assignment, node_id)
            if transformation is None and not assignments:
                yield from self._copy(association, kind, node_id)

    def _assignment(self, association: etree._Element, assignment: etree._Element, node_id: str) -> MappingRule:
        origin, place = assignment.find(bpmn("from")), assignment.find(bpmn("to"))
        path = written(place).removeprefix("=").strip() if place is not None else ""
        if origin is None or not _PATH.fullmatch(path):
            raise Unsupported(node_id, "an assignment needs an expression to come from, and a name or path to go to")
        target = self._target(association, node_id)
        head, _, rest = path.partition(".")
        if head not in (target, self._end(association, "targetRef")):
            raise Unsupported(node_id, f"an assignment goes to {head!r}, and its association to {target!r}")
        return MappingRule(_feel(origin, node_id), f"{target}.{rest}" if rest else target)

    def _copy(self, association: etree._Element, kind: str, node_id: str) -> Iterator[MappingRule]:
        """A line between two variables, one of them the element's own; any other is only drawn."""
        ends = [self._items.get(self._end(association, side)) for side in ("sourceRef", "targetRef")]
        own = ends[1] if kind == "dataInputAssociation" else ends[0]
        if own is None or variable_of(own) is None or local(own) == "dataObject":
            return
        names = [variable_of(end) if end is not None else None for end in ends]
        if None in names or len(association.findall(bpmn("sourceRef"))) != 1:
            reason = (
                "data flow between more or less than two variables; name the data object (a register is no variable)"
            )
            raise Unsupported(node_id, reason)
        yield MappingRule(f"={names[0]}", str(names[1]))

    def _target(self, association: etree._Element, node_id: str) -> str:
        item = self._items.get(self._end(association, "targetRef"))
        name = variable_of(item) if item is not None else None
        if name is None:
            raise Unsupported(node_id, "the target of a data association has no name that expressions can read")
        return name

    def _end(self, association: etree._Element, side: str) -> str:
        return _local((association.findtext(bpmn(side)) or "").strip())


def _feel(element: etree._Element, node_id: str) -> str:
    text = written(element)
    if not text.startswith("="):
        raise Unsupported(node_id, f"{local(element)} is no FEEL expression")
    return text


def _local(reference: str) -> str:
    return reference.rpartition(":")[2]
