"""The ten jobs: what somebody does who has never seen the pages, from the inbox on. Each says at which moment."""

from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page, expect

from tests.walks.walker import PDF, Walk

Job = tuple[str, str, Callable[[Walk], None]]
EVIDENCE = ("身份证明", "任职与从业证明", "成果证明", "单位意见")
PROGRAM = {"name": "材料.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\x00"}
PERSON = {
    "name": "杨柳",
    "kind": "PERSON",
    "id_type": "居民身份证",
    "id_no": "210802198503150011",
    "birth": "1985-03-15",
    "has_employer": "是",
    "employer_name": "营口渤海特钢有限公司",
    "employer_usc": "91210800MA0TETT01K",
    "works_here": "是",
    "achievement_type": "质量管理",
    "is_joint": "否",
    "mobile": "13904170001",
    "email": "demo@example.org",
    "recommender_party": "rec_industry",
    "recommender_continue": "继续",
    "report_characters": "12000",
    "perf[0].year": "2023",
    "perf[1].year": "2024",
    "perf[2].year": "2025",
    "quality_work[0].from": "2008-07-01",
}


def _task(walk: Walk, page: Page, name: str) -> None:
    """From the inbox to a task, taking it where it is only offered. What follows an act may come a moment later."""
    link = page.get_by_role("link", name=name, exact=True)
    if not link.count() and "done=" in page.url:
        page.wait_for_timeout(3000)
        walk.click(page.get_by_role("link", name="刷新"))
    if not link.count():
        walk.click(page.get_by_role("link", name="待领取"))
    walk.click(link)
    if (claim := page.get_by_role("button", name="领取任务")).count():
        walk.click(claim)


def _send(walk: Walk, page: Page, name: str) -> None:
    walk.click(page.get_by_role("main").get_by_role("button", name="提交办结"))
    expect(page.get_by_text(f"“{name}”已办结")).to_be_visible()


def _evidence(walk: Walk, page: Page) -> None:
    for number, kind in enumerate(EVIDENCE):
        if not page.locator(f"[name='evidence[{number}].type']").count():
            walk.click(page.get_by_role("button", name="添加一行"))
        walk.choose(page.locator(f"[name='evidence[{number}].type']"), kind)
        walk.write(page.locator(f"[name='evidence[{number}].title']"), kind)
        walk.choose(page.locator(f"[name='evidence[{number}].secrecy']"), "内部")
        walk.upload(page.locator(f"[name='_file:evidence[{number}].file']"), PDF)


def file_an_application(walk: Walk) -> None:
    """Up to the recommendation, which somebody else gives; then the last step."""
    page = walk.enter("person_yang")
    walk.click(page.get_by_role("link", name="发起办理"))
    walk.click(page.get_by_role("link", name="发起申报"))
    walk.click(page.get_by_role("main").get_by_role("button", name="发起"))
    walk.fill(page, PERSON | {"party": "person_yang"})
    _send(walk, page, "选择奖项和申报主体")
    for name in ("填写个人申报表", "逐项自评"):
        _task(walk, page, name)
        walk.fill(page, PERSON)
        _send(walk, page, name)
    _task(walk, page, "提供证实材料")
    _evidence(walk, page)
    _send(walk, page, "提供证实材料")
    _task(walk, page, "选择推荐单位")
    walk.fill(page, PERSON)
    _send(walk, page, "选择推荐单位")


def find_what_is_overdue(walk: Walk) -> None:
    """Her own by a filter, everybody's by an overview."""
    page = walk.enter("clerk1")
    walk.click(page.get_by_role("link", name="待领取"))
    walk.choose(page.get_by_label("办理期限"), "已逾期")
    page.wait_for_url("**due=overdue**")
    walk.click(page.locator("header summary").filter(has_text="更多"))
    walk.click(page.get_by_role("link", name="概览"))
    walk.click(page.get_by_role("link", name="待办与逾期（按人）"))
    expect(page.get_by_role("main").get_by_role("table")).to_be_visible()


def score_on_a_tablet(walk: Walk) -> None:
    """All items of one case."""
    page = walk.enter("assessor1", viewport={"width": 768, "height": 1024}, has_touch=True)
    _task(walk, page, "逐项评分")
    walk.fill(page, {"percent": "60"})
    _send(walk, page, "逐项评分")


def vote(walk: Walk) -> None:
    """All candidates, one after the other, by the link to the next."""
    page = walk.enter("member2")
    walk.click(page.get_by_role("link", name="投票", exact=True))
    while True:
        walk.fill(page, {"choice": "同意"})
        _send(walk, page, "投票")
        onward = page.get_by_role("link", name="本事项下一步")
        if not onward.count():
            break
        walk.click(onward)


def publish_a_notice(walk: Walk) -> None:
    """The clerk drafts, the head signs, the clerk publishes."""
    clerk, head = walk.enter("clerk1"), walk.enter("head")
    _task(walk, clerk, "拟订公示")
    walk.fill(clerk, {"notice_start": "2026-09-14"})
    walk.click(clerk.get_by_role("button", name="添加一行"))
    walk.fill(clerk, {"type": "新闻媒体"})
    _send(walk, clerk, "拟订公示")
    head.reload()
    _task(walk, head, "签发公示")
    walk.fill(head, {"notice_sign_result": "签发"})
    _send(walk, head, "签发公示")
    clerk.goto("/?box=groups")
    _task(walk, clerk, "登记发布情况")
    walk.fill(clerk, {"notice_start": "2026-09-14", "publish_date": "2026-09-14", "url": "https://example.org/n"})
    _send(walk, clerk, "登记发布情况")


def answer_an_objection(walk: Walk) -> None:
    """It is registered, and the one concerned is told."""
    page = walk.enter("clerk1")
    _task(walk, page, "登记异议情况")
    walk.fill(page, dict.fromkeys(("real_name", "has_contact", "has_seal", "has_facts", "has_evidence"), "是"))
    _send(walk, page, "登记异议情况")


def verify_a_certificate(walk: Walk) -> None:
    """A code that does not exist, then one from the paper."""
    page = walk.enter(None)
    page.goto("/public")
    walk.click(page.get_by_role("link", name="证书查验"))
    walk.write(page.get_by_label("查验码"), "YK-0000-0000")
    walk.click(page.get_by_role("button", name="查验"))
    expect(page.get_by_role("main")).to_contain_text("没有这个查验码")


def hand_over_before_leave(walk: Walk) -> None:
    """From one day to another a colleague stands in."""
    page = walk.enter("clerk1")
    walk.click(page.locator("header summary").last)
    walk.click(page.get_by_role("link", name="个人设置"))
    walk.write(page.locator("[name=substitute]"), "clerk2")
    walk.write(page.locator("[name=first_day]"), "2026-12-01")
    walk.write(page.locator("[name=last_day]"), "2026-12-10")
    walk.click(page.get_by_role("button", name="指定代办人"))
    expect(page.get_by_role("main")).to_contain_text("已安排")


def correct_a_refused_upload(walk: Walk) -> None:
    """A file of a wrong kind, removed and replaced."""
    page = walk.enter("person_li")
    _task(walk, page, "提供证实材料")
    walk.upload(page.locator("[name='_file:evidence[0].file']"), PROGRAM)
    expect(page.get_by_text("未接收“材料.exe”").first).to_be_visible()
    walk.click(page.get_by_role("button", name="移除"))
    walk.upload(page.locator("[name='_file:evidence[0].file']"), PDF)
    expect(page.get_by_role("link", name="材料.pdf", exact=True)).to_be_visible()


def find_out_why_it_was_refused(walk: Walk) -> None:
    """From the bell to the letter, which says the article and the reason."""
    page = walk.enter("dashiqiao_magnesia")
    walk.click(page.locator("a.bell"))
    walk.click(page.get_by_role("link", name="结果通知书"))
    expect(page.get_by_role("main")).to_contain_text("第十五条（三）")


#: What, at which moment of the year, and how.
JOBS: Final[tuple[Job, ...]] = (
    ("申报", "window", file_an_application),
    ("查找逾期", "objection", find_what_is_overdue),
    ("平板评分", "scoring", score_on_a_tablet),
    ("评委会表决", "vote", vote),
    ("发布公示", "notice", publish_a_notice),
    ("答复异议（登记）", "objection", answer_an_objection),
    ("查验证书", "end", verify_a_certificate),
    ("离岗前移交", "end", hand_over_before_leave),
    ("更正被拒的文件", "evidence", correct_a_refused_upload),
    ("查明未获奖的理由", "end", find_out_why_it_was_refused),
)
