"""Who is recused from a case finds nothing of it anywhere: every route, every role, with any of their accounts."""

import json
from io import BytesIO
from random import Random
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from service.access import ADMIN, AUDITOR, DEPLOYER, OPERATOR, WORKER
from service.engine.types import EngineError
from service.models import DecisionInstance, Event, Incident, Job, ProcessInstance, Recusal, UserTask, Variable
from service.operations import accounts, deployments, documents, incidents, instances, runner, user_tasks
from service.registers import Authority, writing
from service.releases import latest, newest
from service.values import variables
from tests.api.matrix import API, PAGES, Row
from tests.support.leave import MONDAY, PASSWORD, basic
from tests.support.records import CALENDAR
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases
CANARY = "canary4711"
STAFF = b.zeebe("assignmentDefinition", candidateGroups="staff,doers")
DAYS = b.zeebe("calledDecision", decisionId="leave_days", resultVariable="n")
#: A case with everything in it, and one below it that only inherits who is recused.
CASE = b.process(
    b.extensions(b.properties(recused="away", readGroups="staff", adminGroups="managers")),
    b.start(),
    b.gateway("parallel", "all"),
    b.user("look", STAFF),
    b.service("work", type="=get or else(job_type, \"canary_work\")"),
    b.catch("wait", b.CATCH_MESSAGE),
    b.tag("businessRuleTask", b.extensions(DAYS), id="decide"),
    b.call("deeper", "below", propagateAllParentVariables="true"),
    b.end(),
    b.chain("s", "all", "look", "e"),
    *(b.chain("all", id, "e") for id in ("work", "wait", "decide", "deeper")),
    id="case",
)  # fmt: skip
BELOW = b.process(b.start(), b.user("look_too", STAFF), b.end(), b.chain("s", "look_too", "e"), id="below")
FILE_REGISTER = b"""{"id": "cases", "title": "\xe6\xa1\x88", "idField": "name", "readGroups": ["staff"],
 "fields": [{"key": "name", "title": "\xe5\x90\x8d", "type": "text", "required": true},
            {"key": "away", "title": "\xe5\x9b\x9e\xe9\x81\xbf", "type": "list"}], "recused": ["away"]}"""
NOTES = b"""{"id": "notes", "title": "\xe8\xae\xb0", "readGroups": ["staff"], "recused": ["about"],
 "fields": [{"key": "about", "title": "\xe6\xa1\x88", "type": "reference", "register": "cases"},
            {"key": "text", "title": "\xe6\x96\x87", "type": "text"}]}"""
ROLES = (OPERATOR, AUDITOR, ADMIN, WORKER, DEPLOYER, "staff", "managers")


@pytest.fixture(scope="module")
def names(office):
    """A case of which rita is recused; she has an account for each role besides. Names of things → their keys."""
    with office.database.writing() as session:
        accounts.ensure_groups(session, [("doers", "")])
        accounts.create_account(session, "rita", "丽塔", PASSWORD, [*ROLES, "doers"], now=MONDAY)
        for role in ROLES:
            accounts.create_account(session, f"rita_{role}", role, PASSWORD, [role], identity="rita", now=MONDAY)
        given = {"case.bpmn": CASE.xml, "below.bpmn": BELOW.xml, "cases.register.json": FILE_REGISTER}
        deployments.deploy(session, given | {"notes.register.json": NOTES}, office.user("dora"), now=MONDAY)
        session.commit()
    with office.database.writing() as session:
        rita = office.user("rita")
        given = {"away": ["rita"], "note": CANARY, "key": CANARY, "days": 3}
        case = instances.start_instance(
            session, latest(session, "process", "case"), variables(given), rita, now=MONDAY, business_id=CANARY
        )
        authority = Authority(newest(session), CALENDAR, MONDAY, "rita", case.key)
        writing.create(session, authority, "cases", {"name": CANARY, "away": ["rita"]})
        note = writing.create(session, authority, "notes", {"about": CANARY, "text": "hidden"}).record_id
        document = documents.store(session, f"{CANARY}.txt", b"words", rita, now=MONDAY, instance_key=case.key)
        incidents.report(session, case.key, EngineError("UNKNOWN", "work", CANARY), now=MONDAY)
        session.commit()
        key, document_id = case.key, document.id
    runner.drain(office.database, key, Random(1), jobs=50, seconds=20)
    with office.database.reading() as session:
        one = lambda query: session.scalars(query).first()  # noqa: E731
        return {
            "instance": key,
            "below": one(select(ProcessInstance.key).filter_by(parent_key=key)),
            "task": one(select(UserTask.key).filter_by(instance_key=key)),
            "task_below": one(select(UserTask.key).filter_by(element_id="look_too")),
            "element": one(select(UserTask.key).filter_by(instance_key=key)),
            "variable": one(select(Variable.key).filter_by(instance_key=key, name="note")),
            "event": one(select(Event.key).filter_by(instance_key=key)),
            "job": one(select(Job.key).filter_by(instance_key=key, kind="service")),
            "incident": one(select(Incident.key).filter_by(instance_key=key)),
            "evaluation": f"{one(select(DecisionInstance.key).filter_by(instance_key=key))}-1",
            "document": document_id,
            "record": CANARY,
            "note": note,
        }


def words(answer) -> str:
    """All the text of an answer: that of a workbook is packed into its parts."""
    if not answer.data.startswith(b"PK"):
        return answer.text
    with ZipFile(BytesIO(answer.data)) as workbook:
        return "".join(workbook.read(name).decode() for name in workbook.namelist())


def traces(names, text):
    return [name for name, key in names.items() if name != "note" and str(key) in text] + [CANARY] * (CANARY in text)


WHO = ("rita", *(f"rita_{role}" for role in ROLES))
ABOUT = [row for row in (*API, *PAGES) if any(f"{{{name}}}" in row.path for name in (
    "instance", "task", "element", "variable", "event", "job", "incident", "evaluation", "document"))]  # fmt: skip
LISTS = [row for row in (*API, *PAGES) if "{" not in row.path and (row.method == "GET" or row.path.endswith("/search"))]


def send(client, row: Row, names, who):
    if row in PAGES:
        given = {"data": row.form} if row.method == "POST" else {}
    else:
        given = {"json": row.body or {}} if row.method in ("POST", "PUT", "PATCH") else {}
    return client.open(row.path.format_map(names), method=row.method, headers=basic(who), **given)


@pytest.mark.parametrize("who", WHO)
def test_what_lies_in_the_case_answers_as_if_it_were_not_there(client, names, who):
    nowhere = {**names, **dict.fromkeys(names, 2**40 + 7), "document": "0" * 32, "evaluation": f"{2**40 + 7}-1"}
    wrong = []
    for row in ABOUT:
        answer, missing = send(client, row, names, who), send(client, row, nowhere, who)
        told = answer.text.replace(row.path.format_map(names), "")
        if answer.status_code != missing.status_code or answer.status_code < 400 or traces(names, told):
            wrong.append((row.name, answer.status_code, missing.status_code, answer.text[:200]))

    assert wrong == []


@pytest.mark.parametrize("who", WHO)
def test_no_list_and_no_page_holds_a_trace_of_it(client, names, who):
    wrong = [(row.name, found) for row in LISTS if (found := traces(names, words(send(client, row, names, who))))]

    assert wrong == []


def test_what_it_called_is_as_hidden(client, names):
    paths = [f"/v2/process-instances/{names['below']}", f"/v2/user-tasks/{names['task_below']}"]

    assert [client.get(path, headers=basic("rita")).status_code for path in paths] == [404, 404]
    assert [client.get(path, headers=basic("olga")).status_code for path in paths] == [200, 200]


def test_records_that_name_the_person_and_those_that_refer_to_them_are_hidden(client, names):
    def seen(who):
        answers = [
            client.get(f"/api/v1/registers/cases/records/{CANARY}", headers=basic(who)),
            client.get(f"/api/v1/registers/cases/records/{CANARY}/versions", headers=basic(who)),
            client.get(f"/api/v1/registers/notes/records/{names['note']}", headers=basic(who)),
        ]
        found = [
            client.post(f"/api/v1/registers/{id}/records/search", json={"limit": 1}, headers=basic(who)).json["items"]
            for id in ("cases", "notes")
        ]
        return [answer.status_code for answer in answers], [len(items) for items in found]

    assert seen("anna") == ([200, 200, 200], [1, 1])
    assert seen("rita_staff") == ([404, 404, 404], [0, 0])


def test_others_see_the_case_and_it_cannot_be_given_to_the_recused(client, names):
    assert CANARY in client.post("/v2/variables/search", json={}, headers=basic("olga")).text
    answer = client.post(
        f"/v2/user-tasks/{names['task']}/assignment", json={"assignee": "rita_staff"}, headers=basic("olga")
    )

    assert (answer.status_code, answer.json["code"]) == (403, "RECUSED")


def test_recusal_follows_the_variable(office, client, names):
    """It ends for the case and what it called when the variable says so, and a later account is caught too."""
    olga = office.user("olga")

    def away(value):
        with office.database.writing() as session:
            instances.set_variables(session, names["instance"], variables({"away": value}), olga, now=MONDAY)
            session.commit()

    def sees(who):
        return [
            client.get(f"/v2/process-instances/{names[it]}", headers=basic(who)).status_code == 200
            for it in ("instance", "below")
        ]

    away(None)
    assert [sees("rita_staff"), sees("rita_auditor")] == [[True, True]] * 2
    with office.database.writing() as session:
        accounts.create_account(session, "late", "后来", PASSWORD, [AUDITOR], identity="rita", now=MONDAY)
        session.commit()
    away("rita_staff")
    assert [sees(who) for who in ("rita", "rita_auditor", "late")] == [[False, False]] * 3
    away(["rita"])


def test_members_of_a_party_are_recused_with_all_their_accounts(office, client, names):
    with office.database.writing() as session:
        accounts.create_account(session, "paul", "保罗", PASSWORD, ["org:acme"], identity="p", now=MONDAY)
        accounts.create_account(session, "paul_too", "保罗", PASSWORD, [AUDITOR], identity="p", now=MONDAY)
        given = variables({"away": "org:acme", "days": 3, "key": "k2"})
        case = instances.start_instance(
            session, latest(session, "process", "case"), given, office.user("ada"), now=MONDAY
        )
        session.commit()
        key = case.key

    seen = [client.get(f"/v2/process-instances/{key}", headers=basic(who)).status_code for who in ("paul_too", "olga")]

    assert seen == [404, 200]


def test_a_variable_that_lists_no_persons_stops_the_case(office):
    with office.database.writing() as session:
        given = variables({"away": 5, "days": 3, "key": "k3"})
        with pytest.raises(EngineError, match="usernames"):
            instances.start_instance(session, latest(session, "process", "case"), given, office.user("ada"), now=MONDAY)


def test_a_case_without_recused_persons_has_no_rows(office, names):
    with office.database.reading() as session:
        assert set(session.scalars(select(Recusal.who))) == {"identity:rita", "org:acme"}


def test_who_administers_a_process_mends_its_instances_and_no_others(office, client, names):
    """`adminGroups`: sees, gives tasks to somebody, resolves incidents, cancels."""

    def asked(path, body=None):
        return client.post(path, json=body or {}, headers=basic("grace")).status_code

    assert client.get(f"/v2/process-instances/{names['instance']}", headers=basic("grace")).status_code == 200
    assert client.get(f"/v2/incidents/{names['incident']}", headers=basic("grace")).status_code == 200
    assert asked(f"/v2/user-tasks/{names['task']}/assignment", {"assignee": "anna"}) == 204
    assert asked(f"/v2/incidents/{names['incident']}/resolution") == 204
    assert asked(f"/v2/process-instances/{names['below']}/cancellation") == 404
    assert asked(f"/v2/process-instances/{names['instance']}/cancellation") == 204


def test_a_task_taken_before_the_recusal_is_out_of_reach_after_it(office):
    with office.database.writing() as session:
        anna, olga = office.user("anna"), office.user("olga")
        case = instances.start_instance(
            session, latest(session, "process", "case"), variables({"days": 3, "key": "k4"}), olga, now=MONDAY
        )
        task = session.scalars(select(UserTask.key).filter_by(instance_key=case.key, element_id="look")).one()
        user_tasks.claim_user_task(session, task, anna, now=MONDAY)
        instances.set_variables(session, case.key, variables({"away": ["anna"]}), olga, now=MONDAY)
        with pytest.raises(user_tasks.NotFound):
            user_tasks.complete_user_task(session, task, {}, anna, now=MONDAY)


def test_records_of_another_register_recuse_from_those_they_lead_to(office, client, names):
    def register(id, *fields, **more):
        declared = {"id": id, "title": id, "readGroups": ["staff"], "fields": list(fields), **more}
        return json.dumps(declared).encode()

    text, about = (
        {"key": "who", "title": "who", "type": "text"},
        {"key": "about", "title": "about", "type": "reference"},
    )
    given = {
        "files.register.json": register(
            "files",
            text,
            recusedBy={"register": "findings", "index": "by_who", "of": "about", "states": ["FOUND"]},
        ),
        "findings.register.json": register(
            "findings",
            text,
            about | {"register": "files"},
            recused=["about"],
            indexes=[{"name": "by_who", "fields": ["who"]}],
            states=[{"id": "FOUND", "title": "found"}, {"id": "WAIVED", "title": "waived"}],
            initial=["FOUND"],
            transitions=[["FOUND", "WAIVED"]],
        ),
    }
    with office.database.writing() as session:
        deployments.deploy(session, given, office.user("dora"), now=MONDAY)
        authority = Authority(newest(session), CALENDAR, MONDAY, "anna", None)
        file, other = (writing.create(session, authority, "files", {"who": name}).record_id for name in "xy")
        finding = writing.create(session, authority, "findings", {"who": "rita", "about": file}).record_id
        session.commit()

    def found(who, id):
        body = client.post(f"/api/v1/registers/{id}/records/search", json={}, headers=basic(who)).json
        return {item["recordId"] for item in body["items"]}

    assert found("anna", "files") == {file, other}
    assert found("rita_staff", "files") == {other}
    assert found("rita_staff", "findings") == set()
    assert client.get(f"/api/v1/registers/files/records/{file}", headers=basic("rita_staff")).status_code == 404
    with office.database.writing() as session:
        authority = Authority(newest(session), CALENDAR, MONDAY, "anna", None)
        writing.transition(session, authority, "findings", finding, "WAIVED")
        session.commit()
    assert found("rita_staff", "files") == {file, other}, "what is waived recuses nobody"
