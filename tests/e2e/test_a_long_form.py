"""A form with tables, files and conditions, in a browser: nothing waits for a new page, and nothing typed is lost."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from service.clock import machine_now
from service.models import UserTask
from service.operations import deployments
from service.operations.instances import start_instance
from service.operations.user_tasks import claim_user_task
from service.releases import latest
from service.values import variables
from tests.support.leave import files

PDF = {"name": "预算.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF"}


@pytest.fixture
def key(town):
    """A report that anna has to write."""
    now = machine_now()
    with town.database.writing() as session:
        if latest(session, "process", "report") is None:
            deployments.deploy(session, files("rooms") | files("report"), town.user("dora"), now=now)
        process = latest(session, "process", "report")
        assert process is not None
        instance = start_instance(session, process, variables({"title": "年报"}), town.user("ada"), now=now)
        task = session.scalars(select(UserTask.key).filter_by(instance_key=instance.key)).one()
        claim_user_task(session, task, town.user("anna"), now=now)
        session.commit()
    return task


def test_conditions_rows_and_files_follow_while_one_types(enter, key):
    anna = enter("anna")
    anna.goto(f"/tasks/{key}")
    anna.evaluate("window.samePage = true")

    expect(anna.locator("[name=why]")).to_be_hidden()
    anna.locator("[name=urgent]").check()
    expect(anna.locator("[name=why]")).to_be_visible()
    anna.get_by_role("button", name="添加一行").click()
    expect(anna.locator("[name='costs[1].item']")).to_be_focused()
    anna.keyboard.type("笔")
    anna.keyboard.press("Alt+ArrowUp")
    expect(anna.locator("[name='costs[0].item']")).to_have_value("笔")
    anna.locator("input[type=file]").set_input_files(PDF)
    expect(anna.get_by_role("link", name="预算.pdf", exact=True)).to_be_visible()
    expect(anna.locator("#draft-state")).to_contain_text("草稿已保存")
    assert anna.evaluate("window.samePage")
    anna.reload()

    expect(anna.locator("[name='costs[0].item']")).to_have_value("笔")
    expect(anna.get_by_role("link", name="预算.pdf", exact=True)).to_be_visible()


def test_two_tabs_never_overwrite_each_other_and_a_lost_line_loses_nothing(enter, key):
    anna = enter("anna")
    other = anna.context.new_page()
    for page in (anna, other):
        page.goto(f"/tasks/{key}")
        page.locator("[name='costs[0].item']").wait_for()

    anna.locator("[name='costs[0].item']").fill("纸")
    expect(anna.locator("#draft-state")).to_contain_text("草稿已保存")
    other.locator("[name='costs[0].item']").fill("笔")
    expect(other.locator("#draft-state")).to_contain_text("在另一设备或另一标签页中保存")
    other.get_by_role("button", name="以此处填写的为准").click()
    expect(other.locator("#draft-state")).to_contain_text("草稿已保存")

    anna.goto(f"/tasks/{key}")
    expect(anna.locator("[name='costs[0].item']")).to_have_value("笔")
    anna.route("**/draft", lambda route: route.abort())
    anna.locator("[name='costs[0].item']").fill("尺")
    expect(anna.locator("#draft-state")).to_contain_text("网络已断开")
    anna.reload()
    anna.get_by_role("button", name="恢复填入").click()
    expect(anna.locator("[name='costs[0].item']")).to_have_value("尺")
