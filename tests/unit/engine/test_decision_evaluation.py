"""Decisions evaluated: outputs, defaults, types, graphs, functions, boxed expressions, odd names, and mistakes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from service.engine.calendar import from_days
from service.engine.feel import FeelError, Moment, host
from tests.unit.engine.dmn import decision, input_data, knowledge, literal, source, table

MOMENT = Moment(datetime(2026, 3, 2, tzinfo=UTC), from_days({}))
TYPES = (
    '<itemDefinition name="kind"><typeRef>string</typeRef><allowedValues><text>"A", "B"</text></allowedValues>'
    "</itemDefinition>",
    '<itemDefinition name="points" isCollection="true"><typeRef>number</typeRef></itemDefinition>',
    '<itemDefinition name="address"><itemComponent name="city"><typeRef>string</typeRef></itemComponent>'
    "</itemDefinition>",
    '<itemDefinition name="person"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>'
    '<itemComponent name="home"><typeRef>address</typeRef></itemComponent>'
    '<itemComponent name="kinds" isCollection="true"><typeRef>kind</typeRef></itemComponent></itemDefinition>',
    '<itemDefinition name="score"><typeRef>number</typeRef><typeConstraint><text>[0..100]</text></typeConstraint>'
    "</itemDefinition>",
)


def ask(decision_id, *parts, **given):
    return host().decide(source(decision_id, *parts), given, MOMENT)


def tabled(hit, rules, given, **options):
    return ask("grade", *TYPES, decision("grade", table(hit, rules, **options)), **given)


def refused(call):
    with pytest.raises(FeelError) as caught:
        call()
    return caught.value.reason


COMPOUND = [("> 1", '"B"', "2"), ("> 2", '"A"', "1"), ("> 3", '"A"', "3"), ("> 4", '"B"', "1")]
PAIRS = {"outputs": ("kind", "points")}


def pair(kind, points):
    return {"kind": kind, "points": Decimal(points)}


@pytest.mark.parametrize(
    ("hit", "expected", "rows"),
    [
        ("FIRST", pair("B", 2), [1]),
        ("PRIORITY", pair("A", 1), [2]),
        ("OUTPUT ORDER", [pair("A", 1), pair("A", 3), pair("B", 2), pair("B", 1)], [2, 3, 1, 4]),
        ("RULE ORDER", [pair("B", 2), pair("A", 1), pair("A", 3), pair("B", 1)], [1, 2, 3, 4]),
        ("COLLECT", [pair("B", 2), pair("A", 1), pair("A", 3), pair("B", 1)], [1, 2, 3, 4]),
    ],
)
def test_several_outputs_are_ordered_by_the_first_list_that_tells_them_apart(hit, expected, rows):
    body = table(hit, COMPOUND, **PAIRS).replace(
        '<output name="kind">', '<output name="kind"><outputValues><text>"A","B"</text></outputValues>'
    )
    decided = ask("grade", decision("grade", body), score=Decimal(5))

    assert decided.result == expected
    assert [rule.index for rule in decided.evaluated[0].rules] == rows


def test_a_second_list_decides_where_the_first_does_not():
    rules = [("-", '"A"', '"y"'), ("-", '"A"', '"x"'), ("-", '"B"', '"x"')]
    lists = {"kind": '"B","A"', "points": '"x","y"'}
    body = table("OUTPUT ORDER", rules, **PAIRS)
    for name, values in lists.items():
        body = body.replace(
            f'<output name="{name}">', f'<output name="{name}"><outputValues><text>{values}</text></outputValues>'
        )

    decided = ask("grade", decision("grade", body), score=Decimal(1))

    assert [rule.index for rule in decided.evaluated[0].rules] == [3, 2, 1]


def test_a_type_may_give_the_order():
    body = table("PRIORITY", [("-", '"B"'), ("-", '"A"')]).replace(
        '<output name="grade"', '<output name="grade" typeRef="kind"'
    )

    assert ask("grade", *TYPES, decision("grade", body), score=None).result == "A"


def test_any_compares_all_outputs_and_names_rows_and_values():
    same = [("> 1", '"A"', "1"), ("> 2", '"A"', "1.0")]

    assert tabled("ANY", same, {"score": Decimal(3)}, **PAIRS).result == pair("A", 1)
    reason = refused(lambda: tabled("ANY", [*same, ("> 2", '"A"', "2")], {"score": Decimal(3)}, **PAIRS))
    assert reason == (
        'Grade: the table is ANY, but fitting rules differ: 1 (r1), 3 (r3) give {kind: "A", points: 1} and '
        '{kind: "A", points: 2}'
    )


@pytest.mark.parametrize(
    ("hit", "options", "expected"),
    [
        ("UNIQUE", {}, None),
        ("FIRST", {"default": '"none"'}, "none"),
        ("FIRST", {"default": '"none"', "outputs": ("a", "b")}, {"a": "none", "b": "none"}),
        ("RULE ORDER", {}, None),
        ("COLLECT", {}, []),
        ("COLLECT", {"attributes": 'aggregation="COUNT"'}, Decimal(0)),
        ("COLLECT", {"attributes": 'aggregation="SUM"'}, None),
        ("COLLECT", {"attributes": 'aggregation="MAX"', "default": "0"}, Decimal(0)),
    ],
)
def test_where_no_row_fits(hit, options, expected):
    row = ("> 9", *['"x"' for _ in options.get("outputs", ("a",))])

    decided = tabled(hit, [row], {"score": Decimal(1)}, **options)

    assert decided.result == expected
    assert decided.evaluated[0].rules == ()


def test_a_default_for_one_of_two_outputs_leaves_the_other_null():
    body = table("FIRST", [("> 9", "1", "2")], outputs=("a", "b")).replace(
        '<output name="b">', '<output name="b"><defaultOutputEntry><text>0</text></defaultOutputEntry>'
    )

    assert ask("grade", decision("grade", body), score=Decimal(1)).result == {"a": None, "b": Decimal(0)}


def test_a_default_must_be_allowed_too():
    reason = refused(lambda: tabled("FIRST", [("> 9", '"A"')], {"score": Decimal(1)}, default='"C"', values='"A","B"'))

    assert reason == 'Grade: default of grade: "C" is none of the allowed values "A","B"'


@pytest.mark.parametrize(
    ("options", "given", "reason"),
    [
        (
            {"types": "number"},
            {"score": "12"},
            'Grade: input score: the value is "12", which does not conform to its type number',
        ),
        (
            {"types": "integer"},
            {"score": Decimal("1.5")},
            "Grade: input score: the value is 1.5, which does not conform to its type integer",
        ),
        (
            {"types": "kind"},
            {"score": "C"},
            'Grade: input score: the value is "C", which does not conform to its type kind ("C" is none of "A", "B")',
        ),
        (
            {"types": "date"},
            {"score": "2026-02-30"},
            'Grade: input score: the value is "2026-02-30", which does not conform to its type date',
        ),
        (
            {"allowed": "[0..10]"},
            {"score": Decimal(11)},
            "Grade: input score: 11 is none of the allowed values [0..10]",
        ),
        ({}, {}, "Grade: input score: there is no variable score"),
        (
            {"rules": [("> limit", "1")]},
            {"score": Decimal(1)},
            "Grade: rule 1 (r1), input score: there is no variable limit",
        ),
        (
            {"rules": [("-", "limit")]},
            {"score": Decimal(1)},
            "Grade: rule 1 (r1), output grade: there is no variable limit",
        ),
        (
            {"rules": [("-", '"C"')], "values": '"A","B"'},
            {"score": Decimal(1)},
            'Grade: rule 1 (r1), output grade: "C" is none of the allowed values "A","B"',
        ),
        (
            {"rules": [("-", '"x"'), ("-", "1")], "hit": "COLLECT", "attributes": 'aggregation="SUM"'},
            {"score": Decimal(1)},
            'Grade: there is no SUM of ["x", 1]',
        ),
    ],
)
def test_a_mistake_names_decision_column_row_and_value(options, given, reason):
    options = dict(options)
    rules, hit = options.pop("rules", [("-", '"A"')]), options.pop("hit", "FIRST")

    assert refused(lambda: tabled(hit, rules, given, **options)) == reason


def test_two_rows_of_a_unique_table_are_an_error_even_if_the_last_has_no_condition():
    rules = [("> 1", '"A"'), ("-", '"B"')]

    assert refused(lambda: tabled("UNIQUE", rules, {"score": Decimal(2)})) == (
        "Grade: the table is UNIQUE, but several rules fit: 1 (r1), 2 (r2)"
    )
    marked = tabled("UNIQUE", rules, {"score": Decimal(2)}, otherwise=True)
    assert (marked.result, [rule.index for rule in marked.evaluated[0].rules]) == ("A", [1])
    assert tabled("UNIQUE", rules, {"score": Decimal(1)}, otherwise=True).result == "B"


# --- types ------------------------------------------------------------------------------------

ANNA = {"name": "安娜", "home": {"city": "营口"}, "kinds": ["A", "B"]}


@pytest.mark.parametrize(
    ("type_", "given", "reason"),
    [
        ("person", ANNA, None),
        ("person", {**ANNA, "home": {"city": Decimal(1)}}, "(home.city: 1 is no string)"),
        ("person", {**ANNA, "kinds": ["A", "C"]}, '(kinds: "C" is none of "A", "B")'),
        ("person", {"name": "安娜", "kinds": []}, "(home is missing)"),
        ("points", [Decimal(1), Decimal(2)], None),
        ("points", Decimal(1), None),  # one is a list of one
        ("points", [Decimal(1), "2"], '("2" is no number)'),
        ("score", Decimal(100), None),
        ("score", Decimal(101), "(101 is none of [0..100])"),
        ("feel:string", "x", None),
        ("Any", ANNA, None),
    ],
)
def test_values_conform_to_their_types_to_the_last_component(type_, given, reason):
    parts = (*TYPES, input_data("x", type_), decision("a", literal("x"), inputs="i_x"))

    if reason is None:
        assert ask("a", *parts, x=given).result in (given, [given])
    else:
        said = refused(lambda: ask("a", *parts, x=given))
        assert said.startswith("A: x is ")
        assert said.endswith(reason)


def test_results_conform_to_their_types_too():
    assert "conform to its type number" in refused(lambda: ask("a", decision("a", literal('"x"'), type_="number")))


# --- graphs and functions -----------------------------------------------------------------------


def test_a_decision_that_several_require_is_evaluated_once():
    parts = (
        decision("base", literal("x * 2")),
        decision("left", literal("base + 1"), "base"),
        decision("right", literal("base + 2"), "base"),
        decision("top", literal("left * right"), "left right"),
        decision("idle", literal("absent")),
    )

    decided = ask("top", *parts, x=Decimal(1))

    assert decided.result == Decimal(12)
    assert [each.decision_id for each in decided.evaluated] == ["base", "left", "right", "top"]


def test_a_long_chain_of_decisions():
    parts = [decision("d0", literal("1"))]
    parts += [decision(f"d{n}", literal(f"d{n - 1} + 1"), f"d{n - 1}") for n in range(1, 600)]

    decided = ask("d599", *parts)

    assert decided.result == Decimal(600)
    assert len(decided.evaluated) == 600


def test_knowledge_models_are_called_by_text_and_by_invocation():
    share = knowledge("share", "part whole", literal("part / whole"))
    binding = "".join(
        f'<binding><parameter name="{name}"/>{literal(text)}</binding>'
        for name, text in (("whole", "x"), ("part", "1"))
    )
    invocation = f"<invocation>{literal('share')}{binding}</invocation>"
    given = {"x": Decimal(4)}

    assert ask("a", share, decision("a", literal("share(1, x)"), knows="share"), **given).result == Decimal("0.25")
    assert ask(
        "a", share, decision("a", literal("share(whole: x, part: 1)"), knows="share"), **given
    ).result == Decimal("0.25")
    assert ask("a", share, decision("a", invocation, knows="share"), **given).result == Decimal("0.25")
    reason = refused(lambda: ask("a", share, decision("a", literal("share(1)"), knows="share"), **given))
    assert reason == "A: share is called without its parameter whole"


def test_a_decision_service_is_called_with_its_inputs():
    service = (
        '<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#double"/><inputData href="#i_x"/>'
        "</decisionService>"
    )
    parts = (input_data("x", "number"), decision("double", literal("x * 2"), inputs="i_x"), service)

    assert ask("a", *parts, decision("a", literal("s(21)"), knows="s")).result == Decimal(42)
    assert "without x" in refused(lambda: ask("a", *parts, decision("a", literal("s()"), knows="s")))
    assert "conform to its type number" in refused(
        lambda: ask("a", *parts, decision("a", literal('s("1")'), knows="s"))
    )


def test_functions_may_be_handed_on():
    parts = (knowledge("twice", "f x", literal("f(f(x))")), knowledge("inc", "n", literal("n + 1")))

    assert ask("a", *parts, decision("a", literal("twice(inc, 1)"), knows="twice inc")).result == Decimal(3)
    assert ask("a", *parts, decision("a", literal("twice(sqrt, 16)"), knows="twice")).result == Decimal(2)


# --- boxed expressions --------------------------------------------------------------------------


def boxed(kind, *parts, attributes=""):
    return f"<{kind} {attributes}>{''.join(f'<{part}>{literal(text)}</{part}>' for part, text in parts)}</{kind}>"


EACH = 'iteratorVariable="i"'


def entry(name, text):
    variable = f'<variable name="{name}"/>' if name else ""
    return f"<contextEntry>{variable}{literal(text)}</contextEntry>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (boxed("conditional", ("if", "x > 1"), ("then", '"yes"'), ("else", '"no"')), "yes"),
        (boxed("filter", ("in", "[1, 2, 3]"), ("match", "item >= x")), ["2", "3"]),
        (boxed("filter", ("in", "[{p: 1}, {p: 3}]"), ("match", "p > x")), [{"p": "3"}]),
        (
            boxed("for", ("in", "[1, 2]"), ("return", "i * x + count(partial)"), attributes=EACH),
            ["2", "5"],
        ),
        (boxed("some", ("in", "[1, 2]"), ("satisfies", "i = x"), attributes=EACH), True),
        (boxed("every", ("in", "[1, 2]"), ("satisfies", "i = x"), attributes=EACH), False),
        (f"<list>{literal('1')}{literal('x')}</list>", ["1", "2"]),
        (f"<context>{entry('a', 'x')}{entry('b', 'a + 1')}</context>", {"a": "2", "b": "3"}),
        (f"<context>{entry('a', 'x')}{entry('', 'a + 1')}</context>", "3"),
        (f"<context>{entry('f', 'function(n) n * x')}{entry('', 'f(4)')}</context>", "8"),
    ],
)
def test_boxed_expressions_of_every_kind(body, expected):
    def plain(value):
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return str(value) if isinstance(value, Decimal) else value

    assert plain(ask("a", decision("a", body), x=Decimal(2)).result) == expected


@pytest.mark.parametrize(
    "body",
    [
        boxed("conditional", ("if", "null"), ("then", "1"), ("else", "2")),
        boxed("filter", ("in", "[1]"), ("match", "null")),
        boxed("every", ("in", "[1]"), ("satisfies", '"x"'), attributes=EACH),
    ],
)
def test_a_boxed_condition_is_true_or_false(body):
    assert "neither true nor false" in refused(lambda: ask("a", decision("a", body)))


# --- names and notes ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["score of case", "申报 得分", "a-b", "x + y", "don't", "分数", "été", "a.b c"])
def test_names_of_every_kind(name):
    attribute = name.replace("'", "&apos;")
    body = table("FIRST", [("> 1", f"{name} * 2")], inputs=(name,))
    body = body.replace(f'"in_{name}" label="{name}"', '"in" label="x"')
    parts = (
        f'<inputData id="i" name="{attribute}"><variable name="{attribute}" typeRef="number"/></inputData>',
        '<decision id="grade" name="Grade"><variable name="grade"/>'
        '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
        + body
        + "</decision>",
    )  # fmt: skip

    assert ask("grade", *parts, **{name: Decimal(3)}).result == Decimal(6)


def test_what_a_row_says_of_itself_comes_with_it():
    body = table("FIRST", [("-", "1")], notes=("第七条",))
    body = body.replace("</rule>", "<annotationEntry><text>试行</text></annotationEntry></rule>")
    body = body.replace("<rule ", '<annotation name="备注"/><rule ')

    [evaluated] = ask("grade", decision("grade", body), score=None).evaluated

    assert evaluated.rules[0].annotations == (("", "第七条"), ("备注", "试行"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x instance of person", True),
        ("{name: 1} instance of person", False),
        ("[1, 2] instance of points", True),
        ("1 instance of points", False),
        ('[1, "2"] instance of list<score>', False),
    ],
)
def test_instance_of_knows_the_types_of_the_file(text, expected):
    assert ask("a", *TYPES, decision("a", literal(text)), x=ANNA).result is expected


def test_instance_of_a_type_that_nobody_defines_is_never_true():
    given = {"x": ANNA}

    assert ask("a", *TYPES, decision("a", literal("x instance of constructor")), **given).result is False
    assert "money" in refused(lambda: ask("a", *TYPES, decision("a", literal("x instance of money")), **given))
