"""Variables and properties: fields that no expression may read, names that nobody sets, entries that mean nothing."""

from tests.unit.engine import builder as b
from tests.unit.engine.builder import chain, end, extensions, flow, start, tag, zeebe
from tests.unit.engine.refusals.pairs import Pair, beside, decide, line, offered, task, within

SECRET = zeebe("formDefinition", formId="request")
ASKED = offered(SECRET, b.properties(secret="box"))


def after(piece: str) -> tuple[str, ...]:
    """A user task with a form, then the piece `b`."""
    return (start(), ASKED, piece, end(), chain("s", "a", "b", "e"))


VARIABLES = [
    within("a script that reads a secret", "FIELD_CLOSED", "b", after, b.script("b", "=vote", "x"), b.script("b",
           "=days", "x")),
    within("a script that reads a record", "FIELD_CLOSED", "b", after, b.script("b", "=reason", "x"), b.script("b",
           "=days", "x")),
    within("a part of a record", "FIELD_CLOSED", "b", after, b.script("b", "=reason.text", "x"), b.script("b", "=days",
           "x")),
    within("an output that reads a record", "FIELD_CLOSED", "a", line,
           offered(SECRET, b.properties(secret="box"), b.mapping(outputs={"x": "=reason"})),
           offered(SECRET, b.properties(secret="box"), b.mapping(outputs={"x": "=days"}))),
    within("a variable that nobody sets", "VARIABLE_UNSET", "p", line, b.script("a", "=dayz + 1", "x"), b.script("a",
           "=1", "x")),
    within("a variable that is set under another name", "VARIABLE_UNSET", "p", lambda t: (
        start(), b.script("a", "=1", "total"), b.script("b", t, "y"), end(), chain("s", "a", "b", "e")), "=totals",
            "=total"),
    within("a condition on nothing", "VARIABLE_UNSET", "p", lambda t: decide(
        flow("g", "x", t), flow("g", "y"), default="g_y"), "=aproved", "=1 > 2"),
    within("a list of nothing", "VARIABLE_UNSET", "p", lambda t: line(offered(inner=b.each(t))), "=cases", "=[1]"),
    within("a decision that reads what nobody sets", "VARIABLE_UNSET", "p", lambda x: (
        start(), x, task(zeebe("calledDecision", decisionId="leave_days", resultVariable="r"),
            kind="businessRuleTask"), end(),
        chain("s", "b", "a", "e")), b.script("b", "=1", "day"), b.script("b", "=1", "days")),
]  # fmt: skip


def _entry(name: str, rule: str, wrong: dict[str, str], right: dict[str, str]) -> Pair:
    return within(name, rule, "a", lambda p: line(offered(b.properties(**p))), wrong, right)


PROPERTIES = [
    _entry("a misspelt property", "PROPERTY_UNKNOWN", {"seperationOfDuties": "a"}, {"separationOfDuties": "a"}),
    _entry("who may start, on a task", "PROPERTY_PLACE", {"startGroups": "staff"}, {"readGroups": "staff"}),
    _entry("a retention on a task", "PROPERTY_PLACE", {"retention": "P1Y"}, {}),
    _entry("a register on a task", "PROPERTY_PLACE", {"register": "absences"}, {}),
    _entry("ids without commas", "PROPERTY_VALUE", {"separationOfDuties": "x y"}, {"separationOfDuties": "a"}),
    _entry("the id of an event", "PROPERTY_VALUE", {"separationOfDuties": "s"}, {"separationOfDuties": "a"}),
    _entry("no ids", "PROPERTY_VALUE", {"needToKnow": " "}, {"needToKnow": "a"}),
    _entry("an unknown group to read", "PROPERTY_VALUE", {"readGroups": "gone"}, {"readGroups": "managers"}),
    _entry("perhaps", "PROPERTY_VALUE", {"substitutes": "perhaps"}, {"substitutes": "true"}),
    _entry("a truth in capitals", "PROPERTY_VALUE", {"public": "TRUE"}, {"public": "true"}),
    _entry("a variable with a blank", "PROPERTY_VALUE", {"actorVariable": "the actor"}, {"actorVariable": "actor"}),
    _entry("an empty article", "PROPERTY_VALUE", {"article": " "}, {"article": "第七条"}),
    _entry("blind for whom", "PROPERTY_PAIR", {"blindFor": "staff"}, {"blindFor": "staff", "blindUntil": "a"}),
    _entry("blind until when", "PROPERTY_PAIR", {"blindUntil": "a"}, {"blindFor": "staff", "blindUntil": "a"}),
    _entry("a task that is not here", "PROPERTY_ELEMENT", {"needToKnow": "elsewhere"}, {"needToKnow": "a"}),
    within("a property twice", "PROPERTY_TWICE", "a", line,
           task(zeebe("properties", 2 * zeebe("property", name="article", value="1"))),
               task(b.properties(article="1"))),
    within("a deadline of a signal", "PROPERTY_PLACE", "c", lambda d: (
        start(), b.catch("c", d, b.properties(deadline="filing")), end(), chain("s", "c", "e")), b.SIGNAL,
            b.timer("P1D")),
    within("an unknown register", "PROPERTY_VALUE", "d", lambda r: beside(
        tag("dataStoreReference", extensions(b.properties(register=r)), id="d", name="台账")), "gone", "absences"),
    *(within(f"of the process: {name} {wrong}", "PROPERTY_VALUE", "p", lambda p, name=name: (
        extensions(b.properties(**{name: p})), *line(task())), wrong, right) for name, wrong, right in (
        ("startGroups", "gone", "staff"), ("retention", "ten years", "P10Y"), ("publicStart", "yes", "false"),
        ("searchAttributes", "[", "[]"), ("searchAttributes", '[{"name": "x"}]',
         '[{"name": "x", "title": "x", "expression": "days"}]'),
        ("searchAttributes", '[{"name": "x", "title": "x", "expression": "1 +"}]', "[ ]"),
        ("receives", "a b", "a, b"))),
]  # fmt: skip

PAIRS = [*VARIABLES, *PROPERTIES]
