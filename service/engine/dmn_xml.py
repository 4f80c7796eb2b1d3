"""DMN 1.1 to 1.5 as JSON for the evaluator in `islands/feel/dmn`: read here, evaluated there.

Nodes and item definitions of an imported model carry the import's name as prefix ("" is the file itself),
so that two files may use the same ids.
"""

from collections.abc import Callable
from typing import TypeAlias

from lxml import etree

from service.engine import xml
from service.engine.dmn_logic import MAX_NESTED, Json, Logic, NotDecisions, child, children, local, text_in

#: Given a namespace, the bytes of the model that has it, or None.
Loader: TypeAlias = Callable[[str], bytes | None]


def read(data: bytes, load: Loader = lambda namespace: None) -> Json:
    """The model with everything it imports. Raises `NotDecisions`, or `XmlRefused` from the parser."""
    root = xml.parse(data)
    if local(root) != "definitions" or "/DMN/" not in (etree.QName(root).namespace or ""):
        raise NotDecisions("the root element is no DMN definitions")
    model: Json = {"name": root.get("name") or "", "items": {}, "nodes": {}, "missing": []}
    _Reader(model, load).read(root, "", ())
    return model


class _Reader:
    """Reads one file into the model; a new prefix for each import."""

    def __init__(self, model: Json, load: Loader) -> None:
        self.model, self.load = model, load
        self.prefix = ""
        self.logic = Logic("")
        self.imports: dict[str, str] = {}

    def read(self, root: etree._Element, prefix: str, above: tuple[str, ...]) -> None:
        self.prefix = prefix
        self.logic = Logic(prefix)
        namespace = root.get("namespace") or ""
        for element in children(root, "import"):
            self._import(element, (*above, namespace))
        for item in children(root, "itemDefinition"):
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
        }.get(local(element))
        if read is None:
            return
        variable = child(element, "variable")
        name = (variable.get("name") if variable is not None else None) or element.get("name") or ""
        node: Json = {
            "id": element.get("id") or name,
            "title": element.get("name") or name,
            "name": name,
            "type": self.logic.type_of(variable),
        }
        self.model["nodes"][self.prefix + node["id"]] = node | read(element)

    def _input(self, element: etree._Element) -> Json:
        return {"kind": "input"}

    def _decision(self, element: etree._Element) -> Json:
        return {"kind": "decision", "requires": self._requirements(element), "body": self.logic.inner(element)}

    def _knowledge(self, element: etree._Element) -> Json:
        logic = child(element, "encapsulatedLogic")
        return {"kind": "knowledge", "requires": self._requirements(element)} | self.logic.function(logic)

    def _service(self, element: etree._Element) -> Json:
        def keys(name: str) -> list[str]:
            return [self._reference(target)["key"] for target in children(element, name)]

        return {
            "kind": "service",
            "requires": [],
            "outputs": keys("outputDecision"),
            "decisions": keys("inputDecision"),
            "data": keys("inputData"),
        }

    def _requirements(self, element: etree._Element) -> list[Json]:
        kinds = ("requiredDecision", "requiredInput", "requiredKnowledge")
        requirements = children(element, "informationRequirement", "knowledgeRequirement")
        return [self._reference(target) for requirement in requirements for target in children(requirement, *kinds)]

    def _reference(self, element: etree._Element) -> Json:
        namespace, _, identifier = (element.get("href") or "").rpartition("#")
        name = self.imports.get(namespace) if namespace else None
        if name is None:
            return {"key": self.prefix + identifier, "under": ""}
        return {"key": f"{self.prefix}{name}.{identifier}", "under": name}

    def _item(self, element: etree._Element, depth: int = 0) -> Json:
        if depth > MAX_NESTED:
            raise NotDecisions(f"more than {MAX_NESTED} components stand within each other")
        components = children(element, "itemComponent")
        return {
            "name": element.get("name"),
            "of": self.logic.type_of(element),
            "list": element.get("isCollection") == "true",
            "allowed": text_in(child(element, "allowedValues")),
            "constraint": text_in(child(element, "typeConstraint")),
            "components": [self._item(component, depth + 1) for component in components] if components else None,
            "function": child(element, "functionItem") is not None,
        }
