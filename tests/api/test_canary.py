"""A canary in every field of a case: it sings only to those whom the diagram lets hear it, on every route and page."""

import io
import json
import zipfile

import pytest
from sqlalchemy import select

from service.access import AUDITOR, DEPLOYER
from service.models import Event, ProcessInstance, UserTask, Variable
from service.operations import accounts, deployments, documents, drafts, instances
from service.operations.user_tasks import assign_user_task, complete_user_task
from service.registers import reading
from service.releases import latest, newest, resource
from service.values import variables
from tests.api.matrix import API, PAGES
from tests.support.desk import Desk
from tests.support.leave import MONDAY, PASSWORD, basic
from tests.unit.engine import builder as b

#: What is hidden where: a word of its own for each way of keeping something.
OPEN, STORY, PERSONAL, FILE, SCAN, DRAFT, WAGE, ACTOR = (
    f"canary{name}" for name in ("open", "story", "personal", "file", "scan", "draft", "wage", "actor")
)
EVERYTHING = frozenset((OPEN, STORY, PERSONAL, FILE, SCAN, DRAFT, WAGE, ACTOR))


def field(key, type="textfield", **properties):
    return {"type": type, "id": f"f_{key}", "key": key, "label": key, "properties": properties}


def form(id, *fields):
    return json.dumps({"type": "default", "id": id, "schemaVersion": 18, "components": list(fields)}).encode()


def task(id, groups, *extras, form="", **properties):
    shown = [b.zeebe("formDefinition", formId=form)] if form else []
    assigned = b.zeebe("assignmentDefinition", candidateGroups=groups)
    return b.user(id, assigned, *shown, *([b.properties(**properties)] if properties else []), *extras)


CASES = b.process(
    b.start(), b.call("c", "file", inner=b.each('=["a","b"]')), b.end(), b.chain("s", "c", "e"), id="files"
)
CASE = b.process(
    b.start(),
    task("hand_in", "writers", form="papers"),
    b.service(
        "keep",
        b.mapping({"register": '="files"', "submission": "=submission"}, {"file": "=record"}),
        type="register.create",
    ),
    task("commit", "judges", form="promise"),
    task("judge", "judges", form="mark", needToKnow="commit", shows="files:file.id", readGroups="watchers",
         blindFor="watchers", blindUntil="tell"),
    task("tell", "tellers", form="told"),
    b.end(),
    b.chain("s", "hand_in", "keep", "commit", "judge", "tell", "e"),
    id="file",
)  # fmt: skip
FORMS = {
    "papers.form": form(
        "papers",
        field("open_word"),
        field("story", storage="record"),
        field("personal", storage="record"),
        field("paper", "filepicker", storage="record"),
        field("scan", "filepicker", storage="record"),
    ),
    "promise.form": form("promise", field("promise")),
    "mark.form": form("mark", field("mark"), field("wage", storage="record")),
    "told.form": form("told", {**field("open_word"), "disabled": True}),
}
REGISTER = {
    "id": "files",
    "title": "卷宗",
    "readGroups": ["keepers"],
    "fields": [
        {"key": "story", "title": "经过", "type": "text"},
        {"key": "paper", "title": "文件", "type": "list"},
        {"key": "personal", "title": "个人", "type": "text", "personal": True},
        {"key": "scan", "title": "证件", "type": "list", "personal": True},
    ],
}
#: Who they are: username → groups.
PEOPLE = {
    "writer": ["writers"],
    "neighbour": ["writers"],
    ACTOR: ["judges"],
    "waiting": ["judges"],
    "watcher": ["watchers"],
    "teller": ["tellers"],
    "keeper": ["keepers"],
    "builder": [DEPLOYER],
    "checker": [AUDITOR],
    "stranger": [],
}
RECORD = {STORY, FILE}
#: Before the judgement is handed in, and after: who hears what.
HEARD = {
    "judging": {
        "writer": {OPEN, STORY, PERSONAL, FILE, SCAN},
        "neighbour": set(),
        ACTOR: {*RECORD, DRAFT, ACTOR},
        "waiting": {ACTOR},
        "watcher": set(),
        "teller": set(),
        "keeper": {*RECORD, PERSONAL, SCAN},
        "builder": set(),
        "checker": EVERYTHING - {DRAFT, WAGE},
        "stranger": set(),
    },
    "told": {
        "writer": {OPEN, STORY, PERSONAL, FILE, SCAN},
        "neighbour": set(),
        ACTOR: {*RECORD, WAGE, ACTOR},
        "waiting": set(),
        "watcher": set(),
        "teller": {OPEN},
        "keeper": {*RECORD, PERSONAL, SCAN},
        "builder": set(),
        "checker": EVERYTHING - {DRAFT},
        "stranger": set(),
    },
}


class Case:
    """A case, played on; `names` are the keys that addresses are filled with."""

    def __init__(self, office, desk):
        self.office, self.desk = office, desk
        with office.database.writing() as session:
            accounts.ensure_groups(session, [(group, "") for groups in PEOPLE.values() for group in groups])
            for username, groups in PEOPLE.items():
                accounts.create_account(session, username, username, PASSWORD, groups, now=MONDAY)
            given = {"files.bpmn": CASES.xml, "file.bpmn": CASE.xml, **FORMS}
            given["files.register.json"] = json.dumps(REGISTER).encode()
            deployments.deploy(session, given, office.user("dora"), now=MONDAY)
            session.commit()
        with office.database.writing() as session:
            process = latest(session, "process", "files")
            self.root = instances.start_instance(session, process, variables({}), desk.ada, now=MONDAY).key
            session.commit()
        desk.drain(self.root)
        self.instance = desk.look(select(ProcessInstance.key).filter_by(parent_key=self.root))[0]
        with office.database.writing() as session:
            sent = {
                name: documents.store(session, f"{name}.txt", b"x", office.user("writer"), now=MONDAY).id
                for name in (FILE, SCAN)
            }
            session.commit()
        self.sent = sent
        with office.database.reading() as session:
            kept = [documents.visible_document(session, id, desk.ada) for id in sent.values()]
            file, scan = map(documents.reference, kept)
        words = {"open_word": OPEN, "story": STORY, "personal": PERSONAL, "paper": [file], "scan": [scan]}
        self.do("hand_in", "writer", words)
        self.do("commit", ACTOR, {"promise": "yes"})
        with office.database.writing() as session:
            judge = self.task("judge", session)
            assign_user_task(session, judge.key, ACTOR, office.user(ACTOR), now=MONDAY)
            found = resource(session, judge.form_key).form
            drafts.save(session, judge, found, {"mark": DRAFT}, office.user(ACTOR), now=MONDAY)
            session.commit()

    def task(self, element_id, session):
        return session.scalars(select(UserTask).filter_by(instance_key=self.instance, element_id=element_id)).one()

    def do(self, element_id, name, answers):
        user = self.office.user(name)
        with self.office.database.writing() as session:
            key = self.task(element_id, session).key
            assign_user_task(session, key, name, user, now=MONDAY)
            complete_user_task(session, key, variables(answers), user, now=MONDAY)
            session.commit()
        self.desk.drain(self.root)

    def names(self):
        """Every combination of keys that an address of this case may hold."""
        look = self.desk.look
        with self.office.database.reading() as session:
            record = reading.search(session, reading.declared(newest(session), "files")).rows[0].id
        tasks = look(select(UserTask.key).filter_by(instance_key=self.instance))
        found = {
            "instance": [self.instance, self.root],
            "task": tasks,
            "element": tasks,
            "variable": look(select(Variable.key).filter_by(instance_key=self.instance)),
            "event": look(select(Event.key).filter_by(instance_key=self.instance)),
            "document": list(self.sent.values()),
            "record": [record],
        }
        return {name: [str(key) for key in keys] for name, keys in found.items()}


@pytest.fixture(scope="module")
def case(office):
    patch = pytest.MonkeyPatch()
    yield Case(office, Desk(office, patch))
    patch.undo()


def asked(names):
    """Every request that reads, for everything that the case consists of."""
    for row in (*API, *PAGES):
        if row.method != "GET" and not row.path.endswith("/search"):
            continue
        path = row.path.replace("/rooms/", "/files/")
        wanted = next((name for name in names if f"{{{name}}}" in path), None)
        if wanted is not None:
            for key in names[wanted]:
                yield row, path.replace(f"{{{wanted}}}", key)
        elif "{" not in path:
            yield row, path


def plain(data):
    """What an answer says, archives unpacked."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    return data.decode(errors="replace")


def heard(client, names, who):
    """Which canaries are in the answers to all that this person can ask."""
    found, refused = set(), 0
    for row, path in asked(names):
        search = {"json": {}} if row.method == "POST" else {}
        answer = client.open(path, method=row.method, headers=basic(who), **search)
        assert answer.status_code < 500, path
        refused += answer.status_code in (403, 404)
        said = plain(answer.data) + answer.headers.get("Content-Disposition", "")
        found |= {word for word in EVERYTHING if word in said}
    return found, refused


def test_nobody_hears_more_than_their_part(client, case):
    """Every account, first while the judgement is being written, then when it is handed in."""
    wrong = {}
    for phase in HEARD:
        if phase == "told":
            case.do("judge", ACTOR, {"mark": "5", "wage": WAGE})
        names = case.names()
        assert sum(1 for _ in asked(names)) > 60
        for who, expected in HEARD[phase].items():
            found, refused = heard(client, names, who)
            # Everybody finds their own name in what the page says of themselves.
            if found - {who} != set(expected) - {who}:
                wrong[phase, who] = {"too much": found - set(expected), "missing": set(expected) - found}
            assert refused or who == "checker"

    assert wrong == {}
