"""The pages, rendered on the server."""

from flask import Flask

from service import keys
from service.pages import (
    admin,
    agents,
    attachments,
    bulk,
    decisions,
    deployment_drafts,
    editor,
    inbox,
    inbox_export,
    incidents,
    instances,
    languages,
    layout,
    links,
    lookups,
    moves,
    notifications,
    openid,
    profile,
    public_starts,
    public_views,
    registers,
    search,
    sheets,
    sign_in,
    start,
    substitutes,
    task_acts,
    tasks,
    views,
)

A_DAY_S = 24 * 3600


def register(app: Flask) -> None:
    """Mount every blueprint."""
    # A long table is many small fields; what limits a request is its size.
    app.config["MAX_FORM_MEMORY_SIZE"] = keys.config().max_body_bytes
    app.config["MAX_FORM_PARTS"] = 20_000
    # What the islands are made of is for everybody, and costs no look at the database.
    setattr(app.view_functions["static"], "no_session", True)  # noqa: B010 - a function's attribute
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = A_DAY_S
    layout.register(app)
    app.add_template_filter(agents.browser)
    for module in (
        sign_in,
        openid,
        profile,
        languages,
        inbox,
        inbox_export,
        bulk,
        search,
        tasks,
        sheets,
        task_acts,
        start,
        substitutes,
        instances,
        moves,
        editor,
        deployment_drafts,
        decisions,
        incidents,
        notifications,
        attachments,
        lookups,
        registers,
        views,
        public_starts,
        public_views,
        links,
    ):
        app.register_blueprint(module.blueprint)
    admin.register(app)
    app.register_blueprint(views.calendars)
