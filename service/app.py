"""The application, put together."""

import logging
import secrets
import time

from flask import Flask, Response, g, request
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

from service import api, keys, logs, pages
from service.clock import machine_now
from service.config import MAX_PLAIN_BODY_BYTES, Config
from service.web import headers, metrics, problems
from service.web.dispatch import Service
from service.web.language import language

LANGUAGES = ("zh", "en")
#: Asked for every few seconds, and by every page.
UNLOGGED = frozenset({"/health/live", "/health/ready", "/metrics", "/static/<path:filename>"})
log = logging.getLogger("service.web")


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


def _arrive() -> None:
    """The act's time is the moment the request arrived, before any lock."""
    g.arrived_at = machine_now()
    g.began = time.perf_counter()
    g.request_id = secrets.token_hex(6)
    if request.mimetype != "multipart/form-data":
        request.max_content_length = min(request.max_content_length or MAX_PLAIN_BODY_BYTES, MAX_PLAIN_BODY_BYTES)


def _leave(response: Response) -> Response:
    """Count the request and write its line: the route's template, never the address, which may name a case."""
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    route = request.url_rule.rule if request.url_rule else "-"
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    metrics.count(request.method if route != "-" else "-", route, response.status_code, seconds)
    if route not in UNLOGGED:
        log.info(
            "request answered",
            extra=logs.fields(
                request_id=g.get("request_id", "-"),
                method=request.method,
                route=route,
                status=response.status_code,
                duration_ms=round(seconds * 1000, 1),
            ),
        )
    return response
