"""Which values fit a field."""

from decimal import Decimal

import pytest

from service.registers.declaration import Field
from service.registers.types import fits


@pytest.mark.parametrize(
    ("type", "good", "bad"),
    [
        ("text", ["", "名"], [Decimal(1), True, "x" * 1001]),
        ("long", ["x" * 100_000], ["x" * 100_001]),
        ("number", [Decimal("0.1")], ["1", True]),
        ("integer", [Decimal(3), Decimal("3.0"), Decimal("3E+2")], [Decimal("3.5"), "3"]),
        ("money", [Decimal("0.01"), Decimal(-5)], [Decimal("0.001")]),
        ("boolean", [True, False], [Decimal(1), "true"]),
        ("date", ["2028-02-29"], ["2026-02-29", "20260301", "2026-W10-1", "2026-03-01T00:00:00", Decimal(1)]),
        (
            "datetime",
            [
                "2026-03-01T09:30:00+08:00",
                "2026-03-01T09:30",
                "2026-03-01T01:30:00.5Z",
                "2026-03-01T09:30:00@Asia/Shanghai",
            ],
            ["2026-03-01", "2026-03-01T25:00:00", "now"],
        ),
        ("list", [[], ["a"]], ["a", {}]),
        ("object", [{}], [[]]),
        ("reference", ["blue"], [Decimal(1), ["blue"]]),
    ],
)
def test_types(type, good, bad):
    field = Field("key", "Title", type)

    assert [fits(field, value) for value in good] == [True] * len(good)
    assert [fits(field, value) for value in bad] == [False] * len(bad)
