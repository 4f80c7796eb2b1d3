"""Notifications: found after the commit, told once, mailed as somebody chose; and what a register tells."""

import re
import socket
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from sqlalchemy import delete, select, update

from service import keys
from service.clock import machine_now
from service.models import Account, Document, Notification, NotificationMark, Recusal, Substitution, UserTask
from service.notifications.telling import News, Person, invite, people_of, tell, when_mailed
from service.operations import (
    comments,
    delegations,
    deployments,
    enrolment,
    mails,
    notifications,
    recusals,
    substitutes,
    user_tasks,
)
from service.operations.instances import start_instance
from service.operations.user_tasks import claim_user_task, complete_user_task
from service.releases import latest
from tests.support.leave import LONG_LEAVE
from tests.unit.engine import builder as b
from tests.unit.engine.dmn import decision, literal, model

SHANGHAI = ZoneInfo("Asia/Shanghai")
NUMBERS = count(1)


class Letterbox(Message):
    """Keeps what comes in; refuses while it is `full`."""

    def __init__(self):
        super().__init__()
        self.mails, self.full = [], False

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the library's name
        return "451 try later" if self.full else await super().handle_DATA(server, session, envelope)

    def handle_message(self, message):
        self.mails.append(message)


@pytest.fixture
def post(office, monkeypatch):
    """A mail server, and the configuration that names it; grace has an address."""
    box = Letterbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("PINGSHEN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("PINGSHEN_SMTP_PORT", str(port))
    monkeypatch.setenv("PINGSHEN_SMTP_SECURITY", "none")
    monkeypatch.setenv("PINGSHEN_MAIL_FROM", "office@example.org")
    keys.config.cache_clear()
    with office.database.writing() as session:
        session.execute(update(Account).where(Account.username == "grace").values(email="grace@example.org"))
        session.execute(delete(Notification))
        session.execute(delete(NotificationMark))
        session.execute(update(UserTask).where(UserTask.ended_at.is_(None)).values(ended_at=machine_now()))
        session.commit()
    yield box
    controller.stop()
    keys.config.cache_clear()


def request(office):
    """A leave request that waits for a manager; the manager's task."""
    with office.database.writing() as session:
        now = machine_now()
        process = latest(session, "process", "leave_request")
        instance = start_instance(session, process, {}, office.user("ada"), now=now, business_id=f"QJ-{next(NUMBERS)}")
        key = session.scalars(select(UserTask.key).filter_by(instance_key=instance.key)).one()
        claim_user_task(session, key, office.user("anna"), now=now)
        complete_user_task(session, key, LONG_LEAVE, office.user("anna"), now=now)
        session.commit()
        return session.scalars(select(UserTask.key).filter_by(instance_key=instance.key, ended_at=None)).one()


def awake(office):
    """No quiet hours for this test."""
    with office.database.writing() as session:
        notifications.choose(
            session, "grace", {"mail": "each", "hour": "8", "quiet_from": "0", "quiet_to": "0", "offered": "1"}
        )
        session.commit()


def of(office, username, **values):
    with office.database.reading() as session:
        return session.scalars(
            select(Notification).filter_by(username=username, **values).order_by(Notification.key)
        ).all()


@pytest.mark.both_databases
def test_a_task_is_told_once_to_those_it_is_offered_to_and_mailed(office, post):
    awake(office)
    key = request(office)

    notifications.look(office.database)
    notifications.look(office.database)
    sent = mails.send_due(office.database, keys.config(), Random(1))

    [told] = of(office, "grace", about=f"task:{key}")
    assert (told.kind, told.link, told.mail_state) == ("offered", f"/tasks/{key}", "SENT")
    assert of(office, "anna", about=f"task:{key}") == []
    assert of(office, "henry", about=f"task:{key}")[0].mail_state is None  # no address
    assert sent == 1
    [mail] = post.mails
    body = mail.get_payload(0).get_payload(decode=True).decode()
    assert mail["To"] == "grace@example.org"
    assert f"/notifications/{told.key}" in body
    assert "回家看望父母" not in body


def test_what_a_server_refuses_is_tried_again_later_and_given_up_at_last(office, post):
    awake(office)
    request(office)
    notifications.look(office.database)
    post.full = True

    mails.send_due(office.database, keys.config(), Random(1))
    [waiting] = of(office, "grace")
    with office.database.writing() as session:
        values = {"mail_attempts": mails.MAX_ATTEMPTS - 1, "mail_due_at": machine_now()}
        session.execute(update(Notification).where(Notification.key == waiting.key).values(**values))
        session.commit()
    mails.send_due(office.database, keys.config(), Random(1))
    [failed] = of(office, "grace")
    post.full = False
    with office.database.writing() as session:
        mails.resend(session, failed.key, now=machine_now())
        session.commit()
    mails.send_due(office.database, keys.config(), Random(1))

    assert (waiting.mail_state, waiting.mail_attempts) == ("WAITING", 1)
    assert "451" in waiting.mail_error
    assert failed.mail_state == "FAILED"
    assert of(office, "grace")[0].mail_state == "SENT"
    assert len(post.mails) == 1


def test_a_server_that_is_away_costs_one_wait_and_no_mail(office, post, monkeypatch):
    awake(office)
    request(office)
    notifications.look(office.database)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PINGSHEN_SMTP_PORT", str(free.getsockname()[1]))
    keys.config.cache_clear()

    mails.send_due(office.database, keys.config(), Random(1))

    [waiting] = of(office, "grace")
    assert (waiting.mail_state, waiting.mail_attempts) == ("WAITING", 1)
    assert "ConnectionRefusedError" in waiting.mail_error


def test_several_things_for_one_person_are_one_mail(office, post):
    awake(office)
    request(office)
    request(office)
    notifications.look(office.database)

    mails.send_due(office.database, keys.config(), Random(1))

    assert len(post.mails) == 1
    assert len(of(office, "grace", mail_state="SENT")) == 2


def test_without_a_mail_server_mails_stay_in_the_outbox(office, post, monkeypatch):
    awake(office)
    request(office)
    notifications.look(office.database)
    monkeypatch.delenv("PINGSHEN_SMTP_HOST")
    keys.config.cache_clear()

    assert mails.send_due(office.database, keys.config(), Random(1)) == 0
    assert of(office, "grace")[0].mail_state == "WAITING"


@pytest.mark.parametrize(
    ("choice", "now", "expected"),
    [
        ({}, "2026-11-24T10:00", "2026-11-24T10:00"),
        ({}, "2026-11-24T22:30", "2026-11-25T07:00"),  # quiet from 21 to 7
        ({}, "2026-11-24T03:00", "2026-11-24T07:00"),
        ({"mail": "daily"}, "2026-11-24T10:00", "2026-11-25T08:00"),
        ({"mail": "daily"}, "2026-11-24T07:59", "2026-11-24T08:00"),
        ({"quiet_from": 12, "quiet_to": 14}, "2026-11-24T13:00", "2026-11-24T14:00"),
        ({"quiet_from": 0, "quiet_to": 0}, "2026-11-24T03:00", "2026-11-24T03:00"),
    ],
)
def test_mails_keep_quiet_hours_and_the_hour_of_the_day(choice, now, expected):
    chosen = {"mail": "each", "hour": 8, "quiet_from": 21, "quiet_to": 7, "offered": True} | choice
    person = Person("grace", "grace@example.org", **chosen)

    at = when_mailed(person, datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))

    assert at.astimezone(SHANGHAI) == datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI)


def test_a_due_date_is_told_before_and_after(office, post):
    key = request(office)
    notifications.look(office.database)
    for due in (timedelta(hours=3), timedelta(hours=-1)):
        with office.database.writing() as session:
            session.execute(update(UserTask).where(UserTask.key == key).values(due_at=machine_now() + due))
            session.commit()
        notifications.look(office.database)

    assert [told.kind for told in of(office, "grace")] == ["offered", "soon", "overdue"]


def test_who_wants_no_mail_of_the_groups_tasks_gets_none(office, post):
    with office.database.writing() as session:
        notifications.choose(session, "grace", {"mail": "each", "hour": "8", "quiet_from": "0", "quiet_to": "0"})
        session.commit()
    request(office)

    notifications.look(office.database)

    assert of(office, "grace")[0].mail_state is None


def test_a_title_cannot_smuggle_a_header(office, post):
    awake(office)
    with office.database.writing() as session:
        news = News("message", "x:1", "题\r\nBcc: all@example.org", "/")
        tell(session, people_of(session, ["grace"], None), news, now=machine_now())
        session.commit()

    mails.send_due(office.database, keys.config(), Random(1))

    assert post.mails[0]["Bcc"] is None


def test_a_diagram_tells_people_with_its_act(desk):
    inputs = {"to": '=["managers", "anna"]', "title": '="请到会"', "text": '="周一九点"'}
    source = b.process(
        b.start(),
        b.service("tell", b.mapping(inputs, {"told": "=told"}), type="mail"),
        b.user("then"),
        b.end(),
        b.chain("s", "tell", "then", "e"),
        id="telling",
    )
    with desk.office.database.writing() as session:
        deployments.deploy(session, {"telling.bpmn": source.xml}, desk.office.user("dora"), now=desk.now)
        session.commit()

    key = desk.start("telling")

    told = desk.look(select(Notification).filter_by(instance_key=key, kind="message").order_by(Notification.username))
    assert [(row.username, row.title, row.text) for row in told] == [
        (name, "请到会", "周一九点") for name in ("anna", "grace", "henry")
    ]


def test_what_concerns_a_task_is_told_at_once_to_whom_it_concerns(office, post):
    key = request(office)
    with office.database.writing() as session:
        now, anna, olga = machine_now(), office.user("anna"), office.user("olga")
        user_tasks.assign_user_task(session, key, "grace", olga, now=now)
        task = session.get_one(UserTask, key)
        comments.say(session, task, "请 @henry 看一下", office.user("grace"), now=now)
        delegations.hand_on(session, key, "henry", "先填一下", office.user("grace"), now=now)
        delegations.give_back(session, key, "填好了", office.user("henry"), now=now)
        substitutes.name(session, anna, "grace", now.date(), now.date(), now=now)
        session.commit()

    told = {(row.username, row.kind, row.link) for row in [*of(office, "grace"), *of(office, "henry")]}
    page = f"/tasks/{key}"
    assert told == {
        ("grace", "task", page),
        ("henry", "mention", page),
        ("henry", "task", page),
        ("grace", "returned", page),
        ("grace", "substitute", "/substitutes"),
    }


def test_who_stands_in_is_told_of_tasks_that_they_may_do(office, post):
    with office.database.writing() as session:
        session.execute(delete(Substitution))
        today = machine_now().astimezone(SHANGHAI).date()
        substitutes.name(session, office.user("grace"), "anna", today, today, now=machine_now())
        session.commit()
    first, second = request(office), request(office)
    with office.database.writing() as session:
        task = session.get_one(UserTask, second)
        task.properties = {**task.properties, "substitutes": "true"}
        session.commit()
    notifications.look(office.database)
    with office.database.writing() as session:
        session.execute(delete(Substitution))
        session.commit()

    assert {row.link for row in of(office, "grace")} == {f"/tasks/{first}", f"/tasks/{second}"}
    assert [row.link for row in of(office, "anna", kind="offered")] == [f"/tasks/{second}"]


def test_what_is_done_is_no_news_and_is_not_mailed(office, post):
    awake(office)
    key = request(office)
    notifications.look(office.database)
    with office.database.writing() as session:
        session.execute(update(UserTask).where(UserTask.key == key).values(ended_at=machine_now()))
        session.commit()
    notifications.look(office.database)

    [told] = of(office, "grace")
    assert told.read_at is not None
    assert mails.send_due(office.database, keys.config(), Random(1)) == 0


def test_who_must_keep_away_meanwhile_gets_no_mail(office, post):
    awake(office)
    key = request(office)
    notifications.look(office.database)
    with office.database.writing() as session:
        instance = session.get_one(UserTask, key).instance_key
        [who] = recusals.people(session, ["grace"])
        session.add(Recusal(instance_key=instance, who=who, source_key=instance))
        session.commit()

    assert mails.send_due(office.database, keys.config(), Random(1)) == 0
    assert post.mails == []


def test_old_mails_expire_and_can_be_sent_all_the_same(office, post):
    awake(office)
    request(office)
    notifications.look(office.database)
    with office.database.writing() as session:
        session.execute(update(Notification).values(mail_due_at=machine_now() - timedelta(days=4)))
        session.commit()

    assert mails.send_due(office.database, keys.config(), Random(1)) == 0
    assert of(office, "grace")[0].mail_state == "EXPIRED"
    with office.database.writing() as session:
        mails.resend_failed(session, now=machine_now())
        session.commit()
    assert mails.send_due(office.database, keys.config(), Random(1)) == 1


def test_a_procedure_words_its_mails(office, post):
    awake(office)
    text = '{subject: "〔评〕" + title, closing: "某某办公室"}'
    source = model(decision("mail_words", literal(text)))
    letter = News("letter", "x:2", "通知书", "/", text="不合格")
    with office.database.writing() as session:
        deployments.deploy(session, {"words.dmn": source}, office.user("dora"), now=machine_now())
        tell(session, people_of(session, ["grace"], None), letter, now=machine_now())
        session.commit()

    mails.send_due(office.database, keys.config(), Random(1))

    [mail] = post.mails
    body = mail.get_payload(0).get_payload(decode=True).decode()
    assert str(make_header(decode_header(mail["Subject"]))) == "〔评〕通知书"
    assert "某某办公室" in body
    assert "您好" in body
    assert "不合格" not in str(mail) + body


def test_a_document_is_told_without_its_name_in_the_mail_and_not_beside_its_letter(office, post):
    awake(office)
    key, now = request(office), machine_now()
    with office.database.writing() as session:
        instance = session.get_one(UserTask, key).instance_key
        for name in ("一", "二"):
            held = {
                "hash": name,
                "content_type": "application/pdf",
                "size": 1,
                "custom": {},
                "template": "t",
                "secrecy": "内部",
            }
            session.add(
                Document(
                    id=name, file_name=f"不合格-{name}.pdf", readers=["grace", "managers"],
                    instance_key=instance if name == "二" else None, uploaded_by="ada", uploaded_at=now, **held,
                )
            )  # fmt: skip
        news = News("letter", "x:3", "通知书", "", instance)
        tell(session, people_of(session, ["grace"], instance), news, now=now)
        session.commit()
    notifications.look(office.database)

    mails.send_due(office.database, keys.config(), Random(1))

    assert [row.link for row in of(office, "grace", kind="document")] == ["/documents/一"]
    assert of(office, "henry", kind="document") == []
    text = post.mails[0].get_payload(0).get_payload(decode=True).decode()
    assert "新文书" in text
    assert "不合格" not in text + str(make_header(decode_header(post.mails[0]["Subject"])))


def test_an_invitation_goes_out_with_a_secret_of_its_own(office, post):
    with office.database.writing() as session:
        session.execute(delete(Account).where(Account.username == "nora"))
        account, token = enrolment.enrol(session, "nora", "诺拉", "nora@example.org", now=machine_now())
        invite(session, account, now=machine_now())
        session.commit()

    mails.send_due(office.database, keys.config(), Random(1))

    [mail] = post.mails
    sent = re.search(r"/invitation/([\w-]+)", mail.get_payload(0).get_payload(decode=True).decode())[1]
    assert mail["To"] == "nora@example.org"
    with office.database.writing() as session:
        assert enrolment.invited(session, sent, now=machine_now()).username == "nora"
        with pytest.raises(enrolment.InvitationOver):
            enrolment.invited(session, token, now=machine_now())
    assert of(office, "nora")[0].read_at is not None
