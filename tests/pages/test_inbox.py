"""The inbox: what is mine, what I may take, what I have done."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, select

from service.models import UserTask
from service.operations import clocks
from service.operations.user_tasks import claim_user_task, complete_user_task
from service.values import variables
from tests.pages.conftest import begin, task
from tests.support.leave import LONG_LEAVE, MONDAY

MOST_STATEMENTS = 25


@pytest.fixture
def monday(office):
    """The service's clock stands at MONDAY."""
    with office.database.writing() as session:
        clocks.pin(session, MONDAY)
        session.commit()
    yield
    with office.database.writing() as session:
        clocks.pin(session, None)
        session.commit()


def test_empty_lists_say_what_will_be_there(reader, office):
    noah = reader("noah")

    assert "您没有待办任务" in noah.open("/", box="mine")
    assert "目前没有可领取的任务" in noah.open("/", box="groups")
    assert "您还没有办结过任务" in noah.open("/", box="done")


def test_a_task_goes_from_the_group_to_one_person(reader, office):
    key = begin(office, "leave_request", case="QJ-1")
    anna, ben = reader("anna"), reader("ben")

    offered = anna.open("/", box="groups")
    anna.press("/tasks/claim", {"task": key})

    assert "QJ-1" in offered
    assert "员工" in offered
    assert anna.path == f"/tasks/{key}"
    assert task(office, key).assignee == "anna"
    assert f"/tasks/{key}" in anna.open("/", box="mine")
    assert f"/tasks/{key}" not in ben.open("/", box="groups")


def test_many_are_claimed_at_once_and_what_was_lost_is_named(reader, office):
    keys = [begin(office, "leave_request") for _ in range(3)]
    anna, ben = reader("anna"), reader("ben")
    anna.open("/", box="groups")
    ben.open("/", box="groups")
    ben.press(f"/tasks/{keys[0]}/claim")

    shown = anna.press("/tasks/claim", {"task": keys, "box": "groups"})

    assert "“申请”已被本领取" in shown or "此地址没有内容" in shown
    assert "完成2项，未完成1项" in shown
    assert [task(office, key).assignee for key in keys] == ["ben", "anna", "anna"]


def test_claiming_nothing_is_told(reader, office):
    begin(office, "leave_request")
    anna = reader("anna")
    anna.open("/", box="groups")

    assert "请先勾选" in anna.press("/tasks/claim", {"box": "groups"})


def test_overdue_is_said_in_words(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    with office.database.writing() as session:
        session.get_one(UserTask, key).due_at = MONDAY - timedelta(days=3)
        session.commit()

    assert "已逾期" in reader("anna").open("/", box="mine")


def test_pages_by_cursor_hold_every_task_once(reader, office):
    keys = {begin(office, "leave_request", claimed_by="ben") for _ in range(60)}
    ben = reader("ben")
    seen: list[str] = []

    shown = ben.open("/", box="mine", sort="created")
    while True:
        seen += [part.split('"')[0] for part in shown.split('href="/tasks/')[1:]]
        if 'rel="next"' not in shown:
            break
        address = shown.split('" rel="next"')[0].rsplit('href="', 1)[1]
        shown = ben.open("/" + address)

    assert len(seen) == len(set(seen))
    assert {str(key) for key in keys} <= set(seen)


@pytest.mark.both_databases
def test_rows_cost_no_statements(reader, office):
    anna = reader("anna")
    anna.open("/", box="groups")
    for _ in range(30):
        begin(office, "leave_request")
    statements = []
    engine = office.database.engine

    def count(conn, cursor, statement, *rest):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    shown = anna.open("/", box="groups")
    event.remove(engine, "before_cursor_execute", count)

    assert shown.count('name="task"') >= 30
    assert len(statements) <= MOST_STATEMENTS


def test_due_dates_are_counted_in_working_days_and_marked_by_words(reader, office, monday):
    """MONDAY is 2026-11-23: the Friday before is one working day past, the Wednesday after two ahead."""
    due = {
        "QJ-61": MONDAY - timedelta(days=3),
        "QJ-62": MONDAY + timedelta(days=2),
        "QJ-63": MONDAY + timedelta(days=7),
    }
    for case, at in due.items():
        key = begin(office, "leave_request", case=case, claimed_by="anna")
        with office.database.writing() as session:
            session.get_one(UserTask, key).due_at = at
            session.commit()
    anna = reader("anna")

    shown = anna.open("/", box="mine", q="QJ-6")
    overdue = anna.open("/", box="mine", q="QJ-6", due="overdue")
    soon = anna.open("/", box="mine", q="QJ-6", due="soon")

    assert [text in shown for text in ("已逾期1个工作日", "剩2个工作日", "剩5个工作日")] == [True] * 3
    assert cases(overdue) == {"QJ-61"}
    assert cases(soon) == {"QJ-62"}


def test_a_filter_finds_by_text_stage_and_priority_and_has_a_way_out(reader, office):
    begin(office, "leave_request", case="QJ-71", claimed_by="anna")
    key = begin(office, "leave_request", case="QJ-72", claimed_by="anna")
    with office.database.writing() as session:
        session.get_one(UserTask, key).priority = 80
        session.commit()
    anna = reader("anna")

    assert cases(anna.open("/", box="mine", q="qj-7")) == {"QJ-71", "QJ-72"}
    assert cases(anna.open("/", box="mine", q="QJ-7", priority="urgent")) == {"QJ-72"}
    assert cases(anna.open("/", box="mine", q="QJ-7", stage="leave_request/request")) == {"QJ-71", "QJ-72"}
    nothing = anna.open("/", box="mine", q="QJ-7%")
    assert "没有符合条件的任务" in nothing
    assert "清除筛选" in nothing
    assert anna.open("/", box="mine", due="sometime") is not None
    assert anna.status == 400


def test_a_filter_is_kept_by_its_name_for_its_owner_only_and_deleted(reader, office):
    begin(office, "leave_request", case="QJ-81", claimed_by="anna")
    anna, ben = reader("anna"), reader("ben")
    anna.open("/", box="mine", q="QJ-81")

    shown = anna.press("/inbox/filters", {"box": "mine", "q": "QJ-81", "title": "我的急件"})

    assert cases(shown) == {"QJ-81"}
    assert "我的急件" in anna.open("/")
    assert "我的急件" not in ben.open("/")
    assert "我的急件" not in anna.press("/inbox/filters/delete", {"title": "我的急件"})
    anna.press("/inbox/filters", {"title": " "})
    assert anna.status == 400


def test_an_operator_gives_many_to_one_person_and_hears_of_each(reader, office):
    key = begin(office, "leave_request", case="QJ-91")
    olga, anna = reader("olga"), reader("anna")
    assert "QJ-91" in olga.open("/", box="all", q="QJ-91")

    given = olga.press("/tasks/assign", {"task": [key], "assignee": "ben", "box": "all"})
    olga.press("/tasks/assign", {"task": [key], "assignee": "nobody", "box": "all"})

    assert "完成1项，未完成0项" in given
    assert "完成0项，未完成1项" in olga.text
    assert task(office, key).assignee == "ben"
    anna.open("/", box="all")
    anna.press("/tasks/assign", {"task": [key], "assignee": "anna"})
    assert "完成0项，未完成1项" in anna.text
    assert task(office, key).assignee == "ben"


def test_tasks_of_one_small_form_are_signed_off_together(reader, office):
    """The manager's form asks for a decision and a comment; what it only shows differs from case to case."""
    keys = [approval(office, f"QJ-{number}") for number in (101, 102)]
    own = begin(office, "leave_request", case="QJ-103", claimed_by="anna")
    grace = reader("grace")
    grace.open("/", box="mine")

    asked = grace.press("/tasks/sign-off", {"task": [*keys, own], "box": "mine"})
    assert "批量办结2项任务" in asked
    assert "是否同意" in asked
    assert "完成0项，未完成1项" in asked
    empty = grace.press("/tasks/sign-off", {"_task": keys, "_sure": "1", "_box": "mine"})
    assert "完成0项，未完成2项" in empty
    done = grace.press("/tasks/sign-off", {"_task": keys, "_sure": "1", "_box": "mine", "approved": "json:true"})

    assert "完成2项，未完成0项" in done
    assert [task(office, key).completed_by for key in keys] == ["grace", "grace"]
    again = grace.press("/tasks/sign-off", {"_task": keys, "_sure": "1", "_box": "mine", "approved": "json:true"})
    assert "完成0项，未完成2项" in again


def test_what_is_shown_is_exported_and_no_cell_is_a_formula(reader, office):
    begin(office, "leave_request", case="=1+1", claimed_by="anna")
    anna = reader("anna")
    sent = anna.client.get("/inbox/export", query_string={"box": "mine", "q": "=1"})

    heads, row = load_workbook(BytesIO(sent.get_data())).worksheets[0].iter_rows()
    assert [cell.value for cell in heads][:3] == ["任务", "流程", "事项编号"]
    assert (row[2].value, row[2].data_type) == ("=1+1", "s")


def test_the_page_hears_of_new_tasks_without_being_loaded_again(reader, office):
    anna = reader("anna")
    began = MONDAY - timedelta(seconds=1)
    before = anna.client.get("/inbox/news", query_string={"box": "groups", "since": began.isoformat()}).json["came"]
    begin(office, "leave_request")

    after = anna.client.get("/inbox/news", query_string={"box": "groups", "since": began.isoformat()}).json["came"]

    assert after == before + 1


def cases(page: str) -> set[str]:
    """The numbers of the cases in the list."""
    return set(re.findall(r'<td data-label="事项编号">([^<\s]+)', page))


def approval(office, case: str) -> int:
    """The manager's task of a leave request, taken by grace."""
    key = begin(office, "leave_request", case=case, claimed_by="anna")
    with office.database.writing() as session:
        instance = complete_user_task(session, key, variables(LONG_LEAVE), office.user("anna"), now=MONDAY)
        [found] = session.scalars(select(UserTask.key).filter_by(instance_key=instance.key, ended_at=None))
        claim_user_task(session, found, office.user("grace"), now=MONDAY)
        session.commit()
    return found
