"""The notifications of the pages: the bell, the list, a letter, how one wants mails, the outbox."""

import pytest
from sqlalchemy import delete, select, update

from service import keys
from service.models import Notification
from service.notifications import News, people_of, tell
from tests.support.leave import MONDAY


@pytest.fixture
def told(office):
    """grace and anna are told of a letter, grace of a task too."""
    with office.database.writing() as session:
        session.execute(delete(Notification))
        letter = News("letter", "record:1", "结果通知书", "", text="已列入现场评审名单。")
        tell(session, people_of(session, ["grace", "anna"], None), letter, now=MONDAY)
        tell(session, people_of(session, ["grace"], None), News("task", "task:1", "审批 · 请假", "/start"), now=MONDAY)
        session.commit()
        return {row.title: row.key for row in session.scalars(select(Notification).filter_by(username="grace"))}


def test_unread_notices_are_counted_listed_and_read(reader, told):
    grace = reader("grace")

    page = grace.open("/notifications")
    bell = grace.client.get("/notifications/unread").json
    letter = grace.open(f"/notifications/{told['结果通知书']}")
    grace.open(f"/notifications/{told['审批 · 请假']}")

    assert all(text in page for text in ("新任务", "审批 · 请假", "函件", "结果通知书"))
    assert bell == {"unread": 2}
    assert "已列入现场评审名单。" in letter
    assert grace.path == "/start"
    assert "没有未读的通知" in grace.open("/notifications")
    assert "结果通知书" in grace.open("/notifications", all="1")


def test_nobody_opens_the_notice_of_somebody_else(reader, told):
    anna = reader("anna")

    anna.open(f"/notifications/{told['结果通知书']}")

    assert anna.status == 404


def test_all_are_read_at_once(reader, told):
    grace = reader("grace")
    grace.open("/notifications")
    grace.press("/notifications")

    assert grace.client.get("/notifications/unread").json == {"unread": 0}
    assert reader("anna").client.get("/notifications/unread").json == {"unread": 1}


def test_how_one_wants_mails_is_chosen_in_the_profile(reader, told):
    grace = reader("grace")
    grace.open("/profile")
    page = grace.press(
        "/profile/notifications", {"mail": "daily", "hour": "9", "quiet_from": "20", "quiet_to": "8", "offered": "1"}
    )

    assert "通知方式已保存" in page
    assert '<option value="daily" selected>' in page
    assert 'name="hour" min="0" max="23" required value="9"' in page


def test_operators_see_the_outbox_and_others_do_not(reader, told):
    olga, grace = reader("olga"), reader("grace")

    assert "未配置邮件服务器" in olga.open("/admin/mail")
    grace.open("/admin/mail")
    assert grace.status == 403


def test_an_administrator_invites_by_mail_where_there_is_a_server(reader, told, monkeypatch):
    ada = reader("ada")
    new = {"username": "nils", "name": "尼尔", "email": "nils@example.org", "reason": "新来", "way": "mail"}
    ada.open("/admin/users/new")
    refused = ada.press("/admin/users", new)
    monkeypatch.setenv("PINGSHEN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("PINGSHEN_MAIL_FROM", "office@example.org")
    keys.config.cache_clear()
    offered = ada.open("/admin/users/new")
    made = ada.press("/admin/users", new)
    keys.config.cache_clear()

    assert "只有配置了邮件服务器" in refused
    assert 'value="mail"' not in refused
    assert 'value="mail"' in offered
    assert "邀请邮件即将发往 nils@example.org" in made
    assert "/invitation/" not in made
    assert "nils@example.org" in reader("olga").open("/admin/mail")


def test_what_was_given_up_is_sent_again_at_once(reader, office, told):
    with office.database.writing() as session:
        session.execute(update(Notification).values(mail_state="FAILED"))
        session.commit()
    olga = reader("olga")
    olga.open("/admin/mail")
    page = olga.press("/admin/mail/resend")

    assert "待发送" in page
    assert "重发全部" not in page
