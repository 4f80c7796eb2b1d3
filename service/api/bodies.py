"""Reading bodies and writing answers of the REST interface."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Response, request
from marshmallow import Schema
from werkzeug.exceptions import UnsupportedMediaType

from service.errors import BadArgument
from service.operations.search import Page
from service.operations.submissions import Manner
from service.schemas.base import SearchSchema, read
from service.values import to_json
from service.web.language import language

#: Every answer without a body.
NOTHING = ("", 204)
#: Deeper than this nobody nests by intent, and readers behind us would stumble.
MAX_DEPTH = 100
_ALLOWED_CONTROLS = "\t\n\r"


class NotJson(BadArgument):
    """The body cannot be read as JSON at all."""

    code, title = "BAD_JSON", "Bad Request"


def body(schema: Schema) -> dict[str, Any]:
    """The request's JSON, checked by `schema`. A missing body is an empty object, whatever its content type says.

    Numbers with a fraction are decimals. Raises `NotJson` for what is none, `Invalid` for wrong fields, and
    werkzeug's `UnsupportedMediaType` where another content type is declared.
    """
    return read(schema, json_body())


def json_body() -> Any:
    """The request's JSON as it stands, within bounds that everything behind can take."""
    raw = request.get_data(cache=True)
    if raw.strip() and not request.is_json:
        raise UnsupportedMediaType()
    return parse(raw)


def read_json(schema: Schema, raw: bytes) -> dict[str, Any]:
    """A part of a multipart request, checked like a body."""
    return read(schema, parse(raw))


def parse(raw: bytes) -> Any:
    """JSON within bounds that everything behind can take; nothing is an empty object. Raises `NotJson`."""
    if not raw.strip():
        return {}
    try:
        data = json.loads(raw, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_doubles)
    except RecursionError:
        raise NotJson("The body is nested too deeply; %(most)s levels are allowed.", most=MAX_DEPTH) from None
    except ValueError as error:
        raise NotJson("The body cannot be read as JSON: %(reason)s", reason=str(error)) from None
    _check(data, "", 0)
    return data


def search_body() -> dict[str, Any]:
    """The body of a search: filter, sort, page."""
    return body(SearchSchema())


def multipart() -> None:
    """Refuse what is not multipart. Raises werkzeug's `UnsupportedMediaType`."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType()


def manner() -> Manner:
    """How the answers of a form came in: the language its faults are told in, and from where."""
    return Manner(language(), {}, request.remote_addr or "")


def answer(schema: Schema, data: Mapping[str, Any], status: int = 200) -> Response:
    """One result."""
    return plain(schema.dump(data), status)


def plain(data: Any, status: int = 200) -> Response:
    """Any JSON."""
    return Response(to_json(data), status=status, mimetype="application/json")


def page(found: Page, schema: Schema, present: Callable[[Any], Mapping[str, Any]]) -> Response:
    """A page of results, each row presented and written by `schema`."""
    return listed([schema.dump(present(item)) for item in found.items], found)


def listed(items: Sequence[Any], found: Page) -> Response:
    """A page whose items are written already."""
    where = {
        "totalItems": found.total,
        "hasMoreTotalItems": found.has_more_total,
        "startCursor": found.start_cursor,
        "endCursor": found.end_cursor,
    }
    return plain({"items": items, "page": where})


def _check(value: Any, path: str, depth: int) -> None:
    """Texts without control characters or halves of a surrogate pair, and no abyss: the databases refuse the one,
    the JSON writer the other."""
    if depth > MAX_DEPTH:
        raise NotJson("The body is nested too deeply; %(most)s levels are allowed.", most=MAX_DEPTH)
    if isinstance(value, str):
        if not _is_clean(value):
            raise BadArgument("%(path)s holds a control character; remove it.", path=path or "body")
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not _is_clean(name):
                raise BadArgument("%(path)s holds a control character; remove it.", path=path or "body")
            _check(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check(inner, f"{path}[{index}]", depth + 1)


def _is_clean(text: str) -> bool:
    if text.isprintable():
        return True
    return not any((char < " " and char not in _ALLOWED_CONTROLS) or "\ud800" <= char <= "\udfff" for char in text)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members with one name, readers disagree which counts."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object names a member twice")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
