"""Every cell of the authorisation matrix, asked over the application; and that no route is without a row."""

import io
import json

import pytest
from openapi_schema_validator import OAS31Validator

from service.api.openapi import document
from service.app import create_app
from tests.api.matrix import API, ASKERS, ROWS
from tests.api.scene import Scenes
from tests.support.leave import LONG_LEAVE, basic, files


@pytest.fixture(scope="module")
def app(office):
    return create_app()


@pytest.fixture(scope="module")
def scenes(office):
    return Scenes(office)


def ask(app, row, asker, names):
    """The answer to one cell."""
    username = ASKERS[asker]
    request = {"headers": basic(username) if username else {}}
    if row.files:
        sent = files() | {"note.txt": b"plain words"}
        request["data"] = {part: (io.BytesIO(sent[name]), name) for part, name in row.files.items()}
    elif row.form:
        request["data"] = row.form
    elif row.body is not None:
        body = json.dumps(row.body).replace('"{answers}"', json.dumps(LONG_LEAVE))
        for name, value in names.items():
            body = body.replace(f'"{{{name}}}"', f'"{value}"')
        request["data"] = body
        request["content_type"] = "application/json"
    client = app.test_client(use_cookies=False)
    return client.open(row.path.format_map(names), method=row.method, **request)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_everybody_gets_what_the_matrix_says(app, scenes, row):
    described = document(app)
    seen, wrong = {}, []
    for asker in ASKERS:
        response = ask(app, row, asker, scenes.in_state(row.state))
        seen[asker] = response.status_code
        if row.method != "GET" and response.status_code < 400:
            scenes.used(row.state)
        if row in API:
            wrong += [f"{asker}: {fault}" for fault in faults(app, described, row, response)]

    assert seen == {asker: row.expected(asker) for asker in ASKERS}
    assert wrong == []


def faults(app, described, row, response):
    """What an answer of the API has that the document does not say."""
    rule = next(
        rule for rule in app.url_map.iter_rules() if rule.endpoint == row.endpoint and row.method in rule.methods
    )
    path = rule.rule
    for converter in ("key:", "evaluation:"):
        path = path.replace(f"<{converter}", "<")
    operation = described["paths"][path.replace("<", "{").replace(">", "}")][row.method.lower()]
    expected = operation["responses"].get(str(response.status_code))
    if expected is None:
        return [f"{response.status_code} is not among its answers"]
    content = expected.get("content", {})
    if not content:
        return ["a body where there is none"] if response.data else []
    if "*/*" in content:
        return []
    if response.mimetype not in content:
        return [f"{response.mimetype} instead of {', '.join(content)}"]
    if not response.mimetype.endswith("json"):
        return []
    schema = {**content[response.mimetype]["schema"], "components": described["components"]}
    return [f"{error.json_path}: {error.message}" for error in OAS31Validator(schema).iter_errors(response.json)]


def test_every_route_has_a_row(app):
    routes = {
        (rule.endpoint, method) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert routes - {(row.endpoint, row.method) for row in ROWS} == set()


def test_no_row_speaks_of_a_route_that_is_gone(app):
    assert {row.endpoint for row in ROWS} - app.view_functions.keys() == set()


@pytest.mark.parametrize("row", [row for row in API if row.path.endswith("/search")], ids=lambda row: row.name)
def test_a_search_holds_nothing_that_one_may_not_know_of(app, scenes, row):
    names = scenes.in_state("open")
    secrets = {str(names[name]) for name in ("instance", "task", "job", "incident", "evaluation", "event")}
    if row.endpoint in ("definitions.find", "decisions.find"):
        secrets = set()  # definitions are for everybody

    response = ask(app, row, "other", names)

    assert response.status_code == row.expected("other")
    assert [secret for secret in secrets if f'"{secret}"' in response.text] == []
