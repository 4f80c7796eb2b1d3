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

from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.feel import host
from service.values import plain
from tests.unit.engine.expressing import MOMENT

DECIMAL128 = Context(prec=34, rounding=ROUND_HALF_EVEN)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=8)
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


@settings(max_examples=150, deadline=None)
@given(a=NUMBERS, b=NUMBERS)
def test_the_operators_round_as_decimal128(a, b):
    results = feel("a + b", "a - b", "a * b", "a < b", "a = b", "max(a, b)", a=a, b=b)

    expected = [DECIMAL128.add(a, b), DECIMAL128.subtract(a, b), DECIMAL128.multiply(a, b), a < b, a == b, max(a, b)]
    assert results == expected


@settings(max_examples=150, deadline=None)
@given(a=NUMBERS, b=NUMBERS.filter(bool))
def test_division_rounds_as_decimal128(a, b):
    assert feel("a / b", a=a, b=b) == [DECIMAL128.divide(a, b)]


@settings(max_examples=100, deadline=None)
@given(number=NUMBERS, places=st.integers(min_value=0, max_value=9))
def test_the_rounding_functions_round_as_they_say(number, places):
    results = feel(*(f"{name}(n, {places})" for name in MODES), n=number)

    unit = Decimal(1).scaleb(-places)
    assert results == [number.quantize(unit, rounding=mode, context=Context(prec=60)) for mode in MODES.values()]


@settings(max_examples=100, deadline=None)
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=12))
def test_sums_and_means_are_those_of_exact_addition(numbers):
    total = numbers[0]
    for number in numbers[1:]:
        total = DECIMAL128.add(total, number)

    assert feel("sum(l)", "mean(l)", l=numbers) == [total, DECIMAL128.divide(total, Decimal(len(numbers)))]


@settings(max_examples=100, deadline=None)
@given(number=NUMBERS)
def test_a_number_survives_being_a_text(number):
    text, back = feel("string(n)", "number(string(n))", n=number)

    assert (text, back) == (plain(number), number)
