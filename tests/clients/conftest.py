"""Clients of some people against the running service, and the workshop's diagrams deployed in it."""

import pytest
from camunda_orchestration_sdk import CamundaClient

from service.operations import deployments
from tests.clients.workshop import FILES
from tests.support.leave import MONDAY, PASSWORD, Office, furnish


def client_of(server, username):
    return CamundaClient(
        configuration={
            "CAMUNDA_REST_ADDRESS": server.url,
            "CAMUNDA_AUTH_STRATEGY": "BASIC",
            "CAMUNDA_BASIC_AUTH_USERNAME": username,
            "CAMUNDA_BASIC_AUTH_PASSWORD": PASSWORD,
        }
    )


@pytest.fixture(scope="module")
def furnished(database_url, server):
    """The office on the database that the server runs on, with the workshop's diagrams."""
    office = Office(database_url)
    furnish(office)
    with office.database.writing() as session:
        deployments.deploy(session, FILES, office.user("dora"), now=MONDAY)
        session.commit()
    yield server
    office.database.dispose()


@pytest.fixture(scope="module")
def people(furnished):
    """Clients by username."""
    return {name: client_of(furnished, name) for name in ("ada", "anna", "grace", "dora", "wanda", "audrey")}
