"""The public DMN Technology Compatibility Kit, read in place: what agrees today must agree tomorrow.

What does not agree on level 3: time zones other than ours and years before 0 or beyond 9999 (refused on purpose),
functions in Java, character class subtraction in patterns, `range<…>` in instance-of, and a date time without a
zone beside one with a zone (ours is then in Shanghai; the standard has no value).
"""

from collections import Counter
from datetime import UTC, datetime

import pytest

from service.engine.calendar import from_days
from service.engine.decisions import answer
from service.engine.feel import FeelError, Moment
from tests.conformance import tck

MOMENT = Moment(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), from_days({}))


@pytest.mark.parametrize(
    ("level", "cases", "floor"),
    [
        (2, 126, 126),
        (3, 3369, 3171),  # raise it when more agree; never lower it
    ],
)
def test_the_kit_agrees_at_least_as_far_as_it_did(level, cases, floor):
    agreed, differing = 0, Counter()
    for path in tck.files(level):
        model = tck.model_of(path)
        for expected in tck.results(path):
            if agrees(model, expected):
                agreed += 1
            else:
                differing[expected.model] += 1

    assert agreed + sum(differing.values()) == cases
    assert agreed >= floor, differing.most_common(20)


def agrees(model, expected):
    try:
        result = answer(model, expected.asked, expected.given, MOMENT)
    except FeelError as error:
        return expected.is_error and error.kind != "limit"
    if expected.part and isinstance(result, dict):
        result = result.get(expected.part)
    return result is None if expected.is_error else tck.agrees(expected.value, result)
