"""One search over cases, records and people: what may not be seen is not found."""

import pytest
from sqlalchemy import event

from service.models import ProcessInstance, SearchAttribute, UserTask
from service.registers import Authority, writing
from service.releases import newest
from tests.pages.conftest import begin
from tests.support.leave import MONDAY
from tests.support.records import CALENDAR

MOST_STATEMENTS = 25


def room(office, name: str) -> None:
    with office.database.writing() as session:
        writing.create(session, Authority(newest(session), CALENDAR, MONDAY, "ada"), "rooms", {"name": name})
        session.commit()


def test_cases_are_found_by_number_and_by_what_they_are_about(reader, house):
    key = begin(house, "leave_request", case="CASE-51", claimed_by="anna")
    with house.database.writing() as session:
        instance = session.get_one(ProcessInstance, session.get_one(UserTask, key).instance_key)
        instance.attributes = {"about": {"title": "单位", "value": "渤海钢铁"}}
        session.add(SearchAttribute(instance_key=instance.key, name="about", value="渤海钢铁"))
        session.commit()
    anna, noah = reader("anna"), reader("noah")

    assert "CASE-51" in anna.open("/search", q="case-5")
    assert "单位：渤海钢铁" in anna.open("/search", q="海钢")
    assert "未找到" in noah.open("/search", q="CASE-51")
    assert "未找到" in anna.open("/search", q="%")


def test_records_are_found_by_what_stands_in_them_where_their_register_may_be_read(reader, house):
    room(house, "向阳厅")
    dora = reader("olga")

    shown = dora.open("/search", q="向阳")
    names = dora.open("/search", q="name", **{"in": "records"})

    assert "/registers/rooms/" in shown
    assert "/registers/rooms/" not in names
    assert "/registers/rooms/" not in reader("noah").open("/search", q="向阳")


def test_people_are_found_by_who_reads_everything(reader, house):
    assert "格蕾丝" in reader("olga").open("/search", q="蕾丝")
    assert "格蕾丝" not in reader("anna").open("/search", q="蕾丝")


def test_more_of_a_kind_lies_on_pages_of_its_own(reader, house):
    for number in range(23):
        begin(house, "leave_request", case=f"MANY-{number:02}", claimed_by="anna")
    anna = reader("anna")

    assert "更多：事项" in anna.open("/search", q="MANY-")
    first = anna.open("/search", q="MANY-", **{"in": "cases"})
    address = first.split('rel="next" href="')[1].split('"')[0]
    second = anna.open(address)

    found = [f"MANY-{n:02}" for n in range(23) if f"MANY-{n:02}" in first + second]
    assert len(found) == 23
    anna.open("/search", q="MANY-", after="stale", **{"in": "cases"})
    assert anna.status == 400


@pytest.mark.both_databases
def test_what_is_found_costs_no_statements(reader, house):
    for number in range(15):
        room(house, f"厅堂{number}")
        begin(house, "leave_request", case=f"厅堂-{number}")
    olga = reader("olga")
    olga.open("/search", q="厅堂")
    statements = []
    count = lambda conn, cursor, statement, *rest: statements.append(statement)  # noqa: E731
    event.listen(house.database.engine, "before_cursor_execute", count)
    shown = olga.open("/search", q="厅堂")
    event.remove(house.database.engine, "before_cursor_execute", count)

    assert "/registers/rooms/" in shown
    assert len(statements) <= MOST_STATEMENTS
