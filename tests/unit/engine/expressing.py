"""Evaluating an expression in a test: a moment, a calendar, and some variables."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from service.engine.calendar import from_days
from service.engine.feel import FeelError, Moment, host

NEW_YEAR = date(2026, 1, 1)
#: Monday to Friday of 2026 and 2027, but for three days of New Year.
CALENDAR = from_days({
    (day := NEW_YEAR + timedelta(days=n)): day.weekday() < 5 and day > date(2026, 1, 3) for n in range(730)
})  # fmt: skip
MOMENT = Moment(datetime(2026, 3, 1, 17, 30, tzinfo=UTC), CALENDAR)  # 2 March, 01:30 in Shanghai
CONTEXT = {
    "score": Decimal("612.5"),
    "评分": Decimal("89.50"),
    "nothing": None,
    "name": "营口",
    "person": {"age": Decimal(40), "nick": None},
    "rows": [{"score": Decimal(60)}, {"score": Decimal(85)}, {"score": Decimal(90)}],
    "empty": [],
    "signed": "2026-01-31",
}


def value(expression, context=CONTEXT, **options):
    return host().evaluate(expression, context, MOMENT, **options)


def mistake(expression, context=CONTEXT):
    with pytest.raises(FeelError) as caught:
        value(expression, context)
    return caught.value
