"""The published description of the interface: valid, whole, and in our own words."""

import pytest
from openapi_spec_validator import validate

from service.api.contract import OPERATIONS
from service.api.openapi import document
from service.app import create_app
from tests.support.leave import basic


@pytest.fixture(scope="module")
def app(office):
    return create_app()


def test_the_document_is_valid(app):
    validate(document(app))


def test_every_route_of_the_interface_is_described(app):
    ours = ("/v2", "/api/", "/health")
    interface = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith(ours)}
    described = document(app)["paths"]
    operations = [each for path in described.values() for each in path.values()]

    assert interface - OPERATIONS.keys() == set()
    assert OPERATIONS.keys() - app.view_functions.keys() == set()
    assert {each["operationId"] for each in operations} == {name.replace(".", "_") for name in OPERATIONS}
    assert all(each["summary"] for each in operations)


def test_it_is_served_to_who_is_signed_in(app):
    client = app.test_client(use_cookies=False)

    assert client.get("/openapi.json").status_code == 401
    assert client.get("/openapi.json", headers=basic("anna")).json["openapi"] == "3.1.0"


def test_every_reference_leads_somewhere(app):
    whole = document(app)

    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    names = {reference.rsplit("/", 1)[1] for reference in references(whole)}
    assert names <= whole["components"]["schemas"].keys()
