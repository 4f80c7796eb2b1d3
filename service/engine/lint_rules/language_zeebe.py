"""The extension elements of the dialect: where each may stand, and what each attribute holds.

Plain data beside `language.py`, under the same rule: what is not in here is refused. The slots drive the
checks of expressions and literals, so a new attribute is checked by being listed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from service.engine.lint_rules.language import ELEMENTS

#: Of a user task; the least is 0.
MAX_PRIORITY = 100

#: What a text is. `expression` begins with "="; `either` may also be a literal; `integer`, `instant` and
#: `duration` are `either` with a checked literal; `name` is a variable or a dotted path; `text` is taken as it stands.
Slot = Literal[
    "expression", "either", "integer", "instant", "duration", "name", "text", "truth", "binding", "call binding",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extension:
    """A `zeebe:` element: the BPMN elements that may bear it, its attributes, those required, its children."""

    on: frozenset[str]
    attributes: Mapping[str, Slot] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RefusedExtension:
    """A `zeebe:` element that Camunda knows and this engine does not execute."""

    reason: str
    instead: str
    reason_zh: str
    instead_zh: str


def _on(*elements: str) -> frozenset[str]:
    return frozenset(elements)


_TASKS = _on(
    "task", "manualTask", "userTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "receiveTask"
)  # fmt: skip
_EVENTS = _on("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
_NODES = _TASKS | _EVENTS | _on("callActivity", "subProcess", "transaction")
_JOBS = _on("serviceTask", "sendTask", "scriptTask", "businessRuleTask", "intermediateThrowEvent", "endEvent")
_BOUND: Mapping[str, Slot] = {"bindingType": "binding"}

EXTENSIONS: Mapping[str, Extension] = {
    "userTask": Extension(_on("userTask")),
    "formDefinition": Extension(_on("userTask", "startEvent"), {"formId": "either", **_BOUND}, _on("formId")),
    "assignmentDefinition": Extension(
        _on("userTask"), {"assignee": "either", "candidateGroups": "either", "candidateUsers": "either"}
    ),
    "taskSchedule": Extension(_on("userTask"), {"dueDate": "instant", "followUpDate": "instant"}),
    "priorityDefinition": Extension(_on("userTask"), {"priority": "integer"}, _on("priority")),
    "taskDefinition": Extension(_JOBS, {"type": "either", "retries": "integer"}, _on("type")),
    "taskHeaders": Extension(_JOBS | _on("userTask"), children=_on("header")),
    "header": Extension(frozenset(), {"key": "text", "value": "text"}, _on("key")),
    "ioMapping": Extension(_NODES, children=_on("input", "output")),
    "input": Extension(frozenset(), {"source": "either", "target": "name"}, _on("source", "target")),
    "output": Extension(frozenset(), {"source": "either", "target": "name"}, _on("source", "target")),
    "script": Extension(
        _on("scriptTask"), {"expression": "expression", "resultVariable": "name"}, _on("expression", "resultVariable")
    ),
    "calledDecision": Extension(
        _on("businessRuleTask"),
        {"decisionId": "either", "resultVariable": "name", **_BOUND},
        _on("decisionId", "resultVariable"),
    ),
    "calledElement": Extension(
        _on("callActivity"),
        {
            "processId": "either",
            "propagateAllChildVariables": "truth",
            "propagateAllParentVariables": "truth",
            "bindingType": "call binding",
        },
        _on("processId"),
    ),
    "loopCharacteristics": Extension(
        _on("multiInstanceLoopCharacteristics"),
        {
            "inputCollection": "expression",
            "inputElement": "name",
            "outputCollection": "name",
            "outputElement": "expression",
        },
    ),
    "subscription": Extension(_on("message"), {"correlationKey": "expression"}),
    "publishMessage": Extension(
        _on("sendTask", "intermediateThrowEvent", "endEvent"),
        {"correlationKey": "either", "timeToLive": "duration"},
        _on("correlationKey"),
    ),
    "versionTag": Extension(_on("process"), {"value": "text"}, _on("value")),
    "properties": Extension(
        # Modellers offer them on whatever can be clicked.
        frozenset(name for name, entry in ELEMENTS.items() if entry.state != "refused"),
        children=_on("property"),
    ),
    "property": Extension(frozenset(), {"name": "text", "value": "text"}, _on("name")),
}  # fmt: skip

_LISTENERS = RefusedExtension(
    "listeners are not executed in this version",
    "Draw a service task before or after the element.",
    "本版本不执行监听器",
    "请在元素前后画服务任务。",
)
REFUSED_EXTENSIONS: Mapping[str, RefusedExtension] = {
    "executionListeners": _LISTENERS,
    "taskListeners": _LISTENERS,
    "userTaskForm": RefusedExtension(
        "forms inside a diagram are not shown",
        "Save the form as a .form file, deploy it too, and name its id in formDefinition.",
        "不显示嵌在流程图里的表单",
        "请把表单另存为 .form 文件一并部署，并在 formDefinition 中填写其编号。",
    ),
    "linkedResources": RefusedExtension(
        "linked resources have no effect here",
        "Hand over what the worker needs by input mappings or headers.",
        "链接资源在本平台不起作用",
        "请用输入映射或任务头传递所需内容。",
    ),
    "adHoc": RefusedExtension(
        "ad-hoc sub-processes are not executed", "Draw the order.", "不执行特设子流程", "请画出先后顺序。"
    ),
    "conditionalFilter": RefusedExtension(
        "filters of variable events are not executed",
        "Remove it; the condition is asked whenever one of its variables changes.",
        "不支持按变量事件过滤条件",
        "请删除；条件中的变量一有变化即重新判断。",
    ),
}

#: Slots with fixed values. A release is the only way to a decision or form; a called process may be newer.
CHOICES: Mapping[Slot, frozenset[str]] = {
    "truth": frozenset({"true", "false"}),
    "binding": frozenset({"deployment"}),
    "call binding": frozenset({"deployment", "latest"}),
}
