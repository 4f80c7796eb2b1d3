"""What is proved of a table before it runs, and that everything proved is so."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.feel import FeelError, host
from service.engine.lint import lint_dmn
from service.engine.lint_rules.samples import _MOMENT
from tests.unit.engine.dmn import decision, input_data, literal, model, source, table

TWO = {"inputs": ("amount", "kind"), "types": "number string"}


def told(*rows, hit="UNIQUE", around=(), requires="", **options):
    """Rule and Chinese words of each finding about the table."""
    data = model(
        decision("fee", table(hit, list(rows), **options), **({"requires": requires} if requires else {})), *around
    )
    return [(finding.rule, finding.text("zh")) for finding in lint_dmn(data)]


def rules(*rows, **options):
    return [rule for rule, _ in told(*rows, **options)]


def test_two_rows_that_fit_the_same_case_are_told_with_the_case():
    found = told((">= 100", '"A"', "1"), ("[50..100]", '"B","A"', "2"), ("< 50", "-", "3"), **TWO)

    assert ("DMN_OVERLAP", '决策表“Fee”（UNIQUE）第 1 行与第 2 行在 amount = 100、kind = "A" 时同时命中。') in found


def test_the_case_is_told_in_english_too():
    data = model(decision("fee", table("UNIQUE", [("< 3", "1"), ("<= 1", "2")], types="number")))

    assert lint_dmn(data)[0].message == "Rows 1 and 2 of the UNIQUE table “Fee” both fit: score = 0."


def test_a_gap_is_told_with_a_case_that_no_row_fits():
    found = told(("> 100", '"A"', "1"), ("<= 100", '"A"', "2"), ("-", '"B"', "3"), **TWO)

    assert found == [("DMN_GAP", "决策表“Fee”在 amount = 0、kind = 其他文本 时没有任何一行命中，结果为 null。")]


@pytest.mark.parametrize("options", [{"default": "0"}, {"allowed": '"A", "B"'}])
def test_a_default_or_the_allowed_values_close_a_gap(options):
    rows = [('"A"', "1"), ('"B"', "2")]

    assert rules(*rows, types="string") == ["DMN_GAP"]
    assert rules(*rows, types="string", **options) == []


@pytest.mark.parametrize("hit", ["COLLECT", "RULE ORDER"])
def test_lists_of_results_may_be_empty_and_rows_may_fit_together(hit):
    assert rules(("> 1", "1"), ("> 2", "2"), hit=hit, types="number") == []


KIND = (
    '<itemDefinition name="kind"><typeRef>string</typeRef><allowedValues><text>"A","B"</text></allowedValues>'
    "</itemDefinition>"
)


def test_a_type_says_which_values_there_are():
    rows = [('"A"', "1"), ('not("A")', "2")]

    assert rules(*rows, ('"B"', "3"), types="kind", around=[KIND]) == ["DMN_OVERLAP"]
    assert rules(('"A"', "1"), ('"B"', "2"), types="kind", around=[KIND]) == []
    assert rules(*rows, types="kind", around=[KIND]) == []


def test_input_data_says_it_for_the_table():
    body = table("UNIQUE", [('"A"', "1"), ('"B"', "2")])
    data = model(KIND, input_data("score", "kind"), decision("fee", body, inputs="i_score"))

    assert lint_dmn(data) == ()


@pytest.mark.parametrize(
    ("types", "rows", "found"),
    [
        ("date", ['< date("2026-01-01")', '>= date("2026-01-01")'], []),
        ("date", ['<= date("2026-01-01")', '>= date("2026-01-01")'], ["DMN_OVERLAP"]),
        ("date", ['< @"2026-01-01"', '> @"2026-01-01"'], ["DMN_GAP"]),
        ("dateTime", ['< date and time("2026-01-01T00:00:00")', '> date and time("2026-01-01T00:00:00")'], ["DMN_GAP"]),
        ("dayTimeDuration", ['< duration("P1D")', '>= duration("PT24H")'], []),
        ("yearMonthDuration", ['<= duration("P1Y")', '>= duration("P12M")'], ["DMN_OVERLAP"]),
        ("time", ['< time("12:00:00")', '>= time("12:00:00")'], []),
        ("boolean", ["true", "false"], []),
        ("boolean", ["true", "not(false)"], ["DMN_OVERLAP", "DMN_GAP"]),
        ("boolean", ["true"], ["DMN_GAP"]),
        ("number", ["< 0.1", "[0.1..0.2)", ">= 0.2"], []),
        ("number", ["< 1", "(1..2)", ">= 2"], ["DMN_GAP"]),
        ("number", ["not(1, 2)", "1", "2"], []),
        ("number", ["-1", "not(-1)"], []),
        ("number", ["? > 1 and ? < 3", "> 2", "<= 1"], ["DMN_OVERLAP"]),
        ("number", ["even(?)", "odd(?)"], []),  # what lies between whole numbers is not tried
        ("integer", ["< 1", "1", "> 1"], []),
        ("integer", ["<= 1", ">= 2"], []),
        ("number", ["<= 1", ">= 2"], ["DMN_GAP"]),
        ("string", ['"a"', 'not("a")'], []),
        ("string", ['"a", "b"', 'not("a", "b")'], []),
        ("string", ["null", '"a"', 'not("a")'], ["DMN_OVERLAP"]),
        ("", ["< 1", ">= 1"], []),
        ("", ['"x"', "1"], []),  # a text compared with a number is a mistake, not a gap
        ("number", ["< limit", ">= limit"], []),  # reads a variable: cannot be known
        ("number", ["< limit", "> 3"], []),
        ("list", ["count(?) > 1", "count(?) > 2"], []),  # no samples of lists
        ("number", ['"x"', "-"], ["DMN_ROW_IMPOSSIBLE"]),
    ],
)  # fmt: skip
def test_columns_of_every_type(types, rows, found):
    assert rules(*((cell, "1") for cell in rows), types=types) == found


def test_a_last_row_without_conditions_is_an_overlap_unless_it_is_marked():
    rows = [("< 3", "1"), ("-", "2")]

    [(rule, words)] = told(*rows, types="number")

    assert rule == "DMN_OVERLAP_REST"
    assert "第 1 行命中时它也命中：score = 0" in words
    assert rules(*rows, types="number", otherwise=True) == []
    assert rules(*rows, types="number", hit="FIRST") == []


@pytest.mark.parametrize(
    ("inputs", "options"),
    [
        (("age", "age >= 18"), {}),  # the second depends on the first
        (("count(rows)",), {}),  # never negative
        (("a.x", "a"), {}),
        (("base",), {"requires": "base", "around": [decision("base", literal('"A"'))]}),  # only what base gives
    ],
)
def test_nothing_is_said_of_columns_that_cannot_have_every_value(inputs, options):
    cells = ("< 18", "true") if len(inputs) == 2 else ("< 18",)
    rest = ("< 10", "-") if len(inputs) == 2 else ("< 10",)

    assert rules((*cells, "1"), (*rest, "2"), inputs=inputs, **options) == []


def test_components_of_one_variable_are_columns_of_their_own():
    assert rules(("< 1", "-", "1"), ("-", "< 1", "2"), inputs=("a.x", "a.y"), hit="UNIQUE") == [
        "DMN_OVERLAP",
        "DMN_GAP",
    ]


def test_any_rows_that_fit_together_must_agree():
    assert rules(("> 1", '"A"'), ("> 2", '"A"'), ("<= 1", '"B"'), hit="ANY", types="number") == []
    assert rules(("> 1", "1.0"), ("> 2", "1"), ("<= 1", "0"), hit="ANY", types="number") == []
    found = told(("> 1", '"A"'), ("> 2", '"B"'), ("<= 1", '"B"'), hit="ANY", types="number")
    assert found == [("DMN_CONTRADICTION", "决策表“Fee”（ANY）第 1 行与第 2 行在 score = 3 时同时命中，而输出不同。")]


def test_rows_that_never_count_are_told():
    assert rules(("< 5", "1"), ("< 3", "2"), (">= 5", "3"), hit="FIRST", types="number") == ["DMN_ROW_SHADOWED"]
    assert rules(("<= 5", "1"), ("> 5", "2"), ("7", "3"), hit="FIRST", types="number") == ["DMN_ROW_SHADOWED"]
    assert rules(("true", "1"), ("false", "2"), ("-", "3"), hit="FIRST", types="boolean") == []  # null is left
    assert rules(("-", "1"), ("9", "2"), hit="FIRST") == ["DMN_ROW_SHADOWED"]
    assert rules(("> 1", "1"), ("> 2", "2"), ("-", "3"), hit="FIRST") == ["DMN_ROW_SHADOWED"] * 0


def test_priorities_decide_which_rows_never_count():
    rows = [("> 1", '"low"'), ("> 2", '"high"'), ("> 3", '"low"'), ("<= 1", '"high"')]

    found = told(*rows, hit="PRIORITY", types="number", values='"high", "low"')

    assert found == [("DMN_ROW_SHADOWED", "决策表“Fee”第 3 行永远不起作用：凡它命中之处，都有更优先的行命中。")]


def test_a_row_that_no_value_fits_is_told_whatever_the_hit_policy():
    assert rules(("> 10", "1"), ("<= 10", "2"), hit="COLLECT", types="number", allowed="[0..10]") == [
        "DMN_ROW_IMPOSSIBLE"
    ]


def test_a_large_table_is_no_burden():
    rows = [(f"[{n}..{n + 1})", '"A"', f"{n}") for n in range(60)]

    assert rules(*rows, **TWO) == ["DMN_GAP"]


# --- everything proved is so -------------------------------------------------------------------

NUMBERS = st.sampled_from(["< 1", "<= 1", "1", "[1..3]", "(1..3)", ">= 3", "not(2)", "> 2", "-", "1, 3", "? > 1"])
KINDS = st.sampled_from(['"A"', '"B"', 'not("A")', '"A","B"', "-", "null"])
FLAGS = st.sampled_from(["true", "false", "-", "not(true)"])
ROWS = st.lists(st.tuples(NUMBERS, KINDS, FLAGS, st.sampled_from(['"x"', '"y"'])), min_size=1, max_size=5)
#: Every class of values that the cells above can tell apart, and null.
POINTS = list(
    product(["0", "1", "1.5", "2", "2.5", "3", "4", "null"], ['"A"', '"B"', '"C"', "null"], ["true", "false", "null"])
)
_SEEN: dict[tuple[str, str], bool] = {}


def fits(cell, value):
    """By the host's own unary tests."""
    if cell == "-":
        return True
    if (cell, value) not in _SEEN:
        try:
            _SEEN[cell, value] = host().unary(cell, host().evaluate(value, {}, _MOMENT), {}, _MOMENT)
        except FeelError:  # `? > 1` of null: the table would stop
            _SEEN[cell, value] = False
    return _SEEN[cell, value]


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(["UNIQUE", "ANY", "FIRST", "PRIORITY"]))
def test_what_is_said_of_a_table_holds_for_every_point_and_nothing_is_missed(rows, hit):
    data = model(decision("fee", table(hit, rows, ("n", "k", "f"), types="number string boolean", values='"x","y"')))
    findings = lint_dmn(data)
    hits = {point: [i for i, row in enumerate(rows) if all(map(fits, row[:3], point))] for point in POINTS}
    pairs = {pair for fitting in hits.values() for pair in combinations(fitting, 2)}
    said = {(int(f.params["row"]) - 1, int(f.params["other"]) - 1) for f in findings if "other" in f.params}
    if hit == "UNIQUE":
        assert said <= pairs
        assert bool(said) == bool(pairs)
    elif hit == "ANY":
        assert said == {(a, b) for a, b in pairs if rows[a][3] != rows[b][3]}
    has_gap = any(not fitting for point, fitting in hits.items() if "null" not in point)
    assert ("DMN_GAP" in {f.rule for f in findings}) == has_gap
    # cells that compute (`? > 1`) are left alone, so not every row that never counts is told
    for finding in findings:
        if finding.rule in ("DMN_ROW_SHADOWED", "DMN_ROW_IMPOSSIBLE"):
            assert winning(rows, hits, hit, int(finding.params["row"]) - 1) == []


def winning(rows, hits, hit, row):
    """The points at which a row gives the result."""

    def first(fitting):
        return fitting[0] if hit == "FIRST" else min(fitting, key=lambda i: rows[i][3])

    fitting = [point for point, found in hits.items() if row in found]
    if hit in ("UNIQUE", "ANY"):
        return fitting
    return [
        p for p in fitting if first(hits[p]) == row or (hit == "PRIORITY" and rows[first(hits[p])][3] == rows[row][3])
    ]


# --- every hit policy does what it says ---------------------------------------------------------

ORDER = ["x", "y", "z"]
HITS = ["UNIQUE", "ANY", "FIRST", "PRIORITY", "OUTPUT ORDER", "RULE ORDER", "COLLECT"]
#: Without cells that compute: of null they are mistakes.
PLAIN = NUMBERS.filter(lambda cell: "?" not in cell)
OUTCOMES = st.lists(st.tuples(PLAIN, KINDS, st.sampled_from(ORDER)), min_size=1, max_size=6)


@settings(max_examples=80, deadline=None)
@given(OUTCOMES, st.sampled_from(HITS), st.sampled_from(POINTS))
def test_a_table_gives_what_its_hit_policy_says(rows, hit, point):
    number, kind, _ = (host().evaluate(text, {}, _MOMENT) for text in point)
    written = [(one, two, f'"{outcome}"') for one, two, outcome in rows]
    body = table(hit, written, ("n", "k"), types="number string", values='"x","y","z"')
    fitting = [i for i, row in enumerate(rows) if fits(row[0], point[0]) and fits(row[1], point[1])]
    values = [rows[i][2] for i in fitting]

    def decide():
        return host().decide(source("fee", decision("fee", body)), {"n": number, "k": kind}, _MOMENT)

    if (hit == "UNIQUE" and len(values) > 1) or (hit == "ANY" and len(set(values)) > 1):
        with pytest.raises(FeelError, match=f"the table is {hit}"):
            decide()
        return
    decided = decide()

    fired = [rule.index - 1 for rule in decided.evaluated[0].rules]
    ranked = sorted(fitting, key=lambda i: ORDER.index(rows[i][2]))
    expected = {
        "UNIQUE": (values[:1] or [None])[0],
        "ANY": (values[:1] or [None])[0],
        "FIRST": (values[:1] or [None])[0],
        "PRIORITY": rows[ranked[0]][2] if ranked else None,
        "OUTPUT ORDER": [rows[i][2] for i in ranked] or None,
        "RULE ORDER": values or None,
        "COLLECT": values,
    }
    assert decided.result == expected[hit]
    assert fired == {"FIRST": fitting[:1], "PRIORITY": ranked[:1], "OUTPUT ORDER": ranked}.get(hit, fitting)
