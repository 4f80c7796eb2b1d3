"""What procedures may write: exact numbers, dates, working days, capitals, and the functions beyond the standard."""

from datetime import timedelta
from decimal import Decimal

import pytest

from service.engine.feel import host
from tests.unit.engine.expressing import CALENDAR, MOMENT, NEW_YEAR, mistake, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0.1 + 0.2", "0.3"),
        ("0.4*612.5 + 0.5*630.1 + 0.1*883", "648.35"),
        ("1/3", "0.3333333333333333333333333333333333"),  # 34 digits
        ("2/3", "0.6666666666666666666666666666666667"),
        ("1000000000000000000000000000000001 + 1", "1000000000000000000000000000000002"),
        ("score * 2", "1225"),
        ("decimal(2.345, 2)", "2.34"),  # half even
        ("decimal(2.355, 2)", "2.36"),
        ("decimal(1234, -2)", "1200"),
        ("round half up(2.345, 2)", "2.35"),
        ("round half up(-2.345, 2)", "-2.35"),
        ("round half down(2.345, 2)", "2.34"),
        ("round up(2.341, 2)", "2.35"),
        ("round down(-2.349, 2)", "-2.34"),
        ("floor(-1.5)", "-2"),
        ("ceiling(1.21, 1)", "1.3"),
        ("abs(-0.1)", "0.1"),
        ("modulo(-7, 3)", "2"),
        ("modulo(5.5, -2)", "-0.5"),
        ("sum([0.1, 0.2, 0.3])", "0.6"),
        ("mean(rows.score)", "78.33333333333333333333333333333333"),
        ("median([1, 3, 2, 4])", "2.5"),
        ("max(rows.score) - min(rows.score)", "30"),
        ("product([0.1, 0.1, 0.1])", "0.001"),
        ("stddev([2, 4, 7, 5])", "2.081665999466132735282297706979931"),
        ("sqrt(2)", "1.414213562373095048801688724209698"),
        ("2 ** 10", "1024"),
        ("1.5e3", "1500"),
        ("-score", "-612.5"),
        ('number("0.30")', "0.3"),
        ('number("1,234.5", ",", ".")', "1234.5"),
        ("count(rows)", "3"),
        ("rows[2].score", "85"),
        ("rows[-1].score", "90"),
        ("string length(name)", "2"),
        ("index of([1, 2, 1.0], 1)[2]", "3"),
        ('date("2026-02-03").day + 0.5', "3.5"),
        ('duration("P1DT2H").hours', "2"),
        ('duration("P3D") / duration("P2D")', "1.5"),
        ("评分 + 0.5", "90"),
    ],
)
def test_numbers_are_exact_decimals_everywhere(expression, expected):
    assert value(expression) == Decimal(expected)


def test_a_number_as_text_is_plain_and_without_needless_zeros():
    assert value("string(1.50)") == "1.5"
    assert value('"共" + string(0.1 + 0.2)') == "共0.3"
    assert value("for i in 1..3 return i * 0.1") == [Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]


def test_a_very_large_number_comes_out_and_in_again():
    huge = value("10 ** 300")

    assert huge == Decimal("1E+300")
    assert value("x / 10 ** 299", {"x": huge}) == 10


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('date("2026-01-31") + duration("P1M")', "2026-02-28"),
        ('date("2028-02-29") + duration("P1Y")', "2029-02-28"),
        ('date("2028-02-29") - duration("P3Y")', "2025-02-28"),
        ('date("2026-03-31") - duration("P1M")', "2026-02-28"),
        ('date(signed) + 2 * duration("P10D")', "2026-02-20"),
        ('date("2026-01-01") + duration("PT36H")', "2026-01-02"),
        ('date("2026-03-01") - date("2026-02-01")', "P28D"),
        ('years and months duration(date("2025-12-15"), date("2027-02-14"))', "P1Y1M"),
        ('-duration("P1D")', "-P1D"),
        ('duration("P10D") / 4', "P2DT12H"),
        ('last day of month(date("2028-02-05"))', "2028-02-29"),
        ('max(date("2026-01-01"), date("2026-02-01"))', "2026-02-01"),
        ('min([duration("P2D"), duration("P1DT23H")])', "P1DT23H"),
        ("now()", "2026-03-02T01:30:00+08:00"),
        ("today()", "2026-03-02"),
        ('date and time("2026-03-02T01:30:00Z")', "2026-03-02T01:30:00Z"),
        ('time("10:00:00") + duration("PT15H")', "01:00:00"),
        ("end of day(today())", "2026-03-02T23:59:59.999+08:00"),
        ('date and time("2026-03-02T08:00:00") < now()', False),  # a time without a zone is one of Shanghai
        ('date and time("2026-03-02T01:00:00") < now()', True),
        ('date and time("2026-03-01T17:00:00Z") < now()', True),
        ('duration("P200D") = duration("P201D")', False),
        (
            'for d in date("2026-02-27")..date("2026-03-01") return string(d)',
            ["2026-02-27", "2026-02-28", "2026-03-01"],
        ),
    ],
)
def test_dates_know_month_ends_and_our_time_zone(expression, expected):
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('workdays after(date("2026-01-01"), 3)', "2026-01-07"),
        ('workdays before(date("2026-01-07"), 2)', "2026-01-05"),
        ('workdays between(date("2026-01-01"), date("2026-01-09"))', Decimal(5)),
        ('workdays between(date("2026-01-09"), date("2026-01-01"))', Decimal(-5)),
        ('is workday(date("2026-01-02"))', False),
        ('next workday(date("2026-01-02"))', "2026-01-05"),
        ('next workday(date("2026-01-05"))', "2026-01-05"),
        ('end of day(workdays after(date("2026-01-01"), 1))', "2026-01-05T23:59:59.999+08:00"),
        ("is workday(now())", True),
    ],
)
def test_working_days_come_from_the_calendar_of_the_act(expression, expected):
    assert value(expression) == expected


def test_working_days_agree_with_the_calendar_for_two_years():
    days = [NEW_YEAR + timedelta(days=n) for n in range(0, 690, 7)]
    expressions = [f'workdays after(date("{day}"), {n % 20})' for n, day in enumerate(days)]

    counted = host().evaluate_many(expressions, {}, MOMENT)

    assert counted == [CALENDAR.after(day, n % 20).isoformat() for n, day in enumerate(days)]
    spans = [(first, last) for first in days[::9] for last in days[::11]]
    expressions = [f'workdays between(date("{first}"), date("{last}"))' for first, last in spans]
    assert host().evaluate_many(expressions, {}, MOMENT) == [CALENDAR.between(*span) for span in spans]


def test_a_day_outside_the_calendar_is_an_error_never_a_guess():
    error = mistake('workdays after(date("2027-12-25"), 10)')

    assert error.kind == "calendar"
    assert error.reason.startswith("CALENDAR_MISSING")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("300000", "叁拾万元整"),
        ("0", "零元整"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1409.5", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("100000005", "壹亿零伍元整"),
        ("10005000", "壹仟万伍仟元整"),
        ("0.07", "柒分"),
        ("-50", "负伍拾元整"),
    ],
)  # the examples of 《支付结算办法》 appendix 1, where it gives two forms the one with 零
def test_amounts_are_written_in_financial_capitals(amount, expected):
    assert value(f"amount in capitals({amount})") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("is defined(score)", True),
        ("is defined(absent)", False),
        ("is defined(person.age)", True),
        ("is defined(person.height)", False),
        ("is defined(nothing)", False),  # as Camunda has it since 8.3
        ("is defined(absent.path.deep)", False),
        ("get or else(absent, 5)", Decimal(5)),
        ("get or else(nothing, 5)", Decimal(5)),
        ("get or else(score, 5)", Decimal("612.5")),
        ("nothing = null", True),
        ("score != null", True),
        ("is defined(absent) and absent > 3", False),
        ("nothing != null and nothing > 3", False),
        ("if is defined(absent) then absent else 1", Decimal(1)),
        ('is blank("  ")', True),
        ('trim("  a ")', "a"),
        ("is empty(empty)", True),
        ("partition([1,2,3], 2)", [[Decimal(1), Decimal(2)], [Decimal(3)]]),
        ("duplicate values([1, 2, 1.0, 3, 3])", [Decimal(1), Decimal(3)]),
        ('extract("a1b22", "[0-9]+")', ["1", "22"]),
        ("rows[score > 80].score", [Decimal(85), Decimal(90)]),
        ("[1, 2, 3, 4][even(item)]", [Decimal(2), Decimal(4)]),
        ("[1, null, 3][item != null]", [Decimal(1), Decimal(3)]),
        ("[1, null, 3][item > 2]", [Decimal(3)]),  # a null element fits no condition, as a null input no rule
        ("[null, {ok: true}, {ok: false}][item.ok = true]", [{"ok": True}]),
        ("[null, 1][item = null]", [None]),
        ("[null][1]", None),
        ("empty[1]", None),
        ("empty[item > 1]", []),
        ("every r in rows satisfies r.score >= 60", True),
        ("some r in rows satisfies r.score > 90", False),
        ("sort(rows, function(a, b) a.score > b.score)[1].score", Decimal(90)),
        ('list contains(["a", "b"], "b")', True),
        ("distinct values([1, 1.0, 2])", [Decimal(1), Decimal(2)]),
        ("{a: 1, b: a + 1}.b", Decimal(2)),
        ("5 in [1..10]", True),
        ("person.age between 18 and 65", True),
        ('matches("A-12", "^[A-Z]-[0-9]+$")', True),
    ],
)
def test_what_authors_need_is_there(expression, expected):
    assert value(expression) == expected


def test_a_variable_may_have_the_name_of_a_function():
    variables = {"count": Decimal(2), "rows": [Decimal(1)], "date": "2026-01-01"}

    assert value("count(rows) + count", variables) == 3
    assert value("date(date).year", variables) == 2026
