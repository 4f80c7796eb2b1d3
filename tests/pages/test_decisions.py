"""What an auditor reads of the decisions that a case took, and of the table that they came from."""

import re

from tests.pages.conftest import begin, task
from tests.pages.test_cases import LEAVE


def test_an_auditor_reads_which_row_of_which_version_fired_and_why(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    instance = task(office, key).instance_key
    anna = reader("anna")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", LEAVE)

    shown = reader("audrey").open(f"/instances/{instance}")
    section = shown.split('id="decisions"')[1].split("</section>")[0]
    words = re.sub(r"<[^>]+>|\s+", " ", section)

    assert "决策依据" in words
    assert "判定审批要求" in words
    assert re.search(r"天数 +2\.5", words)
    assert re.search(r"第2行 +usual +一至五天", words)
    assert "needs_approval = 是" in words
    assert "决策依据" not in anna.open(f"/instances/{instance}")


def test_the_row_leads_to_the_table_it_stands_in(reader, office):
    key = begin(office, "leave_request", claimed_by="anna")
    anna, audrey = reader("anna"), reader("audrey")
    anna.open(f"/tasks/{key}")
    anna.press(f"/tasks/{key}", LEAVE)

    shown = audrey.open(f"/instances/{task(office, key).instance_key}")
    path, anchor = re.search(r'href="(/decisions/\d+)#(rule-usual)"', shown).groups()
    table = audrey.open(path)

    assert audrey.status == 200
    assert f'id="{anchor}"' in table
    assert "恰好命中一行 (UNIQUE)" in table
    assert "]1..5]" in table
    assert "五天以上" in table
    assert anna.open(path)
    assert anna.status == 403


def test_a_decision_without_a_table_is_shown_as_it_is_written(reader, house):
    listed = reader("dora").open("/processes")

    assert re.search(r'href="/decisions/\d+">理由', listed)
