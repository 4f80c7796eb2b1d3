"""What is counted and written down for each request: the route's template, never who or what."""

import json
import logging

import pytest

from service.app import create_app
from service.logs import JsonFormatter
from tests.support.leave import basic


class Kept(logging.Handler):
    """Keeps the lines as they would be written."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(json.loads(JsonFormatter().format(record)))


@pytest.fixture
def client(office):
    return create_app().test_client(use_cookies=False)


@pytest.fixture
def lines(client):
    """What is logged; the application sets the handlers, so ours comes after it."""
    kept = Kept()
    logging.getLogger("service.web").addHandler(kept)
    yield kept.lines
    logging.getLogger("service.web").removeHandler(kept)


def test_a_request_is_counted_and_logged_by_its_template(client, lines):
    client.get("/v2/user-tasks/4711", headers=basic("anna"))
    client.get("/no/such/address-of-anna")

    [first, second] = [line for line in lines if line["message"] == "request answered"]
    assert (first["method"], first["route"], first["status"]) == ("GET", "/v2/user-tasks/<key:key>", 404)
    assert first["duration_ms"] > 0
    assert len(first["request_id"]) == 12
    assert "4711" not in json.dumps(first)
    assert (second["route"], second["status"]) == ("-", 404)
    text = client.get("/metrics").text
    assert 'pingshen_requests_total{method="GET",route="/v2/user-tasks/<key:key>",status="404"}' in text
    assert 'pingshen_request_seconds_count{method="GET",route="/v2/user-tasks/<key:key>"}' in text
    assert "anna" not in text
