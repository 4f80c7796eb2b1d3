"""Decision tables and graphs as a process meets them: strict, with the rules that fired."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from service.engine.calendar import from_days
from service.engine.decisions import Loaded, answer, decision_ids, required_names, text_problems
from service.engine.dmn_logic import NotDecisions
from service.engine.dmn_xml import read
from service.engine.feel import FeelError, Moment, host
from service.engine.types import FiredRule
from service.engine.xml import XmlRefused
from tests.unit.engine.dmn import decision, literal, model, source, table

MOMENT = Moment(datetime(2026, 3, 2, tzinfo=UTC), from_days({}))


def decide(decision_source, context):
    return host().decide(decision_source, context, MOMENT)


def tabled(hit, context, rules=None, **options):
    rules = rules or [("< 60", '"C"'), ("[60..85)", '"B"'), (">= 80", '"A"'), (">= 60", '"pass"')]
    return decide(source("grade", decision("grade", table(hit, rules, **options))), context)


def fired(decided):
    return [rule.index for rule in decided.evaluated[-1].rules]


@pytest.mark.parametrize(
    ("hit", "score", "options", "expected", "rules"),
    [
        ("UNIQUE", 59, {}, "C", [1]),
        ("FIRST", 82, {}, "B", [2]),
        ("RULE ORDER", 82, {}, ["B", "A", "pass"], [2, 3, 4]),
        ("COLLECT", 82, {}, ["B", "A", "pass"], [2, 3, 4]),
        ("COLLECT", 82, {"attributes": 'aggregation="COUNT"'}, Decimal(3), [2, 3, 4]),
        ("PRIORITY", 82, {"values": '"A","B","C","pass"'}, "A", [3]),
        ("OUTPUT ORDER", 82, {"values": '"A","B","C","pass"'}, ["A", "B", "pass"], [3, 2, 4]),
    ],
)
def test_every_hit_policy_gives_its_result_and_its_rules(hit, score, options, expected, rules):
    decided = tabled(hit, {"score": Decimal(score)}, **options)

    assert decided.result == expected
    assert fired(decided) == rules


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", "0.6"), ("MIN", "0.1"), ("MAX", "0.3"), ("COUNT", "3")])
def test_collected_numbers_are_aggregated_exactly(aggregation, expected):
    rules = [("-", "0.1"), ("> 1", "0.2"), ("> 2", "0.3"), ("> 99", "5")]

    decided = tabled("COLLECT", {"score": Decimal(3)}, rules, attributes=f'aggregation="{aggregation}"')

    assert decided.result == Decimal(expected)


def test_a_unique_table_whose_rules_overlap_names_them():
    with pytest.raises(FeelError) as caught:
        tabled("UNIQUE", {"score": Decimal(82)})

    assert caught.value.kind == "decision"
    assert "2 (r2), 3 (r3), 4 (r4)" in caught.value.reason
    assert "Grade" in caught.value.reason


def test_any_wants_equal_outputs():
    same = [("> 1", "1.0"), ("> 2", "1")]

    assert fired(tabled("ANY", {"score": Decimal(3)}, same)) == [1, 2]
    with pytest.raises(FeelError, match="ANY"):
        tabled("ANY", {"score": Decimal(3)}, [("> 1", "1"), ("> 2", "2")])


def test_no_rule_gives_the_default_or_null():
    rules = [("> 100", '"A"')]

    assert tabled("UNIQUE", {"score": Decimal(3)}, rules).result is None
    assert tabled("UNIQUE", {"score": Decimal(3)}, rules, default='"none"').result == "none"
    assert tabled("COLLECT", {"score": Decimal(3)}, rules).result == []


def test_several_outputs_are_one_object():
    decided = tabled("FIRST", {"score": Decimal(3)}, [("-", '"B"', "score * 2")], outputs=("grade", "points"))

    assert decided.result == {"grade": "B", "points": Decimal(6)}
    assert decided.evaluated[0].rules == (FiredRule("r1", 1, {"grade": "B", "points": Decimal(6)}),)


def test_inputs_are_told_as_they_were_evaluated():
    decided = tabled("FIRST", {"score": Decimal(3), "kind": None}, [("-", "-", "1")], inputs=("score", "kind"))

    [evaluated] = decided.evaluated
    assert evaluated.inputs == (("in_score", "score", Decimal(3)), ("in_kind", "kind", None))
    assert (evaluated.decision_id, evaluated.name, evaluated.type) == ("grade", "Grade", "DECISION_TABLE")


@pytest.mark.parametrize(
    ("given", "rules", "kind", "variable"),
    [
        ({}, [("> 1", "1")], "unknown variable", "score"),
        ({"score": "82"}, [("> 1", "1")], "type", None),
        ({"score": Decimal(1)}, [("> limit", "1")], "unknown variable", "limit"),
        ({"score": Decimal(1)}, [("-", "absent")], "unknown variable", "absent"),
        ({"score": Decimal(1)}, [("-", "no such(1)")], "unknown function", "no such"),
        ({"score": Decimal(1)}, [("> (", "1")], "syntax", None),
    ],
)
def test_a_decision_is_strict(given, rules, kind, variable):
    with pytest.raises(FeelError) as caught:
        tabled("UNIQUE", given, rules)

    assert (caught.value.kind, caught.value.variable) == (kind, variable)
    assert caught.value.reason.startswith("Grade")


def test_a_null_input_fits_no_comparison_and_is_no_error():
    assert tabled("FIRST", {"score": None}, [("> 1", "1"), ("null", "2")]).result == 2


def test_a_value_that_is_not_allowed_is_refused():
    body = table("FIRST", [("-", '"D"')], values='"A","B"')

    with pytest.raises(FeelError, match="none of"):
        decide(source("grade", decision("grade", body)), {"score": Decimal(1)})


def test_a_cell_may_compare_with_another_variable():
    rules = [("< limits.pass", '"fail"'), (">= limits.pass", '"pass"')]

    assert tabled("UNIQUE", {"score": Decimal(60), "limits": {"pass": Decimal(60)}}, rules).result == "pass"


GRAPH = (
    '<inputData id="i_filed" name="filed"><variable name="filed" typeRef="date"/></inputData>',
    '<inputData id="i_scores" name="scores"><variable name="scores" typeRef="numbers"/></inputData>',
    '<itemDefinition name="numbers" isCollection="true"><typeRef>number</typeRef></itemDefinition>',
    '<businessKnowledgeModel id="weigh" name="weigh"><variable name="weigh"/><encapsulatedLogic>'
    '<formalParameter name="a" typeRef="number"/><formalParameter name="b" typeRef="number"/>'
    "<literalExpression><text>0.4 * a + 0.6 * b</text></literalExpression></encapsulatedLogic>"
    "</businessKnowledgeModel>",
    '<decision id="total" name="Total"><variable name="total" typeRef="number"/>'
    '<informationRequirement><requiredInput href="#i_scores"/></informationRequirement>'
    '<knowledgeRequirement><requiredKnowledge href="#weigh"/></knowledgeRequirement>'
    "<literalExpression><text>weigh(scores[1], scores[2])</text></literalExpression></decision>",
    '<decision id="result" name="Result"><variable name="result"/>'
    '<informationRequirement><requiredDecision href="#total"/></informationRequirement>'
    '<informationRequirement><requiredInput href="#i_filed"/></informationRequirement>'
    '<context><contextEntry><variable name="late"/><literalExpression><text>filed &gt; date("2026-02-01")</text>'
    '</literalExpression></contextEntry><contextEntry><variable name="points"/><literalExpression>'
    "<text>if late then total - 0.1 else total</text></literalExpression></contextEntry></context></decision>",
)


def test_a_graph_is_evaluated_once_each_with_the_asked_decision_last():
    decided = decide(source("result", *GRAPH), {"filed": "2026-03-01", "scores": [Decimal("0.5"), Decimal("0.7")]})

    assert decided.result == {"late": True, "points": Decimal("0.52")}
    assert [(each.decision_id, each.type, each.result) for each in decided.evaluated] == [
        ("total", "LITERAL_EXPRESSION", Decimal("0.62")),
        ("result", "CONTEXT", {"late": True, "points": Decimal("0.52")}),
    ]


def test_a_date_in_a_variable_is_read_where_its_type_says_so():
    with pytest.raises(FeelError, match='filed is "yesterday", which does not conform to its type date'):
        decide(source("result", *GRAPH), {"filed": "yesterday", "scores": [Decimal(1), Decimal(2)]})


def test_missing_input_is_an_error_that_names_the_decision_that_needs_it():
    with pytest.raises(FeelError, match="Total: there is no variable scores"):
        decide(source("result", *GRAPH), {"filed": "2026-03-01"})


def test_a_decision_that_requires_itself_is_refused():
    with pytest.raises(FeelError, match="requires itself"):
        decide(source("a", decision("a", literal("b"), "b"), decision("b", literal("a"), "a")), {})


def test_a_knowledge_model_may_call_itself_until_the_limit():
    knowledge = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="n"/>'
        "{}</encapsulatedLogic></businessKnowledgeModel>"
    )
    asks = (
        '<decision id="a" name="A"><variable name="a"/><knowledgeRequirement><requiredKnowledge href="#f"/>'
        "</knowledgeRequirement><literalExpression><text>f(10)</text></literalExpression></decision>"
    )
    factorial = knowledge.format(literal("if n = 0 then 1 else n * f(n - 1)"))

    assert decide(source("a", factorial, asks), {}).result == 3628800
    with pytest.raises(FeelError) as caught:
        decide(source("a", knowledge.format(literal("f(n + 1)")), asks), {})
    assert caught.value.kind == "limit"


def test_boxed_expressions():
    relation = (
        '<relation><column name="who"/><column name="points"/><row>'
        + literal('"a"')
        + literal("1.5")
        + "</row><row>"
        + literal('"b"')
        + literal("x")
        + "</row></relation>"
    )
    loop = f'<for iteratorVariable="i"><in>{literal("[1, 2, 3]")}</in><return>{literal("i * x")}</return></for>'
    parts = (f"<{part}>{literal(text)}</{part}>" for part, text in [("if", "x > 1"), ("then", "yes"), ("else", "no")])
    chosen = f"<conditional>{''.join(parts)}</conditional>"
    several = [decision("rows", relation), decision("loop", loop), decision("chosen", chosen)]
    context = {"x": Decimal(2), "yes": "是", "no": "否"}

    assert decide(source("rows", *several), context).result[1] == {"who": "b", "points": Decimal(2)}
    assert decide(source("loop", *several), context).result == [Decimal(2), Decimal(4), Decimal(6)]
    assert decide(source("chosen", *several), context).result == "是"


def test_ids_names_and_required_variables_are_read_from_the_file():
    xml = model(*GRAPH)

    assert decision_ids(xml) == (("total", "Total"), ("result", "Result"))
    assert required_names(xml, "result") == {"filed", "scores"}
    assert required_names(xml, "total") == {"scores"}


def test_texts_that_cannot_be_used_are_named_with_their_place():
    body = table("FIRST", [("> ", '"A"'), ("-", "foo(1)")], default="1 +")

    default, first, unknown = text_problems(model(decision("grade", body)))

    assert (default.node, default.where, default.text) == ("grade", (("default", "grade"),), "1 +")
    assert (first.where, first.text, first.function) == ((("rule", "1"),), "> ".strip(), None)
    assert (unknown.where, unknown.function, unknown.position) == ((("rule", "2"),), "foo", 0)
    assert text_problems(model(*GRAPH)) == []


@pytest.mark.parametrize("xml", [b"<x/>", b"no xml", b'<!DOCTYPE d [<!ENTITY e "x">]><definitions/>'])
def test_what_is_no_model_is_refused(xml):
    with pytest.raises((NotDecisions, XmlRefused)):
        decision_ids(xml)


def test_an_import_is_read_where_it_can_be_found():
    library = model(decision("base", literal("x + 1"))).replace(b'namespace="here"', b'namespace="there"')
    importing = model(
        '<import name="lib" namespace="there" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>',
        '<decision id="a" name="A"><variable name="a"/><informationRequirement>'
        '<requiredDecision href="there#base"/></informationRequirement>' + literal("1 + 1") + "</decision>",
    )

    found = read(importing, {"there": library}.get)

    assert "lib.base" in found["nodes"]
    assert answer(Loaded.of(found), "a", "{}", MOMENT) == 2


def test_the_host_forgets_no_model_when_there_are_many():
    sources = [source("a", decision("a", literal(f"x + {n}"))) for n in range(170)]

    assert [decide(each, {"x": Decimal(1)}).result for each in sources] == list(range(1, 171))
    assert decide(sources[0], {"x": Decimal(2)}).result == 2


def test_a_table_that_takes_longer_to_compile_than_a_call_may_take_is_decided():
    rules = [(f"[{n}.25..{n}.75)", f'"{n}"') for n in range(1200)]

    decided = tabled("UNIQUE", {"score": Decimal("1100.5")}, rules)

    assert decided.result == "1100"


def test_a_table_that_nobody_can_have_read_is_a_problem():
    rules = [(f"= {n}", f"{n}") for n in range(2600)]

    [problem] = text_problems(model(decision("grade", table("UNIQUE", rules))))

    assert "more than 5000 expressions" in problem.message
