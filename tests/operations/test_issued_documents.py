"""The connector `document`: a file of the case, made of what it reads by itself, addressed to somebody."""

import json
from itertools import count

import pytest
from sqlalchemy import select

from service.access import User
from service.documents import storage
from service.errors import ModelRefused, NotFound
from service.models import Document, Event, Incident, Variable
from service.operations import deployments, documents, papers
from service.registers import writing
from service.values import variables
from tests.support.leave import DIAGRAMS
from tests.support.papers import text_of
from tests.support.records import authority_of
from tests.unit.engine import builder as b

SLIPS = DIAGRAMS / "slips"
NUMBERS = count(1)
HEADERS = b.zeebe("taskHeaders", b.zeebe("header", key="template", value="booking_slip"))
GUEST = User("gus", "Gus", "gus", frozenset({"org:mill"}))
STRANGER = User("sam", "Sam", "sam", frozenset({"org:other"}))


def slip(**inputs):
    asked = {"stay_id": "=stay_id", "readers": '=["org:mill"]', **inputs}
    task = b.service("issue", b.mapping(asked, {"slip": "=document"}), HEADERS, type="document")
    return b.process(b.start(), task, b.user("then"), b.end(), b.chain("s", "issue", "then", "e"), id="stay")


def deploy(desk, source, **replaced):
    files = {
        path.relative_to(SLIPS).as_posix(): path.read_bytes() for path in SLIPS.rglob("*.*") if path.suffix != ".md"
    }
    files |= {"stay.bpmn": source.xml} | replaced
    with desk.office.database.writing() as session:
        deployments.deploy(session, files, desk.office.user("dora"), now=desk.now)
        session.commit()


def stay(desk, **values):
    """A stay of its own: the tests of a file share a database."""
    number = f"S-{next(NUMBERS)}"
    values = {
        "guest": "阿依古丽·买买提",
        "id_no": "210803197506150027",
        "day": "2026-03-02",
        "price": 300000,
    } | values
    with desk.office.database.writing() as session:
        writing.create(session, authority_of(session, "ada"), "stays", variables({"number": number} | values))
        session.commit()
    return number


def issued(desk, key):
    """What was issued in this case."""
    return desk.look(select(Document).filter_by(instance_key=key))


@pytest.mark.both_databases
def test_a_document_is_issued_and_its_reference_is_a_variable(desk):
    deploy(desk, slip())
    stay_id = stay(desk)
    key = desk.start("stay", stay_id=stay_id)

    desk.work()

    [document] = issued(desk, key)
    data = storage.path_of(document.hash).read_bytes()
    [told] = [json.loads(value) for value in desk.look(select(Variable.value).filter_by(scope_key=key, name="slip"))]
    assert desk.open_elements(key) == ["then"]
    assert (document.file_name, document.instance_key, document.template) == (
        f"入住通知-{stay_id}.pdf",
        key,
        "booking_slip",
    )
    assert (told["documentId"], told["fileName"], told["hash"]) == (document.id, document.file_name, document.hash)
    assert "人民币叁拾万元整（¥300,000.00）" in text_of(data)
    assert "210***********0027" in text_of(data)
    assert "210803197506150027" not in text_of(data)
    assert desk.runs_again(key)


def test_what_is_personal_stays_out_of_variables_and_history(desk):
    deploy(desk, slip())
    key = desk.start("stay", stay_id=stay(desk))
    desk.work()

    bodies = desk.look(select(Event.body).filter_by(instance_key=key))
    values = desk.look(select(Variable.value).filter_by(instance_key=key))

    assert not [text for text in [*map(str, bodies), *values] if "阿依古丽" in text or "197506150027" in text]


def test_it_is_read_by_those_it_is_addressed_to(desk):
    deploy(desk, slip())
    key = desk.start("stay", stay_id=stay(desk))
    desk.work()
    [document] = issued(desk, key)
    id = document.id

    with desk.office.database.reading() as session:
        assert documents.visible_document(session, id, GUEST).id == id
        with pytest.raises(NotFound):
            documents.visible_document(session, id, STRANGER)


def test_a_case_lists_what_was_issued_in_it_to_who_may_read_it(desk):
    deploy(desk, slip())
    key = desk.start("stay", stay_id=stay(desk))
    desk.work()
    [document] = issued(desk, key)

    with desk.office.database.reading() as session:
        assert [paper.id for paper in papers.issued(session, GUEST, key)] == [document.id]
        assert papers.issued(session, STRANGER, key) == []


@pytest.mark.parametrize(
    ("values", "stay_id", "said"),
    [
        ({"guest": None}, ..., "文书“入住通知”需要登记表“入住”的“guest”，而记录"),
        ({}, "S-none", "文书“入住通知”读取“stay”时出错：登记表“入住”中没有这条记录"),
        ({}, None, "文书“入住通知”缺少输入“入住编号”（stay_id）。"),
    ],
)
def test_what_cannot_be_made_is_an_incident_that_names_document_and_field(desk, values, stay_id, said):
    deploy(desk, slip())
    number = stay(desk, **values)
    key = desk.start("stay", stay_id=number if stay_id is ... else stay_id)

    desk.work()

    [incident] = desk.look(select(Incident).filter_by(instance_key=key))
    assert incident.element_id == "issue"
    assert incident.message.startswith(said)


def test_a_field_that_the_template_alone_wants_is_named(desk):
    typ = (SLIPS / "booking_slip/booking_slip.typ").read_text() + "#data.stay.bed"
    deploy(desk, slip(), **{"booking_slip/booking_slip.typ": typ.encode()})
    key = desk.start("stay", stay_id=stay(desk))

    desk.work()

    [incident] = desk.look(select(Incident.message).filter_by(instance_key=key))
    assert "booking_slip/booking_slip.typ:" in incident
    assert "缺少“bed”" in incident


@pytest.mark.parametrize(
    ("source", "replaced", "code", "said"),
    [
        (slip(colour="=1"), {}, "DOCUMENT", "没有输入“colour”"),
        (slip(), {"booking_slip/booking_slip.typ": b"#data.moon"}, "DOCUMENT", "模板用到“moon”"),
        (slip(), {"booking_slip/booking_slip.document.json": b'{"id": "x"}'}, "UNREADABLE", "缺少“title”"),
    ],
)
def test_the_lint_finds_it_before(desk, source, replaced, code, said):
    with desk.office.database.writing() as session:
        files = {
            path.relative_to(SLIPS).as_posix(): path.read_bytes() for path in SLIPS.rglob("*.*") if path.suffix != ".md"
        }
        files |= {"stay.bpmn": source.xml} | replaced

        with pytest.raises(ModelRefused) as refused:
            deployments.deploy(session, files, desk.office.user("dora"), now=desk.now, language="zh")

    assert any(fault.code == f"error:{code}" and said in fault.message for fault in refused.value.errors)
