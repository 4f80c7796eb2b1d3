"""Expressions, literals and names in every place that has one."""

from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, flow, start, tag, zeebe
from tests.unit.engine.refusals.pairs import Pair, decide, line, marked, offered, pair, task, within

PUBLISH = '<zeebe:publishMessage correlationKey="=key" timeToLive="PT1H"/>'


def _decided(condition: str) -> tuple[str, ...]:
    return decide(flow("g", "x", condition), flow("g", "y"), default="g_y")


#: Where an expression stands → the diagram with an expression there, and one that is right.
SLOTS = {
    "condition": (_decided, "=days > 1", "g_x"),
    "script": (lambda t: line(b.script("a", t, "x")), "=days + 1", "a"),
    "input": (lambda t: line(task(b.mapping({"x": t}))), "=days", "a"),
    "output": (lambda t: line(task(b.mapping(outputs={"x": t}))), "=days", "a"),
    "group": (lambda t: line(offered(groups=t)), '=["staff"]', "a"),
    "assignee": (lambda t: line(offered().replace('candidateGroups="staff"', f'assignee="{t}"')), "=key", "a"),
    "users": (lambda t: line(offered().replace('candidateGroups="staff"', f'candidateUsers="{t}"')), "=[key]", "a"),
    "due date": (lambda t: line(offered(zeebe("taskSchedule", dueDate=t))), "=now()", "a"),
    "follow-up": (lambda t: line(offered(zeebe("taskSchedule", followUpDate=t))), "=now()", "a"),
    "priority": (lambda t: line(offered(zeebe("priorityDefinition", priority=t))), "=days", "a"),
    "timer": (lambda t: line(b.catch("a", b.timer(t))), '=duration("P1D")', "a"),
    "collection": (lambda t: line(offered(inner=b.each(t))), "=[days]", "a"),
    "output element": (lambda t: line(offered(inner=b.each(outputCollection="o", outputElement=t))), "=i", "a"),
    "completion": (lambda t: line(offered(inner=b.each(condition=t))), "=i = 2", "a"),
    "cardinality": (lambda t: line(offered(inner=tag(
        "multiInstanceLoopCharacteristics", tag("loopCardinality", t.replace("&", "&amp;"))))), "=days", "a"),
    "loop condition": (lambda t: line(task(inner=tag(
        "standardLoopCharacteristics", tag("loopCondition", t), loopMaximum="2"))), "=false", "a"),
    "decision": (lambda t: line(task(zeebe("calledDecision", decisionId=t, resultVariable="r"),
    kind="businessRuleTask")),
                 '="leave_" + "days"', "a"),
    "process": (lambda t: line(b.call("a", t)), "=key", "a"),
    "form": (lambda t: line(offered(zeebe("formDefinition", formId=t))), "=key", "a"),
    "job type": (lambda t: line(b.service("a", type=t)), "=key", "a"),
    "retries": (lambda t: line(b.service("a").replace("<zeebe:taskDefinition", f'<zeebe:taskDefinition retries="{t}"')),
                "=days", "a"),
    "published key": (lambda t: line(task(PUBLISH.replace("=key", t), kind="sendTask", messageRef="ms")), "=key", "a"),
    "time to live": (lambda t: line(task(PUBLISH.replace("PT1H", t), kind="sendTask", messageRef="ms")),
                     "=duration(key2)".replace("key2", "&quot;PT1H&quot;"), "a"),
    "deadline": (lambda t: line(b.catch("a", b.timer("P1D"), b.properties(deadline=t))), "=key", "a"),
}  # fmt: skip
BROKEN = [
    within(f"a broken {where}", "EXPRESSION_BROKEN", element, around, "=1 +", right)
    for where, (around, right, element) in SLOTS.items()
] + [
    within(f"program code: {code}", "EXPRESSION_BROKEN", "a", lambda t: line(b.script("a", t, "x")), code, "=1")
    for code in (
        "=__import__('os').system('id')", "=(function() { return 1 })()", "=${7*7}", "=lambda: 1", "=x := 1", "=1; 2",
        "=`id`()",
        "=if true then 1", "=for x in [1] 2", "=[1, 2", '="text', "=)", "=a..b",
    )
]  # fmt: skip

_DEEP = "=" + "(" * 51 + "1" + ")" * 51
LENGTH = [
    within("fifty-one brackets", "EXPRESSION_DEEP", "a", lambda t: line(b.script("a", t, "x")), _DEEP, "=(((1)))"),
    within("fifty-one brackets in a condition", "EXPRESSION_DEEP", "g_x", _decided, _DEEP, "=true"),
    within("four thousand characters", "EXPRESSION_LONG", "a", lambda t: line(b.script("a", t, "x")),
           "=" + "1+" * 2_000 + "1",
           "=" + "1+" * 20 + "1"),
]  # fmt: skip

EXPECTED = [
    within("a condition without a sign", "EXPRESSION_EXPECTED", "g_x", _decided, "true", "=true"),
    within("an empty condition", "EXPRESSION_EXPECTED", "g_x", _decided, " ", "=true"),
    within("a script without a sign", "EXPRESSION_EXPECTED", "a", lambda t: line(b.script("a", t, "x")), "1 + 1",
           "=1 + 1"),
    within("a collection without a sign", "EXPRESSION_EXPECTED", "a", lambda t: line(offered(inner=b.each(t))),
           "cases", "=[1]"),
    within("a completion condition without a sign", "EXPRESSION_EXPECTED", "a",
           lambda t: line(offered(inner=b.each(condition=t))),
           "true", "=true"),
    within("an output element without a sign", "EXPRESSION_EXPECTED", "a",
           lambda t: line(offered(inner=b.each(outputCollection="o", outputElement=t))), "i", "=i"),
    *(within(f"a condition in {language}", "EXPRESSION_LANGUAGE", "g_x", lambda t: decide(
        marked("conditionExpression", flow("g", "x", "=true"), language=t), flow("g", "y"), default="g_y"), language,
            "feel")
      for language in ("python", "javascript", "http://www.w3.org/1999/XPath", "groovy")),
]  # fmt: skip

NAMES = [
    *(within(f"a result called {name}", "NAME_INVALID", "a", lambda t: line(b.script("a", "=1", t)), name, "total")
      for name in ("two words", "9th", "a-b", "in", "if", "null", "x.", "=x", "a/b")),
    within("an input called like a word of FEEL", "NAME_INVALID", "a", lambda t: line(task(b.mapping({t: "=1"}))),
           "then", "x"),
    within("an input with an empty part", "NAME_INVALID", "a", lambda t: line(task(b.mapping({t: "=1"}))), "a..b",
           "a.b"),
    within("an output with a blank", "NAME_INVALID", "a", lambda t: line(task(b.mapping(outputs={t: "=1"}))), "a b",
           "a_b"),
    within("an element of a collection with a dash", "NAME_INVALID", "a",
           lambda t: line(offered(inner=b.each(inputElement=t))),
           "a-b", "a_b"),
    within("a decision's result with a blank", "NAME_INVALID", "a", lambda t: line(
        task(zeebe("calledDecision", decisionId="leave_days", resultVariable=t), kind="businessRuleTask")), "the days",
            "r"),
]  # fmt: skip

LITERALS = [
    *(within(f"a priority of {text}", "LITERAL_INTEGER", "a", lambda t: line(offered(zeebe("priorityDefinition",
        priority=t))),
             text, "50") for text in ("high", "-1", "1.5")),
    *(within(f"a priority of {text}", "PRIORITY_RANGE", "a", lambda t: line(offered(zeebe("priorityDefinition",
        priority=t))),
             text, "100") for text in ("101", "5000")),
    within("retries in words", "LITERAL_INTEGER", "a", SLOTS["retries"][0], "three", "3"),
    *(within(f"a due date of {text}", "LITERAL_INSTANT", "a", lambda t: line(offered(zeebe("taskSchedule",
        dueDate=t))), text,
             "2026-03-31T17:00:00") for text in ("soon", "2026-02-30", "P1D")),
    *(within(f"a time to live of {text}", "LITERAL_DURATION", "a", SLOTS["time to live"][0], text, "PT5M")
      for text in ("an hour", "5", "2026-01-01")),
]  # fmt: skip


def _starting(name: str, definition: str, right: str) -> Pair:
    return within(
        name, "START_READS", "s", lambda d: (start("s", d), task(), end(), chain("s", "a", "e")), definition, right
    )


READS = [
    _starting("a start at a time from a variable", b.timer(date="=date(day)"), b.timer(date="2026-12-01")),
    _starting("a start again after a variable", b.timer(cycle='="R/" + pace'), b.timer(cycle='="R/" + "P1D"')),
    pair("a start by a signal from a variable", "START_READS", "s",
         (start("s", b.SIGNAL), task(), end(), chain("s", "a", "e")), (start("s", b.SIGNAL), task(), end(), chain("s",
         "a", "e")),
         definitions=b.DEFINITIONS.replace('name="sig"', 'name="=sig"'), right_definitions=b.DEFINITIONS),
    pair("a broken key of a message", "EXPRESSION_BROKEN", "ms", line(task(kind="receiveTask", messageRef="ms")),
         line(task(kind="receiveTask", messageRef="ms")), definitions=b.DEFINITIONS.replace("=key", "=)"),
         right_definitions=b.DEFINITIONS),
]  # fmt: skip

FILTERS = [
    within("a variable that has the name of an entry", "FILTER_SHADOWS", "a", lambda t: line(b.script("a", t, "r")),
           "=count([{id: 1}][item.id = id])", "=count([{id: 1}][item.id = 1])"),
]  # fmt: skip

PAIRS = [*BROKEN, *LENGTH, *EXPECTED, *NAMES, *LITERALS, *READS, *FILTERS]
