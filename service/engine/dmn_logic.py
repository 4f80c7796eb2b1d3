"""The logic of a decision as JSON: tables and boxed expressions; part of `dmn_xml`."""

from typing import Any, TypeAlias

from lxml import etree

Json: TypeAlias = dict[str, Any]

#: The types of FEEL; the last three are what modellers of other houses write for numbers.
BUILT_IN = {
    "string", "number", "boolean", "date", "time", "date and time", "dateTime", "days and time duration",
    "years and months duration", "dayTimeDuration", "yearMonthDuration", "Any", "context", "list", "function",
    "integer", "long", "double",
}  # fmt: skip
EXPRESSIONS = {
    "literalExpression", "decisionTable", "context", "functionDefinition", "invocation", "list", "relation",
    "conditional", "filter", "for", "some", "every",
}  # fmt: skip
#: The property of a UNIQUE table whose last, empty rule fits where no other does: docs/reference/dmn.md.
OTHERWISE = "otherwise"


#: Expressions within each other; nobody reads more, and those who evaluate them have a stack.
MAX_NESTED = 60


class NotDecisions(ValueError):
    """The file is no DMN model that can be read."""


class Logic:
    """Reads expressions; names of types carry the prefix of the file that they stand in. Raises `NotDecisions`."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._depth = 0

    def type_of(self, element: etree._Element | None) -> str | None:
        """The type that an element names, without the prefix that DMN 1.1 writes (`feel:string`)."""
        if element is None:
            return None
        written = child(element, "typeRef")
        name = (element.get("typeRef") or (written.text if written is not None else None) or "").strip()
        if ":" in name and not name.startswith("http"):
            name = name.split(":", 1)[1]
        if not name:
            return None
        return name if name in BUILT_IN else self.prefix + name

    def inner(self, element: etree._Element | None) -> Json | None:
        """The expression inside an element; None if there is none."""
        found = children(element, *EXPRESSIONS) if element is not None else []
        return self._expression(found[0]) if found else None

    def function(self, element: etree._Element | None) -> Json:
        """Parameters and body of encapsulated logic or a function definition."""
        if element is None:
            return {"parameters": [], "body": None, "foreign": False}
        parameters = [{"name": p.get("name"), "type": self.type_of(p)} for p in children(element, "formalParameter")]
        foreign = element.get("kind") not in (None, "FEEL")
        return {"parameters": parameters, "body": None if foreign else self.inner(element), "foreign": foreign}

    def _expression(self, element: etree._Element) -> Json:
        if self._depth >= MAX_NESTED:
            raise NotDecisions(f"more than {MAX_NESTED} expressions stand within each other")
        self._depth += 1
        try:
            return self._read(element)
        finally:
            self._depth -= 1

    def _read(self, element: etree._Element) -> Json:
        kind = local(element)
        body: Json = {"kind": kind, "type": self.type_of(element)}
        if kind == "literalExpression":
            return body | {"text": text_in(element) or ""}
        if kind == "decisionTable":
            return body | {"type": None} | self._table(element)
        if kind == "functionDefinition":
            return body | self.function(element)
        if kind == "context":
            return body | {"entries": [self._entry(entry) for entry in children(element, "contextEntry")]}
        if kind == "invocation":
            return body | {"function": self.inner(element), "bindings": self._bindings(element)}
        if kind == "list":
            return body | {"items": [self._expression(item) for item in children(element, *EXPRESSIONS)]}
        if kind == "relation":
            return body | self._relation(element)
        body["variable"] = element.get("iteratorVariable")
        return body | {part: self.inner(child(element, part)) for part in _PARTS[kind]}

    def _entry(self, element: etree._Element) -> Json:
        variable = child(element, "variable")
        name = variable.get("name") if variable is not None else None
        return {"name": name, "type": self.type_of(variable), "value": self.inner(element)}

    def _bindings(self, element: etree._Element) -> list[Json]:
        return [
            {"name": parameter.get("name"), "value": self.inner(binding)}
            for binding in children(element, "binding")
            if (parameter := child(binding, "parameter")) is not None
        ]

    def _relation(self, element: etree._Element) -> Json:
        return {
            "columns": [{"name": c.get("name"), "type": self.type_of(c)} for c in children(element, "column")],
            "rows": [
                [self._expression(cell) for cell in children(row, *EXPRESSIONS)] for row in children(element, "row")
            ],
        }

    def _table(self, element: etree._Element) -> Json:
        annotations = [column.get("name") or "" for column in children(element, "annotation")]
        return {
            "id": element.get("id"),
            "hit": element.get("hitPolicy") or "UNIQUE",
            "aggregation": element.get("aggregation"),
            "otherwise": properties(element).get(OTHERWISE) == "last",
            "inputs": [self._column(n, i) for n, i in enumerate(children(element, "input"), 1)],
            "outputs": [self._result(output) for output in children(element, "output")],
            "rules": [
                {
                    "id": rule.get("id") or f"rule_{index}",
                    "index": index,
                    "notes": _notes(annotations, rule),
                    "tests": [text_in(entry) or "" for entry in children(rule, "inputEntry")],
                    "results": [text_in(entry) or "" for entry in children(rule, "outputEntry")],
                }
                for index, rule in enumerate(children(element, "rule"), 1)
            ],
        }

    def _column(self, index: int, element: etree._Element) -> Json:
        expression = child(element, "inputExpression")
        text = (text_in(expression) if expression is not None else None) or ""
        return {
            "id": element.get("id") or f"input_{index}",
            "label": element.get("label") or text,
            "text": text,
            "type": self.type_of(expression),
            "allowed": text_in(child(element, "inputValues")),
        }

    def _result(self, element: etree._Element) -> Json:
        return {
            "name": element.get("name") or element.get("label"),
            "label": element.get("label"),
            "type": self.type_of(element),
            "allowed": text_in(child(element, "outputValues")),
            "default": text_in(child(element, "defaultOutputEntry")),
        }


_PARTS = {
    "conditional": ("if", "then", "else"),
    "filter": ("in", "match"),
    "for": ("in", "return"),
    "some": ("in", "satisfies"),
    "every": ("in", "satisfies"),
}


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and local(child) in names]


def child(element: etree._Element, name: str) -> etree._Element | None:
    found = children(element, name)
    return found[0] if found else None


def text_in(element: etree._Element | None) -> str | None:
    """The trimmed text of the `text` child, None if there is none."""
    found = child(element, "text") if element is not None else None
    text = "".join(str(part) for part in found.itertext()).strip() if found is not None else ""
    return text or None


def properties(element: etree._Element) -> dict[str, str]:
    """The `zeebe:property` entries of an element by name."""
    found = element.iterfind("./{*}extensionElements/{*}properties/{*}property")
    return {each.get("name") or "": each.get("value") or "" for each in found}


def _notes(columns: list[str], rule: etree._Element) -> list[list[str]]:
    """What a rule says of itself: the description, then each annotation with the name of its column."""
    description = child(rule, "description")
    own = "".join(str(part) for part in description.itertext()).strip() if description is not None else ""
    written = [text_in(entry) or "" for entry in children(rule, "annotationEntry")]
    named = [[columns[i] if i < len(columns) else "", text] for i, text in enumerate(written)]
    return [note for note in [["", own], *named] if note[1]]
