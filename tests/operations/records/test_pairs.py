"""`pairs.decide`: a decision over every pair of two sets of records."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from service.connectors import ConnectorFault
from service.models import Release
from tests.support.records import call, resource, room

TABLE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
  <decision id="too_near" name="too_near"><decisionTable id="t" hitPolicy="COLLECT">
    <input id="i1"><inputExpression id="e1"><text>same_floor</text></inputExpression></input>
    <input id="i2"><inputExpression id="e2"><text>seats</text></inputExpression></input>
    <output id="o" name="code" />
    <rule id="r1"><inputEntry id="a1"><text>true</text></inputEntry><inputEntry id="a2"><text>-</text></inputEntry>
      <outputEntry id="a3"><text>"FLOOR"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="b1"><text>-</text></inputEntry>
      <inputEntry id="b2"><text>&gt; least</text></inputEntry>
      <outputEntry id="b3"><text>"SEATS"</text></outputEntry></rule>
  </decisionTable></decision></definitions>"""

#: The blue and the green room against every room: of one letter more or less, of how many seats.
ASKED = {
    "left": "rooms",
    "leftWhere": {"id": ["blue", "green"]},
    "leftView": "{name: record.id, long: string length(record.id) > 4}",
    "right": "rooms",
    "rightView": "={name: record.id, long: string length(record.id) > 4, seats: record.seats}",
    "facts": "{same_floor: left.name != right.name and left.long = right.long, seats: right.seats}",
    "decision": "too_near",
    "least": 10,
}


@pytest.fixture
def rooms(session):
    resource(session, session.scalars(select(Release.key)).one(), "decision", "too_near", TABLE)
    room(session, "blue", seats=4)
    room(session, "green", seats=8)
    room(session, "hall", seats=50)


def test_every_pair_is_judged_and_those_with_a_result_are_told(session, rooms):
    told = call(session, "pairs.decide", ASKED)

    assert told["pairs"] == Decimal(6)
    assert told["found"] == [
        {"left": "blue", "right": "hall", "result": ["FLOOR", "SEATS"]},
        {"left": "green", "right": "hall", "result": ["SEATS"]},
    ]
    assert len(told["evidence"]) == 5


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"decision": "no_such"}, "no decision “no_such”"),
        ({"right": "cellars"}, "no register “cellars”"),
        ({"facts": "left.height"}, "height"),
        ({"facts": "1"}, "must be an object"),
        ({"least": None, "facts": "{same_floor: true}"}, "seats"),
    ],
)
def test_a_mistake_of_the_diagram_is_named(session, rooms, changed, said):
    with pytest.raises(ConnectorFault, match=said):
        call(session, "pairs.decide", ASKED | changed)
