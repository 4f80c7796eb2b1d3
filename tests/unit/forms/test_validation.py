"""Submissions: what is cleaned, what is refused, and that nothing else happens."""

from decimal import Decimal

import pytest

from service.errors import FormInvalid
from service.forms import parse

LEAVE = {"kind": "annual", "first_day": "2026-12-01", "last_day": "2026-12-02", "days": 1.5}
BALANCE = {"balance": 10, "applicant": "王小明"}


def test_a_complete_submission_gives_exactly_the_declared_visible_writable_fields(submit):
    cleaned = submit("leave_request", LEAVE, BALANCE)

    assert cleaned == {
        "kind": "annual",
        "first_day": "2026-12-01",
        "last_day": "2026-12-02",
        "days": Decimal("1.5"),
        "left": Decimal("8.5"),
    }
    assert isinstance(cleaned["days"], Decimal)


def test_every_fault_is_reported_at_once(faults):
    answers = {"kind": "other", "first_day": "2026-11-22", "last_day": "tomorrow", "days": 10.3, "surprise": 1}

    assert faults("leave_request", answers, BALANCE) == {
        "kind": ["NOT_IN_LIST"],
        "first_day": ["PAST"],
        "last_day": ["NOT_A_DATE"],
        "days": ["STEP", "TOO_LARGE"],
        "surprise": ["UNKNOWN_FIELD"],
    }


def test_nothing_answered_names_every_required_field(faults):
    assert faults("leave_request", {}, BALANCE) == {
        "kind": ["REQUIRED"],
        "first_day": ["REQUIRED"],
        "last_day": ["REQUIRED"],
        "days": ["REQUIRED"],
    }


def test_a_hidden_field_is_refused_and_a_shown_one_is_required(faults):
    assert faults("leave_request", LEAVE | {"reason": "旅行"}, BALANCE) == {"reason": ["HIDDEN"]}
    assert faults("leave_request", LEAVE | {"kind": "sick"}, BALANCE) == {"reason": ["REQUIRED"]}


@pytest.mark.parametrize("key", ["balance", "left"])
def test_read_only_and_computed_fields_cannot_be_submitted(faults, key):
    assert faults("leave_request", LEAVE | {key: 1000}, BALANCE) == {key: ["READ_ONLY"]}


def test_a_disabled_field_cannot_be_submitted(faults):
    assert faults("everything", {"locked": "x", "organisation": {"name": "厂"}}) == {"locked": ["READ_ONLY"]}


def test_a_limit_may_be_an_expression_over_another_answer(faults):
    answers = LEAVE | {"last_day": "2026-11-30"}

    assert faults("leave_request", answers, BALANCE) == {"last_day": ["TOO_EARLY"]}


def test_the_answered_value_counts_in_an_expression_not_an_older_variable(submit):
    assert submit("leave_request", LEAVE, BALANCE | {"kind": "sick"})["kind"] == "annual"


def test_messages_are_chinese_unless_english_is_asked_for(submit):
    for language, text in (("zh", "请填写此项。"), ("en-GB", "This field is required.")):
        with pytest.raises(FormInvalid) as refused:
            submit("leave_request", {}, BALANCE, language=language)
        assert {fault.message for fault in refused.value.errors} == {text}


GOOD = {"organisation": {"name": "钢铁厂"}}
CITIES = {"cities": [{"label": "营口", "value": "yk"}, {"label": "大石桥", "value": "dsq"}]}
FILE = {"documentId": "d1", "fileName": "a.PDF", "size": 10, "hash": "00"}


def test_unanswered_fields_hold_the_empty_value_of_their_type(submit):
    cleaned = submit("everything", GOOD, CITIES)

    assert cleaned["organisation"] == {"name": "钢铁厂", "code": "", "postcode": ""}
    assert (cleaned["mail"], cleaned["capital"], cleaned["agreed"]) == ("", None, False)
    assert (cleaned["size"], cleaned["fields"], cleaned["proof"], cleaned["awards"]) == (None, [], [], [])
    assert "locked" not in cleaned


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("id_no", "11010519491231002x", "11010519491231002X"),
        ("mobile", " 13800138000\u3000", "13800138000"),
        ("mail", "a.b@example.org", "a.b@example.org"),
        ("phone", "(0417) 281-2345", "(0417) 281-2345"),
        ("story", "一二\r\n四五", "一二\n四五"),
        ("story", "𠮷𠮷𠮷𠮷𠮷", "𠮷𠮷𠮷𠮷𠮷"),  # five characters for a reader, ten UTF-16 units
        ("capital", Decimal("0.10"), Decimal("0.1")),
        ("exact", "1.250", "1.25"),
        ("exact", 2, "2"),
        ("day", "2024-02-29", "2024-02-29"),
        ("clock", "09:45", "09:45:00"),
        ("moment", "2026-11-24T09:30", "2026-11-24T09:30:00+08:00"),
        ("moment", "2026-11-24T01:30:00Z", "2026-11-24T09:30:00+08:00"),
        ("utc", "2026-11-24T09:30", "2026-11-24T01:30:00Z"),
        ("size", "L", "L"),
        ("size", 1, Decimal(1)),
        ("size", True, True),
        ("city", "dsq", "dsq"),
        ("industry", "C13", "C13"),
        ("fields", ["yk", "dsq"], ["yk", "dsq"]),
        ("tags", ["b"], ["b"]),
        ("proof", [FILE], [FILE | {"size": Decimal(10)}]),
        ("awards", [{"title": "甲"}], [{"title": "甲"}]),
    ],
)
def test_each_component_keeps_a_good_answer(submit, key, value, kept):
    cleaned = submit("everything", GOOD | {key: value}, CITIES)[key]

    assert cleaned == kept
    assert type(cleaned) is type(kept)


@pytest.mark.parametrize(
    ("key", "value", "codes"),
    [
        ("id_no", "110105194912310021", ["IDNO_CHECKSUM"]),
        ("mobile", "2380013800", ["CN_MOBILE"]),
        ("mail", "a@b", ["EMAIL"]),
        ("phone", "()()()()", ["PHONE"]),
        ("story", "一二三四五六", ["TOO_LONG"]),
        ("story", 5, ["NOT_TEXT"]),
        ("mail", "a\nb@example.org", ["CONTROL_CHARACTER"]),
        ("mail", "\ud800", ["CONTROL_CHARACTER"]),
        ("capital", "5", ["NOT_A_NUMBER"]),
        ("capital", True, ["NOT_A_NUMBER"]),
        ("capital", Decimal("0.001"), ["TOO_PRECISE"]),
        ("capital", Decimal("1e30"), ["TOO_LARGE"]),
        ("exact", "1,5", ["NOT_A_NUMBER"]),
        ("day", "2026-02-30", ["NOT_A_DATE"]),
        ("day", "20260230", ["NOT_A_DATE"]),
        ("day", "2026-02-03T00:00", ["NOT_A_DATE"]),
        ("day", "2027-01-01", ["TOO_LATE"]),
        ("clock", "9:45", ["NOT_A_TIME"]),
        ("clock", "09:50", ["INTERVAL"]),
        ("moment", "2026-11-24", ["NOT_A_DATETIME"]),
        ("moment", "2026-11-22T23:59", ["PAST"]),
        ("agreed", "true", ["NOT_YES_NO"]),
        ("size", False, ["NOT_IN_LIST"]),
        ("size", ["L"], ["NOT_IN_LIST"]),
        ("city", "sy", ["NOT_IN_LIST"]),
        ("industry", "Z99", ["NOT_IN_LIST"]),
        ("tags", "a", ["NOT_A_LIST"]),
        ("tags", ["a", "a"], ["REPEATED"]),
        ("tags", ["a"] * 50_000, ["REPEATED"]),
        ("fields", [["yk"]], ["NOT_IN_LIST"]),
        ("tags", ["a", "c"], ["NOT_IN_LIST"]),
        ("proof", [FILE, FILE], ["TOO_MANY_FILES"]),
        ("proof", [FILE | {"fileName": "a.exe"}], ["FILE_TYPE"]),
        ("proof", [FILE | {"size": 1_000_001}], ["FILE_SIZE"]),
        ("proof", [FILE | {"path": "/etc"}], ["NOT_A_FILE"]),
        ("proof", [{"fileName": "a.pdf"}], ["NOT_A_FILE"]),
        ("awards", {"title": "甲"}, ["NOT_A_LIST"]),
        ("organisation", [], ["NOT_AN_OBJECT"]),
    ],
)
def test_each_component_refuses_a_bad_answer(faults, key, value, codes):
    assert faults("everything", GOOD | {key: value}, CITIES) == {key: codes}


def test_a_document_is_kept_as_the_store_knows_it(submit):
    true = {"documentId": "d1", "fileName": "b.pdf", "size": Decimal(7), "hash": "ff"}

    cleaned = submit("everything", GOOD | {"proof": [FILE]}, CITIES, documents={"d1": true}.get)

    assert cleaned["proof"] == [true]


@pytest.mark.parametrize("store", [{}, {"d1": FILE | {"fileName": "a.exe"}}])
def test_a_document_that_is_not_there_or_not_what_it_seemed_is_refused(submit, store):
    with pytest.raises(FormInvalid) as refused:
        submit("everything", GOOD | {"proof": [FILE]}, CITIES, documents=store.get)

    assert {fault.path for fault in refused.value.errors} == {"proof"}


def test_faults_in_groups_and_rows_have_paths(faults):
    answers = {"organisation": {"name": "", "code": "91350100M000100Y4Z", "postcode": "1", "x": 1}, "awards": [{}, 7]}

    assert faults("everything", answers, CITIES) == {
        "organisation.name": ["REQUIRED"],
        "organisation.code": ["USCC_CHECKSUM"],
        "organisation.postcode": ["PATTERN"],
        "organisation.x": ["UNKNOWN_FIELD"],
        "awards[0].title": ["REQUIRED"],
        "awards[1]": ["NOT_AN_OBJECT"],
    }


def test_a_condition_of_a_group_sees_its_object_as_this(faults):
    answers = {"organisation": {"name": "无", "postcode": "115000"}}

    assert faults("everything", answers, CITIES) == {"organisation.postcode": ["HIDDEN"]}


def test_a_rule_of_the_author_speaks_with_its_own_words(submit):
    with pytest.raises(FormInvalid) as refused:
        submit("everything", GOOD | {"staff": 5, "quality_staff": 6}, CITIES)

    [fault] = refused.value.errors
    assert (fault.path, fault.code, fault.message) == ("quality_staff", "CHECK", "质量人员不能多于职工总数。")
    assert submit("everything", GOOD | {"staff": 6, "quality_staff": 6}, CITIES)["quality_staff"] == 6


HOLDERS = [
    {"code": "A", "share": 60, "phones": [{}]},
    {"code": "B", "share": Decimal("40.0"), "phones": [{"number": "0417-281234"}]},
]


def test_rows_are_computed_and_nested_lists_see_their_parent(submit):
    cleaned = submit("shares", {"holders": HOLDERS})

    assert cleaned["total"] == 100
    assert [row["label"] for row in cleaned["holders"]] == ["A#1", "B#2"]
    assert cleaned["holders"][0]["phones"] == [{}]  # hidden for A
    assert cleaned["holders"][1]["phones"] == [{"number": "0417-281234"}]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], {"holders": ["REQUIRED"]}),
        ([{"code": str(n), "share": 25} for n in range(4)], {"holders": ["TOO_MANY_ROWS"]}),
        ([{"code": "A", "share": 60}, {"code": "B", "share": 30}], {"holders": ["SUM"]}),
        ([{"code": "A", "share": 60}, {"code": "A", "share": 40}], {"holders": ["NOT_UNIQUE"]}),
        ([{"code": "A", "share": 100, "label": "A#1"}], {"holders[0].label": ["READ_ONLY"]}),
        (
            [{"code": "A", "share": 100, "phones": [{"number": "0417-281234"}]}],
            {"holders[0].phones[0].number": ["HIDDEN"]},
        ),
    ],
)
def test_the_rules_of_a_table_are_kept(faults, rows, expected):
    assert faults("shares", {"holders": rows}) == expected


ITEMS = {"items": [{"code": "1.1", "points": 30, "secret": "x"}, {"code": "1.2", "points": Decimal("12.5")}]}


def test_fixed_rows_carry_what_was_given_and_compute_exactly(submit):
    answers = {"scores": [{"percent": 50}, {"percent": 85, "comment": "突出"}], "signature": True}

    cleaned = submit("scores", answers, ITEMS)

    assert cleaned["scores"] == [
        {"code": "1.1", "points": 30, "percent": 50, "comment": "", "score": 15},
        {"code": "1.2", "points": Decimal("12.5"), "percent": 85, "comment": "突出", "score": Decimal("10.625")},
    ]
    assert cleaned["total"] == Decimal("25.625")
    assert cleaned["signature"] is True


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"scores": [{"percent": 50}]}, {"scores": ["FIXED_ROWS"]}),
        ({"scores": [{"percent": 50}] * 3}, {"scores": ["FIXED_ROWS"]}),
        ({"scores": [{"percent": 52}, {"percent": 50}]}, {"scores[0].percent": ["STEP"]}),
        ({"scores": [{"percent": 70}, {"percent": 50}]}, {"scores[0].comment": ["REQUIRED"]}),
        ({"scores": [{"percent": 50, "points": 99}, {"percent": 50}]}, {"scores[0].points": ["READ_ONLY"]}),
    ],
)
def test_a_score_grid_accepts_scores_only(faults, answers, expected):
    assert faults("scores", answers | {"signature": True}, ITEMS) == expected


def test_a_signature_cannot_be_forged_and_must_be_given(faults):
    rows = {"scores": [{"percent": 50}, {"percent": 50}]}

    assert faults("scores", rows, ITEMS) == {"signature": ["REQUIRED"]}
    assert faults("scores", rows | {"signature": {"signed": True, "by": "mayor"}}, ITEMS) == {
        "signature": ["NOT_YES_NO"]
    }


def test_an_expression_that_cannot_be_worked_out_is_a_fault_not_a_crash(faults):
    form = parse({"id": "f", "components": [
        {"type": "textfield", "key": "a", "label": "a"},
        {"type": "expression", "key": "b", "expression": "=sum(for x in 1..100000000 return x)"},
    ]})  # fmt: skip

    assert faults(form, {"a": "x"}) == {"b": ["EXPRESSION"]}


def test_answers_nested_beyond_reason_are_refused(faults):
    deep: object = 1
    for _ in range(5000):
        deep = [deep]

    assert faults("leave_request", {"kind": deep}) == {"": ["NOT_A_VALUE"]}
