"""`/openapi.json`: the interface described, from the schemas that read and write it."""

import re
from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, current_app
from marshmallow import Schema
from werkzeug.routing import Rule

from service import __version__
from service.api.bodies import plain
from service.api.contract import OPERATIONS, Operation
from service.operations.paging import MAX_LIMIT
from service.operations.search import OPERATORS, Noun
from service.schemas import results
from service.schemas.base import Instant, Key, RequestSchema, SearchSchema, Variables

blueprint = Blueprint("openapi", __name__)
#: What stands in an address, in JSON Schema.
_PARAMETERS = {"key": {"type": "string", "pattern": "^-?[0-9]{1,25}$"}, "default": {"type": "string"}}
_TYPES = {"number": "integer", "boolean": "boolean"}
_REFUSALS = {
    400: "Something in the request is wrong; `errors` names each place.",
    401: "Nobody is signed in.",
    403: "Not allowed.",
    404: "Unknown, or not to be known.",
    409: "The thing is in another state than the act needs.",
    412: "Changed since it was read.",
    413: "The body is too large.",
    415: "The body is of another content type.",
    422: "The Idempotency-Key was used for another request.",
    428: "The version that is to be replaced is not named.",
    429: "Too often; wait before asking again.",
    503: "Busy; the same request may be sent again.",
    504: "Not in time.",
}


@blueprint.get("/openapi.json")
def show() -> Response:
    """This document."""
    return plain(document(current_app))


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    return _document(app)  # the same for every request


@cache
def _document(app: Flask) -> dict[str, Any]:
    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: _name(schema))
    spec = APISpec(
        title="评审流程平台",
        version=__version__,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": "Processes, tasks, decisions. Works with clients of the Camunda 8 REST API."},
        security=[{"basic": []}, {"bearer": []}],
    )
    for kind, type, format in ((Key, "string", None), (Instant, "string", "date-time"), (Variables, "object", None)):
        plugin.map_to_openapi_type(kind, type, format)  # type: ignore[no-untyped-call]
    spec.components.security_scheme("basic", {"type": "http", "scheme": "basic"})
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", _PROBLEM)
    spec.components.schema("SearchPage", schema=results.PageResult)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operation = OPERATIONS.get(rule.endpoint)
        if operation is not None:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                described = _described(app, spec, rule, method, operation)
                spec.path(path=_path(rule), operations={method.lower(): described})
    made: dict[str, Any] = spec.to_dict()
    _all_present(made["components"]["schemas"])
    return made


def _described(app: Flask, spec: APISpec, rule: Rule, method: str, operation: Operation) -> dict[str, Any]:
    view = app.view_functions[rule.endpoint]
    written: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": (view.__doc__ or "").strip().splitlines()[0],
        "tags": [next(part for part in rule.rule.split("/") if part not in ("", "v2", "api", "v1"))],
        "parameters": [*_in_path(rule), *_headers(method, operation)],
        "responses": _responses(spec, rule, method, operation),
    }
    body = _request_body(spec, operation)
    if body is not None:
        written["requestBody"] = body
    if operation.open:
        written["security"] = []
    return written


def _in_path(rule: Rule) -> list[dict[str, Any]]:
    found = re.findall(r"<(?:(\w+):)?(\w+)>", rule.rule)
    return [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETERS.get(kind or "default", {})}
        for kind, name in found
    ]


def _headers(method: str, operation: Operation) -> list[dict[str, Any]]:
    names = ["Idempotency-Key"] if method == "POST" and operation.noun is None else []
    names += ["If-Match"] if 412 in operation.refusals else []
    return [{"name": name, "in": "header", "required": False, "schema": {"type": "string"}} for name in names]


def _request_body(spec: APISpec, operation: Operation) -> dict[str, Any] | None:
    if operation.multipart:
        schema = {"type": "object", "properties": dict(operation.multipart)}
        return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    if operation.noun is not None:
        name = _search_component(spec, operation.noun)
        return _json({"$ref": f"#/components/schemas/{name}"})
    return _json({"$ref": _reference(spec, operation.request)}) if operation.request else None


def _responses(spec: APISpec, rule: Rule, method: str, operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {str(operation.status): {"description": "Done."} | _answer(spec, operation)}
    if operation.may_be_empty:
        found["204"] = {"description": "There is none."}
    refusals = {400, *operation.refusals} | (set() if operation.open else {401, 403})
    refusals |= {404} if "<" in rule.rule else set()
    refusals |= {413, 415} if operation.request or operation.multipart or operation.noun else set()
    refusals |= {409, 422} if method == "POST" and operation.noun is None else set()
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(refusals):
        found[str(status)] = {"description": _REFUSALS[status], "content": problem}
    return found


def _answer(spec: APISpec, operation: Operation) -> dict[str, Any]:
    if operation.status == 204:
        return {}
    if operation.media:
        return {"content": {operation.media: {"schema": {"type": "string"}}}}
    if operation.answer is None:
        return _json({"type": "object"})
    row = {"$ref": _reference(spec, operation.answer)}
    if operation.noun is None:
        return _json(row)
    listed = {"items": {"type": "array", "items": row}, "page": {"$ref": "#/components/schemas/SearchPage"}}
    return _json({"type": "object", "properties": listed, "required": ["items", "page"], "additionalProperties": False})


def _search_component(spec: APISpec, noun: Noun) -> str:
    name = "".join(word.capitalize() for word in noun.name.split()) + "Search"
    if name not in spec.components.schemas:
        fields = {each: _filter(field.kind, field.clause is not None) for each, field in noun.fields.items()}
        fields["tenantId"] = {}
        if noun.alternatives:
            fields["$or"] = {"type": "array", "items": {"type": "object"}}
        sort = {"field": {"enum": sorted(noun.sorts)}, "order": {"type": "string", "pattern": "(?i)^(asc|desc)$"}}
        whole = {"type": ["integer", "null"], "minimum": 0}
        text = {"type": ["string", "null"]}
        limit = {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_LIMIT}
        page = {"limit": limit, "from": whole, "after": text, "before": text}
        properties = {
            "filter": _object(fields),
            "sort": {"type": "array", "items": _object(sort)},
            "page": _object(page),
            "tenantId": {},
        }
        spec.components.schema(name, _object(properties))
    return name


def _filter(kind: Any, special: bool) -> dict[str, Any]:
    """A plain value or an object of operators."""
    if special:
        return {}
    value = {"type": _TYPES.get(kind, "string")}
    lists = {"$in", "$notIn"}
    operators: dict[str, Any] = {
        each: {"type": "array", "items": value}
        if each in lists
        else {"type": "boolean"}
        if each == "$exists"
        else value
        for each in sorted(OPERATORS[kind])
    }
    return {"oneOf": [value, _object(operators)]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _reference(spec: APISpec, schema: type[Schema]) -> str:
    name = _name(schema)
    if name not in spec.components.schemas:
        spec.components.schema(name, schema=schema)
        spec.components.schemas[name].setdefault("description", (schema.__doc__ or "").strip().splitlines()[0])
    return f"#/components/schemas/{name}"


def _name(schema: Any) -> str:
    cls = schema if isinstance(schema, type) else type(schema)
    return str(cls.__name__).removesuffix("Schema")


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _all_present(schemas: dict[str, Any]) -> None:
    """Every field of an answer is present, null for no value; request bodies say themselves what they need."""
    wanted = {_name(each) for each in _subclasses(RequestSchema)} | {_name(SearchSchema)}
    for name, schema in schemas.items():
        if name not in wanted and not name.endswith("Search") and name != "Problem":
            schema["required"] = sorted(schema.get("properties", {}))


def _subclasses(cls: type) -> set[type]:
    found: set[type] = {cls}
    each: type
    for each in cls.__subclasses__():
        found |= _subclasses(each)
    return found


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": (
        "A refusal (RFC 9457). `code` is stable; `article` names the rule, `remedy` what can be done, `errors` the "
        "wrong places."
    ),
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "instance", "code", "article", "remedy")},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "description": "Of a deployment each is a finding of the lint, with its parts by themselves.",
            "items": {
                **_object({name: {"type": "string"} for name in ("path", "message", "code")}),
                "additionalProperties": True,
            },
        },
    },
}
