"""axe-core finds nothing on any page: light and dark, wide and narrow."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from service.clock import machine_now
from service.engine.types import EngineError
from service.models import UserTask
from service.operations import deployment_drafts, deployments, incidents
from service.operations.user_tasks import complete_user_task
from service.registers import writing
from service.releases import latest
from service.values import variables
from tests.e2e.conftest import AXE, begin
from tests.support.leave import LONG_LEAVE, files
from tests.support.records import authority_of

READY = {"/instances/": "#replay[data-ready]", "/processes/": "#editor[data-ready]"}


@pytest.fixture(scope="module")
def pages(town):
    """Who opens what: every page with something on it."""
    with town.database.writing() as session:
        foreign = files("rooms") | files("report") | files("overviews")
        deployments.deploy(session, foreign, town.user("dora"), now=machine_now())
        authority = authority_of(session, "ada")
        writing.create(session, authority, "rooms", {"name": "blue"})
        for number in range(1, 4):
            booking = {"room": "blue", "day": f"2026-12-0{number}", "price": number, "guests": ["anna"]}
            writing.create(session, authority, "bookings", variables(booking), record_id=f"B-{number}")
        writing.transition(session, authority, "bookings", "B-1", "CONFIRMED", {}, reason="a call")
        session.commit()
    key = begin(town, case="QJ-201", claimed_by="anna")
    begin(town, case="QJ-202")
    decided = begin(town, case="QJ-203", claimed_by="anna")
    with town.database.writing() as session:
        task = session.scalars(select(UserTask).filter_by(instance_key=key)).one()
        task.due_at = machine_now() - timedelta(days=2)
        incidents.report(session, key, EngineError("UNKNOWN", "approve", "a test"), now=machine_now())
        process = session.get_one(UserTask, task.key).definition_key
        asked = session.scalars(select(UserTask.key).filter_by(instance_key=decided)).one()
        complete_user_task(session, asked, variables(LONG_LEAVE), town.user("anna"), now=machine_now())
        changed = {n: d.replace(b"</", b"<!-- new --></", 1) for n, d in files().items() if n.endswith(".bpmn")}
        draft = deployment_drafts.keep(session, changed, town.user("ada"), now=machine_now())
        decision = latest(session, "decision", "leave_days")
        other = latest(session, "process", "report")
        assert decision is not None
        assert other is not None
        session.commit()
        return [
            (None, "/sign-in"),
            ("noah", "/?box=mine"),
            ("anna", "/?box=mine"),
            ("anna", "/?box=groups"),
            ("anna", "/?box=mine&q=nothing"),
            ("anna", "/search?q=QJ"),
            ("olga", "/?box=all&priority=usual"),
            ("anna", f"/tasks/{task.key}"),
            ("anna", "/start"),
            ("anna", "/start/report"),
            ("anna", "/nowhere"),
            ("audrey", f"/tasks/{task.key}"),
            ("olga", "/instances?state=all"),
            ("olga", f"/instances/{key}"),
            ("olga", f"/instances/{key}/moves?version={other.key}"),
            ("audrey", f"/instances/{decided}"),
            ("audrey", f"/decisions/{decision.key}"),
            ("anna", "/registers/bookings"),
            ("anna", "/registers/bookings/B-1"),
            ("audrey", "/views/stages"),
            ("audrey", "/views/prices"),
            ("anna", "/views/days"),
            ("olga", "/incidents"),
            ("anna", "/profile"),
            ("ada", "/admin/users/anna"),
            ("ada", "/admin/users/new"),
            ("ada", "/admin/calendar?year=2026"),
            ("ada", "/admin/messages"),
            ("olga", "/notifications?all=1"),
            ("olga", "/admin/mail"),
            ("dora", "/processes"),
            ("dora", f"/processes/{process}"),
            ("dora", "/processes/drafts"),
            ("dora", f"/processes/drafts/{draft.key}"),
            ("dora", f"/processes/drafts/{draft.key}/difference?file=leave_request.bpmn"),
        ]


def test_axe_finds_nothing_and_nothing_sticks_out(enter, pages):
    """Each page is opened once and looked at in every width, light and dark: colours are all that the dark changes.

    Without motion, or colours would be measured on their way from one to the other.
    """
    found, wide, people = [], [], {}
    for who, path in pages:
        page = people[who] = people.get(who) or enter(who, reduced_motion="reduce")
        page.goto(path)
        drawn = next((mark for prefix, mark in READY.items() if path.startswith(prefix)), None)
        if drawn and not any(part in path for part in ("/moves", "/drafts")):
            page.locator(drawn).wait_for()
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for scheme, width in product(("light", "dark"), (1280, 768, 390)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            rules = ["color-contrast"] if scheme == "dark" else None
            found += [f"{path} {scheme} {width}: {line}" for line in violations(page, rules)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append((path, width))

    assert found == []
    assert wide == []


def test_a_refused_form_stays_accessible(enter, pages):
    anna = enter("anna")
    anna.goto(next(path for who, path in pages if who == "anna" and path.startswith("/tasks/")))
    anna.get_by_role("button", name="提交办结").click()
    anna.evaluate(AXE.read_text(encoding="utf-8"))

    assert violations(anna) == []


def violations(page, rules=None) -> list[str]:
    """Rule and place of everything that axe-core, which the page has loaded, finds by these rules or by all."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    result = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['html'][:160]} {node['any'][0]['message'][:160] if node['any'] else ''}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
