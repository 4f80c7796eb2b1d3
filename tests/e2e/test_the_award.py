"""The award in a browser: everybody who takes part does one thing that waits for them, and not all goes well."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from service import db
from service.clock import machine_now
from service.models import SignIn
from tests.processes.theatre import Theatre
from tests.support.server import Server, running_server
from tests.walks.walker import PDF, Walk, walking

SCENE = Path(__file__).parent / "award.json"
PROGRAM = {"name": "材料.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\x00"}
EVIDENCE = (
    "营业执照",
    "管理体系证书",
    "近3年审计报告/财务报表",
    "纳税证明",
    "专利与标准清单",
    "顾客满意度资料",
    "无违法证明或信用报告",
    "环保资料",
)


@pytest.fixture(scope="module")
def award(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service with one task open for each of those who take part."""
    with Theatre(tmp_path_factory.mktemp("award")).opened(SCENE) as player:
        player.play()
        with running_server(player.stage.database_url, Path(os.environ["PINGSHEN_DATA"])) as server:
            yield server


@pytest.fixture
def walk(award: Server, browser: Browser) -> Iterator[Walk]:
    with walking(browser, award.url, "award") as walk:
        yield walk


def open_task(page: Page, name: str) -> None:
    """From the inbox to the first task of this name, and take it where it is only offered."""
    if not page.get_by_role("link", name=name, exact=True).count():
        page.get_by_role("link", name="待领取").click()
    page.get_by_role("link", name=name, exact=True).first.click()
    if (claim := page.get_by_role("button", name="领取任务")).count():
        claim.click()


def send(page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="提交办结").click()


def expect_done(page: Page, name: str) -> None:
    expect(page.get_by_text(f"“{name}”已办结")).to_be_visible()


def test_an_applicant_mends_what_is_refused_and_a_department_recommends(walk):
    applicant = walk.enter("gaizhou_fruit")
    open_task(applicant, "提供证实材料")
    for number, kind in enumerate(EVIDENCE):
        if not applicant.locator(f"[name='evidence[{number}].type']").count():
            applicant.get_by_role("button", name="添加一行").click()
        applicant.locator(f"[name='evidence[{number}].type']").select_option(label=kind)
        applicant.locator(f"[name='evidence[{number}].title']").fill(kind)
        applicant.locator(f"[name='evidence[{number}].secrecy']").select_option(label="内部")
        upload = applicant.locator(f"[name='_file:evidence[{number}].file']")
        if number == 0:
            upload.set_input_files(PROGRAM)
            expect(applicant.get_by_text("未接收“材料.exe”").first).to_be_visible()
        if number < len(EVIDENCE) - 1:
            upload.set_input_files(PDF)
    send(applicant)
    expect(applicant.get_by_role("alert")).to_contain_text("请更正以下各项")
    applicant.locator("[name='_file:evidence[7].file']").set_input_files(PDF)
    send(applicant)
    expect_done(applicant, "提供证实材料")
    open_task(applicant, "选择推荐单位")
    walk.fill(applicant, {"recommender_party": "rec_industry", "recommender_continue": "继续"})
    send(applicant)
    expect_done(applicant, "选择推荐单位")

    recommender = walk.enter("rec_industry")
    open_task(recommender, "签署推荐意见")
    walk.fill(recommender, {"recommendation_opinion": "同意", "recommender_controlled": "否"})
    send(recommender)
    expect_done(recommender, "签署推荐意见")


def test_two_clerks_at_one_task_and_the_second_is_told(walk):
    first, second = walk.enter("clerk1"), walk.enter("clerk2")
    for page in (first, second):
        page.goto("/?box=groups")
        page.get_by_role("link", name="审核材料齐全").first.click()
    first.get_by_role("button", name="领取任务").click()
    second.get_by_role("button", name="领取任务").click()
    expect(second.get_by_role("alert")).to_contain_text("何敏")
    expect(second.get_by_role("heading", level=1)).to_have_text("审核材料齐全")
    walk.fill(first, {"completeness": "齐全"})
    send(first)
    expect_done(first, "审核材料齐全")


def test_an_assessor_whose_session_ended_loses_nothing(walk, award):
    assessor = walk.enter("assessor2", viewport={"width": 768, "height": 1024}, has_touch=True)
    open_task(assessor, "逐项评分")
    walk.fill(assessor, {"percent": "60"})
    with db.database(award.environment["DATABASE_URL"]).writing() as session:
        session.execute(update(SignIn).values(expires_at=machine_now()).where(SignIn.username == "assessor2"))
        session.commit()
    send(assessor)
    assessor.locator("input[name=username]").fill("assessor2")
    assessor.locator("input[name=password]").fill("demo-assessor2")
    assessor.get_by_role("main").get_by_role("button", name="登录").click()
    expect(assessor.get_by_role("heading", name="没有丢失")).to_be_visible()
    assessor.get_by_role("button", name="现在提交").click()
    expect_done(assessor, "逐项评分")


@pytest.mark.parametrize(
    ("who", "name", "answers"),
    [
        ("member2", "记名表决", {"motion_choice": "同意"}),
        ("government", "研究决定", {"government_result": "批准", "decision": "批准"}),
        ("finance", "审核并拨付", {"payment_result": "已拨付"}),
    ],
)
def test_committee_government_and_finance_decide(walk, who, name, answers):
    page = walk.enter(who)
    open_task(page, name)
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("请更正以下各项")
    walk.fill(page, answers)
    send(page)
    expect_done(page, name)
