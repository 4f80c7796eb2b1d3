"""Somebody in front of the pages: signs in, reads, presses buttons."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import delete, select

from service.models import Rate, UserTask
from service.operations import deployments
from service.operations.instances import start_instance
from service.operations.user_tasks import claim_user_task
from service.registers import Authority, writing
from service.releases import latest, newest
from tests.support.leave import MONDAY, PASSWORD, Office, files
from tests.support.records import CALENDAR


class Reader:
    """A browser without JavaScript. `page` is the last answer."""

    def __init__(self, client: Any, language: str = "zh") -> None:
        self.client, self.page = client, None
        client.set_cookie("language", language)

    def open(self, path: str, **query: Any) -> str:
        """Go to a page, through redirects; returns its HTML."""
        self.page = self.client.get(path, query_string=query or None, follow_redirects=True)
        return self.text

    def press(self, path: str, data: dict[str, Any] | None = None) -> str:
        """Send a form with the token that the last page held, through redirects; returns the page's HTML."""
        found = re.search(r'name="_csrf_token" value="([^"]+)"', self.text)
        body = {**(data or {}), "_csrf_token": found[1] if found else ""}
        self.page = self.client.post(path, data=body, follow_redirects=True)
        return self.text

    @property
    def status(self) -> int:
        return int(self.page.status_code)

    @property
    def path(self) -> str:
        """Where the redirects led."""
        return str(self.page.request.path)

    @property
    def text(self) -> str:
        return unescape(self.page.get_data(as_text=True)) if self.page is not None else ""


@pytest.fixture
def reader(office: Office) -> Callable[..., Reader]:
    """`reader("anna")` has signed in; `reader(None)` has not."""
    from service.app import create_app

    app = create_app()

    def enter(username: str | None, language: str = "zh") -> Reader:
        someone = Reader(app.test_client(), language)
        if username is not None:
            someone.open("/sign-in")
            someone.press("/sign-in", {"username": username, "password": PASSWORD})
        return someone

    return enter


@pytest.fixture(scope="module")
def house(office: Office) -> Office:
    """The office with rooms, bookings and reports deployed, and a room."""
    with office.database.writing() as session:
        deployments.deploy(session, files("rooms") | files("report"), office.user("dora"), now=MONDAY)
        writing.create(session, Authority(newest(session), CALENDAR, MONDAY, "ada"), "rooms", {"name": "blue"})
        session.commit()
    return office


def begin(
    office: Office, process_id: str, variables: dict[str, Any] | None = None, *, claimed_by: str | None = None,
    case: str | None = None,
) -> int:  # fmt: skip
    """Start an instance and return the key of its first task, claimed if asked."""
    with office.database.writing() as session:
        process = latest(session, "process", process_id)
        assert process is not None
        instance = start_instance(session, process, variables or {}, office.user("ada"), now=MONDAY, business_id=case)
        key = session.scalars(select(UserTask.key).filter_by(instance_key=instance.key)).one()
        if claimed_by:
            claim_user_task(session, key, office.user(claimed_by), now=MONDAY)
        session.commit()
    return key


def task(office: Office, key: int) -> UserTask:
    """The task's row as committed."""
    with office.database.reading() as session:
        return session.get_one(UserTask, key)


@pytest.fixture
def visitor(reader, house):
    """Somebody without an account; counts of what this address sent before are gone."""
    with house.database.writing() as session:
        session.execute(delete(Rate))
        session.commit()
    return reader(None)
