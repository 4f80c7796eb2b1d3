"""The public DMN Technology Compatibility Kit, read in place; what differs is what docs/reference/dmn.md lists."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.engine.calendar import from_days
from service.engine.decisions import answer
from service.engine.feel import FeelError, Moment
from tests.conformance import tck

MOMENT = Moment(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), from_days({}))
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "dmn.md"


@pytest.mark.parametrize(("level", "results", "least"), [(2, 126, 126), (3, 3369, 3133)])  # 93 % of level 3
def test_the_kit_agrees_but_for_what_the_page_lists(level, results, least):
    differing, count = set(), 0
    for path in tck.files(level):
        model = tck.model_of(path)
        for expected in tck.results(path):
            count += 1
            if not agrees(model, expected):
                differing.add((expected.model, expected.case))
    listed = set(tck.listed(PAGE.read_text(encoding="utf-8"))) if level == 3 else set()

    assert count == results
    assert count - len(differing) >= least
    assert sorted(differing - listed) == [], "differ, but the page does not say so"
    assert sorted(listed - differing) == [], "the page says they differ, but they agree: take them out of its list"


def agrees(model, expected):
    try:
        result = answer(model, expected.asked, expected.given, MOMENT)
    except FeelError as error:
        return expected.is_error and error.kind != "limit"
    if expected.part and isinstance(result, dict):
        result = result.get(expected.part)
    return result is None if expected.is_error else tck.agrees(expected.value, result)
