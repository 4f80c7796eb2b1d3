"""Registers change by addition; records of every year stay found and unique."""

import json

import pytest

from service import releases
from service.errors import ModelRefused, Refused
from service.registers import reading, reindex, writing
from service.registers.refusals import Authority
from tests.support.records import CALENDAR, MONDAY, booking, declaration, deploy, room


def again(session, **changes):
    """A later release, in which the register of bookings is changed; what comes back writes by it."""
    key = deploy(session, bookings=json.dumps(declaration() | changes).encode())
    library = releases.library(session, key)
    reindex(session, library)
    return Authority(library, CALENDAR, MONDAY, "ada")


@pytest.mark.both_databases
def test_a_later_index_finds_earlier_records(session):
    room(session)
    booking(session, "b1", "2026-03-09")
    writing.void(session, again(session), "bookings", booking(session, "b2", "2026-03-09").record_id, reason="twice")

    later = again(session, indexes=[{"name": "by_day", "fields": ["day"]}])

    bookings = reading.declared(later.library, "bookings")
    assert [row.id for row in reading.search(session, bookings, {"by_day": "2026-03-09"}).rows] == ["b1"]


def test_what_an_earlier_release_writes_afterwards_is_found_too(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09")
    later = again(session, indexes=[{"name": "by_day", "fields": ["day"]}])

    writing.update(session, authority, "bookings", "b1", {"day": "2026-03-10"})
    writing.create(session, authority, "bookings", {"room": "blue", "day": "2026-03-10"}, record_id="b2")

    bookings = reading.declared(later.library, "bookings")
    assert [row.id for row in reading.search(session, bookings, {"by_day": "2026-03-10"}).rows] == ["b1", "b2"]
    assert reading.search(session, bookings, {"by_day": "2026-03-09"}).rows == ()


def test_a_later_unique_key_binds_earlier_writers(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09")
    again(session, unique=[{"name": "one_ever", "fields": ["room"], "code": "ROOM_TAKEN"}])

    with pytest.raises(Refused) as refused:
        writing.create(session, authority, "bookings", {"room": "blue", "day": "2026-03-10"})

    assert refused.value.code == "ROOM_TAKEN"


def test_a_unique_key_that_records_already_break_is_not_deployed(session):
    room(session)
    for number in (1, 2):
        booking(session, f"b{number}", "2026-03-09")

    with pytest.raises(ModelRefused) as refused:
        again(session, unique=[{"name": "one_ever", "fields": ["room"], "code": "ROOM_TAKEN"}])

    assert [fault.message for fault in refused.value.errors] == ['b2 = b1: one_ever ["blue"]']


def test_an_earlier_release_leaves_fields_of_a_later_one_alone(session, authority):
    room(session)
    booking(session, "b1", "2026-03-09")
    fields = [*declaration()["fields"], {"key": "colour", "title": "颜色", "type": "text"}]
    later = again(session, fields=fields)
    writing.update(session, later, "bookings", "b1", {"colour": "red"})

    writing.update(session, authority, "bookings", "b1", {"note": "coffee"})

    assert reading.find(session, "bookings", "b1").data["colour"] == "red"
