"""Who knows of what: tasks and instances in lists and one by one alike, and nothing before what comes first."""

import pytest
from sqlalchemy import select

from service import access
from service.errors import NotFound
from service.models import ProcessInstance, UserTask
from service.operations import accounts, instances
from service.operations.user_tasks import assign_user_task, complete_user_task, update_user_task, visible_user_task
from tests.support.leave import MONDAY, basic
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases


def offered(id, group, **properties):
    assigned = b.zeebe("assignmentDefinition", candidateGroups=group)
    return b.user(id, assigned, b.properties(**properties) if properties else "")


#: One case after the other, called by one instance for all.
CASES = b.process(
    b.start(), b.call("c", "case", inner=b.each('=["a","b"]')), b.end(), b.chain("s", "c", "e"), id="cases"
)
CASE = b.process(
    b.extensions(b.properties(readGroups="nobody_else, managers")),
    b.start(),
    offered("declare", "staff"),
    offered("judge", "staff", needToKnow="declare", readGroups="managers"),
    b.end(),
    b.chain("s", "declare", "judge", "e"),
    id="case",
)


@pytest.fixture
def people(office):
    return {name: office.user(name) for name in ("anna", "ben", "grace", "noah", "olga")}


@pytest.fixture
def cases(desk, people):
    """Two cases under one root: anna has declared in the first, ben in the second."""
    with desk.office.database.writing() as session:
        accounts.ensure_groups(session, [("nobody_else", "")])
        session.commit()
    desk.deploy(CASES, CASE)
    root = desk.start("cases", secret="not for everybody")
    found = desk.look(select(ProcessInstance.key).filter_by(parent_key=root).order_by(ProcessInstance.key))
    for key, name in zip(found, ("anna", "ben"), strict=True):
        do(desk, people[name], task_of(desk, key, "declare"))
    return root, *found


def task_of(desk, key, element_id):
    return desk.look(select(UserTask.key).filter_by(instance_key=key, element_id=element_id))[0]


def do(desk, user, key):
    with desk.office.database.writing() as session:
        assign_user_task(session, key, user.username, user, now=MONDAY)
        complete_user_task(session, key, {}, user, now=MONDAY)
        session.commit()


def sees_task(desk, user, key):
    """By itself and in lists; both must say the same."""
    with desk.office.database.reading() as session:
        listed = session.scalar(select(UserTask.key).where(UserTask.key == key, access.task_scope(user))) is not None
        try:
            visible_user_task(session, key, user)
        except NotFound:
            assert not listed
            return False
        assert listed
        return True


def sees_instance(desk, user, key):
    with desk.office.database.reading() as session:
        wanted = select(ProcessInstance.key).where(ProcessInstance.key == key, access.instance_scope(user))
        listed = session.scalar(wanted) is not None
        try:
            instances.visible_instance(session, key, user)
        except NotFound:
            assert not listed
            return False
        assert listed
        return True


def test_groups_that_may_read_a_task_find_it_in_lists_too_also_when_it_is_done(desk, people, cases):
    _, case, _ = cases
    judge, declare = task_of(desk, case, "judge"), task_of(desk, case, "declare")
    assert (sees_task(desk, people["grace"], judge), sees_task(desk, people["grace"], declare)) == (True, False)

    with desk.office.database.writing() as session:
        update_user_task(session, judge, {"candidate_groups": ["staff"]}, people["olga"], now=MONDAY)
        session.commit()
    do(desk, people["anna"], judge)

    assert sees_task(desk, people["grace"], judge)
    assert not sees_task(desk, people["ben"], judge)
    assert not sees_task(desk, people["noah"], judge)


def test_to_read_is_not_to_be_offered(desk, people, cases):
    with desk.office.database.reading() as session:
        offers = select(UserTask.key).where(access.offered_scope(people["grace"]))
        assert task_of(desk, cases[1], "judge") not in session.scalars(offers).all()


def test_who_takes_part_in_one_case_knows_nothing_of_the_next(desk, people, cases):
    _, first, second = cases
    do(desk, people["anna"], task_of(desk, first, "judge"))
    do(desk, people["ben"], task_of(desk, second, "judge"))

    seen = {name: [sees_instance(desk, people[name], key) for key in cases] for name in people}

    assert seen == {
        "anna": [False, True, False],
        "ben": [False, False, True],
        "grace": [False, True, True],  # the process names her group
        "noah": [False, False, False],
        "olga": [True, True, True],
    }


def test_who_began_an_instance_knows_what_it_called(desk, people, office):
    desk.deploy(CASES, CASE)
    ada = office.user("ada")
    with office.database.writing() as session:
        process = instances.definition(session, process_id="cases")
        root = instances.start_instance(session, process, {}, ada, now=MONDAY).key
        session.commit()
    desk.drain(root)
    starter = access.User("ada", "ada", "ada", frozenset())

    children = desk.look(select(ProcessInstance.key).filter_by(parent_key=root))

    assert children
    assert all(sees_instance(desk, starter, key) for key in [root, *children])


def test_nothing_is_shown_before_what_comes_first_is_done(desk, people, cases, client):
    _, case, _ = cases
    judge = task_of(desk, case, "judge")

    def shown(name):
        answer = client.post(f"/v2/user-tasks/{judge}/variables/search", json={}, headers=basic(name))
        return {item["name"] for item in answer.json["items"]}

    assert "secret" in shown("anna")
    assert shown("ben") == set()  # he declared in the other case
    assert "secret" in shown("olga")
