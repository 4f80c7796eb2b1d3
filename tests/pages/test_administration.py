"""Administrators look after accounts, groups, parties and the calendar; each act stands in the book."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from service import access
from service.clock import machine_now
from service.engine.types import EngineError
from service.models import Account, AdministrativeAct, CalendarDay, Membership
from service.operations import accounts, administration, incidents, memberships
from service.operations.instances import start_instance
from service.releases import latest
from tests.pages.conftest import begin
from tests.support.leave import MONDAY, PASSWORD

WHY = {"reason": "人事通知3号"}


def book(office, subject):
    with office.database.reading() as session:
        acts = session.scalars(
            select(AdministrativeAct).filter_by(subject=subject).order_by(AdministrativeAct.seq)
        ).all()
        assert administration.verify(session).valid
        return [(act.kind, act.actor, act.reason) for act in acts]


def groups(office, username):
    with office.database.reading() as session:
        return sorted(session.scalars(select(Membership.group_name).filter_by(username=username)))


def test_an_account_begins_with_a_link_and_a_password_that_only_its_owner_knows(reader, office):
    ada, newcomer = reader("ada"), reader(None)
    ada.open("/admin/users/new")
    shown = ada.press(
        "/admin/users", {"username": "lin", "name": "林", "email": "lin@example.org", "groups": ["staff"], **WHY}
    )
    link = re.search(r"(/invitation/[\w-]+)", shown)[1]

    weak = newcomer.press(link, {"new_password": "lin1234567", "again_password": "lin1234567"})
    refused = newcomer.status
    newcomer.press(link, {"new_password": "four words of mine", "again_password": "four words of mine"})
    inside = newcomer.path
    again = reader(None)
    again.open(link)

    assert "林" in newcomer.open(link) or newcomer.status == 404
    assert (refused, inside, again.status) == (400, "/profile", 404)
    assert "密码须为" in weak
    assert groups(office, "lin") == ["staff"]
    assert book(office, "account:lin") == [
        ("ACCOUNT_CREATED", "ada", "人事通知3号"),
        ("INVITATION_ACCEPTED", "lin", ""),
    ]


def test_a_one_time_password_serves_for_nothing_but_setting_ones_own(reader, office):
    ada, zhou = reader("ada"), reader(None)
    ada.open("/admin/users/new")
    shown = ada.press("/admin/users", {"username": "zhou", "name": "周", "way": "password", **WHY})
    once = re.search(r'class="secret">([^<]+)<', shown)[1]

    zhou.open("/sign-in")
    zhou.press("/sign-in", {"username": "zhou", "password": once})
    zhou.open("/instances")
    held = zhou.path
    zhou.press("/profile/password", {"old_password": once, "new_password": "mine alone now", "again_password": "x"})
    differs = zhou.status
    given = {"old_password": once, "new_password": "mine alone now", "again_password": "mine alone now"}
    zhou.press("/profile/password", given)
    zhou.open("/instances")

    assert (held, differs, zhou.path) == ("/profile/password", 400, "/instances")


def test_nobody_gives_rights_to_themselves_with_any_account(reader, office):
    with office.database.writing() as session:
        accounts.create_account(session, "ada2", "阿达二", PASSWORD, [], now=MONDAY, identity="ada")
        session.commit()
    ada = reader("ada")
    ada.open("/admin/users/ada")

    told = [
        ada.press("/admin/users/ada/groups", {"group": "managers", **WHY}),
        ada.press("/admin/users/ada2/groups", {"group": "managers", **WHY}),
        ada.press("/admin/users/ada2/password", {"way": "password", **WHY}),
        ada.press("/admin/users/ada2/person", {"person": "", **WHY}),
        ada.press(
            "/admin/users", {"username": "ada3", "name": "阿达三", "person": "ada", "groups": ["managers"], **WHY}
        ),
    ]

    assert ["不得变更本人的权限" in page for page in told] == [True] * 5
    assert (groups(office, "ada"), groups(office, "ada2")) == (["admin"], [])
    with office.database.reading() as session:
        assert session.get(Account, "ada3") is None


def test_the_last_administrator_stays(reader, office):
    ada = reader("ada")
    ada.open("/admin/users/ada")

    told = ada.press("/admin/users/ada/groups/out", {"group": "admin", **WHY})

    assert "最后一名管理员" in told
    assert groups(office, "ada") == ["admin"]


def test_an_act_without_a_reason_is_not_done(reader, office):
    ada = reader("ada")
    ada.open("/admin/users/noah")

    told = ada.press("/admin/users/noah/groups", {"group": "staff", "reason": " "})

    assert ada.status == 400
    assert "请填写理由" in told
    assert groups(office, "noah") == []


def test_a_membership_with_dates_begins_and_ends_by_itself(reader, office):
    today = machine_now().date()
    ada = reader("ada")
    ada.open("/admin/users/noah")
    first, last = today + timedelta(days=2), today + timedelta(days=4)
    shown = ada.press("/admin/users/noah/groups", {"group": "staff", "first_day": first, "last_day": last, **WHY})
    seen = [groups(office, "noah")]

    for days in (3, 6):
        with office.database.writing() as session:
            memberships.apply_terms(session, now=machine_now() + timedelta(days=days))
            session.commit()
        seen.append(groups(office, "noah"))

    assert "已安排" in shown
    assert seen == [[], ["staff"], []]
    assert [kind for kind, _, _ in book(office, "account:noah")] == ["GROUP_ENTERED", "GROUP_ENTERED", "GROUP_LEFT"]


def test_an_ended_account_is_out_at_once_and_comes_back_as_it_was(reader, office):
    ada, ben = reader("ada"), reader("ben")
    ada.open("/admin/users/ben")

    ada.press("/admin/users/ben/end", WHY)
    ben.open("/")
    out = ben.path
    shown = ada.press("/admin/users/ben/restore", WHY)

    assert out == "/sign-in"
    assert "已办理，并已记入管理记录" in shown
    assert groups(office, "ben") == ["staff"]


def test_a_party_and_those_who_act_for_it(reader, office):
    ada = reader("ada")
    ada.open("/admin/parties")
    ada.press("/admin/parties", {"kind": "organisation", "name": "营口港", "key": "port", **WHY})
    shown = ada.press("/admin/parties/port/members", {"username": "anna", **WHY})
    held = groups(office, "anna")
    ada.press("/admin/parties/port/members/out", {"username": "anna", **WHY})

    assert "安娜" in shown
    assert held == ["org:port", "staff"]
    assert groups(office, "anna") == ["staff"]
    assert "营口港" in ada.open("/admin/parties", text="港")


def test_lists_go_on_by_cursor_and_cost_the_same(reader, office):
    with office.database.writing() as session:
        for number in range(60):
            accounts.create_account(session, f"many{number:02}", f"众{number}", None, ["staff"], now=MONDAY)
        session.commit()
    audrey = reader("audrey")

    first = audrey.open("/admin/users", text="many")
    after = re.search(r"after=(many\d+)", first)[1]
    second = audrey.open("/admin/users", text="many", after=after)

    assert (first.count('href="/admin/users/many'), second.count('href="/admin/users/many')) == (50, 10)
    assert "many50" in second


def test_the_book_shows_who_did_what_and_that_it_was_changed(reader, office):
    audrey = reader("audrey")
    whole = audrey.open("/admin/acts")
    with office.database.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER administrative_acts_refuse_update")
        connection.execute(text("UPDATE administrative_acts SET body = replace(body, 'ada', 'eve') WHERE seq = 1"))
        connection.commit()
    broken = audrey.open("/admin/acts")
    with office.database.engine.connect() as connection:
        connection.execute(text("UPDATE administrative_acts SET body = replace(body, 'eve', 'ada') WHERE seq = 1"))
        connection.commit()

    assert "人事通知3号" in whole
    assert "历史链校验通过" in whole
    assert "第1条处断裂" in broken


def test_a_day_is_set_and_a_year_settled_in_the_browser(reader, office):
    ada, audrey = reader("ada"), reader("audrey")
    shown = audrey.open("/admin/calendar", year="2026")
    ada.open("/admin/calendar", year="2026")
    day = {"year": "2026", "first_day": "2026-11-25", "kind": "off", "note": "停工", "source": "市政府通知"}
    ada.press("/admin/calendar", day)
    later = ada.open("/admin/calendar", year="2030")
    table = "day,kind,note\n2030-01-01,放假,元旦\n2030-13-01,放假,"
    wrong = ada.press("/admin/calendar", {"year": "2030", "table": table, "source": "国办通知"})
    settled = ada.press("/admin/calendar", {"year": "2030", "table": table[:-15], "source": "国办通知"})

    assert "2026年工作日历" in shown
    assert "调整若干日期" not in shown
    assert "本年度为暂定" in later
    assert "第3行" in wrong
    assert "2030-13-01" in wrong
    assert "本年度已确定" in settled
    with office.database.reading() as session:
        found = session.get_one(CalendarDay, date(2026, 11, 25))
        assert (found.is_workday, found.note, found.source) == (False, "停工", "市政府通知")
    assert [act[2] for act in book(office, "calendar:2026")] == ["市政府通知"]


def test_a_message_is_published_with_a_reason(reader, office):
    olga = reader("olga")
    olga.open("/admin/messages")

    wrong = olga.press("/admin/messages", {"name": "m", "variables": "[1]", **WHY})
    shown = olga.press("/admin/messages", {"name": "m", "variables": '{"a": 1.5}', **WHY})

    assert "JSON" in wrong
    assert "消息已发布" in shown
    assert book(office, "message:m") == [("MESSAGE_PUBLISHED", "olga", "人事通知3号")]


def test_the_overview_counts_and_names_the_cases_that_stopped(reader, office):
    begin(office, "leave_request", case="QJ-9")

    shown = reader("olga").open("/admin")

    assert "在办事项" in shown
    assert "到期作业均已办理" in shown
    assert "QJ-9" not in shown  # somebody has to claim it: it waits for a person


@pytest.mark.parametrize("path", ["users", "groups", "parties", "tokens", "acts", "users/anna", "groups/staff"])
def test_operators_see_no_accounts_and_staff_nothing(reader, path):
    seen = {}
    for who in ("anna", "olga", "audrey", "ada"):
        someone = reader(who)
        someone.open(f"/admin/{path}")
        seen[who] = someone.status

    assert seen == {"anna": 403, "olga": 403, "audrey": 200, "ada": 200}


def test_my_profile_my_sessions_my_tokens(reader, office):
    grace, elsewhere = reader("grace"), reader("grace")
    grace.open("/profile")
    wrong = grace.press("/profile", {"name": "格蕾丝", "email": "nobody", "language": "zh"})
    grace.press("/profile", {"name": "格蕾丝", "email": "grace@example.org", "language": "en"})
    english = grace.text
    token = re.search(r"(ps_[\w-]{40,})", grace.press("/profile/tokens", {"title": "report", "days": "30"}))[1]
    with office.database.reading() as session:
        user = accounts.token_user(session, token, at=machine_now())
    sessions = re.findall(r"/profile/sessions/([0-9a-f]{16})/end", grace.open("/profile"))
    grace.press(f"/profile/sessions/{sessions[0]}/end")
    elsewhere.open("/profile")

    assert "“nobody”不是有效的邮箱地址" in wrong
    assert "Your profile is saved." in english
    assert (user.username, user.language) == ("grace", "en")
    assert len(sessions) == 1
    assert elsewhere.path == "/sign-in"


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(reader, office):
    henry, elsewhere = reader("henry"), reader("henry")
    henry.open("/profile/password")
    wrong = henry.press(
        "/profile/password",
        {"old_password": "guessed", "new_password": "a longer one now", "again_password": "a longer one now"},
    )
    refused = henry.status
    henry.press(
        "/profile/password",
        {"old_password": PASSWORD, "new_password": "a longer one now", "again_password": "a longer one now"},
    )
    elsewhere.open("/profile")

    assert refused == 401
    assert "用户名或密码不正确" in wrong
    assert (henry.path, elsewhere.path) == ("/profile", "/sign-in")
    assert access.ADMIN not in groups(office, "henry")


def test_ticked_incidents_are_resolved_and_each_is_told(reader, office):
    with office.database.writing() as session:
        process = latest(session, "process", "leave_request")
        for case in ("QJ-51", "QJ-52"):
            instance = start_instance(session, process, {}, office.user("ada"), now=MONDAY, business_id=case)
            error = EngineError("EXTRACT_VALUE_ERROR", "approve", "days is null")
            incidents.report(session, instance.key, error, now=MONDAY)
        session.commit()
    olga, audrey = reader("olga"), reader("audrey")
    shown = olga.open("/incidents", kind="EXTRACT_VALUE_ERROR")
    keys = re.findall(r'name="incident" value="(\d+)"', shown)
    audrey.open("/incidents")

    refused = audrey.press("/incidents/resolution", {"incident": keys})
    none = olga.press("/incidents/resolution")
    told = olga.press("/incidents/resolution", {"incident": keys})

    assert len(keys) == 2
    assert "此处需要的数据缺失" in shown
    assert refused.count("<strong>您无权进行此操作。") == 2
    assert "请先勾选" in none
    assert told.count("已处理并重试") == 2
    assert "没有未处理的故障" in told or 'name="incident"' not in told


def test_who_keeps_accounts_sees_no_case_and_touches_no_rights_of_the_system(reader, office):
    with office.database.writing() as session:
        accounts.create_account(session, "sue", "苏", PASSWORD, [access.SYSADMIN], now=MONDAY)
        session.commit()
    key = begin(office, "leave_request", claimed_by="anna", case="QJ-77")
    sue = reader("sue")
    sue.open("/admin/users/noah")
    sue.press("/admin/users/noah/groups", {"group": "managers", **WHY})
    held = groups(office, "noah")
    told = [
        sue.press("/admin/users/noah/groups", {"group": "auditor", **WHY}),
        sue.press("/admin/users/audrey/password", {"way": "password", **WHY}),
        sue.press("/admin/users/olga/details", {"name": "甲", "email": "", **WHY}),
        sue.press("/admin/users", {"username": "sock", "name": "袜", "groups": ["operator"], **WHY}),
    ]
    seen = {}
    for path in ("/admin", "/admin/calendar", "/instances", f"/tasks/{key}", "/incidents", "/admin/messages"):
        sue.open(path)
        seen[path] = (sue.status, "QJ-77" in sue.text)

    assert held == ["managers"]
    assert ["系统用户组" in page for page in told] == [True] * 4
    assert list(seen.values()) == [(200, False)] * 3 + [(404, False)] + [(403, False)] * 2
