"""Publication in production by the award's own procedure: draft, another pair of eyes, the committee, its day."""

import json

from sqlalchemy import select

from service import db
from service.access import load_user
from service.cli.rehearsal.stage import settings
from service.models import DeploymentDraft
from service.operations import deployment_drafts
from service.releases import newest
from tests.processes.test_owner_changes import with_another_quorum
from tests.processes.theatre import ROOT

PARAMETERS = "processes/shared/parameters.dmn"
TEMPLATE = "processes/documents/shared/award.typ"
DEPLOYS, NOT_YET, IN_FORCE = "流程负责人在正式环境部署", "尚未施行", "已经施行"
COMMITTEE = ["chair", *(f"member{number}" for number in range(1, 10))]
DESCRIBE = {
    "do": "describe_change",
    "as": "owner",
    "answers": {
        "publication_choice": "提交",
        "publication_title": "表决比例",
        "publication_text": "到会比例改为四分之三，自下一年度起",
        "effective_from": "2026-01-20",
        "trial_result": "全部通过",
        "trial_report": "情景测试和一年的彩排全部通过",
    },
}
AGREE = {"do": "review_change", "as": "clerk1", "answers": {"change_review_result": "一致"}}


def voted(choice, meeting_date="2026-01-05"):
    """A motion with everybody there, who all vote so."""
    return [
        {"do": "put_motion", "as": "clerk1"},
        *(
            {"do": "declare_motion", "as": who, "where": {"assignee": who},
             "answers": {"relation": "无", "commitment": True}}
            for who in COMMITTEE
        ),
        {"do": "open_motion", "as": "clerk1", "answers": {"present": COMMITTEE, "meeting_date": meeting_date}},
        *(
            {"do": "vote_motion", "as": who, "where": {"assignee": who}, "answers": {"motion_choice": choice}}
            for who in COMMITTEE
        ),
    ]  # fmt: skip


def played(theatre, folder, changed, steps, looks):
    """Play `steps` after the owner has deployed `changed` in production; `looks` by what the script says."""
    content = {
        "name": "流程发布",
        "starts_at": "2026-01-05T09:00:00+08:00",
        "steps": [{"say": DEPLOYS}, {"clock": "2026-01-05T10:00:00+08:00"}, *steps],
    }
    path = folder / "publication.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    with theatre.opened(path) as player:
        database = db.database(player.stage.database_url)
        acts = {DEPLOYS: lambda: drafted(player.stage, changed)}
        acts |= {line: lambda look=look: look(database) for line, look in looks.items()}
        player.tell = lambda line: acts.get(line, lambda: None)()
        player.play()
        with database.reading() as session:
            return session.scalars(select(DeploymentDraft.state)).all()


def drafted(stage, changed):
    """What the deploy button does in production. (The clock of a scene is set, which production refuses.)"""
    database = db.database(stage.database_url)
    with settings({"PINGSHEN_PUBLICATION": "process_publication"}), database.writing() as session:
        kept = deployment_drafts.keep(session, changed, load_user(session, "owner"), now=stage.moment().now)
        assert isinstance(kept, DeploymentDraft)
        session.commit()


def quorum(database):
    """The denominator that the newest release has."""
    with database.reading() as session:
        return newest(session).get("decision", "parameters").data.count(b"{numerator: 3, denominator: 4}")


def test_a_changed_table_needs_the_committee_and_waits_for_its_day(theatre, tmp_path):
    seen = []
    changed = {PARAMETERS: with_another_quorum((ROOT / PARAMETERS).read_bytes())}
    steps = [
        {**DESCRIBE, "answers": {**DESCRIBE["answers"], "publication_title": "比例"}},
        {"do": "review_change", "as": "clerk1",
         "answers": {"change_review_result": "退回", "change_review_reason": "名称不完整"}},
        DESCRIBE,
        AGREE,
        *voted("同意"),
        {"do": "sign_motion", "as": "chair"},
        {"say": NOT_YET},
        {"clock": "2026-01-20T09:00:00+08:00"},
        {"say": IN_FORCE},
        {"do": "consider_migration", "as": "owner",
         "answers": {"migration_choice": "不迁移", "migration_reason": "已开始的年度仍用原版本"}},
    ]  # fmt: skip
    looks = dict.fromkeys((NOT_YET, IN_FORCE), lambda database: seen.append(quorum(database)))

    assert played(theatre, tmp_path, changed, steps, looks) == ["RELEASED"]
    assert seen == [0, 1]


def test_what_the_committee_refuses_is_not_published(theatre, tmp_path):
    changed = {PARAMETERS: with_another_quorum((ROOT / PARAMETERS).read_bytes())}
    refuse = {"motion_disposal": "否决", "motion_reason": "维持三分之二"}
    steps = [DESCRIBE, AGREE, *voted("不同意"), {"do": "sign_motion", "as": "chair", "answers": refuse}]

    assert played(theatre, tmp_path, changed, steps, {}) == ["DISCARDED"]


def test_a_template_is_approved_by_the_head_of_the_office(theatre, tmp_path):
    changed = {TEMPLATE: (ROOT / TEMPLATE).read_bytes() + b"\n// a word\n"}
    today = {**DESCRIBE, "answers": {**DESCRIBE["answers"], "effective_from": "2026-01-05"}}
    approve = {"do": "approve_publication", "as": "director", "answers": {"publication_result": "批准"}}
    keep = {"do": "consider_migration", "as": "owner",
            "answers": {"migration_choice": "不迁移", "migration_reason": "不涉及"}}  # fmt: skip

    assert played(theatre, tmp_path, changed, [today, AGREE, approve, keep], {}) == ["RELEASED"]
