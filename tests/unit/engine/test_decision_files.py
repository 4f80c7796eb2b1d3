"""Decision files that must be refused, each with what is told, and the twin that passes."""

import pytest

from service.engine.lint import lint_dmn
from tests.unit.engine.dmn import decision, input_data, knowledge, literal, model, table

ONE = decision("a", literal("1"))
USES = '<decision id="a" name="A"><variable name="a"/><knowledgeRequirement><requiredKnowledge href="#f"/>'
ITEM = '<itemDefinition name="t"><typeRef>{}</typeRef></itemDefinition>'


def invoked(name, parameter):
    return (
        f"{USES}</knowledgeRequirement><invocation><literalExpression><text>{name}</text></literalExpression><binding>"
        f'<parameter name="{parameter}"/>{literal("1")}</binding></invocation></decision>'
    )


def boxed(kind, *parts, attributes=""):
    inner = "".join(f"<{part}>{literal(text)}</{part}>" for part, text in parts)
    return decision("a", f"<{kind} {attributes}>{inner}</{kind}>")


def entry(name, text="1"):
    variable = f'<variable name="{name}"/>' if name else ""
    return f"<contextEntry>{variable}{literal(text)}</contextEntry>"


def relation(*cells):
    row = "".join(map(literal, cells))
    return decision("a", f'<relation><column name="x"/><column name="y"/><row>{row}</row></relation>')


def tabled(*rows, **options):
    return decision("grade", table(options.pop("hit", "FIRST"), list(rows), **options))


def requirement(kind, href):
    return f'<informationRequirement><{kind} href="{href}"/></informationRequirement>'


def service(*parts):
    return f'<decisionService id="s" name="S"><variable name="s"/>{"".join(parts)}</decisionService>'


def nested(depth):
    return decision("a", "<list>" * depth + literal("1") + "</list>" * depth)


LOOP = (("in", "[1]"), ("return", "i"))
CASES = [
    # rule, wrong, right
    ("DMN_EMPTY", input_data("x"), ONE),
    ("DMN_ID_TWICE", ONE + decision("a", literal("2")), ONE + decision("b", literal("2"))),
    ("DMN_ID_TWICE", tabled(("-", "1"), ("-", "1")).replace("r2", "r1"), tabled(("1", "1"), ("-", "1"))),
    ("DMN_ID_MISSING", f"<decision>{literal('1')}</decision>{ONE}", f'<decision name="b">{literal("1")}</decision>'),
    ("DMN_ELEMENT_UNKNOWN", ONE + "<decisionTree/>", ONE + "<textAnnotation><text>so</text></textAnnotation>"),
    ("DMN_ELEMENT_UNKNOWN", decision("a", "<formula/>" + literal("1")), decision("a", "<question/>" + literal("1"))),
    ("DMN_IMPORT", '<import name="o" namespace="n" importType="http://www.dmg.org/PMML-4_2"/>' + ONE, ONE),
    (
        "DMN_IMPORT",
        '<import name="o" namespace="n" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>' + ONE,
        ONE,
    ),
    (
        "DMN_LANGUAGE",
        ONE.replace("<literalExpression", '<literalExpression expressionLanguage="juel"'),
        ONE.replace("<literalExpression", '<literalExpression expressionLanguage="feel"'),
    ),
    (
        "DMN_LANGUAGE",
        '<itemDefinition name="t" typeLanguage="http://www.w3.org/2001/XMLSchema"/>' + ONE,
        '<itemDefinition name="t" typeLanguage="https://www.omg.org/spec/DMN/20230324/FEEL/"/>' + ONE,
    ),
    (
        "DMN_FUNCTION_FOREIGN",
        decision("a", f'<functionDefinition kind="Java">{literal("1")}</functionDefinition>'),
        decision("a", f'<functionDefinition kind="FEEL">{literal("1")}</functionDefinition>'),
    ),
    (
        "DMN_FUNCTION_FOREIGN",
        ONE + knowledge("f", "", literal("1")).replace("<encapsulatedLogic", '<encapsulatedLogic kind="PMML"'),
        ONE + knowledge("f", "", literal("1")),
    ),
    (
        "DMN_FUNCTION_FOREIGN",
        decision("a", literal('function(n) external {java: {class: "C", method signature: "m(double)"}}')),
        decision("a", literal("function(n) n")),
    ),
    ("DMN_IMPORTED_VALUES", decision("a", "<literalExpression><importedValues/></literalExpression>"), ONE),
    ("DMN_NO_LOGIC", decision("a", ""), ONE),
    ("DMN_NO_LOGIC", ONE + '<businessKnowledgeModel id="f" name="f"/>', ONE + knowledge("f", "n", literal("n"))),
    ("DMN_LOGIC_TWICE", decision("a", literal("1") + literal("2")), ONE),
    ("DMN_PART_MISSING", decision("a", literal("")), ONE),
    (
        "DMN_PART_MISSING",
        boxed("conditional", ("if", "true"), ("then", "1")),
        boxed("conditional", ("if", "true"), ("then", "1"), ("else", "2")),
    ),
    ("DMN_PART_MISSING", boxed("for", *LOOP), boxed("for", *LOOP, attributes='iteratorVariable="i"')),
    ("DMN_PART_MISSING", boxed("filter", ("in", "[1]")), boxed("filter", ("in", "[1]"), ("match", "item > 0"))),
    (
        "DMN_PART_MISSING",
        decision("a", f"<context>{entry('')}{entry('x')}</context>"),
        decision("a", f"<context>{entry('x')}{entry('')}</context>"),
    ),
    ("DMN_PART_MISSING", decision("a", '<decisionTable id="t"/>'), tabled(("-", "1"))),
    ("DMN_REQUIRES_UNKNOWN", decision("a", literal("1"), requires="gone"), ONE + decision("b", literal("a"), "a")),
    (
        "DMN_REQUIRES_UNKNOWN",
        decision("a", requirement("requiredInput", "elsewhere#i_x") + literal("1")) + input_data("x"),
        decision("a", requirement("requiredInput", "here#i_x") + literal("1")) + input_data("x"),
    ),
    (
        "DMN_REQUIRES_WRONG",
        decision("a", requirement("requiredDecision", "#i_x") + literal("1")) + input_data("x"),
        decision("a", requirement("requiredInput", "#i_x") + literal("1")) + input_data("x"),
    ),
    (
        "DMN_CYCLE",
        decision("a", literal("b"), "b") + decision("b", literal("a"), "a"),
        decision("a", literal("b + c"), "b c") + decision("b", literal("c"), "c") + decision("c", literal("1")),
    ),
    ("DMN_CYCLE", decision("a", literal("a"), "a"), ONE),
    (
        "DMN_NAME_TWICE",
        input_data("x") + input_data("x").replace("i_x", "j") + decision("a", literal("x"), inputs="i_x j"),
        input_data("x") + input_data("y") + decision("a", literal("x"), inputs="i_x i_y"),
    ),
    (
        "DMN_NAME_TWICE",
        decision("a", f"<context>{entry('x')}{entry('x')}</context>"),
        decision("a", f"<context>{entry('x')}{entry('y', 'x')}</context>"),
    ),
    ("DMN_SERVICE_EMPTY", ONE + service(), ONE + service('<outputDecision href="#a"/>')),
    ("DMN_TYPE_UNKNOWN", decision("a", literal("1"), type_="money"), decision("a", literal("1"), type_="number")),
    ("DMN_TYPE_UNKNOWN", decision("a", literal("1", "feel:money")), decision("a", literal("1", "feel:number"))),
    ("DMN_TYPE_UNKNOWN", ITEM.format("u") + ONE, ITEM.format("string") + ONE),
    ("DMN_TYPE_UNKNOWN", tabled(("-", "1"), types="u"), tabled(("-", "1"), types="number")),
    ("DMN_TYPE_CYCLE", ITEM.format("t") + ONE, ITEM.format("number") + ONE),
    ("DMN_EXPRESSION", decision("a", literal("1 +")), decision("a", literal("1 + 1"))),
    ("DMN_EXPRESSION", tabled(("-", "not quoted("), default="1"), tabled(("-", '"quoted"'), default="1")),
    ("DMN_FUNCTION_UNKNOWN", decision("a", literal("foo(1)")), decision("a", literal("floor(1)"))),
    (
        "DMN_FUNCTION_UNKNOWN",
        invoked("g", "n") + knowledge("f", "n", literal("n")),
        invoked("f", "n") + knowledge("f", "n", literal("n")),
    ),
    (
        "DMN_PARAMETERS",
        invoked("f", "m") + knowledge("f", "n", literal("n")),
        invoked("f", "n") + knowledge("f", "n", literal("n")),
    ),
    ("DMN_TEXTS_UNREADABLE", nested(70), nested(50)),
    ("DMN_TEXTS_UNREADABLE", nested(120), nested(2)),
    ("DMN_HIT_UNKNOWN", tabled(("-", "1"), hit="SORTED"), tabled(("-", "1"))),
    (
        "DMN_AGGREGATION",
        tabled(("-", "1"), attributes='aggregation="SUM"'),
        tabled(("-", "1"), hit="COLLECT", attributes='aggregation="SUM"'),
    ),
    (
        "DMN_AGGREGATION",
        tabled(("-", "1"), hit="COLLECT", attributes='aggregation="AVG"'),
        tabled(("-", "1"), hit="COLLECT"),
    ),
    (
        "DMN_AGGREGATION_OUTPUTS",
        tabled(("-", "1", "2"), hit="COLLECT", outputs=("x", "y"), attributes='aggregation="SUM"'),
        tabled(("-", "1", "2"), hit="COLLECT", outputs=("x", "y")),
    ),
    ("DMN_PRIORITIES", tabled(("-", "1"), hit="PRIORITY"), tabled(("-", "1"), hit="PRIORITY", values="2, 1")),
    ("DMN_PRIORITIES", tabled(("-", "1"), hit="OUTPUT ORDER"), tabled(("-", "1"), hit="OUTPUT ORDER", values="2, 1")),
    ("DMN_CELLS", tabled(("-",)), tabled(("-", "1"))),
    ("DMN_CELLS", relation("1"), relation("1", "2")),
    ("DMN_INPUT_EMPTY", tabled(("-", "1"), inputs=("",)), tabled(("-", "1"))),
    ("DMN_OUTPUT_NAMES", tabled(("-", "1", "2"), outputs=("x", "x")), tabled(("-", "1", "2"), outputs=("x", "y"))),
    (
        "DMN_OTHERWISE",
        tabled(("1", "1"), ("-", "2"), otherwise=True),
        tabled(("1", "1"), ("-", "2"), hit="UNIQUE", otherwise=True),
    ),
    ("DMN_OTHERWISE", tabled(("1", "1"), ("2", "2"), hit="UNIQUE", otherwise=True), tabled(("1", "1"), ("-", "2"))),
]


@pytest.mark.parametrize(("rule", "wrong", "right"), CASES)
def test_a_wrong_file_is_refused_by_name_and_its_twin_passes(rule, wrong, right):
    found = {finding.rule: finding for finding in lint_dmn(model(wrong)) if finding.severity == "error"}

    assert rule in found
    told = found[rule]
    assert told.line is not None
    for text in (told.message, told.remedy, told.text("zh"), told.remedy_text("zh")):
        assert text
        assert "$" not in text
    assert [f.message for f in lint_dmn(model(right)) if f.severity == "error"] == []


def test_every_finding_comes_at_once_with_the_decision_and_the_row_it_is_in():
    wrong = model(
        decision("first", table("UNIQUE", [("> (", '"A"'), ("-",)])), decision("second", literal("foo(1)", "money"))
    )

    found = [(f.rule, f.element_id, f.text("zh")) for f in lint_dmn(wrong) if f.severity == "error"]

    assert sorted(rule for rule, *_ in found) == [
        "DMN_CELLS", "DMN_EXPRESSION", "DMN_FUNCTION_UNKNOWN", "DMN_TYPE_UNKNOWN",
    ]  # fmt: skip
    assert ("DMN_CELLS", "first", "“First”第 2 行有 1 + 0 个单元格；应为 1 + 1 个。") in found
    assert any(rule == "DMN_EXPRESSION" and "“First”第 1 行" in text for rule, _, text in found)
    assert ("DMN_FUNCTION_UNKNOWN", "second", "“Second”表达式：没有函数“foo”。") in found


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20240513/MODEL/",
    ],
)
def test_the_versions_of_the_standard(namespace):
    assert lint_dmn(model(ONE, namespace=namespace)) == ()


def test_another_version_is_refused_by_name():
    [finding] = lint_dmn(model(ONE, namespace="http://www.omg.org/spec/DMN/20130901"))

    assert finding.rule == "NOT_DMN"


def test_a_language_for_the_whole_file_is_seen_too():
    [finding] = lint_dmn(model(ONE, attributes='expressionLanguage="http://www.ecma-international.org/ecma-262"'))

    assert finding.rule == "DMN_LANGUAGE"


def test_a_table_may_be_drawn_with_its_rules_as_columns():
    for orientation in ("Rule-as-Row", "Rule-as-Column", "CrossTable"):
        body = table("FIRST", [("-", "1")], attributes=f'preferredOrientation="{orientation}"')
        assert lint_dmn(model(decision("a", body))) == ()


def test_what_has_no_part_in_the_execution_is_left_alone():
    around = (
        '<knowledgeSource id="k" name="第七条"/><textAnnotation id="n"><text>说明</text></textAnnotation>'
        '<association id="s"><sourceRef href="#a"/><targetRef href="#n"/></association><group id="g"/>'
        '<elementCollection id="e"/><performanceIndicator id="p"/><organizationUnit id="o"/>'
    )
    body = '<authorityRequirement><requiredAuthority href="#k"/></authorityRequirement>' + literal("1")

    assert lint_dmn(model(around, decision("a", body))) == ()
