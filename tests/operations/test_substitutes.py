"""Substitutes: they see and do what the absent person would, where the task says so, for the days that were named."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from service.history import chain
from service.models import Event, UserTask
from service.operations import accounts, inbox, instances, substitutes
from service.operations.duties import NotTwice
from service.operations.user_tasks import NotFound, claim_user_task, complete_user_task, visible_user_task
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases
TODAY = date(2026, 11, 23)
WORK = b.process(
    b.extensions(b.properties(recused="away")),
    b.start(),
    b.user("mine", b.zeebe("assignmentDefinition", assignee="grace"), b.properties(substitutes="true")),
    b.user(
        "offered",
        b.zeebe("assignmentDefinition", candidateGroups="managers"),
        b.properties(substitutes="true", separationOfDuties="first"),
    ),
    b.user("personal", b.zeebe("assignmentDefinition", candidateGroups="managers")),
    b.user("first", b.zeebe("assignmentDefinition", candidateGroups="managers")),
    b.gateway("parallel", "all"),
    b.end(),
    b.chain("s", "all", "mine", "e"),
    *(b.chain("all", id, "e") for id in ("offered", "personal", "first")),
    id="work",
)


@pytest.fixture
def work(desk, office):
    """An instance with tasks of grace's; ben stands in for her today and tomorrow."""
    desk.deploy(WORK)
    with office.database.writing() as session:
        for each in substitutes.known_to(session, office.user("olga")):
            if each.ended_at is None:
                substitutes.end(session, each.key, office.user("olga"), now=MONDAY)
        substitutes.name(session, office.user("grace"), "ben", TODAY, TODAY + timedelta(days=1), now=MONDAY)
        session.commit()
    key = desk.start("work", away=None)
    return {row.element_id: row.key for row in desk.look(select(UserTask).filter_by(instance_key=key))} | {"key": key}


def ben(session, office, day=0):
    return substitutes.standing_in(session, office.user("ben"), now=MONDAY + timedelta(days=day))


def boxes(session, user, work):
    """What lies in the boxes of this instance."""
    names = {key: id for id, key in work.items()}
    found = {
        box: inbox.page(session, user, box, now=MONDAY, limit=500).items for box in ("mine", "groups", "substitute")
    }
    return {box: {names[row[0].key] for row in rows if row[0].key in names} for box, rows in found.items()}


def sees(session, user, key):
    try:
        return visible_user_task(session, key, user) is not None
    except NotFound:
        return False


def test_a_substitute_finds_what_may_be_done_for_the_absent_during_these_days(office, work):
    with office.database.reading() as session:
        nothing = {"mine": set(), "groups": set(), "substitute": set()}
        assert boxes(session, ben(session, office), work) == nothing | {"substitute": {"mine", "offered"}}
        for day in (-1, 2):
            assert boxes(session, ben(session, office, day), work) == nothing
        seen = [sees(session, ben(session, office), work[id]) for id in ("mine", "offered", "personal")]
        assert seen == [True, True, False]


def test_history_says_who_did_it_and_for_whom(desk, office, work):
    with office.database.writing() as session:
        user = ben(session, office)
        complete_user_task(session, work["mine"], {}, user, now=MONDAY)
        claim_user_task(session, work["offered"], user, now=MONDAY)
        complete_user_task(session, work["offered"], {}, user, now=MONDAY)
        session.commit()

    acts = desk.look(
        select(Event).where(Event.instance_key == work["key"], Event.kind.like("USER_TASK%")).order_by(Event.seq)
    )
    assert [(event.kind, event.actor, chain.read(event.body)["onBehalfOf"]) for event in acts] == [
        ("USER_TASK_COMPLETED", "ben", "grace"),
        ("USER_TASK_CLAIMED", "ben", "grace"),
        ("USER_TASK_COMPLETED", "ben", "grace"),
    ]
    assert desk.look(select(UserTask.completed_by).filter_by(key=work["mine"])) == ["ben"]
    assert desk.runs_again(work["key"])


def test_what_the_absent_has_done_excludes_the_substitute(office, work):
    with office.database.writing() as session:
        grace = office.user("grace")
        claim_user_task(session, work["first"], grace, now=MONDAY)
        complete_user_task(session, work["first"], {}, grace, now=MONDAY)
        with pytest.raises(NotTwice):
            claim_user_task(session, work["offered"], ben(session, office), now=MONDAY)


@pytest.mark.parametrize("who", ["grace", "ben"])
def test_recusal_of_either_keeps_the_substitute_out(office, work, who):
    with office.database.writing() as session:
        instances.set_variables(session, work["key"], {"away": [who]}, office.user("olga"), now=MONDAY)
        user = ben(session, office)

        assert boxes(session, user, work) == {"mine": set(), "groups": set(), "substitute": set()}
        with pytest.raises(NotFound):
            complete_user_task(session, work["mine"], {}, user, now=MONDAY)


def test_it_is_named_and_taken_back_over_the_api(office, client, work):
    given = {"substitute": "henry", "firstDay": "2026-11-23", "lastDay": "2026-11-24"}

    def sent(body, who="anna"):
        answer = client.post("/api/v1/substitutes", json={**given, **body}, headers=basic(who))
        return answer.status_code, answer.json

    status, made = sent({})
    assert (status, made["username"], made["endedAt"]) == (201, "anna", None)
    assert sent({"substitute": "anna"})[0] == 400
    assert sent({"lastDay": "2026-11-22"})[0] == 400
    assert sent({"substitute": "nobody"})[0] == 400
    assert sent({"username": "grace"})[0] == 404
    assert sent({"username": "grace"}, "olga")[0] == 201
    path = f"/api/v1/substitutes/{made['substitutionKey']}"
    assert [client.delete(path, headers=basic(who)).status_code for who in ("henry", "anna", "anna")] == [404, 204, 404]
    mine = client.get("/api/v1/substitutes", headers=basic("noah")).json["items"]
    assert mine == []


def test_a_second_account_is_no_substitute(office, client, work):
    with office.database.writing() as session:
        accounts.create_account(session, "ben2", "本", None, ["staff"], now=MONDAY, identity="ben")
        with pytest.raises(substitutes.BadArgument):
            substitutes.name(session, office.user("ben"), "ben2", TODAY, TODAY, now=MONDAY)


def test_a_substitute_works_over_http(office, client, work):
    now = {"timestamp": int(MONDAY.timestamp() * 1000)}
    assert client.put("/v2/clock", json=now, headers=basic("ada")).status_code == 204
    try:
        assert client.get(f"/v2/user-tasks/{work['mine']}", headers=basic("ben")).status_code == 200
        answer = client.post(f"/v2/user-tasks/{work['mine']}/completion", json={}, headers=basic("ben"))
        assert (answer.status_code, answer.json) == (204, None)
    finally:
        client.post("/v2/clock/reset", headers=basic("ada"))
