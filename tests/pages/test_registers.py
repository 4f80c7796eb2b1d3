"""Registers and views on pages: what somebody sees of records, of their versions, and of what is declared over them."""

import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import event

from service.operations import deployments
from service.registers import writing
from service.values import variables
from tests.pages.conftest import begin
from tests.pages.test_cases import instance_of
from tests.support.leave import MONDAY, files
from tests.support.records import authority_of

MOST_STATEMENTS = 25


@pytest.fixture(scope="module")
def house(office):
    """Bookings of two rooms: four of the blue one, one of the green one, which was confirmed with a reason."""
    with office.database.writing() as session:
        deployments.deploy(session, files("rooms") | files("overviews"), office.user("dora"), now=MONDAY)
        authority = authority_of(session, "ada")
        for room in ("blue", "green"):
            writing.create(session, authority, "rooms", {"name": room})
        for number in range(1, 5):
            made = {"room": "blue", "day": f"2026-12-0{number}", "price": number * 10, "phone": f"1380000000{number}"}
            writing.create(session, authority, "bookings", variables(made), record_id=f"B-{number}")
        made = {"room": "green", "day": "2026-12-09", "note": "=1+1", "guests": ["anna"]}
        writing.create(session, authority, "bookings", variables(made), record_id="B-9")
        writing.transition(session, authority, "bookings", "B-9", "CONFIRMED", {}, reason="电话确认")
        session.commit()
    return office


def test_the_registers_of_my_groups_and_no_others(reader, house):
    anna, grace = reader("anna"), reader("grace")

    assert "预订" in anna.open("/registers")
    assert "会议室" not in anna.text
    assert "没有您所在的组" in grace.open("/registers")
    grace.open("/registers/bookings")
    assert grace.status == 404
    grace.open("/registers/bookings/B-9")
    assert grace.status == 404
    grace.open("/registers/bookings/workbook")
    assert grace.status == 404


def test_a_register_is_searched_filtered_and_sorted(reader, house):
    anna = reader("anna")

    everything = anna.open("/registers/bookings", sort="-day")
    assert everything.index("B-9") < everything.index("B-4") < everything.index("B-1")
    assert "B-9" in anna.open("/registers/bookings", state="CONFIRMED")
    assert "B-1<" not in anna.text
    assert "B-3<" in anna.open("/registers/bookings", text="13800000003")
    assert "B-2<" not in anna.text
    assert "B-2<" in anna.open("/registers/bookings", field="day", value="12-02")
    assert "没有符合条件的记录" in anna.open("/registers/bookings", text="nothing holds this")
    anna.open("/registers/bookings", sort="colour")
    assert anna.status == 400


def test_a_record_shows_its_versions_and_what_differs(reader, house):
    anna, audrey = reader("anna"), reader("audrey")

    shown = anna.open("/registers/bookings/B-9")
    audited = audrey.open("/registers/bookings/B-9", **{"from": 1, "to": 2})

    assert "电话确认" in shown
    assert "第1版与第2版的差异" in shown
    assert shown.count("待确认") == 2
    assert "阿达" not in shown
    assert "阿达" in audited
    assert "第1版的内容" in anna.open("/registers/bookings/B-9", to=1)
    anna.open("/registers/bookings/B-99")
    assert anna.status == 404


def test_a_workbook_holds_the_list_and_no_formula(reader, house):
    answer = reader("anna").client.get("/registers/bookings/workbook?state=CONFIRMED")
    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    note = sheet.cell(2, heads.index("备注") + 1)

    assert sheet.max_row == 2
    assert note.value == "=1+1"
    assert note.data_type == "s"
    assert note.quotePrefix


def test_a_table_shows_its_columns_to_its_groups(reader, house):
    anna = reader("anna")

    blue = anna.open("/views/by_room")
    green = anna.open("/views/by_room", room="green")

    assert "blue室" in blue
    assert "13800000001" in blue
    assert "2026-12-09" not in blue
    assert "安娜" in green
    assert "=1+1" in anna.open("/views/by_room/B-9", room="green")
    anna.open("/views/by_room/B-9", room="blue")
    assert anna.status == 404
    reader_of_nothing = reader("noah")
    reader_of_nothing.open("/views/by_room")
    assert reader_of_nothing.status == 404
    assert "没有供您所在的组" in reader_of_nothing.open("/views")


def test_personal_fields_are_for_who_may_read_the_register(reader, house):
    shown = reader("grace").open("/views/stages")

    assert "预订进展" in shown
    assert "2026-12-01" in shown
    assert "13800000001" not in shown


def test_too_few_values_say_nothing_of_their_spread(reader, house):
    shown = reader("grace").open("/views/prices")

    assert "25.00" in shown
    assert "30.00" in shown
    assert "份数太少" in shown


def test_days_and_loads(reader, house):
    begin(house, "leave_request", claimed_by="anna")

    assert "预订 green" in reader("anna").open("/views/days")
    assert "12月9日" in reader("anna").open("/views/days")
    assert "安娜" not in reader("grace").open("/views/workload")
    assert "安娜" in reader("audrey").open("/views/workload")


def test_a_calendar_is_read_by_its_secret_address_until_it_ends(reader, house):
    anna = reader("anna")
    anna.open("/views/days")
    address = re.search(r"/calendars/[^<]+[.]ics", anna.press("/views/days/link"))[0]

    feed = reader(None).client.get(address)
    text = feed.get_data(as_text=True)
    anna.open("/views/days")
    second = re.search(r"/calendars/[^<]+[.]ics", anna.press("/views/days/link"))[0]

    assert feed.content_type.startswith("text/calendar")
    assert "SUMMARY:预订 green" in text
    assert "DTSTART;VALUE=DATE:20261209" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert reader(None).client.get(address).status_code == 404
    assert reader(None).client.get(second).status_code == 200
    anna.press("/views/days/link/end")
    assert reader(None).client.get(second).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/registers",
        "/registers/bookings",
        "/registers/bookings/B-9",
        "/views/by_room",
        "/views/days",
        "/instances",
        "CASE",
    ],
)
def test_a_page_asks_few_statements(reader, house, path):
    anna = reader("anna")
    if path == "CASE":
        key = begin(house, "leave_request", claimed_by="anna")
        path = f"/instances/{instance_of(house, key)}"
    anna.open(path)
    asked = []
    event.listen(house.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    anna.open(path)

    assert anna.status == 200
    assert len(asked) <= MOST_STATEMENTS
