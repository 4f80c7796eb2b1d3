"""The pages, rendered on the server."""

from flask import Flask

from service.pages import sign_in


def register(app: Flask) -> None:
    """Mount every blueprint."""
    for module in (sign_in,):
        app.register_blueprint(module.blueprint)
