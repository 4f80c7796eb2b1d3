"""Files are read by who may see what holds them: the task they were handed in at, a record, a task that shows it."""

import json

import pytest
from sqlalchemy import event, select

from service.models import Document, DocumentHolder, Event, ProcessInstance, Record, UserTask
from service.operations import accounts, deployments, documents, papers, secrecy
from service.operations.user_tasks import assign_user_task, complete_user_task
from service.registers import reading
from service.registers.files import RECORD
from service.releases import newest
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


def offered(id, group, *extras, **properties):
    assigned = b.zeebe("assignmentDefinition", candidateGroups=group)
    return b.user(id, assigned, b.properties(**properties) if properties else "", *extras)


def form(id, *fields):
    return json.dumps({"type": "default", "id": id, "schemaVersion": 18, "components": list(fields)}).encode()


def files(key, **properties):
    return {"type": "filepicker", "id": f"f_{key}", "key": key, "label": key, "properties": properties}


CASES = b.process(
    b.start(), b.call("c", "dossier", inner=b.each('=["a","b"]')), b.end(), b.chain("s", "c", "e"), id="dossiers"
)
CASE = b.process(
    b.start(),
    offered("hand_in", "staff", b.zeebe("formDefinition", formId="papers")),
    b.service(
        "keep",
        b.mapping({"register": '="dossiers"', "submission": "=submission"}, {"dossier": "=record"}),
        type="register.create",
    ),
    offered("commit", "managers"),
    offered(
        "judge",
        "managers",
        b.zeebe("formDefinition", formId="mark"),
        needToKnow="commit",
        shows="dossiers:dossier.id",
        readGroups="watchers",
    ),
    offered("plan", "managers", b.zeebe("formDefinition", formId="planned")),
    b.end(),
    b.chain("s", "hand_in", "keep", "commit", "judge", "plan", "e"),
    id="dossier",
)
FORMS = {
    "papers.form": form(
        "papers", files("paper", storage="record"), files("passport", storage="record"), files("draft")
    ),
    "mark.form": form("mark", {"type": "number", "id": "m", "key": "mark", "label": "mark"}),
    "planned.form": form("planned", files("draft")),
}
REGISTER = json.dumps(
    {
        "id": "dossiers",
        "title": "卷宗",
        "readGroups": ["keepers"],
        "fields": [
            {"key": "paper", "title": "文件", "type": "list"},
            {"key": "passport", "title": "证件", "type": "list", "personal": True},
        ],
    }
).encode()


@pytest.fixture
def case(desk, office):
    """Anna has handed in three files in the first of two cases; grace may judge it."""
    with office.database.writing() as session:
        accounts.ensure_groups(session, [("watchers", ""), ("keepers", ""), ("managers", "")])
        accounts.put_into_groups(session, "noah", ["watchers"])
        accounts.put_into_groups(session, "dora", ["keepers"])
        given = {"dossiers.bpmn": CASES.xml, "dossier.bpmn": CASE.xml, "dossiers.register.json": REGISTER, **FORMS}
        deployments.deploy(session, given, office.user("dora"), now=MONDAY)
        session.commit()
    root = desk.start("dossiers")
    first, second = desk.look(select(UserTask.key).filter_by(root_key=root).order_by(UserTask.key))
    with office.database.writing() as session:
        ids = {
            name: documents.store(session, f"{name}.txt", name.encode(), office.user("anna"), now=MONDAY).id
            for name in ("paper", "passport", "draft")
        }
        session.commit()
    do(desk, first, "anna", {name: [reference(desk, id)] for name, id in ids.items()})
    return root, first, second, ids


def reference(desk, id):
    with desk.office.database.reading() as session:
        return documents.reference(session.get_one(Document, id))


def do(desk, key, name, answers=None):
    user = desk.office.user(name)
    with desk.office.database.writing() as session:
        assign_user_task(session, key, name, user, now=MONDAY)
        complete_user_task(session, key, answers or {}, user, now=MONDAY)
        root = session.get_one(UserTask, key).root_key
        session.commit()
    desk.drain(root)


def task(desk, root, element_id):
    return desk.look(select(UserTask.key).filter_by(root_key=root, element_id=element_id))[0]


def reads(client, ids, who):
    """Which of the files this person gets, over the API and the pages alike."""
    found = set()
    for name, id in ids.items():
        answers = [client.get(path + id, headers=basic(who)) for path in ("/v2/documents/", "/documents/")]
        assert len({answer.status_code for answer in answers}) == 1
        if answers[0].status_code == 200:
            found.add(name)
    return found


def test_only_who_may_see_what_holds_a_file_reads_it(desk, client, case):
    root, _, _, ids = case
    everything = {"paper", "passport", "draft"}
    assert reads(client, ids, "anna") == everything  # hers
    assert reads(client, ids, "audrey") == everything
    assert reads(client, ids, "dora") == {"paper", "passport"}  # reads the register
    assert reads(client, ids, "ben") == set()  # may fill in the next case of the same tree
    assert reads(client, ids, "grace") == {"draft"}  # `commit` has no form: it shows all variables
    assert reads(client, ids, "noah") == set()

    do(desk, task(desk, root, "commit"), "grace")

    assert reads(client, ids, "grace") == {"draft", "paper"}  # `judge` shows the record, without what is personal
    assert reads(client, ids, "henry") == set()  # has not committed himself
    assert reads(client, ids, "noah") == set()  # may see the task, and has not committed himself either


def test_a_trade_secret_is_opened_by_who_has_taken_the_task_that_shows_it(desk, client, case):
    root, _, _, ids = case
    with desk.office.database.writing() as session:
        secrecy.classify(session, [{"secrecy": "商业秘密", "file": [{"documentId": ids["paper"]}]}])
        session.commit()
    do(desk, task(desk, root, "commit"), "grace")
    answers = {
        who: client.get(f"/v2/documents/{ids['paper']}", headers=basic(who)) for who in ("dora", "grace", "noah")
    }
    assert {who: answer.status_code for who, answer in answers.items()} == {"dora": 403, "grace": 403, "noah": 404}
    assert answers["dora"].json["code"] == "TRADE_SECRET"
    with desk.office.database.writing() as session:
        assign_user_task(session, task(desk, root, "judge"), "grace", desk.office.user("grace"), now=MONDAY)
        session.commit()
    assert {who for who in ("anna", "audrey", "grace", "dora", "henry") if "paper" in reads(client, ids, who)} == {
        "anna",
        "audrey",
        "grace",
    }


def test_a_file_that_a_variable_holds_is_read_at_a_task_whose_form_names_it(desk, client, case):
    root, _, _, ids = case
    do(desk, task(desk, root, "commit"), "grace")
    do(desk, task(desk, root, "judge"), "grace", {"mark": 5})

    assert reads(client, ids, "henry") == {"draft"}


def test_records_are_shown_with_the_task_to_who_has_done_what_comes_first(desk, client, case):
    root, _, _, ids = case
    do(desk, task(desk, root, "commit"), "grace")
    judge = task(desk, root, "judge")

    def shown(who):
        return client.get(f"/api/v1/user-tasks/{judge}/records", headers=basic(who)).json["items"]

    [mine] = shown("grace")
    assert (mine["registerId"], list(mine["data"])) == ("dossiers", ["paper"])
    assert mine["data"]["paper"][0]["documentId"] == ids["paper"]
    assert (shown("henry"), shown("noah")) == ([], [])
    assert list(shown("audrey")[0]["data"]) == ["paper", "passport"]
    page = client.get(f"/tasks/{judge}", headers=basic("grace")).text
    assert f"/documents/{ids['paper']}" in page
    assert ids["passport"] not in page
    assert ids["paper"] not in client.get(f"/tasks/{judge}", headers=basic("henry")).text


def test_nobody_hands_in_a_file_of_somebody_else_whose_id_they_know(desk, office, case):
    _, _, second, ids = case
    with pytest.raises(Exception, match="correct the marked"):
        do(desk, second, "ben", {"paper": [reference(desk, ids["paper"])]})


def test_what_was_handed_in_belongs_to_its_case(desk, case):
    _, first, _, ids = case
    [instance] = desk.look(select(UserTask.instance_key).filter_by(key=first))

    assert set(desk.look(select(Document.instance_key).where(Document.id.in_(ids.values())))) == {instance}
    with desk.office.database.reading() as session:
        register = reading.declared(newest(session), "dossiers")
        assert len(reading.search(session, register).rows) >= 1


def test_who_reads_a_file_stands_in_the_history_of_its_case(desk, client, case):
    _, first, _, ids = case
    [key] = desk.look(select(UserTask.instance_key).filter_by(key=first))
    client.get(f"/v2/documents/{ids['paper']}", headers=basic("dora"))
    client.get(f"/documents/{ids['paper']}", headers=basic("ben"))  # is refused, and reads nothing
    client.get(f"/documents/{ids['paper']}", headers=basic("anna"))

    read = [
        (event.actor, json.loads(event.body)["document"])
        for event in desk.look(select(Event).filter_by(instance_key=key, kind="DOCUMENT_READ").order_by(Event.seq))
    ]

    assert read == [("dora", ids["paper"]), ("anna", ids["paper"])]
    assert desk.runs_again(key)
    lines = [client.get(f"/instances/{key}", headers=basic(who)).text.count("查阅了文件") for who in ("anna", "audrey")]
    assert lines[0] < lines[1]


def test_many_issued_papers_cost_no_more_statements_than_few(desk, office, case):
    _, first, _, _ = case
    [key] = desk.look(select(UserTask.instance_key).filter_by(key=first))
    asked = {}
    for papers_so_far in (2, 12):
        with office.database.writing() as session:
            instance = session.get_one(ProcessInstance, key)
            [record] = session.scalars(select(Record.key).filter_by(register="dossiers").limit(1))
            for number in range(papers_so_far):
                letter = {
                    "documentId": f"{papers_so_far}x{number}",
                    "hash": "0" * 64,
                    "fileName": f"{number}.pdf",
                    "size": 1,
                    "template": "letter",
                    "readers": ["org:other"] if number % 2 else ["noah"],
                }
                document = documents.issue(session, instance, letter, now=MONDAY)
                if number:
                    session.add(DocumentHolder(document_id=document.id, kind=RECORD, holder_key=record))
            session.commit()
        for who in ("dora", "noah", "audrey", "grace"):
            with office.database.reading() as session:
                user = office.user(who)
                statements = []
                count = lambda *args: statements.append(args[2])  # noqa: E731, B023
                event.listen(office.database.engine, "before_cursor_execute", count)
                found = papers.issued(session, user, key)
                event.remove(office.database.engine, "before_cursor_execute", count)
            asked.setdefault(who, []).append((len(found), len(statements)))

    assert {who: [number for number, _ in both] for who, both in asked.items()} == {
        "dora": [1, 12],
        "noah": [1, 7],
        "audrey": [2, 14],
        "grace": [0, 0],
    }
    assert all(first == then for (_, first), (_, then) in asked.values())
