"""Canaries in what is shown beside cases: lists, views, workbooks, calendars, letters, mails, drafts, public pages.

Everybody follows every link that they are given; then everybody asks for all that anybody was given a link to. What
lies in a case itself: `tests/api/test_canary.py`; ballots leave no trace: `tests/operations/records/test_urns.py`.
"""

import io
import json
import re
import socket
import zipfile
from email.header import decode_header, make_header
from email.message import Message as Mail
from html import unescape
from random import Random

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from sqlalchemy import update

from service import keys
from service.access import ADMIN, AUDITOR, OPERATOR
from service.clock import machine_now
from service.models import Account
from service.operations import accounts, deployments, drafts, instances, mails, notifications, runner
from service.registers import Authority, writing
from service.releases import latest, newest
from service.values import variables
from tests.api.matrix import API
from tests.pages.conftest import Reader
from tests.support.leave import MONDAY, PASSWORD, basic
from tests.support.records import CALENDAR
from tests.unit.engine import builder as b

LISTED, UNLISTED, CONFLICT, PERSON, RECIPE, SUBJECT, LETTER, DRAFT = WORDS = tuple(
    f"canary{name}"
    for name in ("listed", "unlisted", "conflict", "person", "recipe", "subject", "letter", "draft")
)  # fmt: skip
#: Many alike, and none of them about what was planted: years of the calendar, accounts and groups, where to sign in.
BESIDES = ("/static/", "/language", "/sign-in", "/admin/calendar?", "/admin/users/", "/admin/users?", "/admin/groups/")
#: Who they are: username → groups. Rita may read all dossiers but the one that names her.
PEOPLE = {
    "keeper": ["keepers"],
    "clerk": ["clerks"],
    "rita": ["keepers", "clerks"],
    "firm": ["firms"],
    "rival": ["firms"],
    "checker": [AUDITOR],
    "root": [ADMIN],
    "mender": [OPERATOR],
    "stranger": [],
}
RECORDS = {LISTED, UNLISTED, CONFLICT, PERSON, RECIPE, SUBJECT, LETTER}
HEARD = {
    None: {LISTED},
    "keeper": RECORDS,
    "clerk": {LISTED, UNLISTED, CONFLICT},
    "rita": RECORDS - {CONFLICT},
    "firm": {LISTED, SUBJECT, LETTER, DRAFT},
    "rival": {LISTED},
    "checker": RECORDS,
    "root": RECORDS,
    "mender": RECORDS,
    "stranger": {LISTED},
}
DOSSIERS = {
    "id": "dossiers",
    "title": "卷宗",
    "readGroups": ["keepers"],
    "recused": ["away"],
    "fields": [
        {"key": "name", "title": "名称", "type": "text"},
        {"key": "day", "title": "日期", "type": "date"},
        {"key": "person", "title": "联系人", "type": "text", "personal": True},
        {"key": "recipe", "title": "配方", "type": "long"},
        {"key": "away", "title": "回避", "type": "list"},
    ],
    "states": [{"id": "KEPT", "title": "未公布"}, {"id": "LISTED", "title": "已公布"}],
    "initial": ["KEPT", "LISTED"],
    "transitions": [["KEPT", "LISTED"]],
}
LETTERS = {
    "id": "letters",
    "title": "函件",
    "readGroups": ["keepers"],
    "notify": {"to": "to", "title": ["subject"], "text": ["words"]},
    "fields": [
        {"key": "to", "title": "收件人", "type": "text"},
        {"key": "subject", "title": "事由", "type": "text"},
        {"key": "words", "title": "正文", "type": "long"},
    ],
}
NAME, PHONE = {"title": "名称", "value": "=record.name", "link": True}, {"title": "联系人", "value": "=record.person"}
VIEWS = (
    {
        "id": "listing",
        "kind": "table",
        "title": "名单",
        "public": True,
        "register": "dossiers",
        "where": {"state": "LISTED"},
        "columns": [NAME],
        "detail": [{"title": "名称", "value": "=record.name"}],
    },
    {
        "id": "desk",
        "kind": "table",
        "title": "总表",
        "groups": ["clerks"],
        "register": "dossiers",
        "columns": [NAME, PHONE],
        "detail": [PHONE],
    },
    {
        "id": "days",
        "kind": "calendar",
        "title": "日程",
        "groups": ["clerks"],
        "entries": [{"register": "dossiers", "date": "=record.day", "title": "=record.name"}],
    },
)
FORM = {
    "type": "default",
    "id": "filing",
    "schemaVersion": 18,
    "components": [{"type": "textfield", "id": "f_plan", "key": "plan", "label": "计划"}],
}
FILING = b.process(
    b.extensions(b.properties(startGroups="firms")),
    b.start(inner=b.extensions(b.zeebe("formDefinition", formId="filing"))),
    b.user("check", b.zeebe("assignmentDefinition", candidateGroups="keepers")),
    b.end(),
    b.chain("s", "check", "e"),
    id="filing",
)
WRITING = b.process(
    b.start(),
    b.service("write", b.mapping({"register": '="letters"', "values": "=values"}), type="register.create"),
    b.end(),
    b.chain("s", "write", "e"),
    id="writing",
)


class Letterbox(Message):
    """Keeps the mails that come in."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []

    def handle_message(self, message: Mail) -> None:
        self.mails.append(message)


@pytest.fixture(scope="module")
def furnished(office):
    """Everything planted; all that is due has been told."""
    declared = {f"{each['id']}.register.json": each for each in (DOSSIERS, LETTERS)}
    declared |= {f"{view['id']}.view.json": view for view in VIEWS} | {"filing.form": FORM}
    with office.database.writing() as session:
        accounts.ensure_groups(session, [(group, "") for groups in PEOPLE.values() for group in groups])
        for username, groups in PEOPLE.items():
            accounts.create_account(session, username, username, PASSWORD, groups, now=MONDAY)
        given = {name: json.dumps(each).encode() for name, each in declared.items()}
        deployments.deploy(
            session, given | {"filing.bpmn": FILING.xml, "writing.bpmn": WRITING.xml}, office.user("dora"), now=MONDAY
        )
        session.commit()
    with office.database.writing() as session:
        now = machine_now()
        authority = Authority(newest(session), CALENDAR, now, "ada", None)
        made = {"day": "2026-12-01", "person": PERSON, "recipe": RECIPE}
        for word, state, away in ((LISTED, "LISTED", []), (UNLISTED, "KEPT", []), (CONFLICT, "KEPT", ["rita"])):
            values = variables({**made, "name": word, "away": away})
            writing.create(session, authority, "dossiers", values, state=state)
        session.execute(update(Account).values(email=Account.username + "@example.org"))
        for username in PEOPLE:
            awake = {"mail": "each", "hour": "8", "quiet_from": "0", "quiet_to": "0", "offered": "1"}
            notifications.choose(session, username, awake)
        given = variables({"values": {"to": "firm", "subject": SUBJECT, "words": LETTER}})
        process, ada = latest(session, "process", "writing"), office.user("ada")
        letter = instances.start_instance(session, process, given, ada, now=now).key
        form = instances.start_form(session, latest(session, "process", "filing")).form
        drafts.keep_start(session, "filing", form, {"plan": DRAFT}, office.user("firm"), now=now, known="")
        session.commit()
    runner.drain(office.database, letter, Random(1), jobs=10, seconds=20)
    notifications.look(office.database)
    return office


@pytest.fixture(scope="module", autouse=True)
def sent(furnished):
    """The mails of what was planted, gone out before anybody reads it: what is read is not mailed."""
    box, patch = Letterbox(), pytest.MonkeyPatch()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    for name, value in (("HOST", "127.0.0.1"), ("PORT", str(port)), ("SECURITY", "none")):
        patch.setenv(f"PINGSHEN_SMTP_{name}", value)
    patch.setenv("PINGSHEN_MAIL_FROM", "office@example.org")
    keys.config.cache_clear()
    mails.send_due(furnished.database, keys.config(), Random(1))
    controller.stop()
    patch.undo()
    keys.config.cache_clear()
    return box.mails


def plain(data: bytes) -> str:
    """What an answer says, workbooks unpacked."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    return data.decode(errors="replace")


def words(text: str) -> set[str]:
    return {word for word in WORDS if word in text}


class Listener:
    """Somebody who reads all they can get; `given` are the addresses that pages led them to, `heard` the canaries."""

    def __init__(self, reader: Reader, who: str | None) -> None:
        self.reader, self.who = reader, who
        self.given: set[str] = set()
        self.heard: set[str] = set()

    def hear(self, path: str) -> str:
        """What stands at an address."""
        answer = self.reader.client.get(path)
        assert answer.status_code < 500, path
        said = plain(answer.data) + answer.headers.get("Content-Disposition", "")
        self.heard |= words(said)
        return said

    def follow(self) -> None:
        """Every link, from the first pages on; not to what the browser alone needs."""
        waiting = ["/", "/public", "/views", "/registers", "/notifications?all=1", "/start", "/search?q=canary"]
        while waiting:
            path = waiting.pop()
            if path in self.given:
                continue
            self.given.add(path)
            found = re.findall(r'(?:href|src)="(/[^"#]*)', self.hear(path))
            waiting += [unescape(each).rstrip("?") for each in found if not each.startswith(BESIDES)]

    def ask(self) -> None:
        """Everything of the API that searches or lists, and the records of the registers."""
        rows = [row for row in API if "{" not in row.path and (row.method == "GET" or row.path.endswith("/search"))]
        asked = [(row.method, row.path) for row in rows]
        asked += [("POST", f"/api/v1/registers/{each['id']}/records/search") for each in (DOSSIERS, LETTERS)]
        headers = basic(self.who) if self.who else {}
        for method, path in asked:
            body = {"json": {}} if method == "POST" else {}
            self.heard |= words(self.reader.client.open(path, method=method, headers=headers, **body).text)

    def subscribe(self) -> str:
        """The calendar for programs, where there is one for them; what it says."""
        self.reader.open("/views/days")
        found = re.search(r"/calendars/[^<]+[.]ics", self.reader.press("/views/days/link"))
        return self.hear(found[0]) if found else ""


def test_everybody_hears_their_part_and_no_more(reader, furnished):
    """Pages, workbooks, calendars and the API, also at the addresses that only others were led to."""
    listeners = [Listener(reader(who), who) for who in HEARD]
    for each in listeners:
        each.follow()
        each.ask()
        each.subscribe()
    given = set[str]().union(*(each.given for each in listeners))
    for each in listeners:
        for path in given - each.given:
            each.hear(path)

    led = {
        "/views/desk/workbook",
        "/registers/letters/workbook?",
        "/start/filing",
        "/notifications/",
        "/public/listing/",
    }
    assert {start for start in led if not any(path.startswith(start) for path in given)} == set()
    wrong = {each.who: (each.heard - HEARD[each.who], HEARD[each.who] - each.heard) for each in listeners}
    assert {who: found for who, found in wrong.items() if any(found)} == {}


def test_a_calendar_says_what_its_owner_may_know(reader, furnished):
    said = {who: words(Listener(reader(who), who).subscribe()) for who in ("clerk", "rita", "firm")}

    assert said == {"clerk": {LISTED, UNLISTED, CONFLICT}, "rita": {LISTED, UNLISTED}, "firm": set()}


def test_mails_hold_the_title_for_its_addressee_and_nothing_else(sent):
    said = {
        mail["To"]: {word for part in mail.walk() for word in words(str(part.get_payload(decode=True)))}
        | words(str(make_header(decode_header(mail["Subject"]))))
        for mail in sent
    }
    assert said == {"firm@example.org": {SUBJECT}}
