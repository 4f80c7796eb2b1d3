"""Every function that an expression may call: what it gives, what it refuses, and that the reference tells of it."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from service.engine.feel import host
from service.engine.feel_words import in_chinese
from service.values import normalise
from tests.unit.engine.expressing import mistake, value

#: Numbers are written as Python's here, and compared as decimals.
CALLS = {
    'number("1500.5")': Decimal("1500.5"),
    'number("1 500,5", " ", ",")': Decimal("1500.5"),
    'number(from: "1,5", grouping separator: null, decimal separator: ",")': Decimal("1.5"),
    'string(1.10) + string(true) + string(@"2026-03-02")': "1.1true2026-03-02",
    'string([1, "a", null, {b: 2}])': '[1, "a", null, {b: 2}]',
    "string(null)": None,
    'date("2026-03-02").day': 2,
    "date(2026, 3, 2)": "2026-03-02",
    "date(now())": "2026-03-02",
    'date(from: "2026-03-02")': "2026-03-02",
    'date and time("2026-03-02T10:00:00+08:00")': "2026-03-02T10:00:00+08:00",
    'date and time(date("2026-03-02"), time("10:00:00"))': "2026-03-02T10:00:00",
    'time("10:00:00Z")': "10:00:00Z",
    'time(10, 30, 5.5, duration("PT8H"))': "10:30:05.5+08:00",
    "time(now())": "01:30:00+08:00",
    'duration("P1DT2H")': "P1DT2H",
    'years and months duration(date("2024-02-29"), date("2026-03-02"))': "P2Y",
    "now()": "2026-03-02T01:30:00+08:00",
    "today()": "2026-03-02",
    "not(true)": False,
    "not(null)": None,
    'substring("foobar", 3)': "obar",
    'substring("foobar", -3, 2)': "ba",
    'substring("𠮷野家", -3, 1)': "𠮷",
    'substring("foobar", 7)': "",
    'substring(string: "foobar", start position: 3, length: 3)': "oba",
    'string length("𠮷野")': 2,
    'upper case("aBc4ß")': "ABC4SS",
    'lower case("aBc4")': "abc4",
    'substring before("foobar", "bar")': "foo",
    'substring before("foobar", "x")': "",
    'substring after("foobar", "o")': "obar",
    'replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")': "[1=ab][2=]cd",
    'replace("aBa", "b", "-", "i")': "a-a",
    'contains("foobar", "ob")': True,
    'matches("foobar", "^fo*b")': True,
    'matches("a\\nb", "a.b", "s")': True,
    'starts with("foobar", "fo")': True,
    'ends with("foobar", "r")': True,
    'split("a;b;;c", ";")': ["a", "b", "", "c"],
    'split("a1b22c", "([0-9])+")': ["a", "b", "c"],
    'string join(["a", null, "b"], "-")': "a-b",
    'string join(["a", "b"])': "ab",
    'trim("  a b ")': "a b",
    'is blank(" ")': True,
    'extract("2026-03-02", "[0-9]+")': ["2026", "03", "02"],
    'list contains([1, 2.0, "a"], 2)': True,
    "list contains([1, null], null)": True,
    "list replace([2, 4, 7], 3, 6)": [2, 4, 6],
    "list replace([2, 4, 7], function(item, newItem) item < newItem, 5)": [5, 5, 7],
    "count([1, null, 3])": 3,
    "count([])": 0,
    'min(["b", "a"])': "a",
    "max(1, 2.5, 2)": Decimal("2.5"),
    "max([])": None,
    "sum([0.1, 0.2])": Decimal("0.3"),
    "sum([])": None,
    "mean(1, 2, 4)": Decimal("2.333333333333333333333333333333333"),
    "median([6, 1, 2, 3])": Decimal("2.5"),
    "median([])": None,
    "stddev([2, 4, 7, 5])": Decimal("2.081665999466132735282297706979931"),
    "stddev([1])": None,
    "mode([6, 3, 9, 6, 6.0, 3, 3])": [3, 6],
    "product([2, 0.5, 3])": 3,
    "all([true, null, false])": False,
    "all([true, null])": None,
    "any([false, true])": True,
    "sublist([4, 5, 6], 2)": [5, 6],
    "sublist([4, 5, 6], -2, 1)": [5],
    "append([1], 2, 3)": [1, 2, 3],
    "concatenate([1, 2], [3])": [1, 2, 3],
    "insert before([1, 3], 1, 2)": [2, 1, 3],
    "remove([1, 2, 3], 2)": [1, 3],
    "reverse([1, 2, 3])": [3, 2, 1],
    "index of([1, 2, 1.0], 1)": [1, 3],
    "union([1, 2], [2.0, 3])": [1, 2, 3],
    "distinct values([1, 2, 1.0, null, null])": [1, 2, None],
    "duplicate values([1, 2, 1.0])": [1],
    "flatten([[1, [2]], [], 3])": [1, 2, 3],
    "sort([3, 1, 2], function(x, y) x > y)": [3, 2, 1],
    "is empty([])": True,
    "partition([1, 2, 3], 2)": [[1, 2], [3]],
    "decimal(2.5, 0)": 2,
    "decimal(1250, -2)": 1200,
    "floor(-1.5)": -2,
    "floor(-1.56, 1)": Decimal("-1.6"),
    "ceiling(-1.5)": -1,
    "ceiling(1.21, 1)": Decimal("1.3"),
    "round up(-5.1, 0)": -6,
    "round down(-5.9, 0)": -5,
    "round half up(-5.5, 0)": -6,
    "round half down(5.5, 0)": 5,
    "abs(-1.5)": Decimal("1.5"),
    'abs(duration("-P1Y"))': "P1Y",
    "modulo(-12, 5)": 3,
    "modulo(10.1, -4.5)": Decimal("-3.4"),
    "modulo(1e33 + 1, 7)": (10**33 + 1) % 7,
    "sqrt(0.25)": Decimal("0.5"),
    "log(1)": 0,
    "exp(0)": 1,
    "odd(-3)": True,
    "even(2.5)": False,
    'is(@"2026-03-02", date("2026-03-02"))': True,
    'is(1, "1")': False,
    "before(1, [2..3])": True,
    "after([5..6], 4)": True,
    "meets([1..5], [5..10])": True,
    "met by([5..10], [1..5])": True,
    "overlaps([1..5], [3..8])": True,
    "overlaps before([1..5], [3..8])": True,
    "overlaps after([3..8], [1..5])": True,
    "finishes(10, [1..10])": True,
    "finished by([1..10], 10)": True,
    "includes([1..10], 5)": True,
    "during(5, [1..10])": True,
    "starts(1, [1..10])": True,
    "started by([1..10], [1..5])": True,
    "coincides([1..5], [1..5])": True,
    'includes(range("[1..10)"), 10)': False,
    'day of year(date("2028-12-31"))': 366,
    'day of week(date("2026-03-02"))': "Monday",
    'month of year(date("2026-03-02"))': "March",
    'week of year(date("2027-01-03"))': 53,
    'last day of month(date("2028-02-05"))': "2028-02-29",
    'cycle(3, duration("PT1H"))': "R3/PT1H",
    'cycle(duration("P1M"))': "R/P1M",
    'cycle(repetitions: 0, interval: duration("P1D"))': "R0/P1D",
    'get value({a: 1}, "a")': 1,
    'get value({a: {b: 2}}, ["a", "b"])': 2,
    'get value({a: 1}, "b")': None,
    "get entries({a: 1})": [{"key": "a", "value": 1}],
    'context([{key: "a", value: 1}, {key: "b", value: 2}])': {"a": 1, "b": 2},
    "context merge([{a: 1, b: 1}, {b: 2}])": {"a": 1, "b": 2},
    'context put({a: 1}, "b", 2)': {"a": 1, "b": 2},
    'context put({a: {}}, ["a", "b"], 2)': {"a": {"b": 2}},
    "is defined(absent.entry)": False,
    "get or else(absent, 2)": 2,
    "assert(score, score > 1)": Decimal("612.5"),
    'workdays after(date("2026-01-01"), 1)': "2026-01-05",
    'workdays before(date("2026-01-07"), 2)': "2026-01-05",
    'workdays between(date("2026-01-01"), date("2026-01-09"))': 5,
    'is workday(date("2026-01-02"))': False,
    'next workday(date("2026-01-02"))': "2026-01-05",
    "end of day(today())": "2026-03-02T23:59:59.999+08:00",
    "amount in capitals(10000)": "壹万元整",
    "format number(300000, 2)": "300,000.00",
    "format number(-1234.565, 2)": "-1,234.57",
    "format number(-0.001, 2)": "0.00",
    "format number(999.5, 0)": "1,000",
    'format date(date("2026-04-03"), "YYYY年M月D日")': "2026年4月3日",
    'format date(date and time("2026-04-03T20:05:09Z"), "MM-DD HH:mm:ss")': "04-04 04:05:09",
    'format date(date and time("2026-04-03T20:05:09"), "D日HH时")': "3日20时",
}

#: What has no value, function by function.
REFUSED = [
    'number("1,5")',
    "number(true)",
    'number("0x10")',
    'date("2026-02-29")',
    "date(2026, 13, 1)",
    "date(2026, 1.5, 1)",
    'date and time("2026-03-02T25:00:00")',
    'time("24:00:01")',
    "time(10, 61, 0)",
    'duration("1 day")',
    'duration("P")',
    'years and months duration("2026-01-01", today())',
    'not("true")',
    'substring("abc", 0)',
    'substring("abc", -4)',
    "substring(12, 1)",
    "string length(1)",
    "upper case(null)",
    'contains("a", null)',
    'matches("a", "[")',
    'matches("a", "a", "q")',
    'replace("a", "(", "b")',
    'split("a", "[")',
    'string join(["a", 1])',
    "extract(1, 2)",
    "count(null)",
    'min([1, "a"])',
    "max([1, null])",
    'sum(["1"])',
    "mean([1, null])",
    "list replace([1], 2, 3)",
    "sort([1], 2)",
    "partition([1], 0)",
    "decimal(1, null)",
    "decimal(1, 9999)",
    'floor("1")',
    'abs("1")',
    "modulo(1, 0)",
    "sqrt(-1)",
    "log(0)",
    "exp(1e9)",
    "odd(null)",
    "before(1, null)",
    'before(1, ["a".."b"])',
    "includes([1..3], null)",
    "meets([1..3], 4)",
    "all([true, 1])",
    "remove([1, 2], 3)",
    "insert before([1, 2], 0, 3)",
    "sublist([1, 2], 0)",
    'duration("P1Y1D")',
    'duration("P1D").years',
    'range("1..2")',
    'range("[3..1]")',
    "day of week(1)",
    'get value(1, "a")',
    "cycle(3)",
    'cycle(1.5, duration("PT1H"))',
    'cycle("3", duration("PT1H"))',
    "get value({a: 1}, 2)",
    "context([{key: null, value: 1}])",
    'context put({a: 1}, "", 1, 2)',
    "assert(score, score < 1)",
    "assert(absent, absent != null)",
    'workdays after("2026-01-01", 1)',
    "workdays after(today(), 1.5)",
    "is workday(1)",
    "amount in capitals(0.001)",
    "amount in capitals(1e12)",
    "format number(1, 0.5)",
    "format number(1e40, 2)",
    'format date("2026-01-01", "YYYY")',
    'format date(date("2026-01-01"), "HH:mm")',
]


@pytest.mark.parametrize("expression", CALLS)
def test_a_function_gives(expression):
    assert value(expression) == normalise(CALLS[expression])


@pytest.mark.parametrize("expression", REFUSED)
def test_a_function_refuses(expression):
    error = mistake(expression)

    assert error.kind in ("type", "unknown variable", "unknown function")
    assert error.position is not None


def test_every_function_was_called():
    called = " ".join([*CALLS, "duration("])

    assert [name for name in host().functions() if f"{name}(" not in called] == []


@pytest.mark.parametrize(
    ("expression", "position", "problem"),
    [
        ("a + foo(1)", 4, "there is no function foo"),
        ("=a + foo(1)", 5, "there is no function foo"),
        ('"𠮷" + foo(1)', 6, "there is no function foo"),
        ("count()", 0, "count takes 1 parameters, not 0"),
        ("1 + modulo(5)", 4, "modulo takes 2 parameters, not 1"),
        ('substring("a", 1, 2, 3)', 0, "substring takes 2 to 3 parameters, not 4"),
        ("append(l)", 0, "append takes 2 or more parameters, not 1"),
        ("now(1)", 0, "now takes 0 parameters, not 1"),
        ("date(1, 2, 3, 4)", 0, "date takes 1 to 3 parameters, not 4"),
        (
            'substring(string: "a", from: 1)',
            23,
            "substring has no parameter from, only string, start position, length",
        ),
        ("x instance of nmber", 14, "there is no type nmber"),
        ("x instance of list<nmber>", 19, "there is no type nmber"),
        ("random number()", 0, "there is no function random number"),
        ("a > 1 and b c", 10, "there is no operator in b c; a name with blanks stands in backticks"),
    ],
)
def test_calls_that_can_never_be_right_are_found_without_running(expression, position, problem):
    [found] = host().problems(expression)

    assert (found.position, found.message) == (position, problem)


def test_every_problem_can_be_told_in_chinese():
    broken = ["a + foo(1)", "x instance of nmber", "count()", "append(l)", "now(1)", "date(1, 2, 3, 4)", "1 +", "1 2",
              'substring(string: "a", from: 1)', "[1e7000]", "{__proto__: 1}", "(1", "a b c", '"a']  # fmt: skip

    messages = [problem.message for expression in broken for problem in host().problems(expression)]

    assert len(messages) == len(broken)
    assert [message for message in messages if in_chinese(message) == message] == []
    assert in_chinese("count takes 1 parameters, not 0") == "函数 count 要求 1 个参数，这里有 0 个"


def test_calls_that_can_be_right_are_no_problem():
    for expression in (*CALLS, "{count: function(a, b) a + b, r: count(1, 2)}.r", "(function(f) f(1))(abs)"):
        assert host().problems(expression) == [], expression


def test_the_reference_and_the_host_know_the_same_functions():
    page = (Path(__file__).resolve().parents[3] / "docs/reference/feel.md").read_text(encoding="utf-8")
    rows = page.split("## Functions")[1].split("## Decisions")[0].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| `")]
    written = [call for cell in cells for call in re.findall(r"`([a-z ]+)\(([^)]*)\)`", cell)]
    told: dict[str, list[list[str]]] = {}
    for name, parameters in written:
        told.setdefault(name, []).append([each.strip() for each in parameters.split(",") if each.strip()])

    for name, facts in host().functions().items():
        forms = told.pop(name, None)
        assert forms is not None, f"the page does not tell of {name}"
        assert {each.strip("?.") for form in forms for each in form} == set(facts["parameters"]), name
        assert min(sum(not each.endswith("?") for each in form) for form in forms) == facts["least"], name
        assert (facts["most"] is None) == any(each.endswith("...") for form in forms for each in form), name
        assert facts["most"] in (None, max(map(len, forms))), name
    assert told == {}, "the page tells of functions that do not exist"
