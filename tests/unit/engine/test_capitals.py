"""Amounts in capitals: whatever is written can be read back, and is written in one way only."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.calendar import from_days
from service.engine.feel import Moment, host

MOMENT = Moment(datetime(2026, 1, 1, tzinfo=UTC), from_days({datetime(2026, 1, 1, tzinfo=UTC).date(): True}))
DIGITS = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read(text: str) -> Decimal:
    """The amount that a cheque's capitals say."""
    yuan, _, rest = text.removesuffix("整").partition("元") if "元" in text else ("", "", text.removesuffix("整"))
    cents = sum(DIGITS[rest[at - 1]] * unit for sign, unit in (("角", 10), ("分", 1)) if (at := rest.find(sign)) > 0)
    total = group = digit = 0
    for sign in yuan:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in UNITS:
            group, digit = group + digit * UNITS[sign], 0
        else:
            total, group, digit = total + (group + digit) * {"万": 10**4, "亿": 10**8}[sign], 0, 0
    return Decimal(total + group + digit) + Decimal(cents) / 100


@given(st.integers(0, 10**12 - 1), st.integers(0, 99))
@settings(max_examples=200, deadline=None)
def test_what_is_written_can_be_read_back(yuan, cents):
    amount = yuan + Decimal(cents) / 100

    text = host().evaluate("amount in capitals(amount)", {"amount": amount}, MOMENT)

    assert read(text) == amount
    assert "零零" not in text
    assert text.endswith("分") or text.endswith("整")
