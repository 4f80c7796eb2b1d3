"""Clients of some people against the running service, and the workshop's diagrams deployed in it."""

from contextlib import ExitStack, contextmanager

import pytest
from camunda_orchestration_sdk import CamundaClient

from service.operations import deployments
from tests.clients.workshop import FILES
from tests.support.databases import copied
from tests.support.leave import MONDAY, PASSWORD, Office, furnish
from tests.support.server import running_server


def client_of(server, username):
    return CamundaClient(
        configuration={
            "CAMUNDA_REST_ADDRESS": server.url,
            "CAMUNDA_AUTH_STRATEGY": "BASIC",
            "CAMUNDA_BASIC_AUTH_USERNAME": username,
            "CAMUNDA_BASIC_AUTH_PASSWORD": PASSWORD,
        }
    )


@contextmanager
def house(kind, request, folder):
    """The service on a database of its own, with the office and the workshop's diagrams."""
    with contextmanager(copied)(kind, request, folder) as url, running_server(url, folder) as server:
        office = Office(url)
        furnish(office)
        with office.database.writing() as session:
            deployments.deploy(session, FILES, office.user("dora"), now=MONDAY)
            session.commit()
        failed_before = request.session.testsfailed
        yield server
        office.database.dispose()
        if request.session.testsfailed > failed_before:
            print(server.logs())


@pytest.fixture(scope="session")
def houses(request, tmp_path_factory):
    """One running service for each kind of database, started for the first who asks: starting takes seconds."""
    with ExitStack() as stack:
        made = {}

        def of(kind):
            if kind not in made:
                made[kind] = stack.enter_context(house(kind, request, tmp_path_factory.mktemp("house")))
            return made[kind]

        yield of


@pytest.fixture(scope="module")
def furnished(database, houses):
    """The running service on this test's database. Client tests share it; each makes instances of its own."""
    return houses(database)


@pytest.fixture(scope="module")
def people(furnished):
    """Clients by username."""
    return {name: client_of(furnished, name) for name in ("ada", "anna", "grace", "dora", "wanda", "audrey")}
