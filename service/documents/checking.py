"""Whether a declared document fits the release that it would stand in."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.documents.declaration import TOLD, Declaration
from service.engine.lint_rules.model import ZEEBE, Element, Model
from service.registers.findings import Finding

#: What a Typst template asks of the data, at the first level.
_USED = re.compile(r"\bdata\.([A-Za-z_][A-Za-z0-9_]*)")


def findings(
    document: Declaration, registers: Mapping[str, Any], decisions: set[str], templates: Mapping[str, bytes]
) -> Iterator[Finding]:
    """What is missing: registers, fields, decisions, the template file, and what the template uses undeclared."""
    yield from _dangling(document, registers, decisions)
    if document.template is None:
        return
    file = f"{document.id}/{document.template}"
    if file not in templates:
        yield Finding("template", "UNKNOWN_TEMPLATE", {"file": file})
    elif file.endswith(".typ"):
        known = {*TOLD, *names(document)}
        for used in dict.fromkeys(_USED.findall(templates[file].decode("utf-8", "replace"))):
            if used not in known:
                yield Finding("template", "FIELD_NOT_READ", {"field": used})


def names(document: Declaration) -> Iterable[str]:
    """What the template may use: inputs, records, values."""
    yield from (declared.key for declared in document.inputs)
    yield from (query.name for query in document.queries)
    yield from (name.removesuffix("?") for name in document.values)


def _dangling(document: Declaration, registers: Mapping[str, Any], decisions: set[str]) -> Iterator[Finding]:
    """What the declaration names and the release would not have: registers and their fields, decisions."""
    for index, query in enumerate(document.queries):
        path = f"records[{index}]"
        if query.kind == "decision" and query.decision not in decisions:
            yield Finding(path, "UNKNOWN_DECISION", {"decision": query.decision or ""})
        if query.register is None:
            continue
        register = registers.get(query.register)
        if register is None:
            yield Finding(path, "UNKNOWN_REGISTER", {"register": query.register})
            continue
        known = {*register.fields, "id", "state", *(i.name for i in (*register.indexes, *register.unique))}
        for name in (*(field.removesuffix("?") for field in query.fields), *query.where, *query.masks):
            if name not in known:
                yield Finding(path, "UNKNOWN_NAME", {"register": query.register, "name": name})


def ill_asked(model: Model, documents: Mapping[str, Declaration]) -> Iterator[tuple[str, Finding]]:
    """Service tasks of a diagram that ask for a document that there is not, or without what it needs: id, finding."""
    for task in model.kinds("serviceTask", "sendTask"):
        definition = task.extension("taskDefinition")
        if definition is None or definition.get("type") != "document":
            continue
        headers = _entries(task, "taskHeaders", "header", "key", "value")
        given = {*headers, *_entries(task, "ioMapping", "input", "target", "source")}
        name = headers.get("template", "")
        document = documents.get(name)
        if document is None:
            yield task.id, Finding("template", "UNKNOWN_DOCUMENT", {"document": name})
            continue
        for declared in document.inputs:
            if not declared.optional and declared.key not in given:
                yield task.id, Finding("", "INPUT_MISSING", {"document": name, "input": declared.key})
        for key in sorted(given - {"template", "readers"} - {declared.key for declared in document.inputs}):
            yield task.id, Finding("", "INPUT_UNKNOWN", {"document": name, "input": key})


def _entries(task: Element, holder: str, entry: str, key: str, value: str) -> dict[str, str]:
    found = task.extension(holder)
    listed = [] if found is None else found.findall(f"{{{ZEEBE}}}{entry}")
    return {str(xml.get(key) or ""): str(xml.get(value) or "") for xml in listed}
