"""The application, put together."""

import secrets

from flask import Flask, Response, g, request
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

from service import api, keys, logs, pages
from service.clock import machine_now
from service.config import Config
from service.web import headers, problems
from service.web.dispatch import Service

LANGUAGES = ("zh", "en")


def create_app(config: Config | None = None) -> Flask:
    """The WSGI application. Engines and the expression host are made later, in the process that serves."""
    settings = config or keys.config()
    logs.configure(settings)
    app = Service("service")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts) or None
    app.config["BABEL_DEFAULT_LOCALE"] = "zh" if settings.language.startswith("zh") else "en"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=language, default_timezone="Asia/Shanghai")
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    app.before_request(_arrive)
    app.after_request(_leave)
    headers.register(app)
    problems.register(app)
    api.register(app)
    pages.register(app)
    return app


def language() -> str:
    """The language of this request: the one chosen on the page, else the browser's, else the default."""
    chosen = request.cookies.get("language") or request.accept_languages.best_match(["zh-CN", "zh", "en", "en-US"])
    return "en" if (chosen or keys.config().language).startswith("en") else "zh"


def _arrive() -> None:
    """The act's time is the moment the request arrived, before any lock."""
    g.arrived_at = machine_now()
    g.request_id = secrets.token_hex(6)


def _leave(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    return response
