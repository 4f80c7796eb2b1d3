"""Every template of the procedure, rendered over its example: what must be on the paper is on it."""

import io
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import openpyxl
import pytest

from service.documents import declaration, reading, rendering
from service.engine.feel import Moment
from service.operations import calendars
from tests.support.papers import boxes, pages_of, text_of

ROOT = Path(__file__).resolve().parents[3] / "processes" / "documents"
IDS = sorted(path.parent.name for path in ROOT.glob("*/*.document.json"))
MOMENT = Moment(datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai")), calendars.shipped())
NO_FEE = "市长质量奖的评定不收取任何费用"
#: R17.1: the award is never named alone.
AWARDED = "2026年12月20日获奖，有效期至2029年12月20日"
MUST_SAY = {
    "acceptance_receipt": ["YK-2026-ORG-0001", "9f2c0a1b2c3d", "2026年4月28日16:05:09", NO_FEE],
    "candidate_list_paper": ["候选名单", "648.4", "第十五条（五）", "组长：王某"],
    "certificate": ["荣誉证书", "YKZLJ-2026-Z-01", "2026年12月20日", "2029年12月20日", "7K3Q-9XWM-2HTD-5PRV"],
    "commendation": ["获奖时间2026年12月20日", "《中华人民共和国产品质量法》", "叁拾万元整", "壹万元整", "第十七条"],
    "feedback_report": ["主要优势", "改进机会", "不含评审员姓名"],
    "minutes_draft": ["应到委员3人，实到2人：甲、乙", "营口渤海阀门制造有限公司", "通过", "主任（签字）"],
    "notice_paper": ["2026年11月2日起至2026年11月9日24:00止", "真实姓名", "加盖公章", "阿依古丽·买买提", NO_FEE],
    "panel_decision": ["组长", "大连某大学", "第十五条（三）", "营质奖办〔2026〕6号"],
    "payment_order": ["人民币叁拾万元整（¥300,000.00）", AWARDED, "21001234567890123456", "营政发〔2026〕20号"],
    "qualification_letter": ["符合申报条件", "第十五条（二）", NO_FEE],
    "refusal_letter": ["第十条（一）", "ELIG_REG_YEARS", "第十条（六）", "复核申请", "5个工作日内", "2026年11月30日"],
    "request_draft": ["营质奖委〔2026〕3号", "妥否，请批示", "叁拾万元整", "未收到异议", "阿依古丽·买买提"],
    "result_letter": ["未列入现场评审名单", "第十五条（三）", NO_FEE],
    "review_report": ["资料评审报告", "总分648.4分", "改进机会", "组长：王某"],
    "revocation_decision": ["第十九条（二）", AWARDED, "至2032年9月1日", "营政发〔2027〕9号"],
    "score_sheet_table": ["4.1.2", "高层领导的作用", "=不是公式"],
    "supplement_notice": ["近3年审计报告或财务报表", "2026年5月20日24:00前", NO_FEE],
    "yearly_summary": ["按时提交", "2026-12-20", "YKZLJ-2026-Z-01"],
}


@cache
def document(id: str) -> declaration.Declaration:
    return declaration.parse((ROOT / id / f"{id}.document.json").read_bytes())


@cache
def made(id: str, **over) -> rendering.Made:
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes() for path in ROOT.glob("*/*") if path.suffix != ".json"
    }
    return rendering.render(document(id), files, reading.example(document(id), over, MOMENT), MOMENT)


def written(id: str) -> str:
    """The paper's text without blanks."""
    data = made(id).data
    match document(id).ending:
        case ".pdf":
            text = text_of(data)
        case ".docx":
            paper = docx.Document(io.BytesIO(data))
            cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
            text = "".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])
        case _:
            sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
            text = "|".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    return "".join(text.split())


def test_every_template_has_its_sentences():
    assert set(MUST_SAY) == set(IDS)


@pytest.mark.parametrize("id", IDS)
def test_what_must_be_said_is_said(id):
    text = written(id)

    assert [words for words in MUST_SAY[id] if words not in text] == []
    assert not [mark for mark in ("none", "null", "{{", "#data") if mark in text]


@pytest.mark.parametrize("id", ["certificate", "request_draft", "score_sheet_table"])
def test_the_same_data_give_the_same_bytes(id):
    first = made(id).data
    made.cache_clear()

    assert made(id).data == first


def test_a_page_has_the_geometry_of_an_official_document():
    """GB/T 9704-2012: text area 156 mm by 225 mm from 28 mm and 37 mm; the page number 7 mm below, on the right."""
    characters = boxes(made("commendation").data)
    # Brackets at a line's edge are set by their ink: their boxes reach over it.
    body = [box for box in characters if box[2] < 262 and "一" <= box[0] <= "鿿"]
    number = [box for box in characters if box[2] >= 262]

    assert min(box[1] for box in body) == pytest.approx(28, abs=0.6)
    assert max(box[3] for box in body) <= 28 + 156 + 0.6
    assert min(box[2] for box in body) >= 37 - 2  # the first line's own ascent
    assert "".join(box[0] for box in number) == "—1—"
    assert number[-1][3] == pytest.approx(28 + 156 - 14 * 25.4 / 72, abs=1.5)  # one character in from the right


@pytest.mark.parametrize(
    ("id", "last"),
    [("commendation", "必须注明获奖时间"), ("review_report", "八、意见"), ("revocation_decision", "如不服本决定")],
)
def test_no_signature_stands_on_a_page_without_text(id, last):
    pages = pages_of(made(id).data)

    assert len(pages) == 2
    assert last in "".join(pages[-1].split())


def test_fonts_are_embedded():
    data = made("acceptance_receipt").data

    assert b"/FontFile" in data
    assert {b"NotoSerifSC", b"NotoSansSC"} & {name for name in (b"NotoSerifSC", b"NotoSansSC") if name in data}


def test_numbers_of_persons_stay_texts_in_a_workbook():
    sheet = openpyxl.load_workbook(io.BytesIO(made("score_sheet_table").data)).worksheets[0]

    assert (sheet["E2"].value, sheet["E2"].data_type, sheet["E2"].number_format) == ("=不是公式", "s", "@")
    assert sheet["C2"].value == 50


def test_office_files_open_as_such():
    for id in ("request_draft", "minutes_draft"):
        with zipfile.ZipFile(io.BytesIO(made(id).data)) as archive:
            assert "word/document.xml" in archive.namelist()
            assert archive.testzip() is None


def test_a_gap_in_the_data_is_named():
    example = reading.example(document("refusal_letter"), {}, MOMENT)
    del example["heads"]["office"]

    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in ROOT.glob("*/*.typ")}

    with pytest.raises(reading.DocumentFault, match="office"):
        rendering.render(document("refusal_letter"), files, example, MOMENT)
