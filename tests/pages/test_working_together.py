"""Several people at one task: handed on and back, talked about, taken by who was faster."""

import json
import re

import pytest
from sqlalchemy import select

from service.models import Comment, Draft, Event
from tests.pages.conftest import begin, task
from tests.pages.test_tasks import LEAVE


def events_of(office, key):
    with office.database.reading() as session:
        rows = session.scalars(select(Event).where(Event.element_instance_key == key).order_by(Event.seq))
        return [(row.kind, json.loads(row.body)) for row in rows]


def test_a_task_is_handed_on_prepared_given_back_and_completed_by_whose_it_is(reader, office):
    key = begin(office, "leave_request", claimed_by="anna", case="QJ-7")
    anna, ben = reader("anna"), reader("ben")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}/draft", {**LEAVE, "reason": "起个头"})

    anna.open(f"/tasks/{key}")
    handed = anna.press(f"/tasks/{key}/delegation", {"receiver": "ben", "reason": "请代填"})
    begun = ben.open(f"/tasks/{key}")
    refused = ben.press(f"/tasks/{key}", LEAVE)
    status = ben.status
    ben.open(f"/tasks/{key}")
    known = re.search(r'name="_known" value="(\w+)"', ben.text)[1]
    ben.press(f"/tasks/{key}/draft", {**LEAVE, "reason": "写好了", "_known": known})
    ben.open(f"/tasks/{key}")
    ben.press(f"/tasks/{key}/return", {"reason": "已填好"})
    back = anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", LEAVE)

    assert "已转交代为准备 · 本" in handed
    assert "起个头" in begun
    assert ">提交办结</button>" not in begun
    assert status == 403
    assert "由安娜提交办结" in refused
    assert "写好了" in back
    assert task(office, key).completed_by == "anna"
    told = [(kind, body.get("reason")) for kind, body in events_of(office, key) if "reason" in body]
    assert told == [("USER_TASK_DELEGATED", "请代填"), ("USER_TASK_RETURNED", "已填好")]
    with office.database.reading() as session:
        assert session.scalars(select(Draft).filter_by(task_key=key)).all() == []


@pytest.mark.parametrize(
    ("receiver", "reason", "status"),
    [("henry", "不在组内", 403), ("anna", "自己", 400), ("nobody", "无此人", 400), ("ben", " ", 400)],
)
def test_a_task_is_not_handed_on_to_anybody_or_without_a_word(reader, office, receiver, reason, status):
    key = begin(office, "leave_request", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")

    anna.press(f"/tasks/{key}/delegation", {"receiver": receiver, "reason": reason})

    assert anna.status == status
    assert task(office, key).assignee == "anna"


def test_who_handed_it_on_takes_it_back_and_who_prepares_cannot_release_it(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna, ben = reader("anna"), reader("ben")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}/delegation", {"receiver": "ben", "reason": "请代填"})

    ben.open(f"/tasks/{key}")
    ben.press(f"/tasks/{key}/release")
    released = ben.status
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}/return", {"reason": "我来吧"})

    assert released == 403
    assert (task(office, key).assignee, task(office, key).delegated_by) == ("anna", None)


def test_an_operator_gives_a_task_to_somebody_with_a_reason(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    olga = reader("olga")
    olga.open(f"/tasks/{key}")

    olga.press(f"/tasks/{key}/assignment", {"assignee": "ben", "reason": ""})
    wordless = olga.status
    olga.open(f"/tasks/{key}")
    olga.press(f"/tasks/{key}/assignment", {"assignee": "ben", "reason": "安娜休假"})

    assert wordless == 400
    assert task(office, key).assignee == "ben"
    assert events_of(office, key)[-1][1]["reason"] == "安娜休假"


def test_whoever_may_see_a_task_talks_about_it_and_asks_for_attention(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna, ben = reader("anna"), reader("ben")
    anna.open(f"/tasks/{key}")

    anna.press(f"/tasks/{key}/comments", {"comment": "<b>请看</b> @ben，多谢"})
    read = ben.open(f"/tasks/{key}")
    refused = ben.press(f"/tasks/{key}/comments", {"comment": "@henry 看一下"})

    assert "<b>请看</b> @ben，多谢" in read
    assert "<b>请看" not in ben.page.get_data(as_text=True)
    assert "安娜" in read
    assert ben.status == 400
    assert "“henry”无权查看此任务" in refused
    assert "@henry 看一下</textarea>" in refused
    with office.database.reading() as session:
        assert session.scalars(select(Comment).filter_by(task_key=key)).one().mentions == ["ben"]


def test_who_comes_second_is_told_who_was_faster_and_keeps_what_they_wrote(reader, office):
    key = begin(office, "leave_request")
    anna, ben = reader("anna"), reader("ben")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}/claim")
    ben.open("/")

    taken = ben.press(f"/tasks/{key}", {**LEAVE, "reason": "本写的"})

    assert ben.status == 403
    assert "安娜" in taken
    assert "事由: 本写的" in taken
