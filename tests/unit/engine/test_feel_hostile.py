"""Expressions written to harm: they end within their limits, reach nothing, and the host is right afterwards."""

import contextlib
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from service.engine.calendar import from_days
from service.engine.feel import FeelError, FeelHost, Moment, host

MOMENT = Moment(datetime(2026, 3, 2, tzinfo=UTC), from_days({}))
#: Twice the time limit (a timed-out run is tried once more), rebuilding, and a busy machine.
SECONDS = 6

LIMITS = {
    "a loop without end": "for i in 1..1000000000 return i",
    "a loop down": "for i in 1000000000..1 return i",
    "nested loops": "for a in 1..9999, b in 1..9999, c in 1..9999 return a + b + c",
    "a loop in a quantifier": "every x in 1..999999999 satisfies x > 0",
    "endless recursion": "{f: function(n) f(n + 1), r: f(1)}.r",
    "mutual recursion": "{f: function(n, g) g(n, f), r: f(1, f)}.r",
    "self application": "(function(f) f(f))(function(f) f(f))",
    "a doubling recursion": "{f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1), r: f(40)}.r",
    "deep brackets": "(" * 1900 + "1" + ")" * 1900,
    "deep lists": "[" * 1900 + "1" + "]" * 1900,
    "deep contexts": "{a:" * 900 + "1" + "}" * 900,
    "a long chain": "1" + "+1" * 1990,
    "deep ifs": "if true then " * 200 + "1" + " else 0" * 200,
    "too long": '"' + "x" * 4000 + '"',
    "backtracking": 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
    "backtracking in replace": 'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|aa)+$", "b")',
    "backtracking in split": 'split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(.*a){25}x")',
    "a text bomb": '{s: "xxxxxxxxxx", f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f(s, 40)}.r',
    "a text bomb by join": 'string join(for i in 1..9999999 return "xxxxxxxxxx")',
    "a text bomb by replace": (
        '{f: function(s, n) if n = 0 then s else f(replace(s, "x", "xxxxxxxxxx"), n - 1), r: f("x", 12)}.r'
    ),
    "a list bomb": "{f: function(l, n) if n = 0 then l else f(concatenate(l, l), n - 1), r: f([1], 40)}.r",
    "a list bomb by flatten": "flatten(for i in 1..3000 return for j in 1..3000 return j)",
    "a nested value": "{f: function(l, n) if n = 0 then l else f([l], n - 1), r: f([], 140)}.r",
    "a large result": 'for i in 1..200000 return "xxxxxxxxxx"',
    "a power": "9 ** 9 ** 9",
    "a power tower of powers": "(10 ** 6000) * (10 ** 6000)",
    "an exponential": "exp(99999999999)",
    "far working days": 'workdays after(date("2026-01-01"), 99999999)',
    "a far date": 'date("2026-01-01") + duration("P999999999Y")',
    "digits without end": "1" * 3900 + " * " + "1" * 90,
    "a long decimal place": "decimal(1e6000, 6000) + 1e-6000",
    "a pattern of patterns": 'replace("x", "x", "$0$0$0$0") + extract("aaaa", "(((a+)+)+)+b")[1]',
    "days without end": 'for d in date("1000-01-01")..date("9999-01-01") return d',
    "a deep path": "x" + ".x" * 1900,
    "many names": "{" + ", ".join(f"a{n}: {n}" for n in range(400)) + "}",
    "sorting without order": "sort(for i in 1..100000 return i, function(a, b) true)",
}

PROBES = [
    "x.__proto__",
    "x.constructor",
    "x.constructor.constructor",
    "(function(a) a).constructor",
    "(function(a) a).fn",
    "sum.fn",
    "sum.constructor",
    "sum.prototype",
    'date("2026-01-01").value',
    'date("2026-01-01").constructor',
    "x.toString",
    "[1].length",
    "x.hasOwnProperty",
    "globalThis",
    "Math",
    "this",
    "process",
    "Temporal",
    "evaluate",
    'constructor("return 1")()',
    'eval("1")',
    "1.constructor",
    "(1).d",
    "text.length",
]


@pytest.mark.parametrize("expression", LIMITS.values(), ids=LIMITS.keys())
def test_it_ends_and_the_next_evaluation_is_right(expression):
    begun = time.monotonic()

    with contextlib.suppress(FeelError):  # some have an answer within the limits, and may
        host().evaluate(expression, {}, MOMENT)

    assert time.monotonic() - begun < SECONDS
    assert host().evaluate("0.1 + a", {"a": Decimal("0.2")}, MOMENT) == Decimal("0.3")


@pytest.mark.parametrize("expression", PROBES)
def test_nothing_but_feel_can_be_reached(expression):
    with pytest.raises(FeelError):
        host().evaluate(expression, {"x": {"a": Decimal(1)}, "text": "abc"}, MOMENT)


@pytest.mark.parametrize(
    "expression",
    [
        '{"__proto__": 1}',
        '{"__proto__": {a: 1}}',
        "{__proto__: 1}",
        "x.__proto__",
        "for __proto__ in [1] return 1",
        "some __proto__ in [1] satisfies true",
        "(function(__proto__) 1)(2)",
        'context([{key: "__proto__", value: 1}])',
        'context put({}, "__proto__", 1)',
        'context put({}, ["__pro" + "to__", "a"], 1)',
        'context put(context: {}, key: "__proto__", value: 1)',
    ],
)
def test_what_a_value_inherits_cannot_be_set(expression):
    with pytest.raises(FeelError, match="__proto__"):
        host().evaluate(expression, {"x": {"a": Decimal(1)}}, MOMENT)


@pytest.mark.parametrize("name", ["constructor", "toString", "hasOwnProperty", "prototype", "valueOf", "length"])
def test_names_that_mean_something_elsewhere_are_names(name):
    expression = f"{{{name}: 1}}.{name} + x.{name} + {name}"

    assert host().evaluate(expression, {"x": {name: Decimal(2)}, name: Decimal(3)}, MOMENT) == 6


@pytest.mark.parametrize("literal", ["1e7000", "-1e6145", "9" * 3000 + "e4000"])
def test_a_number_without_bounds_is_no_number(literal):
    with pytest.raises(FeelError, match="too large"):
        host().evaluate(f"[{literal}]", {}, MOMENT)


def test_names_that_look_alike_are_different_names():
    variables = {"a": Decimal(1), "а": Decimal(2), "ａ": Decimal(3), "e\u0301": Decimal(4), "é": Decimal(5)}

    assert [host().evaluate(name, variables, MOMENT) for name in variables] == list(variables.values())


def test_after_a_limit_the_results_are_those_of_a_new_host():
    asked = ["0.1 + 0.2", 'matches("abc", "b")', "sum(for i in 1..100 return i / 7)", "now()"]
    before = host().evaluate_many(asked, {}, MOMENT)
    with contextlib.suppress(FeelError):
        host().evaluate(LIMITS["a text bomb"], {}, MOMENT)

    assert host().evaluate_many(asked, {}, MOMENT) == before == FeelHost().evaluate_many(asked, {}, MOMENT)


@pytest.mark.parametrize("key", ["__proto__", "constructor", "toString", "length"])
def test_a_look_up_by_text_finds_entries_only(key):
    assert host().evaluate(f'get value(x, "{key}")', {"x": {"a": Decimal(1)}}, MOMENT) is None


@pytest.mark.parametrize(
    "expression",
    [
        '{"__proto__": {a: 1}}.a',
        'context put({}, "__proto__", {a: 1}).a',
        'context merge([{}, context([{key: "__proto__", value: {a: 1}}])]).a',
        'context put({}, ["__proto__", "a"], 1).a',
    ],
)
def test_no_prototype_can_be_changed(expression):
    host().evaluate(expression, {}, MOMENT, lenient=True)

    assert host().evaluate("is defined({}.a)", {}, MOMENT) is False
    assert host().evaluate("is defined(x.a)", {"x": {}}, MOMENT) is False


def test_a_variable_named_like_a_prototype_is_refused():
    with pytest.raises(FeelError, match="__proto__"):
        host().evaluate("x", {"x": {"__proto__": {"a": Decimal(1)}}}, MOMENT)


def test_what_one_evaluation_leaves_behind_another_does_not_see():
    host().evaluate("{secret: 5, r: secret}.r", {}, MOMENT)

    with pytest.raises(FeelError, match="no variable secret"):
        host().evaluate("secret", {}, MOMENT)


def test_there_is_no_randomness_and_no_clock_of_the_machine():
    with pytest.raises(FeelError) as caught:
        host().evaluate("random number()", {}, MOMENT)

    assert caught.value.kind == "unknown function"
    assert host().evaluate("now() = now()", {}, MOMENT) is True
