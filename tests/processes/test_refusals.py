"""Every code of refusal that the procedure names has its article, its Chinese reason and what the person can do."""

import re
from pathlib import Path

import pytest
from lxml import etree

PROCESSES = Path(__file__).parents[2] / "processes"
REASONS = PROCESSES / "shared" / "refusal_reasons.dmn"
#: Requirements, section 3.4.
NAMED = """
CYCLE_EXISTS STATE_CONFLICT STD_FROZEN DUPLICATE_APPLICATION ALREADY_VOTED ALREADY_PAID OBJECTION_OPEN NOTICE_RUNNING
MEASURE_OPEN STD_NOT_APPROVED PROC_NOT_APPROVED ANNOUNCEMENT_MISSING MATERIAL_MISSING REAPPLY_TOO_EARLY BANNED
JOINT_NOT_ALLOWED JOINT_MEMBER_INELIGIBLE JOINT_TOO_MANY RECOMMENDATION_MISSING RECOMMENDER_CONFLICT DEADLINE_PASSED
ASSESSOR_NOT_ON_ROSTER ASSESSOR_YEARS ASSESSOR_TRAINING ASSESSOR_QUAL ASSESSOR_DISQUALIFIED PANEL_TOO_SMALL
PANEL_NO_LEADER PANEL_DIVERSITY PANEL_EXPERTISE PANEL_OVERLOAD COI_BLOCKED COMMITMENT_REQUIRED SCORE_INCOMPLETE
SCORE_STEP REPORT_MISSING NOT_SHORTLISTED NOT_IN_LIST QUORUM_NOT_MET CANNOT_DECIDE CAP_EXCEEDED TIE_UNRESOLVED
OBJECTION_ANONYMOUS OBJECTION_LATE OBJECTION_NO_SEAL OBJECTION_NO_FACTS OBJECTION_SCOPE BONUS_AMOUNT_MISMATCH
ART19_ORG_ONLY ART19_OUT_OF_WINDOW NOT_ART19 NO_GROUND USCC_CHECKSUM IDNO_CHECKSUM FEE_FIELD_FORBIDDEN
CALENDAR_MISSING ROLE_CONFLICT RECUSED NOT_ASSIGNED SELF_APPROVAL ELIG_NOT_LEGAL_PERSON ELIG_NOT_REGISTERED_HERE
ELIG_REG_YEARS ELIG_NOT_OPERATING ELIG_NO_QMS ELIG_NOT_LEADING ELIG_CREDIT ELIG_INNOV_ENV ELIG_INCIDENT_3Y
ELIG_COMPLAINT_3Y ELIG_VIOLATION ELIG_PENDING ELIG_PERFORMANCE ELIG_BENEFIT ELIG_REPUTATION ELIG_QWORK_YEARS
ELIG_NOT_LOCAL ELIG_CONTRIBUTION ELIG_EMPLOYER_INCIDENT
"""
#: What tables and guards answer besides codes of refusal: results, findings, conflicts.
RESULTS = {"OK", "EMPTY_OK", "OK_EXCEPTION", "PASSED", "FAILED", "ERROR", "YES", "NO", "INSUFFICIENT", "APPLICABLE"}


def rows():
    found = {}
    for rule in etree.parse(REASONS).iter("{*}rule"):
        code, *words = (entry.findtext("{*}text").strip('" ') for entry in rule.iter("{*}outputEntry"))
        found.setdefault(code, []).append(words)
    return found


@pytest.mark.parametrize("code", NAMED.split())
def test_a_code_of_the_requirements_is_explained(code):
    [(article, reason, remedy)] = rows()[code]

    assert article.startswith("第")
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in (reason, remedy))


@pytest.mark.parametrize("path", sorted((PROCESSES / "registers").glob("*_guard.dmn")), ids=lambda path: path.stem)
def test_a_guard_refuses_with_codes_that_are_explained(path):
    answers = [text.text or "" for text in etree.parse(path).iterfind(".//{*}outputEntry/{*}text")]
    codes = {code for answer in answers for code in re.findall(r'"([A-Z][A-Z0-9_]+)"', answer)}

    assert codes
    assert codes <= rows().keys() | RESULTS
