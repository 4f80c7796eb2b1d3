"""What other engines and tools write into a diagram: passed over where it means nothing, refused where it would act.

The vocabulary check and the engine's own reader ask here, so that they cannot disagree.
"""

from collections.abc import Mapping
from typing import Literal

#: `silent`: every modeller leaves it, nobody needs to know. `ignored`: a warning says so. `refused`: it would have
#: an effect on the execution in the engine that it was written for.
Meaning = Literal["silent", "ignored", "refused"]

#: Engines whose extensions say what happens, by the prefix under which people know them.
ENGINES: Mapping[str, str] = {
    "http://camunda.org/schema/1.0/bpmn": "camunda:",
    "http://activiti.org/bpmn": "activiti:",
    "http://flowable.org/bpmn": "flowable:",
    "http://spiffworkflow.org/bpmn/schema/1.0/core": "spiffworkflow:",
    "http://www.jboss.org/drools": "drools:",
}
#: Of those engines: how steps are stored, ordered, shown or kept, not what happens.
_HARMLESS = frozenset(
    {
        "asyncBefore", "asyncAfter", "async", "asynchronous", "exclusive", "jobPriority", "taskPriority", "priority",
        "historyTimeToLive", "versionTag", "isStartableInTasklist", "failedJobRetryTimeCycle", "diagramRelationId",
        "modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon", "packageName", "version", "metaData",
    }
)  # fmt: skip
#: Attributes that tools leave on elements and that do nothing: namespace → names (None: all).
_SILENT: Mapping[str, frozenset[str] | None] = {
    "http://camunda.org/schema/modeler/1.0": None,  # which modeler drew it, for which platform
    "http://camunda.org/schema/zeebe/1.0": frozenset(
        {"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"}
    ),
    "http://www.w3.org/2001/XMLSchema-instance": frozenset({"type", "schemaLocation", "noNamespaceSchemaLocation"}),
    "http://www.w3.org/XML/1998/namespace": None,
    "http://bpmn.io/schema/bpmn/biocolor/1.0": None,
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": None,
}
_ZEEBE = "http://camunda.org/schema/zeebe/"
_BPMN = "http://www.omg.org/spec/BPMN/"


def attribute_meaning(namespace: str, name: str) -> Meaning:
    """Of an attribute with a namespace, on any element."""
    if namespace in _SILENT:
        silent = _SILENT[namespace]
        return "silent" if silent is None or name in silent else "refused"
    return extension_meaning(namespace, name)


def extension_meaning(namespace: str, name: str) -> Meaning:
    """Of an element in `extensionElements`, those of the dialect left out."""
    if namespace.startswith((_ZEEBE, _BPMN)) or not namespace:
        return "refused"  # a slip in our own namespaces would silence what was meant
    if namespace in ENGINES:
        return "ignored" if name in _HARMLESS else "refused"
    return "ignored"


def spoken(namespace: str, name: str) -> str:
    """How people call it."""
    return f"{ENGINES[namespace]}{name}" if namespace in ENGINES else f"{{{namespace}}}{name}"
