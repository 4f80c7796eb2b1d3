"""The REST interface: `/v2`, which clients of the Camunda 8 REST API speak, and `/api/v1`, ours."""

from flask import Flask

from service.api import (
    audit_logs,
    clock,
    cluster,
    decisions,
    definitions,
    deployments,
    elements,
    health,
    histories,
    incidents,
    jobs,
    messages,
    process_instances,
    tokens,
    user_tasks,
    variables,
)


def register(app: Flask) -> None:
    """Mount every blueprint."""
    for module in (
        audit_logs,
        clock,
        cluster,
        decisions,
        definitions,
        deployments,
        elements,
        health,
        histories,
        incidents,
        jobs,
        messages,
        process_instances,
        tokens,
        user_tasks,
        variables,
    ):
        app.register_blueprint(module.blueprint)
