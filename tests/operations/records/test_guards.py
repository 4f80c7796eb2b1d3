"""A guard holds whatever a diagram does, and two writers at once cannot both see room for one more."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from service.errors import Refused
from service.registers import guard, reading, writing
from service.registers.declaration import Guard, Query, parse
from service.registers.refusals import RegisterFault
from service.values import variables
from tests.support.records import authority_of, booking, confirm, declaration, room

DAYS = [f"2026-03-{day:02}" for day in range(9, 19)]


def test_the_guard_refuses_with_code_article_and_reason(session):
    room(session)
    for number in range(4):
        booking(session, f"b{number}", DAYS[number])
    for number in range(3):
        confirm(session, f"b{number}")

    with pytest.raises(Refused) as refused:
        confirm(session, "b3")

    assert refused.value.code == "ROOM_FULL"
    assert (str(refused.value), refused.value.article) == ("该会议室已有三个预订。", "第二条")
    assert [(fault.path, fault.code) for fault in refused.value.errors] == [("bookings", "ROOM_FULL")]


def test_a_code_without_words_speaks_for_itself(session, authority):
    room(session)
    writing.transition(session, authority, "rooms", "blue", "CLOSED")

    with pytest.raises(Refused) as refused:
        booking(session, "b1", DAYS[0])

    assert (refused.value.code, str(refused.value), refused.value.article) == ("ROOM_CLOSED", "ROOM_CLOSED", None)


def test_the_guard_sees_other_records_and_not_the_one_being_written(session, authority):
    """Three are confirmed; one of them is changed: beside it there are two."""
    room(session)
    for number in range(3):
        booking(session, f"b{number}", DAYS[number])
        confirm(session, f"b{number}")

    changed = writing.update(session, authority, "bookings", "b0", {"note": "coffee"})

    assert changed.version == 3


@pytest.mark.both_databases
def test_two_confirmations_at_once_cannot_both_see_room_for_one_more(store):
    with store.writing() as session:
        room(session)
        for number in range(10):
            booking(session, f"b{number}", DAYS[number])
        session.commit()
    together = Barrier(10)

    def confirm_one(number: int) -> str:
        together.wait()
        with store.writing() as session:
            try:
                confirm(session, f"b{number}")
            except Refused as refusal:
                return refusal.code
            session.commit()
            return "CONFIRMED"

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(confirm_one, range(10)))

    assert sorted(answers) == ["CONFIRMED"] * 3 + ["ROOM_FULL"] * 7
    with store.reading() as session:
        bookings = reading.declared(authority_of(session).library, "bookings")
        assert len(reading.search(session, bookings, {"state": "CONFIRMED"}).rows) == 3


@pytest.mark.both_databases
def test_the_same_key_taken_at_once_is_held_once(store):
    """Different rooms, so no scope lock orders the writers: the unique key alone decides."""
    with store.writing() as session:
        for number in range(8):
            room(session, f"room{number}")
        session.commit()
    together = Barrier(8)

    def book(number: int) -> str:
        together.wait()
        with store.writing() as session:
            try:
                booking(session, f"b{number}", DAYS[0], guests=["ada"], of=f"room{number}")
            except Refused as refusal:
                return refusal.code
            session.commit()
            return "BOOKED"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(book, range(8)))

    assert sorted(answers) == ["BOOKED"] + ["GUEST_ELSEWHERE"] * 7


@pytest.mark.both_databases
def test_the_same_id_taken_at_once_is_held_once(store):
    together = Barrier(6)

    def make(_: int) -> str:
        together.wait()
        with store.writing() as session:
            try:
                room(session)
            except Refused as refusal:
                return refusal.code
            session.commit()
            return "MADE"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(make, range(6))) == ["ALREADY_EXISTS"] * 5 + ["MADE"]


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (Query("q", "exists", "bookings", {"room": "=after.name"}), True),
        (Query("q", "exists", "bookings", {"room": "green"}), False),
        (Query("q", "one", "bookings", {"room": "blue"}, order=("-day",)), "b1"),
        (Query("q", "one", "bookings", {"room": "green"}), None),
        (Query("q", "list", "bookings", {"state": ["ASKED", "CONFIRMED"]}), ["b0", "b1"]),
        (Query("q", "actor"), {"username": "ada", "groups": []}),
        (Query("q", "deadline", deadline='="closing-" + after.name'), None),
    ],
)
def test_queries_answer(session, authority, query, answer):
    room(session)
    for number in range(2):
        booking(session, f"b{number}", DAYS[number])
    rooms = replace(reading.declared(authority.library, "rooms"), guard=Guard("house_rules", (query,)))
    change = guard.Change("update", -1, None, variables({"name": "blue", "state": "OPEN"}))

    found = guard.known(session, authority, rooms, change)["q"]

    if query.kind == "one":
        found = found and found["id"]
    if query.kind == "list":
        found = [item["id"] for item in found]
    assert found == answer


@pytest.mark.parametrize("room_of", ["=newest.room", "=[newest][room = newest.room][1].room"])
def test_a_query_may_look_at_what_an_earlier_one_found(session, authority, room_of):
    """What needs no other answer is evaluated before all queries; this may not be."""
    room(session)
    booking(session, "b0", DAYS[0])
    queries = (
        Query("newest", "one", "bookings", {"room": "=after.name"}, order=("-day",)),
        Query("there", "count", "bookings", {"room": room_of}),
    )
    rooms = replace(reading.declared(authority.library, "rooms"), guard=Guard("house_rules", queries))
    change = guard.Change("update", -1, None, variables({"name": "blue", "state": "OPEN"}))

    assert guard.known(session, authority, rooms, change)["there"] == 1


def test_one_record_asked_for_and_several_found_is_a_mistake(session, authority):
    room(session)
    for number in range(2):
        booking(session, f"b{number}", DAYS[number])
    query = Query("q", "one", "bookings", {"room": "blue"})
    rooms = replace(reading.declared(authority.library, "rooms"), guard=Guard("house_rules", (query,)))

    with pytest.raises(RegisterFault, match="found 2 records"):
        guard.known(session, authority, rooms, guard.Change("update", -1, None, {"state": "OPEN"}))


def test_a_guard_that_is_not_deployed_lets_nothing_through(session, authority):
    data = declaration("rooms") | {"guard": {"decision": "nowhere"}}
    change = guard.Change("create", 1, None, {"state": "OPEN"})

    with pytest.raises(RegisterFault, match="nowhere"):
        guard.ask(session, authority, parse(json.dumps(data).encode()), change)
