"""Every form can be completed, and refuses what its form number in the requirements says."""

from pathlib import Path

import pytest

from service.forms import parse
from tests.processes.decisions.filling import answers, faults

FORMS = {path.stem: path for path in (Path(__file__).parents[3] / "forms").rglob("*.form")}


def form(name):
    return parse(FORMS[name].read_bytes())


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_form_can_be_completed(name):
    assert faults(form(name), answers(form(name))) == []


def a_year_later(rows):
    return [row | {"year": row["year"] + 1} for row in rows]


REFUSALS = [
    ("announcement", {"media": {"level": "其他"}}, ("media", "CHECK")),
    ("cycle_plan", {"window_close": "2026-02-28"}, ("window_close", "TOO_EARLY")),
    ("plan_review", {"plan_review_result": "退回"}, ("plan_review_reason", "REQUIRED")),
    ("application_org", {"usc_code": "91210800MA0TETT01A"}, ("usc_code", "USCC_CHECKSUM")),
    ("application_org", {"quality_staff": 2}, ("quality_staff", "TOO_LARGE")),
    ("application_org", {"perf": {"year": 2025}}, ("perf", "NOT_UNIQUE")),
    ("application_org", {"perf": lambda rows: rows[:2]}, ("perf", "CHECK")),
    ("application_org", {"perf": a_year_later}, ("perf", "CHECK")),
    ("onsite_record", {"attendance": {"attendee_role": "工作人员"}}, ("attendance", "CHECK")),
    ("application_org", {"local_registration_date": "2026-02-28"}, ("local_registration_date", "TOO_EARLY")),
    ("application_org", {"commitments": False}, ("commitments", "REQUIRED")),
    ("application_person", {"id_no": "210802198001010018"}, ("id_no", "IDNO_CHECKSUM")),
    ("application_person", {"co_applicants": {"co_share": 60}}, ("co_applicants", "SUM")),
    ("recommendation", {"recommendation_reason": "同意"}, ("recommendation_reason", "TOO_SHORT")),
    ("self_evaluation", {"items": {"percent": 52}}, ("items[0].percent", "STEP")),
    ("score_sheet", {"items": {"percent": 105}}, ("items[0].percent", "TOO_LARGE")),
    (
        "score_sheet",
        {"items": {"percent": 70, "strengths": "", "ofi": "", "grounds": ""}},
        ("items[0].grounds", "REQUIRED"),
    ),
    ("score_sheet", {"items": {"low_factor": "学习", "factor_reason": ""}}, ("items[0].factor_reason", "REQUIRED")),
    ("score_sheet", {"items": {"percent": None}}, ("items[0].percent", "REQUIRED")),
    ("onsite_plan", {"team": ["甲", "乙"]}, ("team", "CHECK")),
    ("public_notice", {"channels": {"type": "网站"}}, ("channels", "CHECK")),
    ("objection", {"objector_kind": "单位"}, ("objector_seal", "REQUIRED")),
    ("objection", {"facts": "不实"}, ("facts", "TOO_SHORT")),
    ("government_decision", {"government_result": "退回"}, ("return_reason", "REQUIRED")),
    ("candidate_ballot", {"choice": "赞成"}, ("choice", "NOT_IN_LIST")),
    ("payment", {"amount": 1}, ("amount", "READ_ONLY")),
]


@pytest.mark.parametrize(
    ("name", "change", "fault"), REFUSALS, ids=lambda part: part if isinstance(part, str) else None
)
def test_a_form_refuses(name, change, fault):
    given = answers(form(name))
    for key, value in change.items():
        if isinstance(value, dict):
            given[key] = [row | value for row in given[key]]
        else:
            given[key] = value(given[key]) if callable(value) else value

    assert fault in faults(form(name), given)
