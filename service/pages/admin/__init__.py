"""Administration: people, groups, parties, tokens, the book of acts, the calendar, messages, the state of the house."""

from flask import Flask

from service.pages.admin import acts, calendar, groups, messages, naming, parties, state, tokens, users


def register(app: Flask) -> None:
    """Mount every blueprint."""
    for module in (state, users, groups, parties, tokens, acts, calendar, messages):
        app.register_blueprint(module.blueprint)
    app.jinja_env.globals["naming"] = naming
    app.add_template_filter(naming.act_details)
