"""Public look-ups: whoever has the code sees what stands behind it; who guesses waits."""

import pytest

from service.operations import deployments
from service.registers import writing
from service.values import variables
from tests.support.leave import DIAGRAMS, MONDAY
from tests.support.records import authority_of

CODE = "7K3Q-9XWM-2HTD-5PRV"


@pytest.fixture(scope="module")
def house(office):
    files = {path.name: path.read_bytes() for path in (DIAGRAMS / "slips").glob("*.json")}
    with office.database.writing() as session:
        deployments.deploy(session, files, office.user("dora"), now=MONDAY)
        for number, day, code in (("S-1", "2026-12-20", CODE), ("S-2", "2020-01-01", "OLD0")):
            values = {"number": number, "day": day, "guest": "阿依古丽", "remark": code}
            writing.create(session, authority_of(session, "ada"), "stays", variables(values))
        session.commit()


def test_the_code_shows_its_record_to_anybody_and_nothing_else_of_it(reader, house):
    someone = reader(None)

    shown = someone.open(f"/look-up/stay_check/{CODE}")
    typed = someone.open("/look-up/stay_check", code=f" {CODE.lower()} ")

    assert someone.status == 200
    assert "S-1" in shown
    assert "有效" in shown
    assert "S-1" in typed
    assert "阿依古丽" not in shown
    assert "已过" in someone.open("/look-up/stay_check/OLD0")
    assert someone.page.headers["Cache-Control"] == "no-store"


def test_programs_get_the_same(reader, house):
    answer = reader(None).client.get(f"/api/v1/look-ups/stay_check/{CODE}")

    assert answer.json["values"] == [{"title": "编号", "value": "S-1"}, {"title": "现状", "value": "有效"}]


def test_an_unknown_code_is_told_and_after_some_one_has_to_wait(reader, house):
    someone = reader(None)

    assert "没有这个代码" in someone.open("/look-up/stay_check/0000")
    assert someone.status == 404
    for number in range(5):
        someone.open(f"/look-up/stay_check/000{number}")
    told = someone.open(f"/look-up/stay_check/{CODE}")

    assert someone.status == 429
    assert "请" in told
    assert "秒后再试" in told


def test_a_page_that_is_not_declared_is_not_there(reader, house):
    someone = reader(None)
    someone.open("/look-up/nothing")

    assert someone.status == 404
