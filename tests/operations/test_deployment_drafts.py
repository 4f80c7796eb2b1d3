"""Four eyes: in production what is deployed waits for another person, or for the process that is named."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from service import keys
from service.cli import db as upgrading
from service.cli.deploy import deploy_tree
from service.models import DeploymentDraft, ProcessInstance, Release, UserTask
from service.operations import deployment_drafts, user_tasks
from service.operations.deployment_drafts import ByProcess, NotReleased, Overtaken, OwnDraft, Unfounded
from service.releases import newest
from tests.support.leave import MONDAY, files
from tests.unit.engine import builder as b


@pytest.fixture
def production(monkeypatch):
    def enter(**settings):
        config = replace(keys.config(), mode="production", **settings)
        monkeypatch.setattr(keys, "config", lambda: config)

    return enter


def one(id="one", name="做"):
    return {f"{id}.bpmn": b.process(b.start(), b.user("u", name=name), b.end(), b.chain("s", "u", "e"), id=id).xml}


def submit(office, files, by="dora", **more):
    with office.database.writing() as session:
        result = deployment_drafts.submit(session, files, office.user(by), now=MONDAY, **more)
        session.commit()
        return result.key if isinstance(result, DeploymentDraft) else None


def approve(office, key, by):
    with office.database.writing() as session:
        deployment_drafts.approve(session, key, office.user(by), now=MONDAY)
        session.commit()


def held(office):
    with office.database.reading() as session:
        return {r.resource_id for r in newest(session).all("process")}


@pytest.mark.both_databases
def test_another_person_releases_what_somebody_deploys(office, production):
    production()
    before = held(office)
    draft = submit(office, one())

    assert held(office) == before
    assert submit(office, one()) == draft  # pressed twice: one draft
    with pytest.raises(OwnDraft):
        approve(office, draft, "dora")
    approve(office, draft, "ada")

    assert held(office) == before | {"one"}
    with office.database.reading() as session:
        kept = session.get_one(DeploymentDraft, draft)
        assert (kept.state, kept.drafted_by, kept.decided_by) == ("RELEASED", "dora", "ada")
        assert session.get_one(Release, kept.release_key).deployed_by == "dora"


def test_a_draft_says_what_it_changes(office, production):
    production()
    changed = {name: data.replace(b"</", b"<!-- new --></", 1) for name, data in files().items() if "bpmn" in name}
    draft = submit(office, changed | one("three"))
    with office.database.reading() as session:
        rows = session.get_one(DeploymentDraft, draft).changes
    assert {(row["id"], row["change"]) for row in rows} == {("leave_request", "changed"), ("three", "added")}


def test_a_draft_never_undoes_a_newer_release(office, production):
    production()
    first, second, apart = submit(office, one("four")), submit(office, one("four", "改")), submit(office, one("two"))

    approve(office, first, "ada")
    approve(office, apart, "ada")

    with pytest.raises(Overtaken):
        approve(office, second, "ada")


def test_the_first_release_rests_on_paper(production, tmp_path):
    production()
    database_url = f"sqlite:///{tmp_path}/empty.db"
    upgrading.upgrade(database_url)
    (tmp_path / "processes").mkdir()
    for name, data in one().items():
        (tmp_path / "processes" / name).write_bytes(data)

    with pytest.raises(Unfounded):
        deploy_tree(database_url, tmp_path)
    assert deploy_tree(database_url, tmp_path, {"number": "1"})

    for name, data in one("two").items():
        (tmp_path / "processes" / name).write_bytes(data)
    with pytest.raises(NotReleased):
        deploy_tree(database_url, tmp_path)


DECIDING = b.process(
    b.start(),
    b.user(
        "look",
        b.zeebe("assignmentDefinition", candidateUsers="ada,dora"),
        b.mapping({}, {"approver": "=approver"}),
        b.properties(actorVariable="approver"),
    ),
    b.service("release", b.mapping({"draft": "=draft_key", "approver": "=approver"}), type="deployment.release"),
    b.user("told"),
    b.end(),
    b.chain("s", "look", "release", "told", "e"),
    id="deciding",
)


def look(desk, case, by):
    key = desk.look(select(UserTask.key).filter_by(root_key=case, element_id="look"))[0]
    with desk.office.database.writing() as session:
        user_tasks.claim_user_task(session, key, desk.office.user(by), now=MONDAY)
        user_tasks.complete_user_task(session, key, {}, desk.office.user(by), now=MONDAY)
        session.commit()
    desk.work()


@pytest.mark.parametrize(("by", "state", "incidents"), [("ada", "RELEASED", 0), ("dora", "OPEN", 1)])
def test_the_process_that_is_named_releases_in_the_name_of_somebody_else(desk, production, by, state, incidents):
    desk.deploy(DECIDING)
    production(publication="deciding")
    draft = submit(desk.office, one(f"by_{by}"))
    [case] = desk.look(select(DeploymentDraft.instance_key).filter_by(key=draft))

    with pytest.raises(ByProcess):  # no button beside the process
        approve(desk.office, draft, "ada")
    look(desk, case, by)

    assert desk.look(select(DeploymentDraft.state).filter_by(key=draft)) == [state]
    assert (f"by_{by}" in held(desk.office)) == (state == "RELEASED")
    assert desk.look(select(ProcessInstance.incidents).filter_by(key=case)) == [incidents]


def test_a_draft_that_is_given_up_ends_its_case(desk, production):
    desk.deploy(DECIDING)
    production(publication="deciding")
    draft = submit(desk.office, one("six"))
    [case] = desk.look(select(DeploymentDraft.instance_key).filter_by(key=draft))

    with desk.office.database.writing() as session:
        deployment_drafts.discard(session, draft, desk.office.user("ada"), "写错了", now=MONDAY)
        session.commit()

    assert desk.look(select(ProcessInstance.status).filter_by(key=case)) == ["TERMINATED"]
    assert "six" not in held(desk.office)
