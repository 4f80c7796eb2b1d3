"""Drafts of deployments on their pages, and what Camunda Modeler's button is told."""

import io
from dataclasses import replace

import pytest

from service import keys
from tests.support.leave import basic, files


@pytest.fixture
def draft(office, reader, monkeypatch):
    """What the deploy button answers in production; its draft is the only one."""
    config = replace(keys.config(), mode="production")
    monkeypatch.setattr(keys, "config", lambda: config)
    name, data = next((n, d) for n, d in files().items() if n.endswith(".bpmn"))
    changed = data.replace(b"</", b"<!-- new --></", 1)
    client = reader(None).client
    answer = client.post("/v2/deployments", data={"resources": (io.BytesIO(changed), name)}, headers=basic("dora"))
    return answer.status_code, answer.get_json()


def test_the_deploy_button_keeps_a_draft_and_another_person_releases_it(reader, draft):
    status, body = draft
    assert (status, body["code"]) == (409, "PROC_NOT_APPROVED")

    author, other = reader("dora"), reader("ada")
    text = author.open("/processes/drafts")
    path = "/processes/drafts/" + text.partition('href="/processes/drafts/')[2].partition('"')[0]
    assert "须由另一人批准" in author.open(path)
    author.press(f"{path}/approval")
    assert author.status == 403

    text = other.open(path)
    assert "leave_request" in text
    assert "修改" in text
    assert "new" in other.open(f"{path}/difference", file="leave_request.bpmn")
    other.open(path)
    assert "已批准发布" in other.press(f"{path}/approval")
    assert other.path == path


def test_who_neither_deploys_nor_reads_all_finds_no_drafts(reader):
    anna = reader("anna")
    anna.open("/processes/drafts")
    assert anna.status == 403
