"""Somebody new in front of the pages, who reads what is there: what it costs them is counted."""

from base64 import b64decode
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response

PDF = {"name": "材料.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF"}
#: The smallest picture there is.
PICTURE = {
    "name": "照片.png",
    "mimeType": "image/png",
    "buffer": b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    ),
}


@dataclass
class Walk:
    """One person's way through one job. Signing in is not counted; every click, field and page after it is."""

    browser: Browser
    url: str
    job: str
    clicks: int = 0
    fields: int = 0
    pages: int = 0
    dead_ends: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    #: Who signs at which page.
    passwords: dict[Page, str] = field(default_factory=dict)

    def enter(self, username: str | None, **look: Any) -> Page:
        """A page of somebody who has signed in, or of nobody."""
        context = self.browser.new_context(base_url=self.url, locale="zh-CN", timezone_id="Asia/Shanghai", **look)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        if username is not None:
            page.goto("/sign-in")
            page.locator("input[name=username]").fill(username)
            page.locator("input[name=password]").fill(f"demo-{username}")
            page.locator("main button[type=submit]").first.click()
            page.wait_for_url("**/")
            self.passwords[page] = f"demo-{username}"
        page.on("response", self._seen)
        return page

    def click(self, target: Locator) -> None:
        """Press what is there, and wait for what comes of it."""
        self.clicks += 1
        target.first.click()
        target.page.wait_for_load_state()

    def write(self, target: Locator, text: str) -> None:
        self.fields += 1
        target.first.fill(text)

    def choose(self, target: Locator, label: str) -> None:
        self.fields += 1
        target.first.select_option(label=label)

    def upload(self, target: Locator, file: Any) -> None:
        self.fields += 1
        target.first.set_input_files(file)

    def dead_end(self, what: str) -> None:
        """The person did not find the way on here, and had to go somewhere else."""
        self.dead_ends.append(what)

    def fill(self, page: Page, answers: Mapping[str, str] | None = None) -> None:
        """Everything that the form requires and that is empty: what `answers` say by name, else whatever fits."""
        known, done = answers or {}, set[str]()
        # What is answered may ask for more: conditions show further fields.
        while todo := [each for each in self._required(page) if each[0] not in done]:
            for name, kind in todo:
                done.add(name)
                self._answer(page, name, kind, known.get(name) or known.get(name.split(".")[-1]))
            page.wait_for_timeout(150)
        for secret in page.locator(".task-form input[type=password]").all():
            self.write(secret, self.passwords[page])

    def _required(self, page: Page) -> list[tuple[str, str]]:
        found = page.evaluate(
            """() => [...document.querySelectorAll('.task-form [name]')]
                .filter(e => !e.disabled && !e.readOnly && e.type !== 'hidden' && e.offsetParent !== null)
                .filter(e => e.required || e.closest('fieldset')?.querySelector('legend .form-required')
                    || (e.type === 'radio' && e.closest('td'))
                    || e.closest('label')?.querySelector('.form-required')
                    || document.querySelector(`label[for="${CSS.escape(e.id)}"] .form-required`))
                .filter(e => e.type === 'radio'
                    ? !document.querySelector(`.task-form [name="${CSS.escape(e.name)}"]:checked`)
                    : e.type === 'checkbox' ? !e.checked : !e.value)
                .map(e => [e.name, e.dataset.kind === 'number' ? 'number' : e.type || e.localName])"""
        )
        return list(dict(found).items())

    def _answer(self, page: Page, name: str, kind: str, said: str | None) -> None:
        control = page.locator(f'.task-form [name="{name}"]')
        self.fields += 1
        if kind == "radio":
            (page.locator(f'.task-form [name="{name}"][value="{said}"]') if said else control).first.check()
        elif kind == "checkbox":
            control.first.check()
        elif kind.startswith("select"):
            control.first.select_option(value=said) if said else control.first.select_option(index=1)
        elif kind == "file":
            control.first.set_input_files(PDF if "pdf" in (control.first.get_attribute("accept") or "pdf") else PICTURE)
        else:
            control.first.fill(
                said
                or {"number": "80", "date": "2026-03-02", "datetime-local": "2026-03-02T09:00"}.get(
                    kind, "情况属实，附有证明材料，请予审核，并按规定的程序办理。"
                )
            )

    def _seen(self, answer: Response) -> None:
        if answer.request.is_navigation_request() and not 300 <= answer.status < 400:
            self.pages += 1

    @property
    def line(self) -> str:
        return f"| {self.job} | {self.clicks} | {self.fields} | {self.pages} | {'；'.join(self.dead_ends) or '—'} |"


@contextmanager
def walking(browser: Browser, url: str, job: str):
    """A walk whose windows are closed afterwards."""
    walk = Walk(browser, url, job)
    yield walk
    for context in walk.contexts:
        context.close()
