"""In-step connectors: what they take, what they give, what they refuse."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import insert, select

from service import db
from service.connectors import ConnectorFault
from service.errors import Refused
from service.models import Deadline, Group, Job, Membership, NumberSeries, Party, Submission, UserTask
from service.registers import reading
from tests.support.records import MONDAY, booking, call, confirm, instance, room


def submission(session, owner, data):
    """What somebody sent with a form in the case of `owner`."""
    task = UserTask(
        key=db.new_key(session),
        instance_key=owner.key,
        root_key=owner.root_key,
        definition_key=owner.definition_key,
        process_id="visit",
        element_id="ask",
        name="Ask",
        candidate_groups=[],
        candidate_users=[],
        priority=50,
        properties={},
        headers={},
        created_at=MONDAY,
    )
    session.add(task)
    session.flush()
    sent = Submission(
        key=db.new_key(session),
        task_key=task.key,
        instance_key=owner.key,
        form_key=owner.definition_key,
        data=data,
        hash="",
        submitted_by="ada",
        submitted_at=MONDAY,
    )
    session.add(sent)
    session.flush()
    return sent.key


def test_a_record_is_made_from_submissions_and_values(session):
    room(session)
    case = instance(session)
    child = instance(session, case)
    first = submission(session, case, {"day": "2026-03-09", "phone": "123", "colour": "red"})
    second = submission(session, child, {"note": "by the window", "phone": "456"})

    told = call(
        session,
        "register.create",
        {
            "register": "bookings",
            "submission": [str(first), {"key": str(second)}],
            "values": {"room": "blue"},
            "id": "b1",
        },
        of=case,
    )

    row = reading.find(session, "bookings", "b1")
    assert told == {"record": {"id": "b1", "key": str(row.key), "version": Decimal(1), "state": "ASKED"}}
    # `colour` is no field of the register; the later submission and then the values win.
    assert row.data == {"room": "blue", "day": "2026-03-09", "phone": "456", "note": "by the window"}


def test_a_submission_of_another_case_cannot_be_taken(session):
    room(session)
    sent = submission(session, instance(session), {"day": "2026-03-09"})

    with pytest.raises(ConnectorFault, match="no submission"):
        call(session, "register.create", {"register": "bookings", "submission": str(sent), "values": {"room": "blue"}})


def test_a_record_remembers_the_instance_that_wrote_it(session):
    room(session)
    case = instance(session)

    call(session, "register.update", {"register": "rooms", "id": "blue", "values": {"seats": Decimal(8)}}, of=case)

    [_, last] = reading.versions(session, reading.find(session, "rooms", "blue").key)
    assert (last.instance_key, last.by, last.data["seats"]) == (case.key, "ada", Decimal(8))


def test_a_transition_takes_values_along_in_one_version(session):
    room(session)
    booking(session, "b1", "2026-03-09")

    told = call(
        session,
        "register.transition",
        {"register": "bookings", "id": "b1", "to": "CONFIRMED", "values": {"note": "coffee"}, "version": Decimal(1)},
    )

    assert (told["record"]["state"], told["record"]["version"]) == ("CONFIRMED", Decimal(2))
    assert reading.find(session, "bookings", "b1").data["note"] == "coffee"


def test_static_inputs_may_be_headers(session):
    room(session)
    booking(session, "b1", "2026-03-09")

    told = call(session, "register.transition", {"id": "b1"}, headers={"register": "bookings", "to": "CONFIRMED"})

    assert told["record"]["state"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("type", "inputs", "reason"),
    [
        ("register.create", {"values": {}}, "“register” is missing"),
        ("register.create", {"register": "halls"}, "no register “halls”"),
        ("register.create", {"register": "rooms"}, "name: “名称” is required"),
        ("register.create", {"register": "rooms", "values": "blue"}, "must be an object"),
        ("register.create", {"register": "rooms", "submission": "none"}, "key of a submission"),
        ("register.update", {"register": "rooms", "id": "red", "values": {}}, "no record “red”"),
        ("register.transition", {"register": "rooms", "id": "blue", "to": "BURNT"}, "no state “BURNT”"),
        ("register.read", {"register": "rooms"}, "say which record"),
        ("register.read", {"register": "rooms", "id": "blue", "fields": ["colour"]}, "no field “colour”"),
        ("register.read", {"register": "bookings", "id": "b1", "fields": ["phone"]}, "personal"),
        ("records.evaluate", {"register": "rooms"}, "either `expression` or `decision`"),
        ("records.evaluate", {"register": "rooms", "expression": "count(row)"}, "row"),
        ("records.evaluate", {"register": "rooms", "decision": "nowhere"}, "no decision “nowhere”"),
        ("number.next", {"series": "letters", "format": "{missing}"}, "“missing”"),
        ("deadline.check", {"name": "nowhere"}, "no deadline “nowhere”"),
        ("deadline.set", {"name": "closing", "at": "soon"}, "no date and time"),
        ("group.members", {"group": "nobody"}, "no group"),
        ("party.members", {"party": "org:nobody"}, "no party"),
        ("urn.close", {"name": "nowhere"}, "no ballot box"),
    ],
)
def test_mistakes_in_a_diagram_are_named(session, type, inputs, reason):
    room(session)

    with pytest.raises(ConnectorFault, match=reason):
        call(session, type, inputs)


def test_only_what_is_named_enters_the_process(session):
    room(session)
    booking(session, "b1", "2026-03-09", note="by the window", phone="123")
    booking(session, "b2", "2026-03-10")

    one = call(session, "register.read", {"register": "bookings", "id": "b1", "fields": ["day"]})
    many = call(
        session,
        "register.read",
        {"register": "bookings", "where": {"room": "blue"}, "order": "-day", "many": True},
        headers={"fields": "day, note"},
    )
    none = call(session, "register.read", {"register": "bookings", "where": {"room": "green"}})

    assert one == {"record": {"id": "b1", "state": "ASKED", "day": "2026-03-09"}}
    assert many == {
        "records": [
            {"id": "b2", "state": "ASKED", "day": "2026-03-10", "note": None},
            {"id": "b1", "state": "ASKED", "day": "2026-03-09", "note": "by the window"},
        ]
    }
    assert none == {"record": None}


def test_an_expression_over_records_gives_a_result_and_what_it_rests_on(session):
    room(session)
    made = [booking(session, f"b{n}", f"2026-03-{9 + n:02}", price=Decimal(n) / 10) for n in (1, 2, 3)]
    confirm(session, "b3")

    answer = call(
        session,
        "records.evaluate",
        {
            "register": "bookings",
            "where": {"room": "blue"},
            "expression": "=sum(rows.price) + tip",
            "tip": Decimal("0.1"),
        },
    )

    assert answer["result"] == Decimal("0.7")
    assert [entry[:2] for entry in answer["evidence"]] == [
        [str(made[0].key), Decimal(1)],
        [str(made[1].key), Decimal(1)],
        [str(made[2].key), Decimal(2)],
    ]
    assert answer["evidence"][2][2] == reading.versions(session, made[2].key)[-1].hash


def test_a_decision_over_records_sees_them_under_the_name_it_wants(session):
    room(session)
    for number in range(3):
        booking(session, f"b{number}", f"2026-03-{9 + number:02}")
        confirm(session, f"b{number}")

    answer = call(
        session,
        "records.evaluate",
        {"register": "bookings", "where": {"state": "CONFIRMED"}, "expression": "count(taken)"},
        headers={"as": "taken"},
    )
    rules = call(session, "records.evaluate", {"register": "rooms", "decision": "house_rules"})

    assert answer["result"] == Decimal(3)
    assert rules["result"] == {"limit": Decimal(3)}


def test_records_themselves_are_no_result(session):
    room(session)
    booking(session, "b1", "2026-03-09", note="x" * 70_000)

    with pytest.raises(ConnectorFault, match="64 kB"):
        call(session, "records.evaluate", {"register": "bookings", "expression": "rows"})


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (None, "1"),
        ("R-{year}-{kind}-{n:04}", "R-2026-A-0001"),
        ("R-{0000}", "R-0001"),
        ("{n:02}/{0}", "01/1"),
        ('="No. " + string(n) + " " + kind', "No. 1 A"),
    ],
)
def test_a_number_is_written_by_its_format(session, format, text):
    told = call(
        session, "number.next", {"series": "letters", "kind": "A"}, headers={"format": format} if format else {}
    )

    assert told == {"number": Decimal(1), "text": text}


@pytest.mark.parametrize("pattern", ["{n.__class__}", "{n!r}", "{}", "{n[0]}"])
def test_a_format_reaches_nothing_but_the_inputs(session, pattern):
    assert call(session, "number.next", {"series": "letters", "format": pattern})["text"] == pattern


@pytest.mark.both_databases
def test_numbers_have_no_gaps_though_acts_are_rolled_back(store):
    """Twelve at once, every third of them refused after it took its number."""
    together = Barrier(12)

    def take(number: int) -> int | None:
        together.wait()
        with store.writing() as session:
            taken = int(call(session, "number.next", {"series": "letters"})["number"])
            if number % 3 == 0:
                return None
            session.commit()
            return taken

    with ThreadPoolExecutor(12) as pool:
        taken = [number for number in pool.map(take, range(12)) if number is not None]

    assert sorted(taken) == [1, 2, 3, 4, 5, 6, 7, 8]
    with store.reading() as session:
        assert session.get_one(NumberSeries, "letters").last == 8


@pytest.mark.parametrize(
    ("length", "ttl"), [(None, "0"), ("PT1H", "3600000"), ("P1M", "2678400000")]
)  # March has 31 days
def test_a_message_goes_out_with_the_commit(session, length, ttl):
    case = instance(session)
    inputs = {"name": "told", "correlationKey": "b1", "variables": {"n": Decimal(1)}, "timeToLive": length}

    assert call(session, "message.publish", inputs, of=case) == {}

    session.flush()
    job = session.scalars(select(Job)).one()
    assert (job.kind, job.root_key, job.element_id, job.due_at) == ("publish", case.key, "task", MONDAY)
    assert job.data == {"name": "told", "correlationKey": "b1", "ttl": ttl, "variables": {"n": Decimal(1)}}
    assert session.info["follow_ups"]


@pytest.mark.both_databases
def test_a_deadline_moves_only_later_and_its_timers_are_told(session):
    first = call(session, "deadline.set", {"name": "closing", "at": "2026-04-30T18:00:00", "reason": "announced"})
    same = call(session, "deadline.set", {"name": "closing", "at": "2026-04-30T10:00:00Z"})
    later = call(session, "deadline.set", {"name": "closing", "at": "2026-05-08T18:00:00+08:00", "reason": "flood"})
    with pytest.raises(Refused) as refused:
        call(session, "deadline.set", {"name": "closing", "at": "2026-05-08T17:59:59+08:00"})

    assert first == {"deadline": {"name": "closing", "at": "2026-04-30T18:00:00+08:00", "version": Decimal(1)}}
    assert same == first
    assert later["deadline"]["version"] == Decimal(2)
    assert refused.value.code == "DEADLINE_ONLY_LATER"
    assert session.get_one(Deadline, "closing").reason == "flood"
    session.flush()
    assert [(job.kind, job.deadline) for job in session.scalars(select(Job))] == [("review", "closing")] * 2


CLOSING = datetime(2026, 4, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize("arrived", [CLOSING - timedelta(seconds=1), CLOSING])
def test_what_arrives_by_the_deadline_is_in_time(session, arrived):
    session.execute(insert(Deadline), [{"name": "closing", "due_at": CLOSING, "version": 1, "reason": ""}])

    told = call(session, "deadline.check", {"name": "closing"}, now=arrived)

    assert told["deadline"]["at"] == "2026-04-30T18:00:00+08:00"


def test_what_arrives_after_the_deadline_is_refused(session):
    session.execute(insert(Deadline), [{"name": "closing", "due_at": CLOSING, "version": 1, "reason": ""}])
    late = CLOSING + timedelta(seconds=1)

    with pytest.raises(Refused) as plain:
        call(session, "deadline.check", {"name": "closing"}, now=late)
    with pytest.raises(Refused) as worded:
        call(session, "deadline.check", {"name": "closing", "reason": "已截止", "article": "第五条"}, now=late)

    assert (plain.value.code, str(plain.value)) == ("DEADLINE_PASSED", "The deadline was 2026-04-30 18:00:00.")
    assert (worded.value.code, str(worded.value), worded.value.article) == ("DEADLINE_PASSED", "已截止", "第五条")


def test_members_are_active_accounts_in_order(session):
    session.add(Group(name="desk", title="Desk", system=False))
    session.add(Party(key="acme", kind="organisation", name="Acme", created_at=MONDAY))
    for group, names in (("desk", ("cleo", "ada")), ("org:acme", ("dan", "bob"))):
        session.add_all(Membership(username=name, group_name=group) for name in names)
    session.flush()

    assert call(session, "group.members", {"group": "desk"}) == {"members": ["ada", "cleo"]}
    assert call(session, "party.members", {"party": "org:acme"}) == {"members": ["bob", "dan"]}
    assert call(session, "party.members", {"party": "acme"}) == {"members": ["bob", "dan"]}


def test_codes_are_not_guessed_nor_misread(session):
    codes = [call(session, "code.new", {})["text"] for _ in range(50)]

    assert len(set(codes)) == 50
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
