"""Decision tables, and the rules that a procedure adds by its profile."""

from html import escape
from pathlib import Path

import pytest

from service.engine.lint import lint_dmn, lint_form_profile, profile_problems
from tests.unit.engine import builder as b
from tests.unit.engine.shelf import lint
from tests.unit.engine.test_lint import line

LEAVE_DAYS = Path(__file__).parents[2] / "diagrams" / "leave_request" / "leave_days.dmn"


def table(*rows: tuple[str, ...], policy: str = "UNIQUE", types: str = "number", note: str = "第七条") -> bytes:
    """A decision `fee` over the variables a, b …; each row is its input cells, the output is its number.

    A last row without conditions is marked as the one for the rest.
    """
    marked = policy == "UNIQUE" and len(rows) > 1 and not any(cell.strip("-") for cell in rows[-1])
    rest = (
        '<extensionElements><z:properties xmlns:z="http://camunda.org/schema/zeebe/1.0">'
        '<z:property name="otherwise" value="last"/></z:properties></extensionElements>'
    )
    columns = "".join(
        f'<input id="i{n}"><inputExpression id="x{n}" typeRef="{kind}"><text>{"abc"[n]}</text></inputExpression>'
        "</input>"
        for n, kind in enumerate(types.split())
    )
    written = "".join(
        f'<rule id="r{n}"><description>{note}</description>'
        + "".join(f"<inputEntry><text>{escape(cell, quote=False)}</text></inputEntry>" for cell in row)
        + f"<outputEntry><text>{n}</text></outputEntry></rule>"
        for n, row in enumerate(rows, 1)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">'
        f'<decision id="fee" name="费率"><decisionTable id="t" hitPolicy="{policy}">{rest if marked else ""}{columns}'
        f'<output id="o" name="o" typeRef="number"/>{written}</decisionTable></decision></definitions>'
    ).encode()


def broken(data: bytes, **rules: object) -> list[tuple[str, str]]:
    """Rule and rows of each finding."""
    findings = [each for each in lint_dmn(data, profile={"dmn": rules}) if each.severity == "error"]
    assert all("$" not in finding.text("zh") + finding.remedy_text("zh") for finding in findings)
    assert {finding.element_id for finding in findings} <= {"fee", ""}
    return [(each.rule, " ".join(filter(None, map(each.params.get, ("row", "other"))))) for each in findings]


def test_a_good_table_passes_without_a_profile():
    assert lint_dmn(LEAVE_DAYS.read_bytes()) == ()
    assert broken(table(("< 3",), ("",))) == []


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"<!DOCTYPE a><a/>", "XML_DOCTYPE"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "NOT_DMN"),
        (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "DMN_EMPTY"),
    ],
)
def test_what_is_no_decision_file_is_refused(data, rule):
    assert rule in {finding.rule for finding in lint_dmn(data)}


@pytest.mark.parametrize("cell", [")", "1 +", "nosuchfunction(1)", "__import__('os')"])
def test_cells_that_cannot_be_read_are_named(cell):
    [finding, *_] = lint_dmn(table((cell,), ("",)))
    assert finding.rule in ("DMN_EXPRESSION", "DMN_FUNCTION_UNKNOWN")
    assert finding.element_name == "费率"
    assert "第 1 行" in finding.text("zh")
    assert "row 1" in finding.message


def test_only_the_hit_policies_of_the_procedure():
    assert broken(table(("",), policy="FIRST"), hitPolicies=["UNIQUE", "COLLECT"]) == [("DMN_HIT_POLICY", "")]
    assert broken(table(("",), policy="COLLECT"), hitPolicies=["UNIQUE", "COLLECT"]) == []


def test_each_row_says_where_it_comes_from():
    assert broken(table(("",), note=""), requireAnnotation=True) == [("DMN_ANNOTATION", "1")]
    assert broken(table(("",), note="由来"), annotationPattern="^第.+条") == [("DMN_ANNOTATION_PATTERN", "1")]
    assert broken(table(("",)), requireAnnotation=True, annotationPattern="^第.+条") == []


def test_an_annotation_column_counts_too():
    noted = table(("",), note="").replace(
        b"</outputEntry></rule>", "</outputEntry><annotationEntry><text>第八条</text></annotationEntry></rule>".encode()
    )
    assert broken(noted, requireAnnotation=True) == []


def test_each_row_has_an_id():
    assert broken(table(("",)).replace(b'<rule id="r1">', b"<rule>"), requireRuleIds=True) == [("DMN_RULE_ID", "1")]


def test_unique_tables_end_with_a_row_for_the_rest():
    assert broken(table(("< 3",), (">= 3",)), requireCatchAll=True) == [("DMN_CATCH_ALL", "")]
    assert broken(table(("< 3",), ("-",)), requireCatchAll=True) == []
    assert broken(table(("< 3",), (">= 3",), policy="COLLECT"), requireCatchAll=True) == []


@pytest.mark.parametrize(
    ("types", "rows", "clashes"),
    [
        ("number", [("< 3",), (">= 3",)], []),
        ("number", [("<= 3",), (">= 3",)], ["1 2"]),
        ("number", [("< 3",), ("[2..5]",)], ["1 2"]),
        ("number", [("[1..2[",), ("[2..3[",), ("[3..4]",)], []),
        ("number", [("> 1",), ("< 5",), ("7",)], ["1 2", "1 3"]),
        ("number", [("> 1.5",), ("< 1.6",)], ["1 2"]),
        ("number", [("not(1)",), ("1",)], []),
        ("number", [("not(1)",), ("not(2)",)], ["1 2"]),
        ("number", [("1, 2",), ("2, 3",)], ["1 2"]),
        ("string", [('"a"',), ('"b"',)], []),
        ("string", [('"a", "b"',), ('"b", "c"',)], ["1 2"]),
        ("string", [('not("a")',), ('not("b")',)], ["1 2"]),
        ("string", [('not("a", "b")',), ('"b"',)], []),
        ("boolean", [("true",), ("false",)], []),
        ("boolean", [("true",), ("not(false)",)], ["1 2"]),
        ("number", [("null",), ("< 3",)], []),
        ("date", [('< date("2026-01-01")',), ('>= date("2026-01-01")',)], []),
        ("date", [('<= date("2026-01-01")',), ('>= date("2026-01-01")',)], ["1 2"]),
        ("number string", [("< 3", '"a"'), ("< 3", '"b"'), ("< 3", "")], ["1 3", "2 3"]),
        ("number string", [("< 3", ""), (">= 3", "")], []),
        ("date", [('not(date("2026-01-01"))',), ('date("2026-01-01")',)], []),
        ("date", [('[date("2026-01-01")..date("2026-02-01")]',), ('> date("2026-01-31")',)], ["1 2"]),
        ("string", [('"a"',), ('"a"',)], ["1 2"]),
        ("Any", [("> 3",), ('"a"',)], []),
        ("number", [("< b",), (">= b",)], []),  # cannot be known before it runs
    ],
)
def test_rows_that_fit_the_same_case_are_found(types, rows, clashes):
    rest = tuple("" for _ in types.split())
    found = broken(table(*rows, rest, types=types), disjoint=True)
    assert found == [("DMN_OVERLAP", clash) for clash in clashes]


def test_the_row_for_the_rest_may_overlap_and_so_may_collecting_rows():
    assert broken(table(("< 3",), ("",)), disjoint=True) == []
    assert broken(table(("< 3",), ("< 5",), policy="COLLECT"), disjoint=True) == []


def test_a_table_that_is_too_large_to_compare_says_so():
    rows = [(f"{n}",) for n in range(300)]
    assert broken(table(*rows), disjoint=True) == [("DMN_TOO_LARGE", "")]


# --- diagrams and forms -----------------------------------------------------------------------

FEE = {
    "pattern": "费|发票",
    "code": "FEE_FIELD_FORBIDDEN",
    "message": "No fees.",
    "messageZh": "不收费。",
    "remedyZh": "删。",
}


def test_a_forbidden_element_reports_under_the_procedures_own_code():
    entry = {"element": "scriptTask", "code": "NO_SCRIPTS", "message": "No scripts.", "messageZh": "不得使用脚本。"}
    findings = lint(*line(b.script("a", "=1", "x")), profile={"bpmn": {"forbid": [entry]}})
    [finding] = [each for each in findings if each.severity == "error"]
    assert (finding.rule, finding.element_id) == ("NO_SCRIPTS", "a")
    assert (finding.message, finding.text("zh")) == ("No scripts.", "不得使用脚本。")


@pytest.mark.parametrize("element", ["zeebe:script", "scriptTask", {"element": "scriptTask", "resources": ["p*"]}])
def test_elements_are_forbidden_by_name(element):
    findings = lint(*line(b.script("a", "=1", "x")), profile={"bpmn": {"forbid": [element]}})
    assert [each.rule for each in findings if each.severity == "error"] == ["ELEMENT_FORBIDDEN"]


def test_an_entry_may_hold_for_some_processes_only():
    profile = {"bpmn": {"forbid": [{"element": "scriptTask", "resources": ["other_*"]}]}}
    assert [each for each in lint(*line(b.script("a", "=1", "x")), profile=profile) if each.severity == "error"] == []


def test_labels_that_a_procedure_forbids_are_found_at_any_depth():
    form = {
        "id": "apply",
        "components": [
            {"type": "textfield", "key": "name", "label": "名称"},
            {"type": "text", "text": "不收取任何费用"},
            {"type": "group", "label": "其他", "components": [{"type": "number", "key": "fee", "label": "评审费"}]},
            {"type": "datetime", "key": "day", "dateLabel": "发票日期"},
        ],
    }
    findings = lint_form_profile(form, {"forms": {"forbiddenLabelPatterns": [FEE]}}, resource="apply.form")
    assert {(each.rule, each.element_id) for each in findings} == {
        ("FEE_FIELD_FORBIDDEN", "day"),
        ("FEE_FIELD_FORBIDDEN", "fee"),
    }
    assert {(each.text("zh"), each.remedy_text("zh"), each.resource) for each in findings} == {
        ("不收费。", "删。", "apply.form")
    }


def test_without_a_profile_every_label_may_stand():
    assert lint_form_profile({"components": [{"key": "fee", "label": "评审费"}]}, {}) == ()


@pytest.mark.parametrize(
    "profile",
    [
        [],
        {"dmm": {}},
        {"dmn": []},
        {"dmn": {"hitPolicy": ["UNIQUE"]}},
        {"dmn": {"disjoint": "yes"}},
        {"dmn": {"annotationPattern": "("}},
        {"dmn": {"annotationPattern": "(a+)+$"}},
        {"dmn": {"annotationPattern": "x" * 301}},
        {"bpmn": {"forbid": [{"code": "X"}]}},
        {"bpmn": {"forbid": [{"element": "scriptTask", "kode": "X"}]}},
        {"forms": {"forbiddenLabelPatterns": ["费"]}},
        {"forms": {"forbiddenLabelPatterns": [{"pattern": "["}]}},
    ],
)
def test_a_wrong_profile_is_refused_instead_of_being_void(profile):
    findings = profile_problems(profile)
    assert findings
    assert {finding.rule for finding in findings} == {"PROFILE_BROKEN"}
    if isinstance(profile, dict):
        assert lint_dmn(LEAVE_DAYS.read_bytes(), profile=profile) != ()
        assert lint_form_profile({}, profile) != ()
        assert "PROFILE_BROKEN" in {finding.rule for finding in lint(profile=profile)}


def test_a_right_profile_is_taken():
    profile = {
        "bpmn": {"forbid": ["scriptTask", {"element": "zeebe:script", "code": "X"}]},
        "dmn": {"hitPolicies": ["UNIQUE"], "requireAnnotation": True, "annotationPattern": "^【(法|默)】第.+条",
                "requireRuleIds": True, "requireCatchAll": True, "disjoint": False},
        "forms": {"forbiddenLabelPatterns": [FEE]},
    }  # fmt: skip
    assert profile_problems(profile) == ()
    assert profile_problems({}) == ()
