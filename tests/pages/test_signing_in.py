"""Signing in and out, and what people meet who may not go on."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from service import keys
from service.app import create_app
from service.models import FailedSignIn, KeptForm, SignIn
from tests.pages.conftest import Reader, begin, task
from tests.support.leave import PASSWORD

LEAVE = {"days": "2.5", "from": "2026-12-01", "kind": "annual", "reason": "回家看望父母"}


def test_after_signing_in_one_is_where_one_wanted_to_go(reader):
    anna = reader(None)

    shown = anna.open("/instances", state="all")
    anna.press("/sign-in", {"username": "anna", "password": PASSWORD, "next": "/instances?state=all"})

    assert 'value="/instances?state=all"' in shown
    assert (anna.path, anna.status) == ("/instances", 200)


def test_a_wrong_password_is_told_beside_what_was_typed_and_counted(reader, office):
    someone = reader(None)
    someone.open("/sign-in")

    shown = someone.press("/sign-in", {"username": "noah", "password": "wrong"})

    assert someone.status == 401
    assert "用户名或密码不正确" in shown
    assert 'value="noah"' in shown
    assert "wrong" not in shown
    with office.database.reading() as session:
        assert session.get_one(FailedSignIn, "account:noah").failures == 1


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(reader, target):
    anna = reader(None)
    anna.open("/sign-in", next=target)

    answer = anna.client.post("/sign-in", data={"username": "anna", "password": PASSWORD, "next": target})

    assert answer.headers["Location"] == "/"


def test_who_signs_out_is_out(reader):
    anna = reader("anna")
    cookie = anna.client.get_cookie("pingshen").value
    anna.open("/")

    anna.press("/sign-out")

    assert anna.path == "/sign-in"
    anna.client.set_cookie("pingshen", cookie)
    assert "登录" in anna.open("/")
    assert anna.path == "/sign-in"


def test_a_session_ends_idle_but_not_while_it_is_used(reader, office):
    anna = reader("anna")
    unseen_for(office, timedelta(minutes=30))

    anna.open("/")
    unseen_for(office, keys.config().session_idle - timedelta(minutes=10))
    anna.open("/instances")
    still = anna.path
    unseen_for(office, keys.config().session_idle + timedelta(minutes=1))
    anna.open("/instances")

    assert (still, anna.path) == ("/instances", "/sign-in")


def test_what_was_typed_when_the_session_had_ended_is_sent_after_signing_in_again(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")
    unseen_for(office, keys.config().session_idle + timedelta(minutes=1))

    told = anna.press(f"/tasks/{key}", {**LEAVE, "reason": "第一行\n第二行"})
    with office.database.reading() as session:
        sealed = [row.sealed for row in session.scalars(select(KeptForm))]
    shown = anna.press("/sign-in", {"username": "anna", "password": PASSWORD, "next": f"/tasks/{key}"})
    at = anna.path
    form = shown.split(f'action="/tasks/{key}"')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    fields["reason"] = re.search(r'<textarea name="reason" hidden>\n(.*?)</textarea>', form, re.S)[1]
    anna.press(f"/tasks/{key}", fields)

    assert "已经保留" in told
    assert len(sealed) == 1
    assert "第二行".encode() not in sealed[0]
    assert at == "/resume"
    assert f'action="/tasks/{key}"' in shown
    assert task(office, key).completed_by == "anna"


def test_what_somebody_typed_is_not_shown_to_the_next_at_the_same_computer(reader, office):
    anna = reader("anna")
    anna.open("/?box=groups")
    unseen_for(office, keys.config().session_idle + timedelta(minutes=1))
    anna.press("/tasks/claim", {"task": "1", "note": "geheim"})

    anna.press("/sign-in", {"username": "ben", "password": PASSWORD})
    at = anna.path
    anna.open("/resume")

    assert (at, anna.path) == ("/", "/")


def test_a_form_of_another_site_is_not_kept(reader, office):
    anna = reader("anna")
    unseen_for(office, keys.config().session_idle + timedelta(minutes=1))

    answer = anna.client.post("/tasks/claim", data={"task": "1"}, headers={"Origin": "https://example.org"})

    assert "kept" not in answer.headers["Location"]


def test_a_script_is_told_and_not_sent_to_a_page(reader, office):
    anna = reader("anna")
    unseen_for(office, keys.config().session_idle + timedelta(minutes=1))

    answer = anna.client.post("/tasks/1/draft", data={"x": "1"}, headers={"Sec-Fetch-Dest": "empty"})

    assert (answer.status_code, answer.json["code"]) == (401, "UNAUTHENTICATED")


def unseen_for(office, time):
    """As if all sessions had last been used this much earlier."""
    with office.database.writing() as session:
        for sign_in in session.scalars(select(SignIn)):
            sign_in.seen_at -= time
        session.commit()


def test_an_expired_session_comes_back_to_the_page_whose_button_was_pressed(reader):
    someone = reader(None)

    answer = someone.client.post(
        "/tasks/claim", headers={"Referer": "http://localhost/tasks/12?x=1"}, data={"task": "1"}
    )

    assert answer.headers["Location"] == "/sign-in?next=/tasks/12?x%3D1"


def test_a_button_without_its_token_does_nothing(reader):
    anna = reader("anna")

    answer = anna.client.post("/tasks/claim", data={"task": "1"})

    assert answer.status_code == 403
    assert "页面已过期" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("who", "path", "status", "remedy"),
    [
        ("anna", "/tasks/1", 404, "返回待办任务"),
        ("anna", "/nowhere", 404, "请核对地址"),
        ("anna", f"/tasks/{10**20}", 404, "返回待办任务"),
        ("anna", "/instances/-1", 404, "请核对地址"),
        ("anna", "/incidents", 403, "联系管理员"),
        ("anna", "/processes", 403, "联系管理员"),
        ("anna", "/start/leave_request", 403, "联系管理员"),
        ("anna", "/tasks/claim", 405, "按钮"),
        ("anna", "/?sort=height", 400, "检查"),
    ],
)
def test_an_error_page_names_place_and_remedy(reader, who, path, status, remedy):
    someone = reader(who)

    shown = someone.open(path)

    assert someone.status == status
    assert path.split("?")[0] in shown
    assert remedy in shown


def test_a_crash_names_the_number_to_ask_for(office):
    app = create_app()
    app.add_url_rule("/crash", "crash", lambda: 1 / 0)
    anna = Reader(app.test_client())
    anna.open("/sign-in")
    anna.press("/sign-in", {"username": "anna", "password": PASSWORD})

    shown = anna.open("/crash")

    assert anna.status == 500
    assert anna.page.headers["X-Request-Id"] in shown


def test_the_language_is_remembered(reader):
    anna = reader("anna")

    shown = anna.open("/language/en", next="/instances")

    assert anna.path == "/instances"
    assert '<html lang="en">' in shown
    assert "Sign out" in shown
