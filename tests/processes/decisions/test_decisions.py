"""The decisions of the procedure, case by case, as the tables beside this file list them.

A case is a set of inputs (those of `base`, changed by `given`) and the result that is expected.
`parameters` are the shipped ones, changed where a case says so. Every row of every table must be
hit by some case, so that no row stands untried.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from lxml import etree

from service.engine.calendar import from_days
from service.engine.decisions import Decided, decision_ids
from service.engine.feel import Moment, host
from service.engine.types import DecisionSource
from service.values import Variables, from_json

HERE = Path(__file__).parent
PROCESSES = HERE.parents[2] / "processes"
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
FEWEST_CASES = 4
#: Lists without conditions; other decisions pick from them.
LISTS = {"letterhead_rows", "parameter_rows", "refusal_reason_rows"}


@dataclass(frozen=True)
class Case:
    decision: str
    name: str
    inputs: Variables
    changes: Variables
    expected: Any

    def __str__(self) -> str:
        return f"{self.decision}: {self.name}"


@cache
def sources() -> dict[str, DecisionSource]:
    found: dict[str, DecisionSource] = {}
    for path in sorted(PROCESSES.rglob("*.dmn")):
        xml = path.read_bytes()
        for decision, _ in decision_ids(xml):
            assert decision not in found, f"{decision} is decided in two files"
            found[decision] = DecisionSource(decision, xml, sha256(xml).hexdigest())
    return found


@cache
def moment() -> Moment:
    days = {date(2025, 12, 1) + timedelta(days=n): True for n in range(365)}
    calendar = from_days({day: chinese_calendar.is_workday(day) for day in days})
    return Moment(datetime(2026, 4, 30, 9, tzinfo=ZoneInfo("Asia/Shanghai")), calendar)


def decide(decision: str, inputs: Variables) -> Decided:
    return host().decide(sources()[decision], inputs, moment())


@cache
def parameters() -> Variables:
    return decide("parameters", {}).result


def cases() -> Iterator[Case]:
    for path in sorted(HERE.glob("*.json")):
        table = from_json(path.read_bytes())
        for case in table["cases"]:
            inputs = {**table["base"], **case["given"]}
            yield Case(table["decision"], case["name"], inputs, case.get("parameters", {}), case["expect"])


CASES = list(cases())


def outcome(case: Case) -> Decided:
    return decide(case.decision, {**case.inputs, "parameters": {**parameters(), **case.changes}})


def rows(tree: etree._Element) -> Iterator[tuple[str, str]]:
    for decision in tree.iter(f"{DMN}decision"):
        for rule in decision.iter(f"{DMN}rule"):
            yield decision.get("id"), rule.get("id")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_decision_gives_what_its_case_expects(case):
    assert outcome(case).result == case.expected


def test_every_row_of_every_table_is_hit_by_a_case():
    written = {row for path in PROCESSES.rglob("*.dmn") for row in rows(etree.fromstring(path.read_bytes()))}

    seen = [item for case in CASES for item in outcome(case).evaluated]
    seen += decide("parameters", {}).evaluated

    assert written - {(item.decision_id, rule.rule_id) for item in seen for rule in item.rules} == set()


@pytest.mark.parametrize("decision", sorted(set(sources()) - LISTS - {"parameters"}))
def test_every_decision_has_at_least_four_cases(decision):
    assert len([case for case in CASES if case.decision == decision]) >= FEWEST_CASES


def test_the_shipped_numbers_are_those_of_the_regulation():
    law = {
        "cap_org": 3, "cap_person": 2, "validity_years": 3, "reapply_years": 3, "perf_years": 3,  # Article 7
        "org_min_years": 5, "incident_window_years": 3,  # Article 10(1), 10(6)
        "person_min_years": 10, "assessor_min_years": 5, "panel_min": 3,  # Articles 11(1), 13(2), 15(3)
        "bonus_org": 300000, "bonus_person": 10000,  # Article 16
        "art19_window_years": 2, "art19_ban": 5, "art20_ban": 10,  # Articles 19 and 20
        "violation_window_years": None, "violation_threshold": "any",  # Articles 10(7), 11(6): no limit is said
    }  # fmt: skip

    assert {name: parameters()[name] for name in law} == law


@pytest.mark.parametrize("weights", ["weights_org", "weights_person"])
def test_the_weights_of_the_three_reports_add_up_to_one(weights):
    assert sum(parameters()[weights].values()) == 1


def test_every_code_that_a_table_gives_has_an_article_and_a_reason():
    given = {
        json.loads(entry.findtext(f"{DMN}text"))
        for path in PROCESSES.rglob("*.dmn")
        for table in etree.fromstring(path.read_bytes()).iter(f"{DMN}decisionTable")
        if [output.get("name") for output in table.iter(f"{DMN}output")] == ["code"]
        for entry in table.iter(f"{DMN}outputEntry")
    }

    reasons = decide("refusal_reason_list", {"codes": sorted(given)}).result

    assert len(given) > FEWEST_CASES
    assert [reason["code"] for reason in reasons if not reason["article"]] == []
