"""A search costs the same number of statements for two rows and for two hundred, and never loads the engine's state."""

import pytest
from sqlalchemy import event

from service.app import create_app
from service.engine.types import EngineError
from service.models import ProcessInstance
from service.operations import decisions, deployments, incidents, instances
from service.releases import latest
from service.values import variables
from tests.clients.workshop import FILES
from tests.support.leave import MONDAY, basic

pytestmark = pytest.mark.both_databases
MANY = 200
#: Who asks, beginning of transaction aside: account with groups, clock, count, rows; and what a page of rows needs.
MOST_STATEMENTS = 6
#: path → the fewest rows there must be for the test to mean something.
SEARCHES = {
    "/v2/process-instances/search": MANY,
    "/v2/element-instances/search": MANY,
    "/v2/user-tasks/search": MANY,
    "/v2/variables/search": MANY,
    "/v2/audit-logs/search": MANY,
    "/v2/jobs/search": 20,
    "/v2/incidents/search": 20,
    "/v2/message-subscriptions/search": 20,
    "/v2/decision-instances/search": 20,
    "/v2/process-definitions/search": 4,
    "/v2/decision-definitions/search": 1,
    "/api/v1/users/search": 8,
}


@pytest.fixture(scope="module")
def client(office):
    """An application over a database with enough of everything."""
    with office.database.writing() as session:
        deployments.deploy(session, FILES, office.user("dora"), now=MONDAY)
        session.commit()
    with office.database.writing() as session:
        ada = office.user("ada")
        for process_id, count in (("leave_request", MANY), ("order", 20), ("waiting", 20)):
            process = latest(session, "process", process_id)
            for number in range(count):
                given = variables({"number": number, "key": f"k{number}"})
                key = instances.start_instance(session, process, given, ada, now=MONDAY).key
                if process_id == "order":
                    incidents.report(session, key, EngineError("TEST", "prepare", "none"), now=MONDAY)
        found = latest(session, "decision", "leave_days")
        for number in range(20):
            decisions.evaluate(session, found, variables({"days": number}), now=MONDAY)
        session.commit()
    return create_app().test_client(use_cookies=False)


def ask(client, path, limit):
    response = client.post(path, json={"page": {"limit": limit}}, headers=basic("olga"))
    assert response.status_code == 200, response.text
    return response.json["items"]


@pytest.mark.parametrize("path", SEARCHES)
def test_a_search_costs_the_same_for_many_rows(office, client, path):
    def statements(limit):
        seen = []
        listener = lambda conn, cursor, statement, *rest: seen.append(statement)  # noqa: E731
        event.listen(office.database.engine, "before_cursor_execute", listener)
        rows = ask(client, path, limit)
        event.remove(office.database.engine, "before_cursor_execute", listener)
        return rows, [statement for statement in seen if not statement.startswith("BEGIN")]

    ask(client, path, MANY)  # whatever is read once per process

    few, cheap = statements(2)
    many, dear = statements(MANY)

    assert len(few) <= 2
    assert len(many) >= SEARCHES[path]
    assert len(dear) == len(cheap)
    assert len(dear) <= MOST_STATEMENTS, "\n".join(dear)
    assert not any(f"{ProcessInstance.__tablename__}.state" in statement for statement in dear)
