"""Limits: numbers, times, lengths, files, sums; literal and worked out."""

from decimal import Decimal

import pytest

from service.errors import FormInvalid
from service.forms import parse

FORM = parse(
    {
        "id": "limits",
        "components": [
            {"type": "textfield", "key": "name", "label": "名称", "validate": {"minLength": 2}},
            {"type": "textfield", "key": "slow", "label": "慢", "validate": {"pattern": "^(a|a|aa)+$"}},
            {"type": "number", "key": "step", "increment": "0.05", "validate": {"max": "=top"}},
            {"type": "number", "key": "small", "serializeToString": True, "validate": {"min": "-0.5"}},
            {"type": "datetime", "subtype": "time", "key": "open", "validate": {"min": "08:30", "max": "17:00"}},
            {"type": "datetime", "subtype": "time", "key": "close", "timeSerializingFormat": "utc_normalized",
             "validate": {"min": "=open"}},
            {"type": "datetime", "subtype": "datetime", "key": "at",
             "validate": {"min": "2026-01-01", "max": "2026-12-31T17:00:00+08:00"}},
            {"type": "filepicker", "key": "files", "multiple": True},
            {"type": "dynamiclist", "path": "parts",
             "properties": {"minRows": 2, "sumEquals": '[{"column": "share", "max": "=top"}]'},
             "components": [{"type": "number", "key": "share", "label": "份额"}]},
        ],
    }
)  # fmt: skip
PARTS = [{"share": 1}, {}]


@pytest.mark.parametrize(
    ("answers", "path", "code"),
    [
        ({"name": "𠮷"}, "name", "TOO_SHORT"),
        ({"slow": "a" * 60 + "b"}, "slow", "PATTERN"),
        ({"slow": "a" * 1001}, "slow", "TOO_LONG"),
        ({"step": Decimal("0.07")}, "step", "STEP"),
        ({"step": Decimal("10.05")}, "step", "TOO_LARGE"),
        ({"small": "-0.51"}, "small", "TOO_SMALL"),
        ({"open": "08:29"}, "open", "TOO_EARLY"),
        ({"open": "09:00:01Z"}, "open", "TOO_LATE"),  # 17:00:01 here
        ({"open": "09:00", "close": "08:59"}, "close", "TOO_EARLY"),
        ({"at": "2025-12-31T23:59"}, "at", "TOO_EARLY"),
        ({"at": "2026-12-31T09:01:00Z"}, "at", "TOO_LATE"),
        ({"files": [{"documentId": str(n), "fileName": "a"} for n in range(101)]}, "files", "TOO_MANY_ROWS"),
        ({"parts": [{"share": 1}]}, "parts", "TOO_FEW_ROWS"),
        ({"parts": [{"share": 6}, {"share": 5}]}, "parts", "SUM_MAX"),
    ],
)
def test_beyond_a_limit_is_a_fault(submit, answers, path, code):
    with pytest.raises(FormInvalid) as refused:
        submit(FORM, {"parts": PARTS} | answers, {"top": 10})

    assert (path, code) in {(fault.path, fault.code) for fault in refused.value.errors}


def test_at_a_limit_is_no_fault(submit):
    answers = {
        "name": "𠮷𠮷",
        "slow": "a" * 20,
        "step": Decimal("10.00"),
        "small": "-.5",
        "open": "17:00",
        "close": "09:00Z",
        "at": "2026-12-31T09:00:00Z",
        "parts": [{"share": 5}, {"share": 5}],
    }

    cleaned = submit(FORM, answers, {"top": 10})

    assert cleaned["small"] == "-0.5"
    assert cleaned["at"] == "2026-12-31T17:00:00+08:00"
    assert cleaned["close"] == "09:00:00Z"


def test_a_limit_that_is_not_known_yet_limits_nothing(submit):
    assert submit(FORM, {"step": 1000, "parts": PARTS}, {})["step"] == 1000


def test_faults_say_the_limit_in_plain_numbers(submit):
    with pytest.raises(FormInvalid) as refused:
        submit(FORM, {"parts": [{"share": Decimal("6.50")}, {"share": 5}]}, {"top": Decimal("1E+1")})

    [fault] = refused.value.errors
    assert fault.message == "“份额”合计不能超过10，现为11.5。"
