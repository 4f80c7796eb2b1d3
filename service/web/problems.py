"""Refusals as answers: problem documents (RFC 9457) for programs, pages for people. Never Flask's own HTML."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from service.errors import Fault, NotFound, Overloaded, ServiceError, Unauthenticated
from service.logs import fields
from service.operations import resuming
from service.operations.accounts import ChangeFirst
from service.values import to_json
from service.web.authentication import COOKIE, same_origin
from service.web.dispatch import write_apart

log = logging.getLogger("service.web")
API_PREFIXES = ("/v2", "/api/", "/openapi.json")


def register(app: Flask) -> None:
    """Handle every error of the application."""
    app.register_error_handler(ServiceError, _refusal)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, lambda error: _refusal(_overloaded(error)))
    app.register_error_handler(Exception, _crash)


def text_of(error: ServiceError) -> str:
    """The message in the caller's language."""
    template = gettext(error.message) if error.message else ""
    details = dict(error.details)
    if isinstance(reason := details.get("reason"), str) and reason:
        details["reason"] = gettext(reason)
    return template % details if details else template


def _fault_text(fault: Fault) -> str:
    """A fault in the caller's language, where there is a translation; forms and the lint have chosen theirs already.

    Numbers are taken out of the key, so that one translation serves all of them.
    """
    exact = str(gettext(fault.message))
    if exact != fault.message:
        return exact
    numbers = re.findall(r"\d+", fault.message)
    places = iter(range(len(numbers)))
    template = re.sub(r"\d+", lambda _: f"%({next(places)})s", fault.message)
    translated = str(gettext(template))
    if translated == template:
        return fault.message
    return translated % {str(place): number for place, number in enumerate(numbers)}


def problem(status: int, title: str, detail: str, **members: Any) -> Response:
    """A problem document; all five standard members, since the official clients need each."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": request.path}
    response = Response(to_json(body | members), status=status, mimetype="application/problem+json")
    # For programs; in front of a page it would open the browser’s own box, and the page’s script would wait for that.
    if status == HTTPStatus.UNAUTHORIZED and request.path.startswith(API_PREFIXES):
        response.headers["WWW-Authenticate"] = 'Basic realm="pingshen", charset="UTF-8"'
    return response


def _refusal(error: ServiceError) -> ResponseReturnValue:
    if not request.path.startswith(API_PREFIXES):
        if isinstance(error, Unauthenticated) and request.endpoint != "sign_in.submit":
            if by_script():
                return problem(error.status, error.title, text_of(error), code=error.code)
            return redirect(url_for("sign_in.form", next=_wanted(), kept=_keep()))
        if isinstance(error, ChangeFirst) and not by_script():
            return redirect(url_for("pages_profile.password"))
        faults = [replace(fault, message=_fault_text(fault)) for fault in error.errors]
        return _page(error.status, text_of(error), error.code, error.article, faults, error.remedy)
    members: dict[str, Any] = {"code": error.code}
    if error.article:
        members["article"] = error.article
    if error.remedy:
        members["remedy"] = error.remedy
    if error.errors:
        members["errors"] = [
            {**f.details, "path": f.path, "message": _fault_text(f), "code": f.code} for f in error.errors
        ]
    status = error.status
    if request.path.startswith("/v2") and status not in (400, 401, 403, 404, 409, 412, 413, 415, 503, 504):
        status = 400
    return problem(status, error.title, text_of(error), **members)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    if status == HTTPStatus.NOT_FOUND:
        return _refusal(NotFound())
    phrase = HTTPStatus(status).phrase
    if not request.path.startswith(API_PREFIXES):
        return _page(status, gettext(phrase), phrase.upper().replace(" ", "_"))
    response = problem(status, phrase, gettext(phrase), code=phrase.upper().replace(" ", "_"))
    if status == HTTPStatus.METHOD_NOT_ALLOWED and error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _overloaded(error: OperationalError) -> Overloaded:
    log.error("the database did not answer", exc_info=error)
    return Overloaded()


def _crash(error: Exception) -> ResponseReturnValue:
    log.error("unexpected error", exc_info=error, extra=fields(route=request.endpoint))
    detail = gettext("Something went wrong on our side; nothing was changed. The incident number is %(id)s.") % {
        "id": g.get("request_id", "-")
    }
    if request.path.startswith(API_PREFIXES):
        return problem(500, "INTERNAL_ERROR", detail, code="INTERNAL_ERROR")
    return _page(500, detail, "INTERNAL_ERROR")


def _wanted() -> str:
    """Where somebody wanted to go when they had to sign in: the page, or the page whose button they pressed."""
    if request.method == "GET":
        return request.full_path.removesuffix("?")
    came_from = urlsplit(request.referrer or "")
    query = f"?{came_from.query}" if came_from.query else ""
    return f"{came_from.path}{query}" if came_from.netloc == request.host else "/"


def by_script() -> bool:
    """Whether a script of a page asks, which cannot follow a redirect to a page for people."""
    return request.headers.get("Sec-Fetch-Dest") == "empty" or "X-CSRF-Token" in request.headers


def _keep() -> str | None:
    """Keep the form that came with the cookie of an ended session (operations/resuming.py); "1" if it was kept.

    Another site's form is not, nor what is a password.
    """
    token = request.cookies.get(COOKIE)
    if request.method != "POST" or token is None or not same_origin() or request.endpoint == "sign_in.sign_out":
        return None
    hidden = ("_csrf_token", "password")
    fields = [(name, each) for name, each in request.form.items(multi=True) if not name.endswith(hidden)]
    files = [each.filename for each in request.files.values() if each.filename]
    form = resuming.Kept(request.full_path.removesuffix("?"), _wanted(), fields, files)
    done = write_apart(lambda session: resuming.keep(session, token, form, at=g.arrived_at))
    return "1" if done else None


def _page(
    status: int,
    text: str,
    code: str,
    article: str | None = None,
    faults: Sequence[Fault] = (),
    remedy: str | None = None,
) -> ResponseReturnValue:
    told = {"text": text, "code": code, "article": article, "faults": faults, "remedy": remedy}
    return render_template("error.html", status=status, **told), status
