"""Records are found by what they hold; the database narrows by keys, the rest is compared."""

from decimal import Decimal

import pytest

from service.registers import reading, writing
from service.registers.refusals import RegisterFault
from tests.support.records import booking, confirm, room


@pytest.fixture
def bookings(session, authority):
    for name in ("blue", "green"):
        room(session, name)
    booking(session, "b1", "2026-03-11", guests=["ada", "bob"], price=Decimal(9))
    booking(session, "b2", "2026-03-09", of="green", guests=["cleo"], price=Decimal(10), extra={"beamer": Decimal(1)})
    booking(session, "b3", "2026-03-10", guests=["ada"])
    confirm(session, "b3")
    return reading.declared(authority.library, "bookings")


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, ["b1", "b2", "b3"]),
        ({"id": "b2"}, ["b2"]),
        ({"id": ["b3", "b1"]}, ["b1", "b3"]),
        ({"state": "CONFIRMED"}, ["b3"]),
        ({"state": ["ASKED", "CONFIRMED"]}, ["b1", "b2", "b3"]),
        ({"state": []}, []),
        ({"room": "blue"}, ["b1", "b3"]),
        ({"by_room": "blue", "state": "ASKED"}, ["b1"]),
        ({"one_a_day": ["blue", "2026-03-10"]}, ["b3"]),
        ({"one_a_day": ["blue", "2026-03-11"]}, []),  # b1 is not confirmed, so it holds no such key
        ({"day": ["2026-03-09", "2026-03-10"]}, ["b2", "b3"]),
        ({"guests": "ada"}, ["b1", "b3"]),
        ({"guests": ["cleo"]}, ["b2"]),
        ({"guests": "ada", "day": "2026-03-11"}, ["b1"]),
        ({"price": Decimal("9.0")}, ["b1"]),
        ({"price": None}, ["b3"]),
        ({"extra": {"beamer": Decimal(1)}}, ["b2"]),
        ({"extra": {"beamer": True}}, []),  # true is not 1
    ],
)
@pytest.mark.both_databases
def test_conditions(session, bookings, where, found):
    assert [row.id for row in reading.search(session, bookings, where).rows] == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (["day"], ["b2", "b3", "b1"]),
        (["-day"], ["b1", "b3", "b2"]),
        (["price"], ["b3", "b1", "b2"]),  # empty first; 9 before 10
        (["room", "-day"], ["b1", "b3", "b2"]),
        (["-state", "id"], ["b3", "b1", "b2"]),
    ],
)
def test_order(session, bookings, order, found):
    assert [row.id for row in reading.search(session, bookings, order=order).rows] == found


@pytest.mark.parametrize("order", [[], ["day"], ["-price"]])
def test_pages_follow_each_other_without_gap_or_repetition(session, bookings, order):
    whole = [row.id for row in reading.search(session, bookings, order=order).rows]

    seen, cursor = [], None
    while True:
        page = reading.search(session, bookings, order=order, limit=2, cursor=cursor)
        seen += [row.id for row in page.rows]
        cursor = page.cursor
        if cursor is None:
            break

    assert seen == whole


@pytest.mark.parametrize("where", [{"colour": "red"}, {"one_a_day": ["blue"]}])
def test_a_condition_that_means_nothing_is_a_mistake(session, bookings, where):
    with pytest.raises(RegisterFault):
        reading.search(session, bookings, where)


def test_too_many_records_to_look_through_ask_for_an_index(session, bookings, monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 2)

    with pytest.raises(RegisterFault, match="declare an index"):
        reading.search(session, bookings, {"day": "2026-03-09"})
    assert [row.id for row in reading.search(session, bookings, {"room": "blue", "day": "2026-03-11"}).rows] == ["b1"]


def test_expressions_see_every_declared_field(session, bookings):
    row = reading.find(session, "bookings", "b3")

    assert reading.seen(bookings, row) == {
        "id": "b3",
        "state": "CONFIRMED",
        "room": "blue",
        "day": "2026-03-10",
        "guests": ["ada"],
        "price": None,
        "phone": None,
        "note": None,
        "extra": None,
    }


def test_an_index_follows_the_record(session, authority, bookings):
    writing.update(session, authority, "bookings", "b1", {"room": "green"})

    assert [row.id for row in reading.search(session, bookings, {"by_room": "green"}).rows] == ["b1", "b2"]
