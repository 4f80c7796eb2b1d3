"""FEEL's arithmetic against another implementation of the same standard: Python's decimal, 34 digits, half even."""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.feel import FeelError, host
from service.values import from_json, plain, to_json
from tests.unit.engine.expressing import MOMENT

DECIMAL128 = Context(prec=34, rounding=ROUND_HALF_EVEN)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=8)
#: Up to all 34 digits, at any size that a quantity may have.
WIDE = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**34) + 1, 10**34 - 1),
    st.integers(-60, 40),
)
EXACT = Context(prec=400)
MODES = {
    "decimal": ROUND_HALF_EVEN,
    "round up": ROUND_UP,
    "round down": ROUND_DOWN,
    "round half up": ROUND_HALF_UP,
    "round half down": ROUND_HALF_DOWN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}


def feel(*expressions, **variables):
    return host().evaluate_many(expressions, variables, MOMENT)


@settings(max_examples=80, deadline=None)
@given(a=NUMBERS, b=NUMBERS)
def test_the_operators_round_as_decimal128(a, b):
    results = feel("a + b", "a - b", "a * b", "a < b", "a = b", "max(a, b)", a=a, b=b)

    expected = [DECIMAL128.add(a, b), DECIMAL128.subtract(a, b), DECIMAL128.multiply(a, b), a < b, a == b, max(a, b)]
    assert results == expected


@settings(max_examples=80, deadline=None)
@given(a=NUMBERS, b=NUMBERS.filter(bool))
def test_division_rounds_as_decimal128(a, b):
    assert feel("a / b", a=a, b=b) == [DECIMAL128.divide(a, b)]


@settings(max_examples=50, deadline=None)
@given(number=NUMBERS, places=st.integers(min_value=0, max_value=9))
def test_the_rounding_functions_round_as_they_say(number, places):
    results = feel(*(f"{name}(n, {places})" for name in MODES), n=number)

    unit = Decimal(1).scaleb(-places)
    assert results == [number.quantize(unit, rounding=mode, context=Context(prec=60)) for mode in MODES.values()]


@settings(max_examples=50, deadline=None)
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=12))
def test_sums_and_means_are_those_of_exact_addition(numbers):
    total = numbers[0]
    for number in numbers[1:]:
        total = DECIMAL128.add(total, number)

    assert feel("sum(l)", "mean(l)", l=numbers) == [total, DECIMAL128.divide(total, Decimal(len(numbers)))]


@settings(max_examples=50, deadline=None)
@given(number=NUMBERS)
def test_a_number_survives_being_a_text(number):
    text, back = feel("string(n)", "number(string(n))", n=number)

    assert (text, back) == (plain(number), number)


@settings(max_examples=80, deadline=None)
@given(a=WIDE, b=WIDE)
def test_numbers_of_all_sizes_count_as_decimal128(a, b):
    results = feel("a + b", "a - b", "a * b", "a < b", "a = b", "-a", "abs(a)", a=a, b=b)

    expected = [DECIMAL128.add(a, b), DECIMAL128.subtract(a, b), DECIMAL128.multiply(a, b), a < b, a == b, -a, abs(a)]
    assert results == expected
    if b:
        assert feel("a / b", a=a, b=b) == [DECIMAL128.divide(a, b)]


@settings(max_examples=80, deadline=None)
@given(a=WIDE, b=WIDE.filter(bool))
def test_the_remainder_is_exact_and_has_the_sign_of_the_divisor(a, b):
    remainder = EXACT.remainder(a, b)
    if remainder and (remainder < 0) != (b < 0):
        remainder = EXACT.add(remainder, b)

    assert feel("modulo(a, b)", a=a, b=b) == [DECIMAL128.plus(remainder)]


@settings(max_examples=50, deadline=None)
@given(number=NUMBERS, places=st.integers(min_value=-12, max_value=-1))
def test_negative_places_round_to_tens_and_hundreds(number, places):
    results = feel(*(f"{name}(n, {places})" for name in MODES), n=number)

    unit = Decimal(1).scaleb(-places)
    assert results == [
        (number / unit).quantize(Decimal(1), rounding=mode, context=Context(prec=60)) * unit for mode in MODES.values()
    ]


@settings(max_examples=50, deadline=None)
@given(number=WIDE.filter(lambda n: n > 0))
def test_roots_and_logarithms_are_rounded_to_34_digits(number):
    assert feel("sqrt(n)", "log(n)", n=number) == [DECIMAL128.sqrt(number), DECIMAL128.ln(number)]


@settings(max_examples=50, deadline=None)
@given(base=st.decimals(-50, 50, places=4), exponent=st.integers(-12, 30), power=st.decimals(-300, 300, places=6))
def test_powers_and_exponentials(base, exponent, power):
    if base or exponent > 0:
        [result] = feel(f"b ** {exponent}", b=base)
        exact = Context(prec=120).power(base, exponent)
        # the last of 34 digits may be off by one, always alike
        assert abs(result - exact) <= abs(exact) * Decimal("1e-33")
    assert feel("exp(p)", p=power) == [DECIMAL128.exp(power)]


@settings(max_examples=50, deadline=None)
@given(numbers=st.lists(st.decimals(0, 1000, places=2), min_size=2, max_size=30))
def test_statistics(numbers):
    median, deviation, often = feel("median(l)", "stddev(l)", "mode(l)", l=numbers)

    ordered, middle = sorted(numbers), len(numbers) // 2
    pair = ordered[middle] if len(numbers) % 2 else EXACT.divide(ordered[middle - 1] + ordered[middle], Decimal(2))
    mean = EXACT.divide(reduce(EXACT.add, numbers), Decimal(len(numbers)))
    spread = reduce(EXACT.add, (EXACT.power(EXACT.subtract(n, mean), 2) for n in numbers))
    exact = EXACT.sqrt(EXACT.divide(spread, Decimal(len(numbers) - 1)))
    most = max(numbers.count(n) for n in numbers)
    assert median == pair
    assert EXACT.abs(EXACT.subtract(deviation, exact)) <= Decimal("1e-28")
    assert often == sorted({n for n in numbers if numbers.count(n) == most})


def test_a_thousand_scores_add_up_to_the_last_digit():
    scores = [Decimal(n * 7919 % 100003) / 1000 for n in range(1000)]

    total, mean, weighted = feel(
        "sum(l)", "mean(l)", "sum(for s in l return 0.4 * s) + sum(for s in l return 0.6 * s)", l=scores
    )

    assert total == weighted == sum(scores)
    assert mean == sum(scores) / 1000


@settings(max_examples=50, deadline=None)
@given(number=WIDE)
def test_every_way_of_writing_a_number_is_the_same_number(number):
    digits = number.as_tuple().digits
    scientific = f"{int(''.join(map(str, digits)))}e{number.as_tuple().exponent}"
    sign = "-" if number < 0 else ""
    results = feel(f"{sign}{scientific}", f"{sign}{scientific.upper()}", plain(number), f'number("{plain(number)}")')

    assert results == [number] * 4
    assert feel("string(n)", "format number(n, 2)", n=Decimal("1.500")) == ["1.5", "1.50"]


@settings(max_examples=50, deadline=None)
@given(number=NUMBERS, places=st.integers(0, 6))
def test_a_formatted_number_has_its_places_and_commas(number, places):
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=Context(prec=60))

    assert feel(f"format number(n, {places})", n=number) == [f"{rounded or abs(rounded):,f}"]


@settings(max_examples=50, deadline=None)
@given(number=WIDE)
def test_json_in_and_out_keeps_every_digit(number):
    read = from_json(f'{{"n": {plain(number)}, "l": [{number:e}]}}')

    [value] = feel("{n: v.n, l: v.l}", v=read)

    assert value == {"n": number, "l": [number]}
    assert from_json(to_json(value)) == value
    assert to_json(value).decode() == f'{{"n":{plain(number)},"l":[{plain(number)}]}}'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1.0", "1"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("0 * -1", "0"),
        ("100000000000000000000 / 10", "10000000000000000000"),
        ("1e-7", "0.0000001"),
        ("0.10 + 0.20", "0.3"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012350000"),
        ("0.1234567890123456789012345678901234567", "0.1234567890123456789012345678901235"),
    ],
)
def test_a_number_is_written_in_one_way(expression, expected):
    assert feel(f"string({expression})", expression) == [expected, Decimal(expected)]
    assert to_json(feel(expression)).decode() == f"[{expected}]"


@pytest.mark.parametrize(
    "expression", ["9e6144 * 10", "9e6144 + 9e6144", "10 ** 7000", "exp(20000)", "sum([9e6144, 9e6144])"]
)
def test_a_number_beyond_the_largest_is_an_error(expression):
    with pytest.raises(FeelError):
        feel(expression)


def test_a_number_below_the_smallest_is_zero():
    assert feel("1e-6176 / 10", "10 ** -7000") == [0, 0]
