"""A leave request from the first sign-in to the auditor's slider, with mouse and with keyboard only."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import begin
from tests.support.leave import PASSWORD


def test_sign_in_claim_complete(enter, town):
    begin(town, case="QJ-101")
    anna = enter("anna")

    anna.get_by_role("link", name=re.compile("待领取")).click()
    anna.get_by_label("勾选“申请 QJ-101”").check()
    anna.get_by_role("button", name="领取所选任务").click()
    expect(anna.get_by_role("heading", level=1)).to_have_text("申请")
    fill(anna, "2.5")
    anna.get_by_role("button", name="提交办结").click()

    expect(anna.get_by_role("status").first).to_contain_text("“申请”已办结")
    grace = enter("grace")
    expect(grace.get_by_role("row", name=re.compile("QJ-101"))).to_contain_text("审批")


def test_wrong_input_keeps_what_was_typed_and_leads_to_the_field(enter, town):
    begin(town, case="QJ-102", claimed_by="anna")
    anna = enter("anna")
    open_task(anna, "QJ-102")

    fill(anna, "99")
    anna.get_by_role("button", name="提交办结").click()

    summary = anna.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(anna.get_by_label("天数")).to_have_value("99")
    expect(anna.get_by_label("事由")).to_have_value("回家看望父母")
    summary.get_by_role("link", name=re.compile("天数")).click()
    assert anna.url.endswith("#" + (anna.get_by_label("天数").get_attribute("id") or "?"))


def test_what_is_typed_is_saved_by_itself(enter, town):
    begin(town, case="QJ-103", claimed_by="anna")
    anna = enter("anna")
    open_task(anna, "QJ-103")

    anna.get_by_label("事由").fill("写到一半")
    expect(anna.locator("#draft-state")).to_contain_text("草稿已保存")
    anna.reload()

    expect(anna.get_by_label("事由")).to_have_value("写到一半")


def test_everything_by_keyboard(enter, town):
    begin(town, case="QJ-104", claimed_by="anna")
    anna = enter(None)
    anna.goto("/sign-in")
    anna.keyboard.type("anna")
    anna.keyboard.press("Tab")
    anna.keyboard.type(PASSWORD)
    anna.keyboard.press("Enter")
    anna.wait_for_url("**/")

    anna.keyboard.press("Tab")
    expect(anna.get_by_role("link", name="跳到正文")).to_be_focused()
    anna.keyboard.press("Enter")
    expect(anna.get_by_role("main")).to_be_focused()
    row = anna.get_by_role("row", name=re.compile("QJ-104"))
    tab_to(anna, row.get_by_role("link"))
    anna.keyboard.press("Enter")
    tab_to(anna, anna.get_by_label("天数"))
    anna.keyboard.type("1")
    anna.keyboard.press("Enter")  # sends the form; it does not press a button for rows

    expect(anna.get_by_role("alert")).to_contain_text("请更正以下各项")
    expect(anna.get_by_label("天数")).to_have_value("1")


def test_an_auditor_moves_through_the_history(enter, town):
    key = begin(town, case="QJ-105", claimed_by="anna")
    anna = enter("anna")
    open_task(anna, "QJ-105")
    fill(anna, "3")
    anna.get_by_role("button", name="提交办结").click()
    expect(anna.get_by_role("status").first).to_contain_text("已办结")

    audrey = enter("audrey")
    audrey.goto(f"/instances/{key}")
    audrey.locator("#replay[data-ready]").wait_for()

    expect(audrey.get_by_text("历史链校验通过 · 3条记录")).to_be_visible()
    assert marks(audrey) == {"start": "is-done", "request": "is-done", "approve": "is-active"} | {
        "leave_days": "is-done",
        "needs_approval": "is-done",
    }
    slider = audrey.get_by_role("slider", name="历史位置")
    slider.focus()
    audrey.keyboard.press("Home")
    assert marks(audrey) == {}
    audrey.keyboard.press("ArrowRight")
    assert marks(audrey) == {"start": "is-done", "request": "is-active"}
    expect(audrey.locator("#moment-shown")).to_contain_text("1 / 3")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("事项开始"))
    audrey.get_by_role("button", name="前进一步").click()
    expect(audrey.locator("#moment-shown")).to_contain_text("领取“申请”")
    expect(audrey.locator(".timeline .now")).to_contain_text("安娜")


def test_the_history_plays_by_itself_but_not_for_who_wants_calm(enter, town):
    key = begin(town, claimed_by="anna")
    audrey, calm = enter("audrey"), enter("audrey", reduced_motion="reduce")
    for page in (audrey, calm):
        page.goto(f"/instances/{key}")
        page.locator("#replay[data-ready]").wait_for()

    expect(calm.get_by_role("button", name="播放")).to_be_hidden()
    audrey.get_by_role("button", name="播放").click()
    expect(audrey.locator("#moment-shown")).to_contain_text("0 / 2")
    expect(audrey.locator("#moment-shown")).to_contain_text("2 / 2")
    expect(audrey.get_by_role("button", name="播放")).to_be_visible()


def test_the_task_page_works_without_javascript(enter, town):
    begin(town, case="QJ-107", claimed_by="anna")
    anna = enter("anna", java_script_enabled=False)
    open_task(anna, "QJ-107")

    fill(anna, "3")
    anna.get_by_role("button", name="提交办结").click()

    expect(anna.get_by_role("status").first).to_contain_text("已办结")


def open_task(page: Page, case: str) -> None:
    page.goto("/?box=mine")
    page.get_by_role("row", name=re.compile(case)).get_by_role("link").click()


def fill(page: Page, days: str) -> None:
    page.get_by_label("天数").fill(days)
    page.get_by_label("开始日期").fill("2026-12-01")
    page.get_by_label("类别").select_option("年假")
    page.get_by_label("事由").fill("回家看望父母")


def tab_to(page: Page, target) -> None:
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not get there")


def marks(page: Page) -> dict[str, str]:
    """Element id → its marker on the diagram."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.djs-shape')]
            .filter(shape => !shape.dataset.elementId.endsWith('_label'))
            .flatMap(shape => [...shape.classList].filter(name => /^is-(active|done|gone)$/.test(name))
                .map(name => [shape.dataset.elementId, name])))"""
    )
