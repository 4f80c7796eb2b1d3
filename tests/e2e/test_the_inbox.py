"""The inbox by keyboard, and what it hears while it is read."""

from tests.e2e.conftest import begin


def test_a_task_is_reached_ticked_and_claimed_by_keyboard(enter, town):
    begin(town, case="JP-1")
    begin(town, case="JP-2")
    anna = enter("anna")
    anna.goto("/?box=groups&q=JP-&sort=case")

    anna.keyboard.press("?")
    assert anna.get_by_role("dialog").is_visible()
    anna.keyboard.press("Escape")
    for key in "jjkx":
        anna.keyboard.press(key)
    assert anna.locator("tr.current").inner_text().count("JP-1") == 1
    anna.keyboard.press("c")

    anna.wait_for_url("**/tasks/*")
    anna.goto("/?box=mine&q=JP-")
    assert anna.locator("form[data-inbox] tbody tr").count() == 1


def test_menus_close_on_escape_and_give_the_focus_back(enter, town):
    anna = enter("anna", viewport={"width": 390, "height": 800})
    menu = anna.locator(".top-small")
    menu.locator("summary").click()
    menu.get_by_role("link", name="事项").focus()

    anna.keyboard.press("Escape")

    assert menu.get_attribute("open") is None
    assert anna.evaluate("document.activeElement.tagName") == "SUMMARY"
