"""The task page: fill in, be refused without losing a word, complete, look at it later."""

import io
import re

import pytest
from sqlalchemy import select

from service.documents import storage
from service.models import Document, Draft, FailedSignIn, Incident, Submission, UserTask
from service.operations.instances import start_instance
from service.releases import latest
from tests.pages.conftest import begin, task
from tests.support.leave import MONDAY, PASSWORD

LEAVE = {"days": "2.5", "from": "2026-12-01", "kind": "annual", "reason": "回家看望父母"}
ROW = {"_shown": ["costs", "costs[0]", "urgent", "papers", "sign"], "costs[0].item": "纸", "costs[0].amount": "12.50"}
SIGNED = {"sign": "1", "sign._password": PASSWORD}
PDF = b"%PDF-1.7\n%%EOF"


def hidden_parts(page):
    """The names of fields that a condition hides, and locks, until the browser finds otherwise."""
    hidden = re.findall(r'<fieldset[^>]* data-hide="[^>]*" hidden disabled>(.*?)</fieldset>', page, re.DOTALL)
    return {name for part in hidden for name in re.findall(r' name="(\w+)"', part)}


def upload(name="预算.pdf", data=PDF):
    return {"_file:papers": (io.BytesIO(data), name)}


def test_a_form_is_filled_in_and_the_next_task_follows(reader, office):
    key = begin(office, "leave_request", claimed_by="anna", case="QJ-1")
    anna = reader("anna")

    form = anna.open(f"/tasks/{key}")
    done = anna.press(f"/tasks/{key}", LEAVE)

    assert all(text in form for text in ("请假", "QJ-1", "天数", "由您办理"))
    assert anna.path == "/"
    assert "“申请”已办结" in done
    assert task(office, key).completed_by == "anna"
    assert "审批" in reader("grace").open("/", box="groups")


def test_wrong_answers_are_told_on_top_and_at_the_field_and_nothing_is_lost(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    shown = anna.press(f"/tasks/{key}", {**LEAVE, "days": "很多天", "kind": "forever"})

    assert anna.status == 400
    assert "请更正以下各项" in shown
    assert shown.count("请填写数字。") == 2
    assert 'value="很多天"' in shown
    assert "回家看望父母" in shown
    assert task(office, key).ended_at is None


@pytest.mark.both_databases
def test_what_a_rule_refuses_names_reason_article_and_code_and_keeps_what_was_typed(reader, house):
    anna = reader("anna")
    answers = {"room": "blue", "day": "2026-12-01", "phone": "13800000000"}
    keys = [begin(house, "booking", claimed_by="anna") for _ in range(2)]
    anna.open(f"/tasks/{keys[0]}")
    anna.press(f"/tasks/{keys[0]}", answers)
    anna.open(f"/tasks/{keys[1]}")

    shown = anna.press(f"/tasks/{keys[1]}", answers)

    assert anna.status == 409
    assert all(text in shown for text in ("当天已被预订。", "第三条", "DOUBLE_BOOKING"))
    assert 'value="13800000000"' in shown
    assert task(house, keys[1]).ended_at is None
    with house.database.reading() as session:
        assert session.scalars(select(Submission).filter_by(task_key=keys[1])).all() == []


def test_an_incident_of_the_procedure_is_stored_and_what_was_typed_stays(reader, house):
    key = begin(house, "booking", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    shown = anna.press(f"/tasks/{key}", {"room": "cellar", "day": "2026-12-02", "phone": "13811112222"})

    assert anna.status in (400, 409)
    assert 'value="13811112222"' in shown
    assert task(house, key).ended_at is None
    if anna.status == 409:
        with house.database.reading() as session:
            assert session.scalars(select(Incident)).all()


def test_rows_come_and_go_without_javascript(reader, house):
    key = begin(house, "report", {"title": "年报"}, claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    two = anna.press(f"/tasks/{key}", {**ROW, "_add:costs": "1"})
    one = anna.press(f"/tasks/{key}", {**ROW, "costs[1].item": "笔", "costs[1].amount": "3", "_remove:costs[0]": "1"})

    assert 'name="costs[1].item"' in two
    assert 'value="纸"' in two
    assert 'name="costs[1].item"' not in one
    assert 'value="笔"' in one
    assert task(house, key).ended_at is None


def test_a_condition_brings_a_field_to_the_page(reader, house):
    key = begin(house, "report", {"title": "年报"}, claimed_by="anna")
    anna = reader("anna")

    calm = anna.open(f"/tasks/{key}")
    urgent = anna.press(f"/tasks/{key}", {**ROW, "urgent": "1", "_refresh": "1"})

    assert hidden_parts(calm) == {"why"}
    assert hidden_parts(urgent) == set()
    assert "加急理由" in urgent


def test_a_register_offers_its_records(reader, house):
    key = begin(house, "report", {"title": "年报"}, claimed_by="anna")
    anna = reader("anna")

    shown = anna.open(f"/tasks/{key}")
    refused = anna.press(f"/tasks/{key}", {**ROW, **SIGNED, "room": "cellar"})

    assert 'value="blue"' in shown
    assert "请从列出的选项中选择" in refused


def test_a_file_survives_a_refusal_and_is_handed_in(reader, house):
    key = begin(house, "report", {"title": "年报"}, claimed_by="anna")
    anna, noah = reader("anna"), reader("noah")
    anna.open(f"/tasks/{key}")

    refused = anna.press(f"/tasks/{key}", {**ROW, **upload()})
    [reference] = re.findall(
        r'name="papers" data-kind="filepicker" value=(?:"([^"]+)"|\'([^\']+)\')', anna.page.get_data(as_text=True)
    )
    kept = "".join(reference).replace("&#34;", '"')
    anna.press(f"/tasks/{key}", {**ROW, **SIGNED, "papers": kept})

    assert "请填写此项" in refused
    assert "预算.pdf" in refused
    assert task(house, key).completed_by == "anna"
    with house.database.reading() as session:
        document = session.scalars(select(Document)).one()
        submission = session.scalars(select(Submission).filter_by(task_key=key)).one()
    assert submission.data["papers"][0]["hash"] == document.hash
    assert storage.path_of(document.hash).read_bytes() == PDF
    got = anna.client.get(f"/documents/{document.id}")
    assert got.data == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert noah.client.get(f"/documents/{document.id}").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("virus.exe", b"MZ", "可接收的类型"),
        ("page.html", b"<script>", "可接收的类型"),
        ("fake.pdf", b"<html>", "不是有效的.pdf文件"),
        ("empty.pdf", b"", "不是有效的.pdf文件"),
        ("fake.docx", b"PK\x03\x04", "不是有效的.docx文件"),
    ],
)
def test_a_file_of_a_wrong_kind_is_refused_in_words(reader, house, name, data, reason):
    key = begin(house, "report", {"title": "年报"}, claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    shown = anna.press(f"/tasks/{key}", {**ROW, **SIGNED, **upload(name, data)})

    assert anna.status == 422
    assert reason in shown
    assert task(house, key).ended_at is None


def test_a_signature_needs_the_right_password_and_wrong_ones_are_counted(reader, house):
    key = begin(house, "report", {"title": "年报"}, claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    refused = anna.press(f"/tasks/{key}", {**ROW, "sign": "1", "sign._password": "guess"})
    with house.database.reading() as session:
        counted = session.get_one(FailedSignIn, "account:anna").failures
    anna.press(f"/tasks/{key}", {**ROW, **SIGNED})

    assert "密码不正确，未签名" in refused
    assert "guess" not in refused
    assert counted == 1
    assert task(house, key).completed_by == "anna"
    done = anna.open(f"/tasks/{key}")
    assert "12.50" in done
    assert re.search(r"anna 2026年", done)


def test_a_draft_is_kept_for_its_author_only_and_goes_with_completion(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    saved = anna.press(f"/tasks/{key}", {**LEAVE, "days": "x", "_draft": "1"})
    again = anna.open(f"/tasks/{key}")
    known = re.search(r'name="_known" value="(\w+)"', again)[1]
    anna.press(f"/tasks/{key}/draft", {**LEAVE, "reason": "第二稿", "_known": known})
    quiet = anna.page.get_json()
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}/draft", {**LEAVE, "reason": "另一台", "_known": known})
    elsewhere, told = anna.status, anna.page.get_json()
    anna.open(f"/tasks/{key}")
    plain = anna.press(f"/tasks/{key}", {**LEAVE, "reason": "无脚本", "_draft": known})
    later = anna.open(f"/tasks/{key}")
    seen_by_ben = reader("ben").open(f"/tasks/{key}")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", LEAVE)

    assert "草稿已保存" in saved
    assert 'value="x"' in again
    assert quiet["mark"] != known
    assert (elsewhere, told["mark"]) == (409, quiet["mark"])
    assert all(text in plain for text in ("无脚本", "在另一设备或另一标签页中保存", f'value="{quiet["mark"]}"'))
    assert "第二稿" in later
    assert "第二稿" not in seen_by_ben
    with office.database.reading() as session:
        assert session.scalars(select(Draft).filter_by(task_key=key)).all() == []


def test_a_ballot_is_never_drafted_nor_shown(reader, house):
    variables = {"box": "pages", "voters": ["anna", "ben", "grace"]}
    with house.database.writing() as session:
        instance = start_instance(
            session, latest(session, "process", "ballot"), variables, house.user("ada"), now=MONDAY
        )
        key = session.scalars(select(UserTask.key).filter_by(instance_key=instance.key, assignee="anna")).one()
        session.commit()
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    anna.press(f"/tasks/{key}/draft", {"motion": "no"})
    with house.database.reading() as session:
        assert session.get_one(Draft, (key, "anna")).data == {}
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", {"motion": "no"})
    shown = anna.open(f"/tasks/{key}")

    assert task(house, key).completed_by == "anna"
    assert "保密内容不作留存" in shown
    assert " checked" not in shown


def test_a_completed_task_shows_what_was_handed_in_then(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", LEAVE)

    shown = anna.open(f"/tasks/{key}")

    assert all(text in shown for text in ("2.5", "2026年12月1日", "年假", "回家看望父母", "已办结"))
    assert "提交办结" not in shown


def test_two_who_press_the_same_button_move_it_once(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    first, second = reader("anna"), reader("anna")
    first.open(f"/tasks/{key}")
    second.open(f"/tasks/{key}")

    first.press(f"/tasks/{key}", LEAVE)
    twice = second.press(f"/tasks/{key}", LEAVE)
    late = second.open(f"/tasks/{key}")
    changed = second.press(f"/tasks/{key}", {**LEAVE, "reason": "改了主意"})

    assert "“申请”已办结" in twice
    assert "您填写的内容" not in late
    assert second.status == 409
    assert all(text in changed for text in ("已不在待办状态", "您填写的内容", "事由: 改了主意"))


def test_separation_of_duties_is_told_before_anybody_types(reader, house):
    key = begin(house, "report", {"title": "年报"}, claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", {**ROW, **SIGNED})
    with house.database.reading() as session:
        read = session.scalars(
            select(UserTask.key).filter_by(instance_key=task(house, key).instance_key, element_id="read")
        ).one()

    shown = anna.open(f"/tasks/{read}")

    assert "“撰写”由您本人办理，“审阅”须由他人办理" in shown
    assert "领取任务" not in shown
    ben = reader("ben")
    ben.open(f"/tasks/{read}")
    ben.press(f"/tasks/{read}/claim")
    ben.press(f"/tasks/{read}")  # it has no form: a button is enough
    assert task(house, read).completed_by == "ben"


def test_a_task_is_given_back(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    anna.press(f"/tasks/{key}/release")

    assert task(office, key).assignee is None


def test_a_candidate_reads_before_claiming_and_cannot_complete(reader, office):
    key = begin(office, "leave_request")
    anna = reader("anna")

    shown = anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", LEAVE)

    assert "领取任务" in shown
    assert 'name="days"' not in shown
    assert anna.status == 403
    assert task(office, key).ended_at is None


def test_what_is_about_the_task_stands_on_its_page(reader, house):
    key = begin(house, "report", {"title": "年报"}, claimed_by="anna", case="BG-7")

    shown = reader("anna").open(f"/tasks/{key}")

    assert all(text in shown for text in ("报告", "BG-7", "第九条", "年报"))


def test_markup_in_answers_stays_text(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    anna.press(f"/tasks/{key}", {**LEAVE, "days": '"><script>alert(1)</script>', "reason": "</textarea><script>"})

    raw = anna.page.get_data(as_text=True)
    assert "<script>alert" not in raw
    assert "</textarea><script>" not in raw
