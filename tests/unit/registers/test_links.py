"""What a register names must be in its release."""

import json

import pytest

from service.registers import dangling, parse
from tests.support.records import declaration

DECISIONS = {"booking_guard", "house_rules"}
GROUPS = {"staff", "managers"}


def registers(**changes):
    data = declaration() | changes
    return {item["id"]: parse(json.dumps(item).encode()) for item in (data, declaration("rooms"))}


def test_the_registers_of_a_release_fit_together():
    assert dangling(registers(), DECISIONS, GROUPS) == []


def test_what_is_missing_is_named_with_its_place():
    found = dangling({"bookings": registers()["bookings"]}, {"booking_guard"}, {"staff"}, "en")

    assert found == [
        ("bookings", "fields.room", "There is no register “rooms”."),
        ("bookings", "scope.register", "There is no register “rooms”."),
        ("bookings", "guard.queries.house", "There is no decision “house_rules”."),
        ("bookings", "guard.queries.room", "There is no register “rooms”."),
    ]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"name": "q", "kind": "one", "register": "rooms", "where": {"colour": "red"}}, "guard.queries.q.where"),
        ({"name": "q", "kind": "list", "register": "rooms", "order": ["-colour"]}, "guard.queries.q.order"),
    ],
)
def test_a_query_asks_for_what_there_is(query, path):
    found = dangling(registers(guard={"decision": "booking_guard", "queries": [query]}), DECISIONS, GROUPS)

    assert [(where, "colour" in message) for _, where, message in found] == [(path, True)]
