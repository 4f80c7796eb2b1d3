"""How bodies are written: camelCase names, keys as texts of digits, instants with milliseconds, nothing left out."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load

from service import values
from service.errors import BadArgument, Fault, Invalid

TENANT = "<default>"
#: What a wrong field is told, with its remedy, and the fault's code. Each is the key of its translation.
UNKNOWN = "There is no field of this name here; leave it out."
MISSING = "This field is missing; add it."
NO_NULL = "This field must have a value."
CODES = {UNKNOWN: "UNKNOWN_FIELD", MISSING: "REQUIRED", NO_NULL: "REQUIRED"}
#: Keys are 64-bit integers in the database; longer digits are no key of ours.
MAX_KEY = 2**63 - 1


class Key(fields.Field[int]):
    """A key: a text of digits outside, an integer inside."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        number = parse_key(value)
        if number is None:
            raise ValidationError("A key is a text of digits.")
        return number


def parse_key(value: Any) -> int | None:
    """The key that a text of digits means; None for anything else. What is too large is the key of nothing."""
    if not isinstance(value, str) or not value.isascii() or not value.removeprefix("-").isdigit() or len(value) > 25:
        return None
    return max(-MAX_KEY, min(int(value), MAX_KEY))


def evaluation_instance_key(key: int) -> str:
    """The key of one evaluated decision as clients expect it: two numbers. The first is unique here."""
    return f"{key}-1"


def parse_evaluation_instance_key(value: Any) -> int | None:
    """What `evaluation_instance_key` was made of; a key by itself is understood too."""
    return parse_key(value.removesuffix("-1")) if isinstance(value, str) else None


class Variables(fields.Field[values.Variables]):
    """An object of variables: every number a decimal, no control characters, at most 34 digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> values.Variables:
        if not isinstance(value, Mapping):
            raise ValidationError("Not a valid mapping type.")
        try:
            return values.variables(value)
        except values.NotAValue as error:
            raise ValidationError({error.path: [error.reason]}) from None


class Instant(fields.Field[datetime]):
    """RFC 3339 with milliseconds and offset, UTC."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else instant(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment = parse_instant(value)
        if moment is None:
            raise ValidationError("A time is written like 2026-11-23T09:00:00.000Z.")
        return moment


class ClearableInstant(Instant):
    """An instant that an empty text clears."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """None for the empty text."""
        return super().deserialize(None if value == "" else value, attr, data, **kwargs)


def parse_instant(value: Any) -> datetime | None:
    """The instant that a text means, UTC where it names no offset; None for anything else."""
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


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

    error_messages: dict[str, str] = {"unknown": UNKNOWN}  # noqa: RUF012

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Name the field as the interface does, and say what is wrong with its remedy."""
        if field_obj.data_key is None:
            field_obj.data_key = camel(field_name)
        field_obj.error_messages |= {"required": MISSING, "null": NO_NULL}


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
        raise BadArgument("The body must be a JSON object.")
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise Invalid(list(_faults(error.messages))) from error
    return loaded


def _faults(messages: Any, path: str = "") -> Iterator[Fault]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            place = str(name) if name != "_schema" else ""
            yield from _faults(inner, f"{path}.{place}".strip("."))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield Fault(path, str(message), CODES.get(str(message), "INVALID"))
