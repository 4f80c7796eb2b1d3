"""The second half of the language: what is drawn or declared beside the flow, and never executed.

Declarations are ignored where nothing is lost by it; refused where ignoring them would mean that the diagram does
something else than it says.
"""

from collections.abc import Mapping

from service.engine.lint_rules.entries import FALSE, Entry, ignored, refused

_NO_GLOBAL = refused(
    "tasks defined outside a process are not executed",
    "Draw the task in the process, or call a process of its own.",
    "不执行定义在流程之外的全局任务",
    "请把任务画在流程中，或用调用活动调用单独的流程。",
)
_NO_RESOURCES = refused(
    "resource roles have no effect here",
    "Name assignee and candidate groups in the assignment section of the user task.",
    "资源角色在本平台不起作用",
    "请在用户任务的“Assignment”中填写办理人或候选组。",
)
_NO_CHOREOGRAPHY = refused(
    "choreographies are not executed",
    "Draw a process, with other parties as pools.",
    "不执行编排图",
    "请画成流程，其他参与方画成泳池。",
)
_NO_CORRELATION = refused(
    "correlation subscriptions are not executed",
    "Fill in the correlation key of the message (zeebe:subscription).",
    "不执行关联订阅（correlationSubscription）",
    "请填写消息的关联键（zeebe:subscription）。",
)
_NO_SERVICE_BINDING = refused(
    "a process is not offered as a service operation",
    "Begin the process with a message start event.",
    "流程不作为服务操作提供",
    "请用消息开始事件启动流程。",
)
_NO_IMPLICIT = refused(
    "implicit throw events are not executed",
    "Draw the event as a throw event.",
    "不执行隐式抛出事件",
    "请画成抛出事件。",
)

REST: Mapping[str, Entry] = {
    # --- notes, frames, lanes -----------------------------------------------------------------
    "documentation": ignored(("textFormat",)),
    "auditing": ignored(),
    "monitoring": ignored(),
    "laneSet": ignored((), "lane"),
    "lane": ignored(("partitionElementRef",), "flowNodeRef", "childLaneSet", "partitionElement"),
    "partitionElement": ignored(),
    "childLaneSet": ignored((), "lane"),
    "flowNodeRef": ignored(),
    "textAnnotation": ignored(("textFormat",), "text"),
    "text": ignored(),
    "association": ignored(("sourceRef", "targetRef", "associationDirection")),
    "group": ignored(("categoryValueRef",)),
    "category": ignored((), "categoryValue"),
    "categoryValue": ignored(("value",)),
    "categoryValueRef": ignored(),
    "rendering": ignored(),
    # --- pools and conversations --------------------------------------------------------------
    "collaboration": ignored(
        ("isClosed",), "participant", "messageFlow", "textAnnotation", "association", "group", "conversation",
        "subConversation", "callConversation", "conversationNode", "conversationLink", "conversationAssociation",
        "participantAssociation", "messageFlowAssociation", "correlationKey", "choreographyRef",
    ),
    "participant": ignored(("processRef",), "participantMultiplicity", "interfaceRef", "endPointRef"),
    "participantMultiplicity": ignored(("minimum", "maximum")),
    "interfaceRef": ignored(),
    "endPointRef": ignored(),
    "messageFlow": ignored(("sourceRef", "targetRef", "messageRef")),
    "conversation": ignored((), "participantRef", "messageFlowRef", "correlationKey"),
    "conversationNode": ignored((), "participantRef", "messageFlowRef", "correlationKey"),
    "subConversation": ignored(
        (), "participantRef", "messageFlowRef", "correlationKey", "conversation", "conversationNode",
        "subConversation", "callConversation",
    ),
    "callConversation": ignored(
        ("calledCollaborationRef",), "participantRef", "messageFlowRef", "correlationKey", "participantAssociation"
    ),
    "globalConversation": ignored(
        ("isClosed",), "participant", "messageFlow", "conversation", "conversationNode", "conversationLink",
        "textAnnotation", "association", "group", "correlationKey",
    ),
    "conversationLink": ignored(("sourceRef", "targetRef")),
    "conversationAssociation": ignored(("innerConversationNodeRef", "outerConversationNodeRef")),
    "participantAssociation": ignored((), "innerParticipantRef", "outerParticipantRef"),
    "messageFlowAssociation": ignored(("innerMessageFlowRef", "outerMessageFlowRef")),
    "innerParticipantRef": ignored(),
    "outerParticipantRef": ignored(),
    "participantRef": ignored(),
    "messageFlowRef": ignored(),
    "choreographyRef": ignored(),
    # --- declarations -------------------------------------------------------------------------
    "itemDefinition": ignored(("structureRef", "isCollection", "itemKind")),
    "import": ignored(
        {
            "importType": frozenset(
                {
                    "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/TR/wsdl20/",
                    "http://schemas.xmlsoap.org/wsdl/", "http://www.w3.org/ns/wsdl",
                }
            ),
            "location": None,
            "namespace": None,
        }
    ),
    "extension": ignored({"mustUnderstand": FALSE, "definition": None}),
    "relationship": ignored(("type", "direction"), "source", "target"),
    "source": ignored(),
    "target": ignored(),
    "supports": ignored(),
    "interface": ignored(("implementationRef",), "operation"),
    "operation": ignored(("implementationRef",), "inMessageRef", "outMessageRef", "errorRef"),
    "inMessageRef": ignored(),
    "outMessageRef": ignored(),
    "errorRef": ignored(),
    "operationRef": ignored(),
    "endPoint": ignored(),
    "resource": ignored((), "resourceParameter"),
    "resourceParameter": ignored(("type", "isRequired")),
    "partnerEntity": ignored((), "participantRef"),
    "partnerRole": ignored((), "participantRef"),
    "correlationKey": ignored((), "correlationPropertyRef"),
    "correlationPropertyRef": ignored(),
    "correlationProperty": ignored(("type",), "correlationPropertyRetrievalExpression"),
    "correlationPropertyRetrievalExpression": ignored(("messageRef",), "messagePath"),
    "messagePath": ignored(("language", "evaluatesToTypeRef")),
    # --- refused by name ----------------------------------------------------------------------
    "correlationSubscription": _NO_CORRELATION,
    "correlationPropertyBinding": _NO_CORRELATION,
    "supportedInterfaceRef": _NO_SERVICE_BINDING,
    "ioBinding": _NO_SERVICE_BINDING,
    "implicitThrowEvent": _NO_IMPLICIT,
    "performer": _NO_RESOURCES,
    "humanPerformer": _NO_RESOURCES,
    "potentialOwner": _NO_RESOURCES,
    "resourceRole": _NO_RESOURCES,
    "globalTask": _NO_GLOBAL,
    "globalUserTask": _NO_GLOBAL,
    "globalManualTask": _NO_GLOBAL,
    "globalScriptTask": _NO_GLOBAL,
    "globalBusinessRuleTask": _NO_GLOBAL,
    "choreography": _NO_CHOREOGRAPHY,
    "globalChoreographyTask": _NO_CHOREOGRAPHY,
    "choreographyTask": _NO_CHOREOGRAPHY,
    "subChoreography": _NO_CHOREOGRAPHY,
    "callChoreography": _NO_CHOREOGRAPHY,
}  # fmt: skip
