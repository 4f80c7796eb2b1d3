"""Screenshots of every page, for the eyes of who makes them: `make pictures` writes them to var/pictures.

Not a part of `make test`. Nothing is compared; a page that does not open or answers with an error fails.
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.test_accessibility import READY, pages
from tests.support.server import ROOT, Server

__all__ = ["pages"]
FOLDER = ROOT / "var" / "pictures"
LOOKS = list(product(("zh", "en"), (1280, 768, 390), ("light", "dark")))
#: name, who, where, and what is opened from there (the first of them).
WALK = (
    ("inbox-office", "clerk1", "/?box=groups", None),
    ("inbox-assessor", "assessor3", "/?box=mine", None),
    ("task-assessor", "assessor3", "/?box=mine", "main a.main-link"),
    ("case-office", "clerk1", "/instances", "main a.main-link"),
    ("cases-applicant", "bohai_steel", "/instances", None),
    ("case-applicant", "bohai_steel", "/instances", "main a.main-link"),
    ("start-applicant", "bohai_steel", "/start", None),
    ("registers-office", "clerk1", "/registers", None),
    ("overviews-office", "clerk1", "/views", None),
    ("processes-owner", "owner", "/processes", None),
    ("public", None, "/public", None),
)


def shoot(page: Page, look: tuple[str, int, str], name: str) -> None:
    """Write one picture of the whole page."""
    language, width, scheme = look
    folder = FOLDER / f"{language}-{width}-{scheme}"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def settings(look: tuple[str, int, str]) -> dict[str, Any]:
    language, width, scheme = look
    return {
        "color_scheme": scheme,
        "viewport": {"width": width, "height": 900},
        "locale": "zh-CN" if language == "zh" else "en-GB",
    }


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_every_page_of_the_small_office(enter: Callable[..., Page], pages, look):
    people: dict[str | None, Page] = {}
    for number, (who, path) in enumerate(pages):
        page = people[who] = people.get(who) or enter(who, **settings(look))
        page.goto(path)
        if ready := next((mark for prefix, mark in READY.items() if path.startswith(prefix)), None):
            page.locator(ready).or_(page.locator("main h1")).first.wait_for()
        shoot(page, look, f"{number:02}-{who or 'nobody'}-{_plain(path)}")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_the_award_in_the_middle_of_its_year(award: Server, browser: Browser, look):
    troubles = []
    for name, who, path, opened in WALK:
        context = browser.new_context(base_url=award.url, **settings(look))
        page = context.new_page()
        if who is not None:
            page.goto("/sign-in")
            page.locator("input[name=username]").fill(who)
            page.locator("input[name=password]").fill(f"demo-{who}")
            page.locator("main button[type=submit]").first.click()
            page.wait_for_url("**/")
        answer = page.goto(path)
        if opened is not None:
            answer = page.goto(str(page.locator(opened).first.get_attribute("href", timeout=3000)))
        page.wait_for_load_state("networkidle")
        if answer is None or not answer.ok:
            troubles.append(f"{name}: {answer.status if answer else 'no answer'}")
        shoot(page, look, f"award-{name}")
        context.close()

    assert troubles == []


def _plain(path: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in Path(path.split("?")[0]).as_posix()).strip("-")
