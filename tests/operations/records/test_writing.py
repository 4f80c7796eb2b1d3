"""Records are written under the rules of their register, or not at all."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from service.errors import Invalid, Refused
from service.models import Record, RecordKey, RecordVersion
from service.registers import reading, writing
from service.registers.refusals import RegisterFault
from service.values import variables
from tests.support.records import MONDAY, authority_of, booking, confirm, room


def test_a_record_begins_in_the_first_initial_state(session):
    room(session)

    made = booking(session, "b1", "2026-03-09", price=Decimal("12.50"))

    assert (made.record_id, made.state, made.version, made.voided) == ("b1", "ASKED", 1, False)
    assert made.data == {"room": "blue", "day": "2026-03-09", "price": Decimal("12.5")}
    assert (made.changed_at, made.changed_by) == (MONDAY, "ada")


def test_the_id_is_the_id_field_or_what_was_said_or_the_key(session, authority):
    room(session, "blue")
    named = booking(session, "b1", "2026-03-09")

    unnamed = writing.create(session, authority, "bookings", variables({"room": "blue", "day": "2026-03-10"}))

    assert reading.find(session, "rooms", "blue") is not None
    assert named.record_id == "b1"
    assert unnamed.record_id == str(unnamed.key)


@pytest.mark.both_databases
def test_every_version_is_kept_with_its_hash_reason_and_author(session, authority):
    room(session)
    made = booking(session, "b1", "2026-03-09")

    writing.update(session, authority, "bookings", "b1", {"note": "by the window"}, reason="asked by phone")
    confirm(session, "b1")

    first, second, third = reading.versions(session, made.key)
    assert [v.version for v in (first, second, third)] == [1, 2, 3]
    assert [v.state for v in (first, second, third)] == ["ASKED", "ASKED", "CONFIRMED"]
    assert "note" not in first.data
    assert (second.data["note"], second.reason, second.by) == ("by the window", "asked by phone", "ada")
    row = reading.find(session, "bookings", "b1")
    assert row is not None
    assert row.hash == third.hash != second.hash


def test_what_changes_nothing_makes_no_version(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09", price=Decimal("12.50"))

    same = writing.update(session, authority, "bookings", "b1", {"price": Decimal("12.5")})

    assert same.version == 1


@pytest.mark.both_databases
def test_a_change_of_type_alone_is_a_change(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09", extra={"beamer": Decimal(1)})

    changed = writing.update(session, authority, "bookings", "b1", {"extra": {"beamer": True}})

    assert changed.version == 2
    session.expire_all()
    assert session.get(Record, changed.key).data["extra"] == {"beamer": True}


def test_an_emptied_field_is_gone(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09", note="by the window")

    writing.update(session, authority, "bookings", "b1", {"note": None})

    assert "note" not in reading.find(session, "bookings", "b1").data


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"day": "2026-03-09"}, {("room", "REQUIRED")}),
        ({"room": "blue", "day": "9 March"}, {("day", "WRONG_TYPE")}),
        ({"room": "blue", "day": "2026-02-30"}, {("day", "WRONG_TYPE")}),
        ({"room": "blue", "day": "2026-03-09", "price": Decimal("1.005")}, {("price", "WRONG_TYPE")}),
        ({"room": "blue", "day": "2026-03-09", "guests": "ada"}, {("guests", "WRONG_TYPE")}),
        ({"room": "blue", "day": "2026-03-09", "colour": "red"}, {("colour", "UNKNOWN_FIELD")}),
        ({"room": "green", "day": "2026-03-09"}, {("room", "UNKNOWN_RECORD")}),
    ],
)
def test_wrong_values_are_named_and_not_written(session, authority, values, faults):
    room(session)

    with pytest.raises(Invalid) as refused:
        writing.create(session, authority, "bookings", variables(values))

    assert {(fault.path, fault.code) for fault in refused.value.errors} == faults
    assert reading.search(session, reading.declared(authority.library, "bookings")).rows == ()


def test_a_transition_that_is_not_declared_is_refused(session):
    room(session)
    booking(session, "b1", "2026-03-09")
    writing.transition(session, authority_of(session), "bookings", "b1", "CANCELLED")

    with pytest.raises(Refused) as refused:
        confirm(session, "b1")

    assert (refused.value.code, refused.value.status) == ("STATE_CONFLICT", 409)
    assert str(refused.value) == "“b1” cannot go from “已取消” to “已确认”."


def test_a_record_changed_meanwhile_is_not_overwritten(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09")
    writing.update(session, authority, "bookings", "b1", {"note": "theirs"})

    with pytest.raises(Refused) as refused:
        writing.update(session, authority, "bookings", "b1", {"note": "mine"}, expected_version=1)

    assert refused.value.code == "STATE_CONFLICT"
    assert reading.find(session, "bookings", "b1").data["note"] == "theirs"


def test_frozen_fields_keep_their_values_and_the_others_may_change(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09")
    confirm(session, "b1")

    writing.update(session, authority, "bookings", "b1", {"note": "coffee", "day": "2026-03-09"})
    with pytest.raises(Refused) as refused:
        writing.update(session, authority, "bookings", "b1", {"day": "2026-03-10"})

    assert refused.value.code == "BOOKING_FROZEN"


def test_the_id_of_a_record_never_changes(session, authority):
    room(session)

    with pytest.raises(RegisterFault, match="cannot change"):
        writing.update(session, authority, "rooms", "blue", {"name": "green"})


@pytest.mark.both_databases
def test_a_unique_key_is_refused_with_its_code_article_and_reason(session):
    room(session)
    for name in ("b1", "b2"):
        booking(session, name, "2026-03-09")
    confirm(session, "b1")

    with pytest.raises(Refused) as refused:
        confirm(session, "b2")

    assert refused.value.code == "DOUBLE_BOOKING"
    assert (str(refused.value), refused.value.article) == ("当天已被预订。", "第三条")


def test_a_unique_key_holds_only_in_its_states(session, authority):
    room(session)
    for name in ("b1", "b2"):
        booking(session, name, "2026-03-09")
    confirm(session, "b1")

    writing.transition(session, authority, "bookings", "b1", "CANCELLED")

    assert confirm(session, "b2").state == "CONFIRMED"


def test_each_element_of_a_list_is_a_key_of_its_own(session):
    room(session, "blue")
    room(session, "green")
    booking(session, "b1", "2026-03-09", guests=["ada", "bob"])
    booking(session, "b2", "2026-03-10", guests=["bob"], of="green")

    with pytest.raises(Refused) as refused:
        booking(session, "b3", "2026-03-09", guests=["cleo", "bob"], of="green")

    assert refused.value.code == "GUEST_ELSEWHERE"
    assert str(refused.value) == 'There is already such a record in “预订”: 人员 ["cleo","bob"]，日期 2026-03-09.'


def test_a_key_longer_than_an_index_entry_is_kept_as_its_hash(session):
    room(session)
    booking(session, "b1", "2026-03-09", guests=["名" * 900])

    with pytest.raises(Refused, match="There is already"):
        booking(session, "b2", "2026-03-09", guests=["名" * 900])

    assert max(len(value) for value in session.scalars(select(RecordKey.value))) < 512


def test_an_id_is_never_used_twice(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09")
    writing.void(session, authority, "bookings", "b1", reason="typed twice")

    with pytest.raises(Refused) as refused:
        booking(session, "b1", "2026-03-10")

    assert refused.value.code == "ALREADY_EXISTS"


@pytest.mark.both_databases
def test_a_voided_record_leaves_searches_and_frees_its_keys_but_stays_readable(session, authority):
    room(session)
    made = booking(session, "b1", "2026-03-09")
    confirm(session, "b1")

    writing.void(session, authority, "bookings", "b1", reason="typed twice")

    bookings = reading.declared(authority.library, "bookings")
    assert reading.search(session, bookings).rows == ()
    assert [row.id for row in reading.search(session, bookings, voided=True).rows] == ["b1"]
    assert reading.versions(session, made.key)[-1].reason == "typed twice"
    booking(session, "b2", "2026-03-09")
    assert confirm(session, "b2").state == "CONFIRMED"
    with pytest.raises(RegisterFault, match="no record"):
        writing.update(session, authority, "bookings", "b1", {"note": "too late"})


@pytest.mark.both_databases
def test_a_refused_write_leaves_nothing(store):
    with store.writing() as session:
        room(session)
        for name in ("b1", "b2"):
            booking(session, name, "2026-03-09")
        confirm(session, "b1")
        session.commit()
    with store.writing() as session, pytest.raises(Refused):
        confirm(session, "b2")

    with store.reading() as session:
        row = reading.find(session, "bookings", "b2")
        assert (row.state, row.version) == ("ASKED", 1)
        kept = session.scalars(select(RecordVersion.version).where(RecordVersion.record_key == row.key)).all()
        assert kept == [1]
