"""The expression host: where mistakes are told, what crosses its border, and how it is shared."""

import os
import threading
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

import pytest

from service.engine.calendar import from_days
from service.engine.feel import FeelError, FeelHost, Moment, Problem, host
from service.engine.feel_runtime import BUNDLE, bundle_hash
from service.values import NUMBER_TAG
from tests.unit.engine.expressing import CALENDAR, CONTEXT, MOMENT, NEW_YEAR, mistake, value


@pytest.mark.parametrize(
    ("expression", "kind", "variable"),
    [
        ("absent + 1", "unknown variable", "absent"),
        ("absent = 1", "unknown variable", "absent"),
        ("person.height", "unknown variable", "height"),
        ("person.nick.first", "unknown variable", "first"),
        ("no such(1)", "unknown function", "no such"),
        ("[1,2][absent > 1]", "unknown variable", "absent"),
        ('"2" > 1', "type", None),
        ("name = 1", "type", None),
        ("nothing > 3", "type", None),
        ("nothing + 1", "type", None),
        ("1 / 0", "type", None),
        ('sum(["a"])', "type", None),
        ("string length(nothing)", "type", None),
        ('date("2026-02-30")', "type", None),
        ('number("zwölf")', "type", None),
        ("if nothing then 1 else 2", "type", None),
        ("name and true", "type", None),
        ("5 in [1..nothing]", "type", None),
        ('duration("P1M") > duration("P1D")', "type", None),
        ("{a: 1, a: 2}", "type", None),
        ("for x in nothing return x", "type", None),
        ("function(x) x", "type", None),
        ("[1..3]", "type", None),
        ('date and time("2026-01-01T00:00:00@Europe/Paris")', "type", None),
        ("1 +", "syntax", None),
        ("", "syntax", None),
    ],
)
def test_a_mistake_is_an_error_instead_of_null(expression, kind, variable):
    error = mistake(expression)

    assert (error.kind, error.variable) == (kind, variable)


def test_an_error_says_where_and_in_which_expression():
    with pytest.raises(FeelError) as caught:
        host().evaluate_many(["score", "score + absent"], CONTEXT, MOMENT)

    assert (caught.value.expression, caught.value.position) == ("score + absent", 8)


def test_lenient_evaluation_has_the_null_of_the_standard():
    assert value("absent", lenient=True) is None
    assert value('"2" > 1', lenient=True) is None
    assert mistake("1 +").kind == "syntax"


def test_a_condition_is_true_or_false_or_an_error():
    assert host().condition("score >= 600", CONTEXT, MOMENT) is True
    assert host().condition("score < 600", CONTEXT, MOMENT) is False
    for expression in ("nothing", "score", '"true"'):
        with pytest.raises(FeelError, match="neither true nor false"):
            host().condition(expression, CONTEXT, MOMENT)


@pytest.mark.parametrize(
    ("test", "tested", "expected"),
    [
        (">= 60", Decimal(60), True),
        ("[60..70)", Decimal(70), False),
        ('"A","B"', "B", True),
        ('not("A","B")', "C", True),
        ("not(person.nick)", "x", True),
        ("-", None, True),
        ("> 3", None, False),
        ("null", None, True),
        ("rows.score", Decimal(85), True),
        ("true", False, False),
        ("? > 3 and ? < 5", Decimal(4), True),
        ('contains(?, "口")', "营口", True),
    ],
)
def test_unary_tests(test, tested, expected):
    assert host().unary(test, tested, CONTEXT, MOMENT) is expected


def test_a_unary_test_of_another_type_is_an_error():
    with pytest.raises(FeelError, match="compare"):
        host().unary("> 3", "4", {}, MOMENT)


def test_names_are_the_roots_that_an_expression_reads():
    names = host().names(
        "a.b + rows[score > limit][1].x + sum(for i in list return i * k) + string length({c: d, e: c}.e)"
    )

    assert names == {"a", "rows", "list", "k", "d"}
    assert host().names("function(x) x + y") == {"y"}
    assert host().names("? > limit", "unary") == {"limit"}


def test_problems_are_found_without_running():
    assert host().problems("a + foo(1)") == [Problem(4, "there is no function foo")]
    assert host().problems("a > ") != []
    assert host().problems("get or else(a, today())") == []
    assert host().problems("> ", "unary") != []


def test_only_the_variables_that_are_named_cross_the_border():
    # a value that could not cross, under a name that is not read
    assert value("score", {"score": Decimal(1), "other": {"__proto__": Decimal(1)}}) == 1


def test_a_context_with_spaces_in_its_names_can_be_read():
    assert value("first name + 1", {"first name": Decimal(1)}) == 2
    assert value("p.first name", {"p": {"first name": "x"}, "q r": None}) == "x"
    assert value("`first name` + p.`a-b`", {"first name": Decimal(1), "p": {"a-b": Decimal(2)}}) == 3
    assert host().problems("`first name` > 1") == []
    assert host().names("`first name` > 1") == {"first name"}


@pytest.mark.parametrize(
    "expression",
    [
        f'"{NUMBER_TAG}5"',
        '"\\u0001" + "5"',
        '"a\\u0000"',
        '"\\ud800"',
        '"\\udc00 a"',
        '{"\\ud800": 1}',
        'substring("a", 1) + "\\ud83d"',
    ],
)
def test_a_text_that_is_none_cannot_leave(expression):
    with pytest.raises(FeelError, match="control character"):
        value(expression)


def test_an_error_may_cut_a_text_in_the_middle_of_a_character():
    for length in (196, 197, 198, 199):
        with pytest.raises(FeelError, match="compare"):
            value("x > 1", {"x": "a" * length + "𠮷" * 9})


def test_characters_beyond_the_first_plane_are_texts():
    assert value('"\\ud83d\\ude00" + x', {"x": "𠮷"}) == "😀𠮷"
    assert value('string length("𠮷野")') == 2


def test_the_clock_is_the_moment_and_nothing_else():
    later = Moment(MOMENT.now + timedelta(days=1), CALENDAR)

    assert [host().evaluate("today()", {}, moment) for moment in (MOMENT, later, MOMENT)] == [
        "2026-03-02",
        "2026-03-03",
        "2026-03-02",
    ]


def test_two_calendars_are_not_mixed_up():
    weekends = from_days({NEW_YEAR + timedelta(days=n): True for n in range(10)})
    expression = 'is workday(date("2026-01-01"))'

    assert host().evaluate(expression, {}, Moment(MOMENT.now, weekends)) is True
    assert host().evaluate(expression, {}, MOMENT) is False


def test_threads_share_the_host():
    results: list[bool] = []

    def count(n: int) -> None:
        results.extend(value(f"{n} * 2") == n * 2 for _ in range(50))

    threads = [threading.Thread(target=count, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [True] * 300


def test_a_child_process_makes_its_own_host():
    value("1 + 1")
    child = os.fork()
    if child == 0:
        os._exit(0 if value("0.1 + 0.2") == Decimal("0.3") else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert value("1 + 1") == 2


def test_more_expressions_than_the_cache_holds_are_still_right():
    feel = FeelHost()
    padding = f'string length("{"x" * 3900}")'

    assert [feel.evaluate(f"{n} + {padding}", {}, MOMENT) for n in range(60)] == list(range(3900, 3960))


def test_the_bundle_names_itself_by_its_hash():
    assert bundle_hash() == sha256(BUNDLE.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("cycle.year < 2026", {"cycle"}),
        ("count(rows) + count", {"rows", "count"}),
        ("string(date.month)", {"date"}),
        ("sort(rows, before)", {"rows"}),
        ("for date in rows return date", {"rows"}),
    ],
)
def test_a_variable_may_be_named_like_a_function(expression, names):
    """Only what is handed over as an argument by itself may be the function: forms are given what they read."""
    assert host().names(expression) == names
