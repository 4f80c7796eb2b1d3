"""Every wrong diagram gets its finding; its twin passes the lint, compiles in the engine and starts."""

import re
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from service.engine.describe import describe
from service.engine.execution import Execution
from service.engine.lint import lint_bpmn
from service.engine.lint_rules.texts import RULES
from service.engine.types import DecisionSource, ProcessSource, Setting, Start
from service.values import variables
from tests.unit.engine.game import MONDAY, calendar
from tests.unit.engine.game import Shelf as Release
from tests.unit.engine.refusals import (
    activities,
    data,
    elements,
    events,
    flows,
    pools,
    slots,
    undoing,
    zeebe_elements,
)
from tests.unit.engine.shelf import Shelf

PAIRS = [
    each
    for part in (elements, zeebe_elements, events, undoing, flows, pools, activities, slots, data)
    for each in part.PAIRS
]  # fmt: skip
#: Rules that are not about one diagram: decision files, profiles, forms, pictures; and the one without a known case.
ELSEWHERE = {"NOT_DMN", "PROFILE", "PROFILE_BROKEN", "ENGINE_REFUSES"}
LEAVE_DAYS = Path(__file__).parents[3] / "diagrams" / "leave_request" / "leave_days.dmn"
DECISION = LEAVE_DAYS.read_bytes()
SETTING = Setting(MONDAY, calendar(), Release(DecisionSource("leave_days", DECISION, sha256(DECISION).hexdigest())), {})


@pytest.mark.parametrize("case", PAIRS, ids=str)
def test_the_wrong_one_is_found_and_the_right_onestarts(case):
    found = lint_bpmn(case.wrong, Shelf())
    at = [finding for finding in found if finding.rule == case.rule and finding.element_id == case.element]
    assert at, [(finding.rule, finding.element_id, finding.message) for finding in found if finding.severity == "error"]
    for finding in at:
        assert finding.severity == RULES[case.rule].severity
        assert finding.line is not None
        for language in ("en", "zh"):
            for text in (finding.text(language), finding.remedy_text(language)):
                assert re.fullmatch(r"(?!.*\$[a-z_]).+", text)

    passed = lint_bpmn(case.right, Shelf())
    assert [(each.rule, each.message) for each in passed if each.severity == "error"] == []
    assert not [each for each in passed if each.rule == case.rule and each.element_id == case.element]
    starts(case.right)


def starts(xml: bytes) -> None:
    """Every process of the file compiles and begins. Raises `EngineError` for what would be an incident."""
    for process in describe(xml):
        plain = [event for event in process.start_events if event.kind == "none"]
        at = None if plain else process.start_events[0].element_id
        source = ProcessSource(process.process_id, xml, sha256(xml).hexdigest())
        step = Execution.begin(source, Start(variables({"key": "k", "days": 3}), at, False), SETTING).step()
        assert step.changes


def test_every_rule_has_a_case():
    others = {rule for rule in RULES if rule.startswith(("DMN_", "DI_"))}
    assert set(RULES) - {case.rule for case in PAIRS} == ELSEWHERE | others


def test_no_case_is_there_twice():
    assert [name for name, count in Counter(map(str, PAIRS)).items() if count > 1] == []
    assert len({case.wrong for case in PAIRS}) == len(PAIRS) >= 250
