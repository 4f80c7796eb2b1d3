"""Reading bodies and writing answers of the REST interface."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Response, request
from marshmallow import Schema

from service.errors import BadArgument
from service.operations.search import Page
from service.schemas.base import SearchSchema, read
from service.values import to_json

#: Every answer without a body.
NOTHING = ("", 204)


def body(schema: Schema) -> dict[str, Any]:
    """The request's JSON, checked by `schema`. A missing body is an empty object, whatever its content type says.

    Numbers with a fraction are decimals. Raises `BadArgument` for unparsable JSON, `Invalid` for wrong fields.
    """
    raw = request.get_data(cache=True)
    if not raw.strip():
        return read(schema, {})
    try:
        data = json.loads(raw, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadArgument(reason=f"the body is no JSON: {error}") from error
    return read(schema, data)


def search_body() -> dict[str, Any]:
    """The body of a search: filter, sort, page."""
    return body(SearchSchema())


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


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
