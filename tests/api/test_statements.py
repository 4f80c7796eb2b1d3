"""What a completed task costs in SQL, over HTTP with form, history and commit: counted, not timed."""

import pytest
from sqlalchemy import event, select

from service.models import UserTask
from service.operations import accounts, deployments, instances
from service.operations.user_tasks import assign_user_task
from service.releases import latest
from tests.bench.thirty import ANSWERS, files
from tests.support.leave import MONDAY

#: The nearest peer needs 87 statements and 5 commits for the same.
MOST_STATEMENTS = 15

pytestmark = pytest.mark.both_databases


@pytest.fixture(scope="module")
def token(office):
    """A token of anna, and the thirty tasks deployed."""
    with office.database.writing() as session:
        deployments.deploy(session, files(), office.user("dora"), now=MONDAY)
        _, token = accounts.create_token(session, office.user("anna"), "test", now=MONDAY)
        session.commit()
    return token


def open_task(office):
    """A new instance's first task, anna's."""
    with office.database.writing() as session:
        process = latest(session, "process", "thirty")
        instance = instances.start_instance(session, process, {}, office.user("ada"), now=MONDAY)
        key = session.scalars(select(UserTask.key).filter_by(instance_key=instance.key)).one()
        assign_user_task(session, key, "anna", office.user("anna"), now=MONDAY)
        session.commit()
    return key


def complete(client, token, key):
    return client.post(
        f"/v2/user-tasks/{key}/completion", json={"variables": ANSWERS}, headers={"Authorization": f"Bearer {token}"}
    )


def test_completing_a_task_takes_few_statements_and_one_commit(office, client, token):
    assert complete(client, token, open_task(office)).status_code == 204  # whatever is read once per process
    key = open_task(office)
    statements, commits = [], []
    engine = office.database.engine
    listeners = [
        ("before_cursor_execute", lambda conn, cursor, statement, *rest: statements.append(statement)),
        ("commit", lambda conn: commits.append(1)),
    ]
    for name, listener in listeners:
        event.listen(engine, name, listener)

    response = complete(client, token, key)

    for name, listener in listeners:
        event.remove(engine, name, listener)
    work = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert response.status_code == 204
    assert len(commits) == 1
    assert len(work) <= MOST_STATEMENTS, "\n".join(work)
