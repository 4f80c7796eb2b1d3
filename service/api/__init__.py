"""The REST interface: `/v2`, which clients of the Camunda 8 REST API speak, and `/api/v1`, ours."""

from flask import Flask

from service.api import (
    audit_logs,
    batches,
    clock,
    cluster,
    decisions,
    definitions,
    deployments,
    documents,
    elements,
    evidence,
    health,
    histories,
    incidents,
    jobs,
    lookups,
    messages,
    moves,
    openapi,
    own_tasks,
    people,
    process_instances,
    registers,
    substitutes,
    tokens,
    user_tasks,
    variables,
)
from service.api.addresses import EvaluationKeyConverter, KeyConverter

MODULES = (
    audit_logs,
    batches,
    clock,
    cluster,
    decisions,
    definitions,
    deployments,
    documents,
    elements,
    evidence,
    health,
    histories,
    incidents,
    jobs,
    lookups,
    messages,
    moves,
    openapi,
    own_tasks,
    people,
    process_instances,
    registers,
    substitutes,
    tokens,
    user_tasks,
    variables,
)


def register(app: Flask) -> None:
    """Mount every blueprint."""
    # Under the usual name too: a number that no database takes must be the key of nothing on the pages as well.
    app.url_map.converters.update(key=KeyConverter, int=KeyConverter, evaluation=EvaluationKeyConverter)
    for module in MODULES:
        app.register_blueprint(module.blueprint)
