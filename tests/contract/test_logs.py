"""Logs carry no personal data: the rule of `service/logs.py`, held against every log call."""

import ast
import json
import logging
from pathlib import Path

import pytest

from service.logs import FIELDS, JsonFormatter, bound, fields, pseudonym

SERVICE = Path(__file__).resolve().parents[2] / "service"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def log_calls():
    for path in sorted(SERVICE.rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"log", "logger", "logging"}
            ):
                yield path, node


def test_a_log_message_is_a_fixed_sentence():
    wrong = [
        f"{path.relative_to(SERVICE)}:{node.lineno}"
        for path, node in log_calls()
        if len(node.args) != 1 or not (isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str))
    ]

    assert wrong == []


def written(name="service.x", message="", args=(), level=logging.INFO, exc_info=None, **extra):
    record = logging.getLogger(name).makeRecord(name, level, "f", 1, message, args, exc_info, extra=extra)
    return json.loads(JsonFormatter().format(record))


def test_a_line_is_json_with_its_fields():
    with bound(request_id="r1"):
        line = written(message="step recorded", **fields(instance_key=7, duration_ms=3.2))

    assert line["message"] == "step recorded"
    assert (line["request_id"], line["instance_key"], line["duration_ms"]) == ("r1", 7, 3.2)


def test_what_was_bound_ends_with_its_block():
    with bound(request_id="r1"):
        pass

    assert "request_id" not in written(message="later")


def test_an_unknown_field_is_refused():
    with pytest.raises(ValueError, match="username"):
        fields(username="anna")


def test_an_exception_shows_where_and_not_what():
    try:
        raise KeyError("anna.wang@example.org")
    except KeyError as error:
        line = written(message="failed", exc_info=(type(error), error, error.__traceback__))

    assert line["error"]["type"] == "builtins.KeyError"
    assert "test_an_exception_shows_where_and_not_what" in line["error"]["frames"][0]
    assert "anna" not in json.dumps(line)


def test_a_foreign_warning_keeps_its_numbers_only():
    line = written(name="gunicorn.error", message="Invalid request from %s, %d bytes", args=("1.2.3.4", 7), level=30)

    assert line["message"] == "Invalid request from …, 7 bytes"


def test_a_pseudonym_is_stable_and_keyed():
    assert pseudonym("anna", b"k" * 32) == pseudonym("anna", b"k" * 32)
    assert pseudonym("anna", b"k" * 32) != pseudonym("anna", b"l" * 32)
    assert pseudonym("anna", b"k" * 32) != pseudonym("bert", b"k" * 32)


def test_no_field_is_named_after_a_person_or_a_content():
    assert FIELDS.isdisjoint({"username", "name", "title", "body", "variables", "answers", "address", "ip", "query"})
