"""The language: which elements and attributes of BPMN are executed, ignored or refused.

Plain data, and the only place where it stands (with its second half, `language_rest.py`): the lint refuses whatever
is not in here, the engine's reader takes from here what it may pass over, and `docs/reference/bpmn.md` is written
from it. *Executed* means that the engine does what BPMN says. *Ignored* means documentation: drawn, kept, without
effect. *Refused* entries exist only to say why and what to draw instead; an element without an entry is refused
as unknown.
"""

from collections.abc import Mapping

from service.engine.lint_rules.entries import ANY, FALSE, ONE, TRUTH, Entry, Values
from service.engine.lint_rules.entries import executed as _executed
from service.engine.lint_rules.entries import ignored as _ignored
from service.engine.lint_rules.entries import refused as _refused
from service.engine.lint_rules.language_rest import REST

_WIRES = ("incoming", "outgoing")
_DATA = ("dataInputAssociation", "dataOutputAssociation", "property", "ioSpecification")
_DATA_IN = ("dataInputAssociation", "dataInput", "inputSet", "property")
_DATA_OUT = ("dataOutputAssociation", "dataOutput", "outputSet", "property")
_EXPRESSION: Mapping[str, Values] = {"language": ANY, "evaluatesToTypeRef": ANY}
_ACTIVITY: Mapping[str, Values] = {
    "default": ANY,
    "isForCompensation": TRUTH,
    "startQuantity": ONE,
    "completionQuantity": ONE,
}
_TASK = (*_WIRES, *_DATA, "multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
_FLOW_ELEMENTS = (
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
    "task", "userTask", "manualTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "receiveTask",
    "callActivity", "subProcess", "transaction",
    "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway",
    "complexGateway",
    "sequenceFlow", "laneSet", "textAnnotation", "association", "group", "dataObject", "dataObjectReference",
    "dataStoreReference",
)  # fmt: skip
#: Declarations at the top of a file that some tools write; none of them is executed.
_DECLARED = (
    "import", "extension", "relationship", "interface", "endPoint", "resource", "partnerEntity", "partnerRole",
    "correlationProperty", "conversation", "globalConversation",
)  # fmt: skip
_THROWN = (
    "eventDefinitionRef", "messageEventDefinition", "signalEventDefinition", "escalationEventDefinition",
    "compensateEventDefinition",
)  # fmt: skip
#: Event definitions at the top of a file, for events to refer to.
_SHARED = (
    "messageEventDefinition", "signalEventDefinition", "escalationEventDefinition", "errorEventDefinition",
    "timerEventDefinition", "terminateEventDefinition", "conditionalEventDefinition", "compensateEventDefinition",
    "cancelEventDefinition",
)  # fmt: skip
_CAUGHT = (
    "eventDefinitionRef", "messageEventDefinition", "signalEventDefinition", "timerEventDefinition",
    "conditionalEventDefinition",
)  # fmt: skip
_NO_DATA_SETS = _refused(
    "the data items of a multi-instance are not executed in this form",
    "Use zeebe:loopCharacteristics with an input and an output collection (FEEL).",
    "不执行这种写法的多实例数据项",
    "请在 zeebe:loopCharacteristics 中填写输入、输出集合（FEEL）。",
)
_NO_STREAMING = _refused(
    "data that come or go while an activity runs are not executed",
    "Use a message or a signal.",
    "不执行活动运行期间的数据流入流出",
    "请使用消息或信号。",
)
_NO_SCRIPT = _refused(
    "program code in a diagram is never run",
    "Use a FEEL expression (zeebe:script).",
    "流程图中的程序代码一律不运行",
    "请改用 FEEL 表达式（zeebe:script）。",
)
_NO_BEHAVIOUR = _refused(
    "events that a multi-instance activity throws by itself are not executed",
    "Draw the event behind the activity, or inside a multi-instance sub-process.",
    "不执行多实例活动自行抛出的事件",
    "请把事件画在活动之后，或画在多实例子流程之内。",
)

ELEMENTS: Mapping[str, Entry] = {
    # --- the file -----------------------------------------------------------------------------
    "definitions": _executed(
        dict.fromkeys(("targetNamespace", "exporter", "exporterVersion", "expressionLanguage", "typeLanguage"), ANY),
        "process",
        "collaboration",
        "message",
        "signal",
        "error",
        "escalation",
        "category",
        "dataStore",
        "itemDefinition",
        *_DECLARED,
        *_SHARED,
    ),
    "process": _executed(
        {"isExecutable": TRUTH, "isClosed": TRUTH, "processType": ANY, "definitionalCollaborationRef": ANY},
        *_FLOW_ELEMENTS,
        "property",
        "ioSpecification",
        "supports",
    ),
    "message": _executed({"itemRef": ANY}),
    "signal": _executed({"structureRef": ANY}),
    "error": _executed({"errorCode": ANY, "structureRef": ANY}),
    "escalation": _executed({"escalationCode": ANY, "structureRef": ANY}),
    # --- events -------------------------------------------------------------------------------
    "startEvent": _executed(
        {"isInterrupting": TRUTH, "parallelMultiple": FALSE},
        *_WIRES,
        *_CAUGHT,
        "errorEventDefinition",
        "escalationEventDefinition",
        "compensateEventDefinition",
        *_DATA_OUT,
    ),
    "endEvent": _executed(
        {},
        *_WIRES,
        *_THROWN,
        "errorEventDefinition",
        "terminateEventDefinition",
        "cancelEventDefinition",
        *_DATA_IN,
    ),
    "intermediateThrowEvent": _executed({}, *_WIRES, *_THROWN, "linkEventDefinition", *_DATA_IN),
    "intermediateCatchEvent": _executed(
        {"parallelMultiple": FALSE}, *_WIRES, *_CAUGHT, "linkEventDefinition", *_DATA_OUT
    ),
    "boundaryEvent": _executed(
        {"attachedToRef": ANY, "cancelActivity": TRUTH, "parallelMultiple": FALSE},
        *_WIRES,
        *_CAUGHT,
        "errorEventDefinition",
        "escalationEventDefinition",
        "compensateEventDefinition",
        "cancelEventDefinition",
        *_DATA_OUT,
    ),
    "messageEventDefinition": _executed({"messageRef": ANY}, "operationRef"),
    "signalEventDefinition": _executed({"signalRef": ANY}),
    "errorEventDefinition": _executed({"errorRef": ANY}),
    "escalationEventDefinition": _executed({"escalationRef": ANY}),
    "timerEventDefinition": _executed({}, "timeDate", "timeDuration", "timeCycle"),
    "linkEventDefinition": _executed({}, "source", "target"),
    "terminateEventDefinition": _executed(),
    "conditionalEventDefinition": _executed({}, "condition"),
    "condition": _executed({"language": ANY, "evaluatesToTypeRef": ANY}),
    "compensateEventDefinition": _executed({"activityRef": ANY, "waitForCompletion": TRUTH}),
    "cancelEventDefinition": _executed(),
    "eventDefinitionRef": _executed(),
    "timeDate": _executed({"language": ANY, "evaluatesToTypeRef": ANY}),
    "timeDuration": _executed({"language": ANY, "evaluatesToTypeRef": ANY}),
    "timeCycle": _executed({"language": ANY, "evaluatesToTypeRef": ANY}),
    # --- activities ---------------------------------------------------------------------------
    "task": _executed(_ACTIVITY, *_TASK),
    "manualTask": _executed(_ACTIVITY, *_TASK),
    "userTask": _executed({**_ACTIVITY, "implementation": ANY}, *_TASK, "rendering"),
    "serviceTask": _executed({**_ACTIVITY, "implementation": ANY, "operationRef": ANY}, *_TASK),
    "sendTask": _executed({**_ACTIVITY, "implementation": ANY, "messageRef": ANY, "operationRef": ANY}, *_TASK),
    "scriptTask": _executed({**_ACTIVITY, "scriptFormat": frozenset({"feel", "FEEL", ""})}, *_TASK),
    "businessRuleTask": _executed({**_ACTIVITY, "implementation": ANY}, *_TASK),
    "receiveTask": _executed(
        {**_ACTIVITY, "implementation": ANY, "messageRef": ANY, "operationRef": ANY, "instantiate": FALSE}, *_TASK
    ),
    "callActivity": _executed({**_ACTIVITY, "calledElement": ANY}, *_TASK),
    "subProcess": _executed({**_ACTIVITY, "triggeredByEvent": TRUTH}, *_TASK, *_FLOW_ELEMENTS),
    "transaction": _executed({**_ACTIVITY, "method": ANY, "triggeredByEvent": FALSE}, *_TASK, *_FLOW_ELEMENTS),
    "multiInstanceLoopCharacteristics": _executed(
        {"isSequential": TRUTH, "behavior": frozenset({"All"})}, "loopCardinality", "completionCondition"
    ),
    "loopCardinality": _executed({"language": ANY, "evaluatesToTypeRef": ANY}),
    "completionCondition": _executed({"language": ANY, "evaluatesToTypeRef": ANY}),
    "standardLoopCharacteristics": _executed({"testBefore": TRUTH, "loopMaximum": ANY}, "loopCondition"),
    "loopCondition": _executed({"language": ANY, "evaluatesToTypeRef": ANY}),
    # --- gateways and flows -------------------------------------------------------------------
    "exclusiveGateway": _executed({"default": ANY, "gatewayDirection": ANY}, *_WIRES),
    "inclusiveGateway": _executed({"default": ANY, "gatewayDirection": ANY}, *_WIRES),
    "parallelGateway": _executed({"gatewayDirection": ANY}, *_WIRES),
    "complexGateway": _executed({"default": ANY, "gatewayDirection": ANY}, *_WIRES),
    "eventBasedGateway": _executed(
        {"gatewayDirection": ANY, "instantiate": FALSE, "eventGatewayType": frozenset({"Exclusive"})}, *_WIRES
    ),
    "sequenceFlow": _executed({"sourceRef": ANY, "targetRef": ANY, "isImmediate": TRUTH}, "conditionExpression"),
    "conditionExpression": _executed({"language": ANY, "evaluatesToTypeRef": ANY}),
    "incoming": _executed(),
    "outgoing": _executed(),
    "extensionElements": _executed(),
    # --- data ---------------------------------------------------------------------------------
    "dataObject": _executed({"itemSubjectRef": ANY, "isCollection": ANY}, "dataState"),
    "property": _executed({"itemSubjectRef": ANY}, "dataState"),  # bpmn-js hangs one on tasks with data inputs
    "ioSpecification": _executed({}, "dataInput", "dataOutput", "inputSet", "outputSet"),
    "dataInput": _executed({"itemSubjectRef": ANY, "isCollection": ANY}, "dataState"),
    "dataOutput": _executed({"itemSubjectRef": ANY, "isCollection": ANY}, "dataState"),
    "inputSet": _executed({}, "dataInputRefs", "optionalInputRefs", "outputSetRefs"),
    "outputSet": _executed({}, "dataOutputRefs", "optionalOutputRefs", "inputSetRefs"),
    **dict.fromkeys(
        ("dataInputRefs", "optionalInputRefs", "outputSetRefs", "dataOutputRefs", "optionalOutputRefs", "inputSetRefs"),
        _executed(),
    ),
    "dataInputAssociation": _executed({}, "sourceRef", "targetRef", "transformation", "assignment"),
    "dataOutputAssociation": _executed({}, "sourceRef", "targetRef", "transformation", "assignment"),
    "sourceRef": _executed(),
    "targetRef": _executed(),
    "transformation": _executed(_EXPRESSION),
    "assignment": _executed({}, "from", "to"),
    "from": _executed(_EXPRESSION),
    "to": _executed(_EXPRESSION),
    # --- drawn, kept, without effect ----------------------------------------------------------
    "dataObjectReference": _ignored(("dataObjectRef", "itemSubjectRef"), "dataState"),
    "dataStore": _ignored(("capacity", "isUnlimited", "itemSubjectRef"), "dataState"),
    "dataStoreReference": _ignored(("dataStoreRef", "itemSubjectRef"), "dataState"),
    "dataState": _ignored(),
    # --- refused by name ----------------------------------------------------------------------
    "adHocSubProcess": _refused(
        "ad-hoc sub-processes are not executed",
        "Draw the order, or an inclusive gateway over the activities to choose from.",
        "不执行特设子流程",
        "请画出先后顺序，或用包容网关选择活动。",
    ),
    "activationCondition": _refused(
        "what a complex gateway waits for is not executed",
        "Draw an inclusive gateway, or a multi-instance activity with a completion condition.",
        "不执行复杂网关的汇合条件",
        "请画包容网关，或画带完成条件的多实例活动。",
    ),
    "loopDataInputRef": _NO_DATA_SETS,
    "loopDataOutputRef": _NO_DATA_SETS,
    "inputDataItem": _NO_DATA_SETS,
    "outputDataItem": _NO_DATA_SETS,
    "complexBehaviorDefinition": _NO_BEHAVIOUR,
    "whileExecutingInputRefs": _NO_STREAMING,
    "whileExecutingOutputRefs": _NO_STREAMING,
    "script": _NO_SCRIPT,
    **REST,
}

#: Which event definitions are executed where; of those in one event any is caught, and all are thrown.
EVENTS: Mapping[str, frozenset[str]] = {
    "start of a process": frozenset({"none", "message", "signal", "timer"}),
    "start of a sub-process": frozenset({"none"}),
    "start of an event sub-process": frozenset(
        {"message", "signal", "timer", "conditional", "error", "escalation", "compensate"}
    ),
    "intermediate throw": frozenset({"none", "message", "signal", "escalation", "compensate", "link"}),
    "intermediate catch": frozenset({"message", "signal", "timer", "conditional", "link"}),
    "boundary": frozenset({"message", "signal", "timer", "conditional", "error", "escalation", "compensate", "cancel"}),
    "end": frozenset({"none", "terminate", "error", "escalation", "message", "signal", "compensate", "cancel"}),
}
#: The place of an event that is no start event.
PLACES: Mapping[str, str] = {
    "endEvent": "end",
    "boundaryEvent": "boundary",
    "intermediateThrowEvent": "intermediate throw",
    "intermediateCatchEvent": "intermediate catch",
}
#: Definitions that may leave the activity or scope running. Compensation interrupts nothing, whatever is written.
NON_INTERRUPTING = frozenset({"message", "signal", "timer", "conditional", "escalation", "compensate"})
#: Definitions that come while something waits for them, so that an event-based gateway can choose.
AWAITED = frozenset({"message", "timer", "signal", "conditional"})
#: Definitions that must be the only one of a catching event, of a throwing one, and those of which it has at most one.
CAUGHT_ALONE = frozenset({"link", "compensate", "cancel"})
THROWN_ALONE = frozenset({"link"})
THROWN_LAST = frozenset({"compensate", "cancel", "error", "terminate"})
#: Children that any element may have.
COMMON_CHILDREN = frozenset({"documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef"})
#: Elements that the engine passes over.
IGNORED = frozenset(name for name, entry in ELEMENTS.items() if entry.state == "ignored")
#: Attributes of executed elements that have no effect on the execution.
IGNORED_ATTRIBUTES = frozenset(
    {
        "name", "exporter", "exporterVersion", "typeLanguage", "targetNamespace", "isClosed",
        "processType", "definitionalCollaborationRef", "itemRef", "structureRef", "evaluatesToTypeRef",
        "implementation", "operationRef", "gatewayDirection", "method", "isImmediate", "itemSubjectRef", "isCollection",
    }
)  # fmt: skip
