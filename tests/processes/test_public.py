"""The public's part of the award on its pages, without an account: lists, comments, objections, questionnaires."""

import io
import json
import re
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import select

from service import db
from service.models import Link, Receipt
from service.public import links
from tests.processes.theatre import SCENES

NOTICE = SCENES / "notice_late.json"
OBJECTION = {
    "objector_kind": "个人",
    "objector_name": "王建国",
    "objector_id_no": "210802197003073537",
    "objector_contact": "13804170001",
    "target_entry": "APP-2",
    "matter": "资格条件",
    "facts": "该单位近年曾因产品质量问题被监管部门处罚，请予核实。",
    "signature": "1",
    "_submit": "1",
}


GRADES = ("overall", "quality", "service", "price_value", "complaint_handling", "would_recommend")


class Citizen:
    """Somebody with a browser and no account."""

    def __init__(self, player):
        from service.app import create_app

        self.client, self.page = create_app().test_client(), None
        self.client.set_cookie("language", "zh")
        self.url = player.stage.database_url

    def open(self, path):
        """The page's text."""
        self.page = self.client.get(path, follow_redirects=True)
        return unescape(self.page.get_data(as_text=True))

    def send(self, path, answers, *files):
        """Fill in the form at a path and send it."""
        fields = dict(re.findall(r'name="(_csrf_token|_once)" value="([^"]+)"', self.open(path)))
        files = {f"_file:{name}": (io.BytesIO(b"%PDF-1.4 evidence"), f"{name}.pdf") for name in files}
        self.page = self.client.post(path, data={**fields, **answers, **files}, follow_redirects=True)
        return unescape(self.page.get_data(as_text=True))


@pytest.fixture(scope="module")
def notice(theatre):
    """The award while two names are in public notice; what the first scene's actors do up to the objection."""
    content = json.loads(NOTICE.read_text("utf-8"))
    until = next(at for at, step in enumerate(content["steps"]) if step.get("start") == "objection_filing")
    with theatre.opened(NOTICE) as player:
        player._play(json.loads(json.dumps(content["steps"][:until]), parse_float=Decimal, parse_int=Decimal), {}, "")
        yield player


def records(player, register, **where):
    return player.stage.records(register, where)


def test_the_lists_are_public_and_show_nothing_of_persons_but_what_is_published(notice):
    citizen = Citizen(notice)

    index = citizen.open("/public")
    shown = citizen.open("/public/public_notices") + citizen.open("/public/accepted_list")

    for title in (
        "申报公告",
        "受理名单",
        "拟奖公示",
        "获奖名单",
        "公众意见",
        "提出异议",
        "反映获奖者的问题",
        "证书查验",
    ):
        assert title in index
    assert "公示中" in shown
    assert "2026-01-12 23:59" in shown
    assert "组织1" in shown
    assert "91210801" not in shown, "codes of applicants are not published"
    assert citizen.client.get("/public/comment_summary").status_code == 404


def test_an_objection_is_filed_by_real_name_without_an_account(notice):
    citizen = Citizen(notice)
    before = len(records(notice, "objections"))

    refused = citizen.send("/public/start/objection_filing", {**OBJECTION, "objector_id_no": "210802197003073530"})
    assert citizen.page.status_code == 400
    assert OBJECTION["facts"] in refused
    assert len(records(notice, "objections")) == before

    told = citizen.send("/public/start/objection_filing", OBJECTION, "objection_evidence")
    assert citizen.page.status_code == 200, told
    (objection,) = records(notice, "objections", objector_name="王建国")

    assert f"编号{objection['id']}" in told
    assert objection["application"] == "APP-2"
    notice.stage.settle()
    task = next(notice._open("register", {}, "objection_handling"))[0]
    assert task["assignee"] is None, "the office is asked to register it"
    with db.database(citizen.url).reading() as session:
        assert session.scalars(select(Receipt)).first().code_hash not in told


def test_a_comment_is_answered_with_its_reason_under_the_code(notice):
    citizen = Citizen(notice)
    form = citizen.open("/public/start/public_comment")
    assert "组织1" in form, "the accepted list gives the applicants"
    told = citizen.send(
        "/public/start/public_comment",
        {"topic": "对申报者的意见", "application": "APP-1", "comment_text": "售后服务不及时。", "_submit": "1"},
    )
    address = citizen.page.request.path
    assert "已收到" in told

    answers = {"moderation_result": "不予采用", "moderation_reason": "与本次评奖无关"}
    notice._play([{"do": "moderate", "as": "clerk1", "answers": answers}], {}, "")

    assert "理由：与本次评奖无关" in citizen.open(address)
    (comment,) = records(notice, "public_comments", state="REFUSED")
    assert comment["application"] == "APP-1"


REGISTRATION = {
    "kind": "ORG",
    "org_name": "营口新海泵业有限公司",
    "usc_code": "91210804MA0TETT03K",
    "person_name": "丁一",
    "contact_phone": "13804170002",
    "wanted_username": "xinhai_ding",
    "_submit": "1",
}


def test_a_new_applicant_gets_an_account_the_next_one_of_the_same_code_joins_and_a_refusal_says_why(notice):
    citizen = Citizen(notice)
    start = "/public/start/applicant_registration"

    received = citizen.send(start, REGISTRATION, "authorisation")
    code = re.search(r"<code[^>]*>([0-9A-Z-]{19})<", received)[1]
    check = {"do": "check", "process": "applicant_registration", "as": "clerk1"}
    notice._play([{**check, "answers": {"registration_result": "通过", "username": "xinhai_ding"}}], {}, "")
    page = citizen.open(f"/public/receipts/{code}")
    claim = re.search(r'action="(/public/receipts/[^"]+/account)"', page)[1]
    token = dict(re.findall(r'name="(_csrf_token)" value="([^"]+)"', page))
    citizen.page = citizen.client.post(claim, data=token, follow_redirects=True)
    word = {"new_password": "xin-hai-beng-ye-7", "again_password": "xin-hai-beng-ye-7"}
    inside = citizen.client.post(citizen.page.request.path, data=word, follow_redirects=True)

    assert "您的账号已开通，用户名：xinhai_ding" in page
    assert inside.status_code == 200
    assert "发起申报" in citizen.open("/start")

    for name, result in (
        ("xinhai_wu", {"registration_result": "通过", "username": "xinhai_wu"}),
        ("xinhai_li", {"registration_result": "不通过", "refusal_reason": "授权委托书未盖章"}),
    ):
        other = Citizen(notice)
        told = other.send(start, REGISTRATION | {"wanted_username": name, "person_name": name}, "authorisation")
        code = re.search(r"<code[^>]*>([0-9A-Z-]{19})<", told)[1]
        notice._play([{**check, "answers": result}], {}, "")
        after = other.open(f"/public/receipts/{code}")
    assert "授权委托书未盖章" in after
    assert "/account" not in after
    first, second, third = sorted(records(notice, "registrations"), key=lambda row: row["id"])
    assert first["party"] == second["party"] is not None
    assert (first["state"], second["state"], third["state"]) == ("ACCEPTED", "ACCEPTED", "REFUSED")


def test_a_questionnaire_is_answered_once_and_counted_without_a_trace_of_who(theatre):
    with theatre.opened(SCENES / "onsite_visit.json") as player:
        content = json.loads((SCENES / "onsite_visit.json").read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
        until = next(at for at, step in enumerate(content["steps"]) if step.get("do") == "enter_results")
        steps = content["steps"][:until]
        plan = next(step for step in steps if "sample_size" in step.get("answers", {}))
        plan["answers"]["link_n"] = Decimal(3)
        after_plan = steps.index(plan) + 1
        player._play(steps[:after_plan], {}, "")
        citizen = Citizen(player)
        with db.database(citizen.url).reading() as session:
            tokens = [links.token_of(each) for each in session.scalars(select(Link.principal))]
        assert len(tokens) == 3
        answer = dict.fromkeys(GRADES, "4")

        assert "匿名填写" in citizen.open(f"/links/{tokens[0]}")
        assert "已经收到" in citizen.send(f"/links/{tokens[0]}", {**answer, "_submit": "1"})
        assert "已经收到" in citizen.send(f"/links/{tokens[0]}", {**answer, "overall": "1", "_submit": "1"})
        assert "已经收到" in citizen.send(f"/links/{tokens[1]}", {**answer, "overall": "5", "_submit": "1"})
        assert len(records(player, "survey_answers")) == 2
        player._play(steps[after_plan:], {}, "")

        assert "已" in citizen.open(f"/links/{tokens[2]}")
        assert citizen.page.status_code == 410
        _, seen = next(player._open("enter_results", {}, "satisfaction_survey"))
        assert (seen["online_n"], seen["online_mean"]) == (2, Decimal("81.67"))
        player._play(content["steps"][until:], {}, "")
