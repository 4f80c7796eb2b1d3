"""Bad input: each a clear 4xx with code, place and remedy, in Chinese and English, and nothing stored."""

import io
import json

import pytest
from sqlalchemy import func, select

from service.models.base import Base
from service.operations import deployments
from service.operations.user_tasks import claim_user_task
from tests.clients.workshop import FILES
from tests.support.leave import LONG_LEAVE, MONDAY, basic, files
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases
LANGUAGES = ("zh", "en")
#: May grow when a request is refused: wrong passwords are counted.
COUNTS_REFUSALS = {"failed_sign_ins", "platform"}
LEAVE = files()["leave_request.bpmn"].decode()
ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
UTF16 = LEAVE.replace("?>", f"?>{ENTITY}", 1).replace("UTF-8", "UTF-16").encode("utf-16")


def process(*body, id="bad"):
    return b.process(*body, id=id).xml


def line(*elements, ids):
    return process(b.start(), *elements, b.end(), b.chain("s", *ids, "e"))


#: name of the file, its bytes, and what the findings name: a code and a piece of the place or message.
REFUSED_FILES = {
    "broken XML": ("bad.bpmn", LEAVE[:500].encode(), "XML_BROKEN"),
    "an entity": ("bad.bpmn", LEAVE.replace("?>", f"?>{ENTITY}", 1).encode(), "XML_DOCTYPE"),
    "an entity in UTF-16": ("bad.bpmn", UTF16, "XML_ENCODING"),
    "a bomb": ("bad.bpmn", LEAVE.replace("?>", '?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1).encode(), "XML_DOCTYPE"),
    "no XML at all": ("bad.bpmn", b"\x89PNG\r\n\x1a\n", "XML_ENCODING"),
    "an unknown element": ("bad.bpmn", line(b.tag("adHocSubProcess", id="u"), ids=["u"]), "u"),
    "a missing process": ("bad.bpmn", line(b.call("c", "nowhere"), ids=["c"]), "nowhere"),
    "a missing form": (
        "bad.bpmn",
        line(b.user("u", b.zeebe("formDefinition", formId="nowhere")), ids=["u"]),
        "nowhere",
    ),
    "a missing decision": (
        "bad.bpmn",
        line(
            b.tag(
                "businessRuleTask",
                b.extensions(b.zeebe("calledDecision", decisionId="nowhere", resultVariable="r")),
                id="d",
            ),
            ids=["d"],
        ),
        "nowhere",
    ),
    "an expression that does not parse": ("bad.bpmn", line(b.script("x", "=1 +", "y"), ids=["x"]), "x"),
    "a file of the wrong kind": ("bad.exe", b"MZ", "UNREADABLE"),
    "a form that is no JSON": ("bad.form", b"{", "UNREADABLE"),
    "a decision that is a diagram": ("bad.dmn", LEAVE.encode(), ""),
}


@pytest.fixture(scope="module")
def task(office, client_of_office):
    """A leave request's first task, taken by anna, and who asks."""
    return open_task(office, client_of_office)


@pytest.fixture(scope="module")
def client_of_office(office):
    from service.app import create_app

    return create_app().test_client(use_cookies=False)


def open_task(office, client):
    started = client.post(
        "/v2/process-instances", json={"processDefinitionId": "leave_request"}, headers=basic("ada")
    ).json
    found = client.post(
        "/v2/user-tasks/search",
        json={"filter": {"processInstanceKey": started["processInstanceKey"]}},
        headers=basic("ada"),
    ).json
    key = found["items"][0]["userTaskKey"]
    with office.database.writing() as session:
        claim_user_task(session, int(key), office.user("anna"), now=MONDAY)
        session.commit()
    return key


def rows(office):
    """How many rows each table holds."""
    with office.database.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
            if name not in COUNTS_REFUSALS
        }


def refused(office, client, status, method, path, *, user="ada", language="en", lines=0, **request):
    """Ask, and check everything that every refusal must be. Returns the problem document.

    `lines`: how many lines the history gets by it; one where a task that one may know of was to be completed.
    """
    before = rows(office)
    headers = {"Accept-Language": language, **basic(user), **request.pop("headers", {})}

    response = client.open(path, method=method, headers=headers, **request)

    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    problem = response.json
    assert {"type", "title", "status", "detail", "instance", "code"} <= problem.keys()
    assert (problem["status"], problem["instance"]) == (status, path.split("?")[0])
    assert all({"path", "message", "code"} <= fault.keys() for fault in problem.get("errors", []))
    assert "Traceback" not in response.text
    after = rows(office)
    # Each event is a leaf of the tree whose heads are signed.
    assert after == before | {name: before[name] + lines for name in ("events", "tree_leaves")}
    return problem


def is_chinese(text):
    return any("\u4e00" <= char <= "\u9fff" for char in text)


@pytest.mark.parametrize("name", REFUSED_FILES)
def test_a_deployment_that_cannot_run_is_refused_whole(office, client_of_office, name):
    file, data, mentioned = REFUSED_FILES[name]
    sent = [(io.BytesIO(data), file), (io.BytesIO(files()["leave_days.dmn"] + b"\n"), "leave_days.dmn")]

    problem = refused(office, client_of_office, 400, "POST", "/v2/deployments", data={"resources": sent})

    assert problem["code"] == "MODEL_REFUSED"
    findings = [fault for fault in problem["errors"] if fault["path"].startswith(file)]
    assert findings
    assert any(mentioned in f"{fault['path']} {fault['message']} {fault['code']}" for fault in findings), findings


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_finding_of_a_deployment_comes_at_once_with_its_parts(office, client_of_office, language):
    wrong = b.process(
        b.start(), b.tag("serviceTask", id="work", name="盖章"), b.end(), b.chain("s", "work", "e"), id="bad"
    ).xml
    files = {
        "bad.bpmn": wrong,
        "none.bpmn": b"<x/>",
        "lost.bpmn": process(b.start(), b.call("c", "nowhere"), b.end(), b.chain("s", "c", "e"), id="lost"),
    }
    sent = [(io.BytesIO(data), name) for name, data in files.items()]
    headers = {"Accept-Language": language}

    problem = refused(
        office, client_of_office, 400, "POST", "/v2/deployments", data={"resources": sent}, headers=headers
    )

    found = {(each["resource"], each["rule"]): each for each in problem["errors"]}
    assert found.keys() == {("bad.bpmn", "TASK_KIND"), ("none.bpmn", "NOT_BPMN"), ("lost.bpmn", "PROCESS_UNKNOWN")}
    work = found["bad.bpmn", "TASK_KIND"]
    assert (work["elementId"], work["elementName"], work["line"], work["severity"]) == ("work", "盖章", 1, "error")
    assert is_chinese(work["remedy"]) == (language == "zh")
    assert work["message"] == f"{work['problem']} {work['remedy']}"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "days"),
        ({**LONG_LEAVE, "days": "many"}, "days"),
        ({**LONG_LEAVE, "days": 99}, "days"),
        ({**LONG_LEAVE, "kind": "holiday"}, "kind"),
        ({**LONG_LEAVE, "from": "tomorrow"}, "from"),
        ({**LONG_LEAVE, "is_admin": True}, "is_admin"),
        ({**LONG_LEAVE, "approved": True}, "approved"),
        ({**LONG_LEAVE, "reason": ["x"]}, "reason"),
    ],
    ids=str,
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_that_do_not_fit_the_form_are_named_by_field(office, client_of_office, task, answers, field, language):
    problem = refused(
        *(office, client_of_office, 400, "POST", f"/v2/user-tasks/{task}/completion"),
        user="anna",
        language=language,
        lines=1,
        json={"variables": answers},
    )

    assert problem["code"] == "FORM_INVALID"
    assert field in {fault["path"].split(".")[0] for fault in problem["errors"]}
    assert all(is_chinese(fault["message"]) == (language == "zh") for fault in problem["errors"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_task_of_somebody_else_is_refused_by_name(office, client_of_office, task, language):
    claim = refused(
        *(office, client_of_office, 409, "POST", f"/api/v1/user-tasks/{task}/claim"), user="ben", language=language
    )
    complete = refused(
        *(office, client_of_office, 403, "POST", f"/v2/user-tasks/{task}/completion"),
        user="ben",
        language=language,
        lines=1,
    )

    assert (claim["code"], complete["code"]) == ("TASK_TAKEN", "TASK_NOT_YOURS")
    assert "安娜" in claim["detail"]
    assert is_chinese(complete["detail"].replace("申请", "")) == (language == "zh")


DEEP = "[" * 5000 + "]" * 5000
NESTED = '{"variables": {"a": %s}}'
#: method, path, body as it is sent, status, code.
REFUSED_BODIES = {
    "no JSON": ("POST", "/v2/process-instances", "{", 400, "BAD_JSON"),
    "no object": ("POST", "/v2/process-instances", "[]", 400, "INVALID_ARGUMENT"),
    "a member twice": ("POST", "/v2/process-instances", '{"tags": [], "tags": []}', 400, "BAD_JSON"),
    "NaN": ("POST", "/v2/process-instances", '{"variables": {"a": NaN}}', 400, "BAD_JSON"),
    "an abyss": ("POST", "/v2/process-instances", NESTED.replace("%s", DEEP), 400, "BAD_JSON"),
    "deeper than the writer can": (
        *("POST", "/v2/process-instances"),
        NESTED.replace("%s", "[" * 300 + "]" * 300),
        *(400, "BAD_JSON"),
    ),
    "a control character": ("POST", "/v2/process-instances", '{"businessId": "a\\u0000b"}', 400, "INVALID_ARGUMENT"),
    "half a surrogate": ("POST", "/v2/process-instances", '{"businessId": "\\ud800"}', 400, "INVALID_ARGUMENT"),
    "a number of 40 digits": (
        *("POST", "/v2/process-instances", '{"processDefinitionId": "leave_request", "variables": {"a": {"b": [%s]}}}'),
        *(400, "INVALID_ARGUMENT"),
    ),
    "another tenant": (
        *("POST", "/v2/process-instances", '{"processDefinitionId": "leave_request", "tenantId": "x"}'),
        *(400, "INVALID_ARGUMENT"),
    ),
    "an unknown field": (
        *("POST", "/v2/process-instances", '{"processDefinitionId": "leave_request", "colour": "red"}'),
        *(400, "INVALID_ARGUMENT"),
    ),
    "no process named": ("POST", "/v2/process-instances", "{}", 400, "INVALID_ARGUMENT"),
    "an unknown process": ("POST", "/v2/process-instances", '{"processDefinitionId": "x"}', 404, "NOT_FOUND"),
    "an unknown key": ("GET", "/v2/user-tasks/4711", None, 404, "NOT_FOUND"),
    "a key beyond any": ("GET", "/v2/user-tasks/9999999999999999999999999", None, 404, "NOT_FOUND"),
    "a key that is none": ("GET", "/v2/user-tasks/abc", None, 404, "NOT_FOUND"),
    "no such address": ("GET", "/v2/nothing", None, 404, "NOT_FOUND"),
    "another method": ("PUT", "/v2/process-instances", "{}", 405, "METHOD_NOT_ALLOWED"),
    "a timeout beyond any": (
        *("POST", "/v2/jobs/activation", '{"type": "x", "timeout": 1e99, "maxJobsToActivate": 1}'),
        *(400, "INVALID_ARGUMENT"),
    ),
    "a moment beyond any": ("PUT", "/v2/clock", '{"timestamp": 99999999999999999999}', 400, "INVALID_ARGUMENT"),
    "a key in a filter that is none": (
        *("POST", "/v2/process-instances/search", '{"filter": {"processInstanceKey": "1; DROP TABLE"}}'),
        *(400, "INVALID_ARGUMENT"),
    ),
    "a number for a key": (
        *("POST", "/v2/process-instances/search", '{"filter": {"processInstanceKey": 1}}'),
        *(400, "INVALID_ARGUMENT"),
    ),
    "an operator that is none": (
        *("POST", "/v2/user-tasks/search", '{"filter": {"name": {"$regex": ".*"}}}', 400, "INVALID_ARGUMENT"),
    ),
    "too many values": (
        *("POST", "/v2/user-tasks/search", json.dumps({"filter": {"name": {"$in": ["x"] * 2000}}})),
        *(400, "INVALID_ARGUMENT"),
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REFUSED_BODIES)
def test_a_request_that_is_wrong_is_refused(office, client_of_office, name, language):
    method, path, body, status, code = REFUSED_BODIES[name]
    if name == "a number of 40 digits":
        body %= "1" * 40
    kind = {} if body is None else {"data": body, "content_type": "application/json"}

    problem = refused(office, client_of_office, status, method, path, language=language, **kind)

    assert problem["code"] == code
    text = " ".join([problem["detail"], *(fault["message"] for fault in problem.get("errors", []))])
    assert is_chinese(text) == (language == "zh"), text


def test_a_fault_is_named_by_its_place(office, client_of_office):
    body = {"processDefinitionId": "leave_request", "colour": 1, "tags": ["1x"], "variables": {"a": {"b": [1, "\x01"]}}}
    clean = body | {"variables": {"a": {"b": [1, 10**40 + 1]}}}

    problem = refused(office, client_of_office, 400, "POST", "/v2/process-instances", json=clean)
    control = refused(office, client_of_office, 400, "POST", "/v2/process-instances", json=body)

    assert {fault["path"]: fault["code"] for fault in problem["errors"]} == {
        "colour": "UNKNOWN_FIELD",
        "tags.0": "INVALID",
        "variables.a.b[1]": "INVALID",
    }
    assert "variables.a.b[1]" in control["detail"]


def test_a_body_that_is_too_large_is_refused(office, client_of_office):
    body = json.dumps({"variables": {"a": "x" * 11_000_000}})

    problem = refused(
        *(office, client_of_office, 413, "POST", "/v2/process-instances"), data=body, content_type="application/json"
    )

    assert problem["code"] == "REQUEST_ENTITY_TOO_LARGE"


def test_a_file_may_be_larger_than_a_plain_body(client_of_office):
    large = b"%PDF-1.4\n" + b"0" * 11_000_000 + b"\n%%EOF\n"

    answer = client_of_office.post(
        "/v2/documents", data={"file": (io.BytesIO(large), "scan.pdf")}, headers=basic("anna")
    )

    assert (answer.status_code, answer.json["metadata"]["size"]) == (201, len(large))


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/v2/process-instances", "text/plain"), ("/v2/deployments", "application/json"), ("/v2/documents", "text/plain")],
)
def test_a_body_of_another_kind_is_refused(office, client_of_office, path, kind):
    problem = refused(office, client_of_office, 415, "POST", path, data='{"a": 1}', content_type=kind)

    assert problem["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_another_method_says_which_there_are(client_of_office):
    response = client_of_office.put("/v2/process-instances", headers=basic("ada"))

    assert set(response.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_a_draft_that_was_changed_meanwhile_is_not_overwritten(office, client_of_office):
    path = f"/api/v1/user-tasks/{open_task(office, client_of_office)}/draft"
    first = client_of_office.put(path, json={"data": {"reason": "one"}}, headers=basic("anna"))
    second = client_of_office.put(
        path, json={"data": {"reason": "two"}}, headers={**basic("anna"), "If-Match": first.headers["ETag"]}
    )

    stale = {"headers": {"If-Match": first.headers["ETag"]}, "json": {"data": {"reason": "three"}}}
    changed = refused(office, client_of_office, 412, "PUT", path, user="anna", **stale)
    blind = refused(office, client_of_office, 428, "PUT", path, user="anna", json={"data": {"reason": "three"}})
    kept = client_of_office.get(path, headers=basic("anna"))

    assert (changed["code"], blind["code"]) == ("PRECONDITION_FAILED", "PRECONDITION_REQUIRED")
    assert kept.json["data"] == {"reason": "two"}
    assert kept.headers["ETag"] == second.headers["ETag"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("virus.exe", b"MZ", "FILE_KIND"),
        ("photo.png", b"<script>", "FILE_CONTENT"),
        ("empty.pdf", b"", "FILE_CONTENT"),
        ("page.html", b"<html>", "FILE_KIND"),
    ],
)
def test_a_document_of_another_kind_is_refused(office, client_of_office, name, data, code):
    sent = {"file": (io.BytesIO(data), name)}

    problem = refused(office, client_of_office, 400, "POST", "/v2/documents", user="anna", data=sent)

    assert problem["code"] == code


def test_an_empty_body_with_a_content_type_is_an_empty_object(office, client_of_office):
    with office.database.writing() as session:
        deployments.deploy(session, FILES, office.user("dora"), now=MONDAY)
        session.commit()

    response = client_of_office.post(
        "/v2/user-tasks/search", data=b"", content_type="application/json", headers=basic("ada")
    )

    assert response.status_code == 200


@pytest.mark.parametrize("username", ["a\0b", "", "x" * 5000, "'; --"])
def test_a_name_that_no_account_can_have_is_a_wrong_password(client_of_office, username):
    response = client_of_office.get("/v2/topology", headers=basic("ada") | basic(username))

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")
