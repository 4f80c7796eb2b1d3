"""The scoring sheet of the award as a workbook: handed out, filled in outside, read back, conflicts asked about."""

import io
from dataclasses import replace

import openpyxl
import pytest
from sqlalchemy import select

from service import db
from service.models import Draft, UserTask
from tests.pages.conftest import Reader
from tests.processes.theatre import SCENES

#: Of the scene, until the assessors are to score: the review begins, its leader prepares it.
BEFORE_SCORING = 2


@pytest.fixture
def stage(theatre):
    """The stage when three assessors are to score one filing."""
    with theatre.opened(SCENES / "score_on_wrong_application.json") as player:
        script = replace(player.script, steps=player.script.steps[:BEFORE_SCORING])
        replace(player, script=script).play()
        yield player.stage


def assessor(stage, username):
    """At the pages, signed in, with the task of scoring."""
    someone = Reader(stage.client)
    someone.open("/sign-in")
    someone.press("/sign-in", {"username": username, "password": stage.passwords[username]})
    with db.database(stage.database_url).reading() as session:
        query = select(UserTask.key).filter_by(element_id="score", assignee=username, ended_at=None)
        return someone, session.scalars(query).one()


def kept(stage, key):
    """The rows of the draft: item, percent, strengths."""
    with db.database(stage.database_url).reading() as session:
        rows = session.scalars(select(Draft.data).filter_by(task_key=key)).one()["items"]
    return [(str(row.get("percent")), row.get("strengths") or None) for row in rows]


def filled(data, **cells):
    book = openpyxl.load_workbook(io.BytesIO(data))
    for place, value in cells.items():
        book.worksheets[0][place] = value
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_an_assessor_scores_in_a_spreadsheet_and_decides_where_both_changed(stage):
    someone, key = assessor(stage, "assessor1")
    page, table = f"/tasks/{key}/sheets", f"/tasks/{key}/sheets/items"

    def upload(data):
        someone.open(page)
        return someone.press(table, {"sheet": (io.BytesIO(data), "评分表.xlsx")})

    data = someone.client.get(table).data
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    column = {cell.value.split("（")[0]: cell.column_letter for cell in sheet[1]}
    percent, strengths = column["得分百分比"], column["优势"]
    scored = {f"{percent}{row}": 60 for row in range(2, sheet.max_row + 1)}

    refused = upload(filled(data, **{f"{percent}2": 140, f"{percent}3": "=1+1"}))
    assert someone.status == 422
    assert all(text in refused for text in (f"{percent}2", f"{percent}3", "不接受公式"))

    upload(filled(data, **scored, **{f"{strengths}2": "方法成体系"}))
    assert someone.path == f"/tasks/{key}"
    assert kept(stage, key) == [("60", "方法成体系"), *[("60", None)] * (sheet.max_row - 2)]

    data = someone.client.get(table).data
    away = filled(data, **{f"{percent}2": 70})
    upload(filled(data, **{f"{percent}2": 65}))
    asked = upload(away)
    assert someone.status == 409
    assert f"{percent}2" in asked
    held = asked.partition('name="held" value="')[2].partition('"')[0]
    someone.press(table, {"held": held, f"{percent}2": "there"})
    assert kept(stage, key)[0] == ("70", "方法成体系")

    other, _ = assessor(stage, "assessor2")
    other.open(page)
    assert other.status == 404
