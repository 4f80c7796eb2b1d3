"""How bodies are written: camelCase names, keys as texts of digits, instants with milliseconds, nothing left out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load

from service.errors import BadArgument, Fault, Invalid

TENANT = "<default>"


class Key(fields.Field[int]):
    """A key: a text of digits outside, an integer inside."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not value.lstrip("-").isdigit() or len(value) > 25:
            raise ValidationError("A key is a text of digits.")
        return int(value)


class Instant(fields.Field[datetime]):
    """RFC 3339 with milliseconds and offset, UTC."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else instant(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValidationError("A time is written like 2026-11-23T09:00:00.000Z.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def instant(value: datetime) -> str:
    """An instant as the interface writes it."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def camel(name: str) -> str:
    """`process_id` → `processId`; a trailing underscore, which avoids a Python word, goes."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


class ApiSchema(Schema):
    """Closed objects with camelCase names. `read` turns marshmallow's messages into our faults."""

    class Meta:
        """Unknown fields are refused by name."""

        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Name the field as the interface does."""
        if field_obj.data_key is None:
            field_obj.data_key = camel(field_name)


class RequestSchema(ApiSchema):
    """A request's body. The one tenant may be named; clients do so unasked."""

    @pre_load
    def _one_tenant(self, data: Any, **kwargs: Any) -> Any:
        if isinstance(data, Mapping) and "tenantId" in data:
            if data["tenantId"] not in (TENANT, None):
                raise ValidationError("There is one tenant, named <default>.", "tenantId")
            return {name: value for name, value in data.items() if name != "tenantId"}
        return data


class SearchSchema(RequestSchema):
    """The body of every search; its filter is checked by the noun's table."""

    filter = fields.Dict(load_default=dict, allow_none=True)
    sort = fields.List(fields.Dict(), load_default=list, allow_none=True)
    page = fields.Dict(load_default=dict, allow_none=True)


def read(schema: Schema, body: Any) -> dict[str, Any]:
    """A request's body, checked. Raises `Invalid` with every fault, or `BadArgument` if it is no object."""
    if not isinstance(body, Mapping):
        raise BadArgument(reason="the body must be a JSON object")
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise Invalid(list(_faults(error.messages))) from error
    return loaded


def _faults(messages: Any, path: str = "") -> Any:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            place = str(name) if name != "_schema" else ""
            yield from _faults(inner, f"{path}.{place}".strip("."))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield Fault(path, str(message))
