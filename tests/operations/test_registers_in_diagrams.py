"""Registers and ballot boxes from a diagram: what a connector refuses undoes the whole act."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text

from service.errors import FormInvalid, ModelRefused, Refused
from service.models import Event, NumberSeries, Submission, Urn, UserTask, Variable
from service.operations import deployments, histories
from service.operations.instances import start_instance
from service.operations.user_tasks import claim_user_task, complete_user_task
from service.registers import Authority, reading, writing
from service.releases import latest, newest
from tests.support.leave import MONDAY, files
from tests.support.records import CALENDAR

PHONE = "13800000000"


@pytest.fixture
def house(session, office):
    """Two open rooms; not committed."""
    deployments.deploy(session, files("rooms"), office.user("dora"), now=MONDAY)
    authority = Authority(newest(session), CALENDAR, MONDAY, "ada")
    for name in ("blue", "green"):
        writing.create(session, authority, "rooms", {"name": name})
    return authority


def begin(session, office, process_id, variables):
    return start_instance(session, latest(session, "process", process_id), variables, office.user("ada"), now=MONDAY)


def open_tasks(session, instance):
    return session.scalars(
        select(UserTask).filter_by(instance_key=instance.key, ended_at=None).order_by(UserTask.key)
    ).all()


def ask(session, office, day, room="blue"):
    """Anna asks for a room; the instance stands where the diagram stops next."""
    instance = begin(session, office, "booking", {})
    [task] = open_tasks(session, instance)
    anna = office.user("anna")
    claim_user_task(session, task.key, anna, now=MONDAY)
    complete_user_task(session, task.key, {"room": room, "day": day, "phone": PHONE}, anna, now=MONDAY)
    return instance


@pytest.mark.both_databases
def test_one_act_writes_the_record_and_goes_on(session, office, house):
    ask(session, office, "2026-12-01")
    instance = ask(session, office, "2026-12-02")

    [task] = open_tasks(session, instance)
    row = reading.find(session, "bookings", "B-2026-002")
    assert task.element_id == "visit"
    assert (row.state, row.data["phone"], row.changed_by) == ("CONFIRMED", PHONE, "anna")
    assert [version.state for version in reading.versions(session, row.key)] == ["ASKED", "CONFIRMED"]
    values = dict(session.execute(select(Variable.name, Variable.value).filter_by(scope_key=instance.key)).all())
    assert values["total"] == "0.2"  # 0.1 + 0.1: a decimal, not a double


def test_what_is_personal_stays_out_of_state_and_history(session, office, house):
    instance = ask(session, office, "2026-12-01")

    submission = session.scalars(select(Submission)).one()
    events = session.scalars(select(Event.body).filter_by(instance_key=instance.key)).all()
    variables = session.scalars(select(Variable.value).filter_by(instance_key=instance.key)).all()
    assert submission.data == {"phone": PHONE}
    assert PHONE.encode() not in instance.state
    assert not any(PHONE in body for body in [*events, *variables])


def test_the_history_of_connectors_runs_again_to_the_same_bytes(session, office, house):
    instance = ask(session, office, "2026-12-01")

    assert histories.verify(session, instance).valid
    assert histories.replay(session, instance).same


@pytest.mark.both_databases
def test_a_refusal_reaches_the_button_and_undoes_the_number_the_record_and_the_task(session, office, house):
    ask(session, office, "2026-12-01")
    instance = begin(session, office, "booking", {})
    [task] = open_tasks(session, instance)
    anna = office.user("anna")
    claim_user_task(session, task.key, anna, now=MONDAY)
    act = session.begin_nested()  # as the request's transaction, which the rim rolls back

    with pytest.raises(Refused) as refused:
        complete_user_task(session, task.key, {"room": "blue", "day": "2026-12-01", "phone": ""}, anna, now=MONDAY)
    act.rollback()

    assert (refused.value.code, refused.value.article) == ("DOUBLE_BOOKING", "第三条")
    assert reading.find(session, "bookings", "B-2026-002") is None
    assert session.get_one(NumberSeries, "bookings").last == 1
    assert [task.element_id for task in open_tasks(session, instance)] == ["ask"]
    complete_user_task(session, task.key, {"room": "green", "day": "2026-12-01", "phone": ""}, anna, now=MONDAY)
    assert reading.find(session, "bookings", "B-2026-002").state == "CONFIRMED"


@pytest.mark.both_databases
def test_a_secret_ballot_in_a_diagram_leaves_counts_only(session, office, house):
    voters = ["anna", "ben", "grace"]
    instance = begin(session, office, "ballot", {"box": "motion 7", "voters": voters})
    tasks = {task.assignee: task for task in open_tasks(session, instance)}
    assert sorted(tasks) == voters

    for name, answer in (("grace", "yes"), ("anna", "no"), ("ben", "yes")):
        complete_user_task(session, tasks[name].key, {"motion": answer}, office.user(name), now=MONDAY)

    urn = session.scalars(select(Urn)).one()
    assert (urn.counts, urn.voted) == ({"motion": {"no": Decimal(1), "yes": Decimal(2)}}, voters)
    assert [task.element_id for task in open_tasks(session, instance)] == ["announce"]
    # The word occurs in the choices the box was opened with and in the counts, never in what a voter's act left.
    cast = session.execute(
        text("SELECT body FROM events WHERE instance_key = :key AND kind = 'USER_TASK_COMPLETED' ORDER BY seq"),
        {"key": instance.key},
    ).scalars()
    assert [body.count('"no"') for body in cast][:2] == [0, 0]


def test_a_register_whose_guard_would_be_missing_is_not_deployed(session, office):
    incomplete = {name: data for name, data in files("rooms").items() if not name.startswith(("house_rules", "rooms"))}

    with pytest.raises(ModelRefused) as refused:
        deployments.deploy(session, incomplete, office.user("dora"), now=MONDAY)

    found = {(fault.path, fault.code) for fault in refused.value.errors}
    assert ("bookings.register.json guard.queries.house", "error:REGISTER") in found
    assert ("bookings.register.json scope.register", "error:REGISTER") in found


def test_a_ballot_that_is_no_choice_is_refused(session, office, house):
    instance = begin(session, office, "ballot", {"box": "motion 8", "voters": ["anna"]})
    [task] = open_tasks(session, instance)

    with pytest.raises(FormInvalid):
        complete_user_task(session, task.key, {"motion": "perhaps"}, office.user("anna"), now=MONDAY)
