"""DMN 1.1 to 1.5 as JSON for the evaluator in `islands/feel/dmn`: read here, evaluated there.

Nodes and item definitions of an imported model carry the import's name as prefix ("" is the file itself),
so that two files may use the same ids.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from lxml import etree

from service.engine import xml

Json: TypeAlias = dict[str, Any]
#: Given a namespace, the bytes of the model that has it, or None.
Loader: TypeAlias = Callable[[str], bytes | None]

BUILT_IN = {
    "string", "number", "boolean", "date", "time", "date and time", "dateTime", "days and time duration",
    "years and months duration", "dayTimeDuration", "yearMonthDuration", "Any", "context", "list", "function",
}  # fmt: skip
EXPRESSIONS = {
    "literalExpression", "decisionTable", "context", "functionDefinition", "invocation", "list", "relation",
    "conditional", "filter", "for", "some", "every",
}  # fmt: skip


class NotDecisions(ValueError):
    """The file is no DMN model that can be read."""


def read(data: bytes, load: Loader = lambda namespace: None) -> Json:
    """The model with everything it imports. Raises `NotDecisions`, or `XmlRefused` from the parser."""
    root = xml.parse(data)
    if _local(root) != "definitions" or "/DMN/" not in (etree.QName(root).namespace or ""):
        raise NotDecisions("the root element is no DMN definitions")
    model: Json = {"name": root.get("name") or "", "items": {}, "nodes": {}, "missing": []}
    _Reader(model, load).read(root, "", ())
    return model


class _Reader:
    """Reads one file into the model; a new prefix for each import."""

    def __init__(self, model: Json, load: Loader) -> None:
        self.model, self.load = model, load
        self.prefix = ""
        self.imports: dict[str, str] = {}

    def read(self, root: etree._Element, prefix: str, above: tuple[str, ...]) -> None:
        self.prefix = prefix
        namespace = root.get("namespace") or ""
        for element in _children(root, "import"):
            self._import(element, (*above, namespace))
        for item in _children(root, "itemDefinition"):
            self.model["items"][prefix + (item.get("name") or "")] = self._item(item)
        for element in root:
            if isinstance(element.tag, str):
                self._node(element)

    def _import(self, element: etree._Element, above: tuple[str, ...]) -> None:
        name, namespace = element.get("name") or "", element.get("namespace") or ""
        if "/DMN/" not in (element.get("importType") or ""):
            return
        self.imports[namespace] = name
        data = None if namespace in above else self.load(namespace)
        if data is None:
            self.model["missing"].append(name or namespace)
            return
        _Reader(self.model, self.load).read(xml.parse(data), f"{self.prefix}{name}.", above)

    def _node(self, element: etree._Element) -> None:
        read = {
            "inputData": self._input,
            "decision": self._decision,
            "businessKnowledgeModel": self._knowledge,
            "decisionService": self._service,
        }.get(_local(element))
        if read is None:
            return
        variable = _child(element, "variable")
        name = (variable.get("name") if variable is not None else None) or element.get("name") or ""
        node: Json = {
            "id": element.get("id") or name,
            "title": element.get("name") or name,
            "name": name,
            "type": self._type(variable),
        }
        self.model["nodes"][self.prefix + node["id"]] = node | read(element)

    def _input(self, element: etree._Element) -> Json:
        return {"kind": "input"}

    def _decision(self, element: etree._Element) -> Json:
        return {"kind": "decision", "requires": self._requirements(element), "body": self._inner(element)}

    def _knowledge(self, element: etree._Element) -> Json:
        logic = _child(element, "encapsulatedLogic")
        return {"kind": "knowledge", "requires": self._requirements(element)} | self._function(logic)

    def _service(self, element: etree._Element) -> Json:
        def keys(name: str) -> list[str]:
            return [self._reference(child)["key"] for child in _children(element, name)]

        return {
            "kind": "service",
            "requires": [],
            "outputs": keys("outputDecision"),
            "decisions": keys("inputDecision"),
            "data": keys("inputData"),
        }

    def _requirements(self, element: etree._Element) -> list[Json]:
        kinds = ("requiredDecision", "requiredInput", "requiredKnowledge")
        requirements = _children(element, "informationRequirement", "knowledgeRequirement")
        return [self._reference(target) for requirement in requirements for target in _children(requirement, *kinds)]

    def _reference(self, element: etree._Element) -> Json:
        namespace, _, identifier = (element.get("href") or "").rpartition("#")
        name = self.imports.get(namespace) if namespace else None
        if name is None:
            return {"key": self.prefix + identifier, "under": ""}
        return {"key": f"{self.prefix}{name}.{identifier}", "under": name}

    def _item(self, element: etree._Element) -> Json:
        components = _children(element, "itemComponent")
        return {
            "name": element.get("name"),
            "of": self._type(element),
            "list": element.get("isCollection") == "true",
            "allowed": _text(_child(element, "allowedValues")),
            "constraint": _text(_child(element, "typeConstraint")),
            "components": [self._item(component) for component in components] if components else None,
            "function": _child(element, "functionItem") is not None,
        }

    def _type(self, element: etree._Element | None) -> str | None:
        if element is None:
            return None
        child = _child(element, "typeRef")
        name = (element.get("typeRef") or (child.text if child is not None else None) or "").strip()
        if ":" in name and not name.startswith("http"):
            name = name.split(":", 1)[1]  # feel:string, as DMN 1.1 writes it
        if not name:
            return None
        return name if name in BUILT_IN else self.prefix + name

    def _inner(self, element: etree._Element | None) -> Json | None:
        found = _children(element, *EXPRESSIONS) if element is not None else []
        return self._expression(found[0]) if found else None

    def _function(self, element: etree._Element | None) -> Json:
        """Parameters and body of encapsulated logic or a function definition."""
        if element is None:
            return {"parameters": [], "body": None, "foreign": False}
        parameters = [{"name": p.get("name"), "type": self._type(p)} for p in _children(element, "formalParameter")]
        foreign = element.get("kind") not in (None, "FEEL")
        return {"parameters": parameters, "body": None if foreign else self._inner(element), "foreign": foreign}

    def _expression(self, element: etree._Element) -> Json:
        kind = _local(element)
        body: Json = {"kind": kind, "type": self._type(element)}
        if kind == "literalExpression":
            return body | {"text": _text(element) or ""}
        if kind == "decisionTable":
            return body | {"type": None} | self._table(element)
        if kind == "functionDefinition":
            return body | self._function(element)
        if kind == "context":
            return body | {"entries": [self._entry(entry) for entry in _children(element, "contextEntry")]}
        if kind == "invocation":
            return body | {"function": self._inner(element), "bindings": self._bindings(element)}
        if kind == "list":
            return body | {"items": [self._expression(child) for child in _children(element, *EXPRESSIONS)]}
        if kind == "relation":
            return body | self._relation(element)
        body["variable"] = element.get("iteratorVariable")
        return body | {part: self._inner(_child(element, part)) for part in _PARTS[kind]}

    def _entry(self, element: etree._Element) -> Json:
        variable = _child(element, "variable")
        name = variable.get("name") if variable is not None else None
        return {"name": name, "type": self._type(variable), "value": self._inner(element)}

    def _bindings(self, element: etree._Element) -> list[Json]:
        return [
            {"name": parameter.get("name"), "value": self._inner(binding)}
            for binding in _children(element, "binding")
            if (parameter := _child(binding, "parameter")) is not None
        ]

    def _relation(self, element: etree._Element) -> Json:
        return {
            "columns": [{"name": c.get("name"), "type": self._type(c)} for c in _children(element, "column")],
            "rows": [
                [self._expression(cell) for cell in _children(row, *EXPRESSIONS)] for row in _children(element, "row")
            ],
        }

    def _table(self, element: etree._Element) -> Json:
        return {
            "id": element.get("id"),
            "hit": element.get("hitPolicy") or "UNIQUE",
            "aggregation": element.get("aggregation"),
            "inputs": [self._column(n, i) for n, i in enumerate(_children(element, "input"), 1)],
            "outputs": [self._result(output) for output in _children(element, "output")],
            "rules": [
                {
                    "id": rule.get("id") or f"rule_{index}",
                    "index": index,
                    "tests": [_text(entry) or "" for entry in _children(rule, "inputEntry")],
                    "results": [_text(entry) or "" for entry in _children(rule, "outputEntry")],
                }
                for index, rule in enumerate(_children(element, "rule"), 1)
            ],
        }

    def _column(self, index: int, element: etree._Element) -> Json:
        expression = _child(element, "inputExpression")
        text = (_text(expression) if expression is not None else None) or ""
        return {
            "id": element.get("id") or f"input_{index}",
            "label": element.get("label") or text,
            "text": text,
            "type": self._type(expression),
            "allowed": _text(_child(element, "inputValues")),
        }

    def _result(self, element: etree._Element) -> Json:
        return {
            "name": element.get("name") or element.get("label"),
            "type": self._type(element),
            "allowed": _text(_child(element, "outputValues")),
            "default": _text(_child(element, "defaultOutputEntry")),
        }


_PARTS = {
    "conditional": ("if", "then", "else"),
    "filter": ("in", "match"),
    "for": ("in", "return"),
    "some": ("in", "satisfies"),
    "every": ("in", "satisfies"),
}


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _children(element: etree._Element, *names: str) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and _local(child) in names]


def _child(element: etree._Element, name: str) -> etree._Element | None:
    found = _children(element, name)
    return found[0] if found else None


def _text(element: etree._Element | None) -> str | None:
    """The trimmed text of the `text` child, None if there is none."""
    child = _child(element, "text") if element is not None else None
    text = "".join(str(part) for part in child.itertext()).strip() if child is not None else ""
    return text or None
