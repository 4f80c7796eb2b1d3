"""Accounts with one identity are one person, whatever they are called."""

import io

import pytest
from sqlalchemy import select

from service import access
from service.cli.main import main
from service.models import Account, Recusal
from service.operations import accounts, duties, instances
from service.operations.user_tasks import assign_user_task, complete_user_task
from service.releases import latest
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

NUMBER = "11010519491231002X"
TWO_EYES = b.process(
    b.extensions(b.properties(recused="away")),
    b.start(),
    b.user("draft", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.user(
        "approve", b.zeebe("assignmentDefinition", candidateGroups="staff"), b.properties(separationOfDuties="draft")
    ),
    b.end(),
    b.chain("s", "draft", "approve", "e"),
    id="two_eyes",
)


def user(monkeypatch, *arguments):
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    return main(["user", *arguments])


@pytest.fixture
def twins(office, desk, monkeypatch):
    """Two accounts of one person, made by two people who only know the number."""
    desk.deploy(TWO_EYES)
    if desk.look(select(Account.username).filter_by(username="tom")):
        return
    assert user(monkeypatch, "add", "tom", "--groups", "staff", "--identity", NUMBER, "--password-stdin") == 0
    assert user(monkeypatch, "add", "tim", "--groups", "staff", "--password-stdin") == 0
    assert user(monkeypatch, "identity", "tim", "--identity", f" {NUMBER.lower()}") == 0


def test_a_second_account_is_the_same_person_to_duties_and_recusal(office, desk, twins, monkeypatch):
    tom, tim = office.user("tom"), office.user("tim")
    assert tom.identity == tim.identity
    key = desk.start("two_eyes", away=None)
    with office.database.writing() as session:
        (draft,) = desk.look(select(duties.UserTask.key).filter_by(instance_key=key))
        assign_user_task(session, draft, "tom", tom, now=MONDAY)
        complete_user_task(session, draft, {}, tom, now=MONDAY)
        session.commit()
    (approve,) = desk.look(select(duties.UserTask.key).filter_by(instance_key=key, element_id="approve"))
    with office.database.writing() as session, pytest.raises(duties.NotTwice):
        assign_user_task(session, approve, "tim", tim, now=MONDAY)

    with office.database.writing() as session:
        away = {"away": ["tom"]}
        case = instances.start_instance(session, latest(session, "process", "two_eyes"), away, desk.ada, now=MONDAY)
        assert [access.is_recused(session, each, case.key) for each in (tom, tim, desk.ada)] == [True, True, False]


def test_the_number_itself_is_kept_nowhere(office, twins):
    with office.database.reading() as session:
        kept = session.scalars(select(Account.identity).where(Account.username.in_(["tom", "tim"]))).all()

    assert NUMBER not in "".join(kept)
    assert len(set(kept)) == 1


def test_an_identity_that_becomes_known_later_takes_the_recusals_along(office, desk, twins):
    with office.database.writing() as session:
        accounts.create_account(session, "late", "late", None, ["staff"], now=MONDAY)
        accounts.create_account(session, "other", "other", None, ["staff"], now=MONDAY, identity="x")
        process = latest(session, "process", "two_eyes")
        case = instances.start_instance(session, process, {"away": ["late"]}, desk.ada, now=MONDAY)
        for _ in range(2):
            accounts.set_identity(session, "late", "x")
        session.flush()
        other = access.load_user(session, "other")

        assert access.is_recused(session, other, case.key)
        assert len(session.scalars(select(Recusal.who).filter_by(instance_key=case.key)).all()) == 2
