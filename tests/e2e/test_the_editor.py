"""A process owner opens a diagram, breaks it, is told where, mends it, deploys it."""

from playwright.sync_api import Page, expect

from service.releases import latest


def test_open_check_deploy(enter, town):
    dora = enter("dora")
    before = version(town)
    open_editor(dora)

    dora.get_by_role("button", name="检查").click()
    expect(dora.locator("#findings-state")).to_have_text("未发现问题，可以部署。")
    rename(dora, "settle", "登记请假结果")
    expect(dora.locator("#findings-state")).to_have_text("已修改，尚未部署")
    dora.get_by_role("button", name="部署").click()

    expect(dora.locator("#findings-state")).to_have_text(f"已部署为第{before + 1}版。")
    assert version(town) == before + 1
    with town.database.reading() as session:
        found = latest(session, "process", "leave_request")
        assert found is not None
        xml = found.data.decode()
    assert 'name="登记请假结果"' in xml
    for kept in ("zeebe:userTask", "zeebe:formDefinition", "zeebe:calledDecision", "zeebe:taskSchedule"):
        assert f"<{kept}" in xml


def test_a_finding_leads_to_its_element_and_nothing_is_deployed(enter, town):
    dora = enter("dora")
    before = version(town)
    open_editor(dora)
    # Without its condition a flow out of a gateway that has a default means nothing.
    dora.locator("#canvas [data-element-id='settle']").first.click()
    dora.keyboard.press("Delete")
    dora.locator("#canvas [data-element-id='approve']").first.click()
    dora.locator(".bio-properties-panel-group-header-title", has_text="表单").click()
    dora.locator("#bio-properties-panel-formId").fill("nowhere")
    dora.keyboard.press("Tab")

    dora.get_by_role("button", name="部署").click()

    expect(dora.locator("#findings-state")).to_contain_text("没有部署任何内容")
    finding = dora.locator("#findings li.error", has_text="nowhere").first
    finding.get_by_role("button").click()
    expect(dora.locator("#canvas .djs-element.selected")).to_have_attribute("data-element-id", "approve")
    assert version(town) == before
    dora.on("dialog", lambda dialog: dialog.accept())  # unsaved changes are asked about


def test_the_editor_is_chinese_throughout_and_shows_whose_it_is(enter, town):
    dora = enter("dora")
    open_editor(dora)

    for element in ("start", "request", "leave_days", "needs_approval", "settle", "done", "reminder", "to_request"):
        dora.locator(f"#canvas [data-element-id='{element}']").first.click(force=True)
        dora.evaluate("document.querySelectorAll('.bio-properties-panel-group-header').forEach(head => head.click())")
    untranslated = dora.evaluate("() => [...window.untranslated]")

    assert untranslated == []
    mark = dora.locator(".bjs-powered-by").bounding_box()
    assert mark is not None
    on_top = dora.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('.bjs-powered-by') !== null",
        [mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2],
    )
    assert on_top


def open_editor(page: Page) -> None:
    page.goto("/processes")
    page.get_by_role("link", name="请假", exact=True).click()
    page.locator("#editor[data-ready]").wait_for()


def rename(page: Page, element: str, name: str) -> None:
    page.locator(f"#canvas [data-element-id='{element}']").first.click()
    page.locator(".bio-properties-panel-group-header", has_text="通用").first.click()
    page.locator("#bio-properties-panel-name").fill(name)
    page.keyboard.press("Tab")


def version(town) -> int:
    with town.database.reading() as session:
        found = latest(session, "process", "leave_request")
        assert found is not None
        return found.version
