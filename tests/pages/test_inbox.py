"""The inbox: what is mine, what I may take, what I have done."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from service.models import UserTask
from tests.pages.conftest import begin, task
from tests.support.leave import MONDAY

MOST_STATEMENTS = 25


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
    assert "已领取2项任务" in shown
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
