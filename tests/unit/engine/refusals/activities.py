"""Tasks and calls: what they do, whom they are offered to, what they name, their loops."""

from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, start, tag, throw, user, zeebe
from tests.unit.engine.refusals.pairs import line, offered, task, within

JOB = zeebe("taskDefinition", type="work")
PUBLISH = zeebe("publishMessage", correlationKey="=key")
CALLED = zeebe("calledDecision", decisionId="leave_days", resultVariable="r")
SCRIPT = zeebe("script", expression="=1", resultVariable="x")
FORM, SECRET = zeebe("formDefinition", formId="open"), zeebe("formDefinition", formId="request")
BOX = b.properties(secret="box")

KINDS = [
    within("a service task that does nothing", "TASK_KIND", "a", line, task(kind="serviceTask"), b.service("a")),
    within("a send task that does nothing", "TASK_KIND", "a", line, task(kind="sendTask", messageRef="ms"),
           task(PUBLISH, kind="sendTask", messageRef="ms")),
    within("a send task that does two things", "TASK_KIND", "a", line, task(PUBLISH, JOB, kind="sendTask",
           messageRef="ms"),
           task(PUBLISH, kind="sendTask", messageRef="ms")),
    within("a script task that does nothing", "TASK_KIND", "a", line, task(kind="scriptTask"), b.script("a", "=1",
           "x")),
    within("a script task that does two things", "TASK_KIND", "a", line, task(SCRIPT, JOB, kind="scriptTask"),
           b.script("a", "=1", "x")),
    within("a rule task that does nothing", "TASK_KIND", "a", line, task(kind="businessRuleTask"),
           task(CALLED, kind="businessRuleTask")),
    within("a rule task that does two things", "TASK_KIND", "a", line, task(CALLED, JOB, kind="businessRuleTask"),
           task(CALLED, kind="businessRuleTask")),
    within("a call that calls nothing", "TASK_KIND", "a", line, task(kind="callActivity"), b.call("a", "leave")),
    within("a call in the standard's way alone", "TASK_KIND", "a", line, task(kind="callActivity",
           calledElement="leave"),
           b.call("a", "leave")),
    within("a message event that does nothing", "TASK_KIND", "a", line, throw("a", b.CATCH_MESSAGE),
           throw("a", b.CATCH_MESSAGE, JOB)),
    within("a message end that does two things", "TASK_KIND", "z", lambda x: (
        start(), task(), end("z", extensions(*x) + b.CATCH_MESSAGE), chain("s", "a", "z")), (JOB, PUBLISH), (JOB,)),
    within("a script of Python", "ELEMENT_REFUSED", "a", line, task(SCRIPT, inner=tag("script", "import os"),
           kind="scriptTask"),
           b.script("a", "=1", "x")),
]  # fmt: skip

NAMES = [
    within("an unknown process", "PROCESS_UNKNOWN", "a", line, b.call("a", "gone"), b.call("a", "leave")),
    within("a process without a plain start", "PROCESS_NOT_CALLABLE", "a", line, b.call("a", "by_message"),
           b.call("a", "leave")),
    within("an unknown decision", "DECISION_UNKNOWN", "a", line,
           task(CALLED.replace("leave_days", "gone"), kind="businessRuleTask"), task(CALLED, kind="businessRuleTask")),
    within("an unknown form", "FORM_UNKNOWN", "a", line, offered(FORM.replace("open", "gone")), offered(FORM)),
    within("an unknown start form", "FORM_UNKNOWN", "s", lambda f: (start("s", extensions(f)), task(), end(),
           chain("s", "a", "e")),
           FORM.replace("open", "gone"), FORM),
    within("an unknown group", "GROUP_UNKNOWN", "a", line, offered(groups="gone"), offered(groups="staff")),
    within("an unknown group among others", "GROUP_UNKNOWN", "a", line, offered(groups="staff, gone"),
           offered(groups="staff, managers")),
    within("an unknown group in a list", "GROUP_UNKNOWN", "a", line, offered(groups='=["staff", "gone"]'),
           offered(groups='=["staff", "managers"]')),
    within("work for a worker outside", "JOB_TYPE_UNKNOWN", "a", line, b.service("a", type="blockchain"),
           b.service("a")),
    within("a connector that is switched off", "JOB_TYPE_OFF", "a", line, b.service("a", type="mail"), b.service("a")),
    within("the latest process", "BINDING_LATEST", "a", line, b.call("a", "leave", bindingType="latest"),
           b.call("a", "leave", bindingType="deployment")),
    within("a task for nobody", "USER_TASK_NOBODY", "a", line, user("a"), offered()),
    within("a start form with closed fields", "START_FORM_CLOSED", "s", lambda f: (
        start("s", extensions(f)), task(), end(), chain("s", "a", "e")), SECRET, FORM),
    within("secret fields without a box", "SECRET_BOX", "a", line, offered(SECRET), offered(SECRET, BOX)),
    within("a box without secret fields", "SECRET_BOX", "a", line, offered(FORM, BOX), offered(FORM)),
]  # fmt: skip


def _loop(inner: str, **attributes: str) -> str:
    return tag("multiInstanceLoopCharacteristics", inner, **attributes)


LOOPS = [
    within("several times of nothing", "LOOP_INPUT", "a", line, offered(inner=_loop("")), offered(inner=b.each())),
    within("several times of an empty name", "LOOP_INPUT", "a", line,
           offered(inner=b.each("")), offered(inner=b.each())),
    within("a collection and a number", "LOOP_INPUT", "a", line, offered(inner=b.each().replace(
        "</bpmn:multi", "<bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multi")), offered(inner=b.each())),
    within("results without a name", "LOOP_OUTPUT", "a", line, offered(inner=b.each(outputElement="=i")),
           offered(inner=b.each(outputElement="=i", outputCollection="o"))),
    within("a name without results", "LOOP_OUTPUT", "a", line, offered(inner=b.each(outputCollection="o")),
           offered(inner=b.each(outputElement="=i", outputCollection="o"))),
    within("two loops", "LOOP_TWICE", "a", line, offered(inner=b.each() + b.each()), offered(inner=b.each())),
    within("a loop of both kinds", "LOOP_TWICE", "a", line,
           offered(inner=b.each() + tag("standardLoopCharacteristics", loopMaximum="3")), offered(inner=b.each())),
    within("a loop without an end", "LOOP_ENDLESS", "a", line, task(inner=tag("standardLoopCharacteristics")),
           task(inner=tag("standardLoopCharacteristics", loopMaximum="3"))),
    within("a loop with an empty condition", "LOOP_ENDLESS", "a", line,
           task(inner=tag("standardLoopCharacteristics", tag("loopCondition"))),
           task(inner=tag("standardLoopCharacteristics", tag("loopCondition", "=false")))),
    *(within(f"a loop of {text} rounds", "LOOP_BOUND", "a", line, task(inner=tag("standardLoopCharacteristics",
        loopMaximum=text)),
             task(inner=tag("standardLoopCharacteristics", loopMaximum="3"))) for text in ("many", "2.5", "=3", "")),
    within("half an instance", "LITERAL_INTEGER", "a", line, offered(inner=_loop(tag("loopCardinality", "2.5"))),
           offered(inner=_loop(tag("loopCardinality", "2")))),
    within("a sub-process that is a loop of nothing", "LOOP_INPUT", "a", line,
           b.sub("a", start("is"), end("ie"), chain("is", "ie"), _loop("")),
           b.sub("a", start("is"), end("ie"), chain("is", "ie"), b.each())),
]  # fmt: skip

PAIRS = [*KINDS, *NAMES, *LOOPS]
