"""Blind tasks: who acted is hidden from the groups that the diagram names, until what it names is done."""

import pytest
from sqlalchemy import select

from service.models import UserTask
from service.operations.user_tasks import assign_user_task, complete_user_task
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

JUDGED = b.process(
    b.start(),
    b.user(
        "judge",
        b.zeebe("assignmentDefinition", candidateGroups="staff", candidateUsers="anna,ben"),
        b.properties(blindFor="managers", blindUntil="publish, archive", readGroups="managers", actorVariable="judge"),
    ),
    b.user("publish", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.script("archive", "=1", "archived"),
    b.user("after", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.end(),
    b.chain("s", "judge", "publish", "archive", "after", "e"),
    id="judged",
)
ROOT = b.process(b.start(), b.call("c", "judged"), b.end(), b.chain("s", "c", "e"), id="judging")


@pytest.fixture
def judge(desk):
    """A task that anna has taken."""
    desk.deploy(JUDGED, ROOT)
    root = desk.start("judging")
    [key] = desk.look(select(UserTask.key).filter_by(root_key=root, element_id="judge"))
    with desk.office.database.writing() as session:
        assign_user_task(session, key, "anna", desk.office.user("anna"), now=MONDAY)
        session.commit()
    return root, key


def do(desk, root, element_id, name="anna"):
    user = desk.office.user(name)
    [key] = desk.look(select(UserTask.key).filter_by(root_key=root, element_id=element_id))
    with desk.office.database.writing() as session:
        assign_user_task(session, key, name, user, now=MONDAY)
        complete_user_task(session, key, {}, user, now=MONDAY)
        session.commit()
    desk.drain(root)


def seen(client, key, who):
    """What a person is told: alone, in a list, when filtering by the name, on the page."""
    headers = basic(who)

    def found(filter):
        body = {"filter": {"userTaskKey": str(key), **filter}}
        return client.post("/v2/user-tasks/search", json=body, headers=headers).json["items"]

    one = client.get(f"/v2/user-tasks/{key}", headers=headers).json
    [listed] = found({})
    assert listed == one
    page = client.get(f"/tasks/{key}", headers=headers).text
    found_by = [bool(found(filter)) for filter in (
        {"assignee": "anna"}, {"assignee": {"$like": "a*"}}, {"assignee": {"$exists": True}}, {"candidateUser": "ben"},
        {"$or": [{"assignee": {"$in": ["anna"]}}]})]  # fmt: skip
    return one["assignee"], one["candidateUsers"], found_by, "安娜" in page


HIDDEN = (None, [], [False] * 5, False)


def test_the_group_sees_no_name_anywhere_and_others_do(client, judge):
    _, key = judge

    assert seen(client, key, "grace") == HIDDEN
    assert seen(client, key, "ben") == ("anna", ["anna", "ben"], [True] * 5, True)
    assert seen(client, key, "olga")[:3] == ("anna", ["anna", "ben"], [True] * 5)


def test_names_are_seen_when_everything_named_is_done_and_not_before(desk, client, judge):
    root, key = judge
    do(desk, root, "judge")
    assert seen(client, key, "grace") == HIDDEN

    do(desk, root, "publish")

    assert seen(client, key, "grace")[:3] == ("anna", ["anna", "ben"], [True, True, True, False, True])


def test_another_tree_does_not_lift_it(desk, client, judge):
    _, key = judge
    other = desk.start("judging")
    do(desk, other, "judge", "ben")
    do(desk, other, "publish", "ben")

    assert seen(client, key, "grace") == HIDDEN


def test_a_refusal_tells_no_name(desk, client, judge):
    _, key = judge
    for who, told in (("grace", False), ("ben", True)):
        answer = client.post(f"/api/v1/user-tasks/{key}/claim", json={}, headers=basic(who))
        assert (answer.status_code, answer.json["code"]) == (409, "TASK_TAKEN")
        assert ("安娜" in answer.json["detail"]) is told


def test_the_variable_with_the_name_is_not_among_those_shown(desk, client, judge):
    root, key = judge
    do(desk, root, "judge")

    def shown(who):
        answer = client.post(f"/v2/user-tasks/{key}/variables/search", json={}, headers=basic(who))
        return {item["name"] for item in answer.json["items"]}

    assert "judge" not in shown("grace")
    assert "judge" in shown("anna")
