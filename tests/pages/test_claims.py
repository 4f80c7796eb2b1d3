"""Somebody without an account asks for one by a public form, and sets its password with the code of their receipt."""

import json
import re

import pytest

from service import access
from service.models import Account, Party
from service.operations import deployments
from tests.pages.test_public import once
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

START = "/public/start/joining"
FORM = {
    "type": "default", "id": "joining_form", "schemaVersion": 18,
    "components": [
        {"type": "textfield", "key": "wanted", "label": "用户名", "id": "wanted", "validate": {"required": True}},
        {"type": "textfield", "key": "group", "label": "组", "id": "group"},
    ],
}  # fmt: skip
ENROL = {
    "username": "=wanted",
    "person": '="新来的人"',
    "kind": '="organisation"',
    "name": '="新单位"',
    "groups": "=[group]",
}
JOINING = b.process(
    b.extensions(b.properties(publicStart="true", readGroups="staff")),
    b.start(),
    b.user("ask", b.zeebe("formDefinition", formId="joining_form"), b.properties(public="true")),
    b.service("enrol", b.mapping(ENROL, {"party": "=party", "claimable": "=claimable"}), type="party.enrol"),
    b.end(),
    b.chain("s", "ask", "enrol", "e"),
    id="joining",
)


@pytest.fixture(scope="module")
def house(office):
    files = {"joining.bpmn": JOINING.xml, "joining.form": json.dumps(FORM, ensure_ascii=False).encode()}
    with office.database.writing() as session:
        deployments.deploy(session, files, office.user("dora"), now=MONDAY)
        session.commit()
    return office


def ask(visitor, wanted: str, group: str = "staff") -> str:
    visitor.open(START)
    return visitor.press(START, {"wanted": wanted, "group": group, "_submit": "1", "_once": once(visitor)})


def test_the_sender_gets_an_account_that_acts_for_the_new_party(visitor, house):
    page = ask(visitor, "newcomer")
    claim = re.search(r'action="(/public/receipts/[^"]+/account)"', page)[1]

    visitor.press(claim, {})
    assert visitor.path.startswith("/invitation/")
    visitor.press(visitor.path, {"new_password": "ein-langes-Wort-7", "again_password": "ein-langes-Wort-7"})

    assert visitor.status == 200
    with house.database.reading() as session:
        user = access.load_user(session, "newcomer")
        [party] = session.query(Party).filter_by(name="新单位").all()
        assert session.get_one(Account, "newcomer").password_hash
    assert user.groups >= {"staff", f"org:{party.key}"}
    # Used up: who finds the code later changes no password.
    visitor.press(claim, {})
    assert visitor.status == 404


def test_a_name_that_is_taken_is_told_and_nothing_is_made(visitor, house):
    with house.database.reading() as session:
        before = session.query(Party).count()

    page = ask(visitor, "anna")

    assert "anna" in page
    assert START in page
    with house.database.reading() as session:
        assert session.query(Party).count() == before


def test_a_procedure_makes_nobody_an_administrator(visitor, house):
    page = ask(visitor, "climber", group=access.ADMIN)

    assert START in page
    with house.database.reading() as session:
        assert session.get(Account, "climber") is None


def test_a_code_without_an_account_claims_nothing(visitor):
    visitor.open(START)

    visitor.press("/public/receipts/0000-0000-0000-0000/account", {})

    assert visitor.status == 404
