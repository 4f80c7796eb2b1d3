"""A task's table filled in outside, in a spreadsheet: checked whole, conflicts decided cell by cell, into the draft."""

import io
import zipfile

import openpyxl
import pytest
from sqlalchemy import select

from service.models import Draft
from tests.pages.conftest import begin

TYPED = {"_shown": ["costs", "costs[0]", "urgent", "papers", "sign"], "costs[0].item": "纸", "costs[0].amount": "12.50"}


@pytest.fixture
def desk(reader, house):
    """Anna at a report's task, with a first draft."""
    key = begin(house, "report", {"title": "十月"}, claimed_by="anna")
    anna = reader("anna")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", {**TYPED, "_draft": "1"})
    return anna, key


def handed_out(anna, key):
    return anna.client.get(f"/tasks/{key}/sheets/costs").data


def filled(data, **cells):
    book = openpyxl.load_workbook(io.BytesIO(data))
    for place, value in cells.items():
        book.worksheets[0][place] = value
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def upload(anna, key, data, **fields):
    anna.open(f"/tasks/{key}/sheets")
    return anna.press(f"/tasks/{key}/sheets/costs", {"sheet": (io.BytesIO(data), "费用.xlsx"), **fields})


def costs(office, key):
    with office.database.reading() as session:
        data = session.scalars(select(Draft.data).filter_by(task_key=key)).one()
    return [(row.get("item"), str(row.get("amount"))) for row in data["costs"]]


def test_what_was_filled_in_outside_is_in_the_draft(desk, house):
    anna, key = desk

    sheet = openpyxl.load_workbook(io.BytesIO(handed_out(anna, key))).worksheets[0]
    page = upload(anna, key, filled(handed_out(anna, key), A3="1+1", B3=30, B2=13))

    assert [cell.value for cell in sheet[1]] == ["项目", "金额"]
    assert [cell.value for cell in sheet[2]] == ["纸", 12.5]
    assert anna.path == f"/tasks/{key}"
    assert "草稿" in page
    assert costs(house, key) == [("纸", "13"), ("1+1", "30")]


def test_wrong_cells_are_named_and_nothing_is_taken_over(desk, house):
    anna, key = desk

    page = upload(anna, key, filled(handed_out(anna, key), A2="笔", A3="尺", B3="很多", A4="墨", B4=-1, B5="=1+1"))

    assert anna.status == 422
    assert all(text in page for text in ("B3", "请填写数字", "B4", "B5", "不接受公式"))
    assert costs(house, key) == [("纸", "12.5")]


def test_a_cell_changed_in_both_places_is_asked_about(desk, house):
    anna, key = desk
    away = filled(handed_out(anna, key), A2="蓝纸", B2=99)
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", {**TYPED, "costs[0].item": "白纸", "_draft": "*"})

    page = upload(anna, key, away)
    held = page.partition('name="held" value="')[2].partition('"')[0]

    assert anna.status == 409
    assert all(text in page for text in ("A2", "纸", "白纸", "蓝纸"))
    assert costs(house, key) == [("白纸", "12.5")]
    anna.press(f"/tasks/{key}/sheets/costs", {"held": held, "A2": "here"})
    assert costs(house, key) == [("白纸", "99")]


def test_another_tasks_sheet_another_file_and_macros_are_refused(desk, house, reader):
    anna, key = desk
    other = begin(house, "report", {"title": "十一月"}, claimed_by="anna")
    macros = io.BytesIO(handed_out(anna, key))
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Sub")

    assert "SHEET_OF_ANOTHER" in upload(anna, key, handed_out(anna, other))
    assert "SHEET_REFUSED" in upload(anna, key, b"PK nothing")
    assert "SHEET_ACTIVE" in upload(anna, key, macros.getvalue())
    someone = reader("grace")
    someone.open(f"/tasks/{key}/sheets")
    assert someone.status == 404
    assert costs(house, key) == [("纸", "12.5")]
