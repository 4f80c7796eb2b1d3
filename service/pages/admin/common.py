"""What the pages of administration share: acts that are told on the page they were done from."""

from collections.abc import Callable
from datetime import date

from flask import make_response, request
from werkzeug.wrappers import Response

from service.errors import BadArgument, Forbidden, NotFound, ServiceError
from service.web.problems import text_of

PAGE_SIZE = 50


def attempt(act: Callable[[], Response], again: Callable[[str], str]) -> Response:
    """Do it; what refuses it is told on the page that `again` draws, with what was typed. No rights: the error page."""
    try:
        return act()
    except ServiceError as error:
        if type(error) in (Forbidden, NotFound):
            raise
        return make_response(again(text_of(error)), error.status)


def text(field: str) -> str:
    """A field of the form without its margins."""
    return request.form.get(field, "").strip()


def optional_day(field: str) -> date | None:
    """A day of the form, None if it was left empty. Raises `BadArgument`."""
    given = text(field)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise BadArgument("A day is written like 2026-11-23.") from None
