"""People at the live server's pages, in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from service import db, keys
from service.clock import machine_now
from service.models import UserTask
from service.operations.instances import start_instance
from service.operations.user_tasks import claim_user_task
from service.releases import latest
from tests.support.leave import PASSWORD, Office, furnish
from tests.support.server import Server

AXE = Path(__file__).resolve().parents[2] / "service" / "islands" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def town(live_server: Server) -> Iterator[Office]:
    """The office behind the live server. This process shares its key, or states sealed here could not be read there."""
    patch = pytest.MonkeyPatch()
    for name in ("PINGSHEN_DATA", "DATABASE_URL"):
        patch.setenv(name, live_server.environment[name])
    forget_configuration()
    office = Office(live_server.environment["DATABASE_URL"])
    furnish(office)
    yield office
    db.database(office.url).dispose()
    patch.undo()
    forget_configuration()


def forget_configuration() -> None:
    keys.config.cache_clear()
    keys.key.cache_clear()


@pytest.fixture
def enter(
    town: Office, live_server: Server, browser: Browser, browser_context_args: dict[str, Any]
) -> Iterator[Callable[..., Page]]:
    """`enter("anna")` is a page of her own, signed in. Errors of scripts and of the content policy fail the test."""
    contexts, troubles = [], []

    def open_for(username: str | None, **arguments: Any) -> Page:
        context = browser.new_context(**{**browser_context_args, "base_url": live_server.url, **arguments})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if "Content Security Policy" in line.text else None)
        if username is not None:
            page.goto("/sign-in")
            page.get_by_label("用户名").fill(username)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("main").get_by_role("button", name="登录").click()
            page.wait_for_url("**/")
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert troubles == []


def begin(office: Office, *, case: str | None = None, claimed_by: str | None = None) -> int:
    """A leave request; the key of the instance."""
    now = machine_now()
    with office.database.writing() as session:
        process = latest(session, "process", "leave_request")
        assert process is not None
        key = start_instance(session, process, {}, office.user("ada"), now=now, business_id=case).key
        if claimed_by:
            task = session.scalars(select(UserTask.key).filter_by(instance_key=key)).one()
            claim_user_task(session, task, office.user(claimed_by), now=now)
        session.commit()
    return key
