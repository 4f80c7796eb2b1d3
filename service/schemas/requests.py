"""The bodies of `/v2` requests that write."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_load, validate

from service.schemas.base import ClearableInstant, Instant, Key, RequestSchema, Variables

YEAR_MS = 366 * 86_400_000
#: The end of the year 9999, epoch milliseconds.
LAST_MS = 253_402_300_799_999
MILLISECONDS = validate.Range(-YEAR_MS, YEAR_MS)
SMALL = validate.Range(-(2**31), 2**31 - 1)


class CompleteUserTaskSchema(RequestSchema):
    """The body of a completion: the form's answers, checked later against the form."""

    variables = Variables(load_default=dict, allow_none=True)
    action = fields.String(allow_none=True)


class AssignUserTaskSchema(RequestSchema):
    """Who shall have the task; `allowOverride` false is a claim."""

    assignee = fields.String(required=True, validate=validate.Length(1, 256))
    allow_override = fields.Boolean(load_default=True, allow_none=True)
    action = fields.String(allow_none=True)


class ChangesetSchema(RequestSchema):
    """What changes of a task; absent or null keeps, empty clears."""

    @pre_load
    def _null_keeps(self, data: Any, **kwargs: Any) -> Any:
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, Mapping) else data

    due_date = ClearableInstant(allow_none=True)
    follow_up_date = ClearableInstant(allow_none=True)
    candidate_users = fields.List(fields.String())
    candidate_groups = fields.List(fields.String())
    priority = fields.Integer(strict=True, validate=validate.Range(0, 100))


class UpdateUserTaskSchema(RequestSchema):
    """A change of a task."""

    changeset = fields.Nested(ChangesetSchema, load_default=dict, allow_none=True)
    action = fields.String(allow_none=True)


class CreateProcessInstanceSchema(RequestSchema):
    """Which process to start, with what."""

    process_definition_id = fields.String(validate=validate.Length(1, 256))
    process_definition_version = fields.Integer(strict=True, load_default=None, allow_none=True, validate=SMALL)
    process_definition_key = Key()
    variables = Variables(load_default=dict, allow_none=True)
    tags = fields.List(
        fields.String(validate=validate.Regexp(r"^[A-Za-z][A-Za-z0-9_\-:.]{0,99}$")), load_default=list, allow_none=True
    )
    business_id = fields.String(validate=validate.Length(1, 256), load_default=None, allow_none=True)
    await_completion = fields.Boolean(load_default=False, allow_none=True)
    fetch_variables = fields.List(fields.String(), load_default=list, allow_none=True)
    request_timeout = fields.Integer(strict=True, load_default=0, allow_none=True, validate=MILLISECONDS)
    operation_reference = fields.Integer(allow_none=True)
    start_instructions = fields.List(fields.Dict(), load_default=list, allow_none=True, validate=validate.Length(max=0))
    runtime_instructions = fields.List(
        fields.Dict(), load_default=list, allow_none=True, validate=validate.Length(max=0)
    )


class SetVariablesSchema(RequestSchema):
    """Variables for a scope."""

    variables = Variables(required=True)
    local = fields.Boolean(load_default=False)
    operation_reference = fields.Integer(allow_none=True)


class ReferenceSchema(RequestSchema):
    """A body that holds no more than the caller's own reference."""

    operation_reference = fields.Integer(allow_none=True)


class PublishMessageSchema(RequestSchema):
    """A message to be kept for `timeToLive` milliseconds."""

    name = fields.String(required=True, validate=validate.Length(1, 256))
    correlation_key = fields.String(load_default="", allow_none=True, validate=validate.Length(max=512))
    time_to_live = fields.Integer(strict=True, load_default=0, allow_none=True, validate=validate.Range(min=0))
    message_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=256))
    variables = Variables(load_default=dict, allow_none=True)


class CorrelateMessageSchema(RequestSchema):
    """A message for somebody who waits now."""

    name = fields.String(required=True, validate=validate.Length(1, 256))
    correlation_key = fields.String(load_default="", allow_none=True, validate=validate.Length(max=512))
    variables = Variables(load_default=dict, allow_none=True)


class BroadcastSignalSchema(RequestSchema):
    """A signal for everybody who waits now."""

    signal_name = fields.String(required=True, validate=validate.Length(1, 256))
    variables = Variables(load_default=dict, allow_none=True)


class ActivateJobsSchema(RequestSchema):
    """What a worker asks for. Times are milliseconds."""

    type = fields.String(required=True, validate=validate.Length(1, 256))
    worker = fields.String(load_default="", allow_none=True)
    timeout = fields.Integer(strict=True, required=True, validate=validate.Range(1, 86_400_000 * 31))
    max_jobs_to_activate = fields.Integer(strict=True, required=True, validate=validate.Range(1, 1000))
    fetch_variable = fields.List(fields.String(), load_default=list, allow_none=True)
    request_timeout = fields.Integer(strict=True, load_default=0, allow_none=True, validate=MILLISECONDS)
    tenant_ids = fields.List(fields.String(validate=validate.Equal("<default>")), allow_none=True)
    tenant_filter = fields.String(allow_none=True)


class _JobSchema(RequestSchema):
    """What newer clients may send with every answer to a job; we hand out no token, so none comes back."""

    job_lease_token = fields.String(allow_none=True, validate=validate.Length(max=0))


class CompleteJobSchema(_JobSchema):
    """A worker's result."""

    variables = Variables(load_default=dict, allow_none=True)
    result = fields.Dict(allow_none=True)


class FailJobSchema(_JobSchema):
    """A worker could not do it. `retries` is what is left; 0 makes an incident."""

    retries = fields.Integer(strict=True, load_default=0, allow_none=True, validate=validate.Range(0, 2**31 - 1))
    error_message = fields.String(load_default="", allow_none=True)
    retry_back_off = fields.Integer(strict=True, load_default=0, allow_none=True, validate=validate.Range(0, YEAR_MS))
    variables = Variables(load_default=dict, allow_none=True)


class ThrowJobErrorSchema(_JobSchema):
    """A worker found a BPMN error."""

    error_code = fields.String(required=True)
    error_message = fields.String(load_default="", allow_none=True)
    variables = Variables(load_default=dict, allow_none=True)


class EvaluateDecisionSchema(RequestSchema):
    """Which decision, with what."""

    decision_definition_id = fields.String()
    decision_definition_key = Key()
    variables = Variables(load_default=dict, allow_none=True)


class PinClockSchema(RequestSchema):
    """The moment at which all of the service's time shall stand still, epoch milliseconds."""

    timestamp = fields.Integer(required=True, strict=True, validate=validate.Range(0, LAST_MS))


class DocumentMetadataSchema(RequestSchema):
    """What is said of a document that is sent. Type and size are seen from the bytes, whatever is said."""

    content_type = fields.String(allow_none=True)
    file_name = fields.String(allow_none=True, validate=validate.Length(max=250))
    expires_at = Instant(allow_none=True)
    size = fields.Integer(strict=True, allow_none=True)
    process_definition_id = fields.String(allow_none=True)
    process_instance_key = Key(allow_none=True)
    custom_properties = Variables(load_default=dict, allow_none=True)


class DraftSchema(RequestSchema):
    """A form half filled in."""

    data = Variables(required=True)


class SignInSchema(RequestSchema):
    """Name and password."""

    username = fields.String(required=True, validate=validate.Length(1, 256))
    password = fields.String(required=True, validate=validate.Length(1, 1000))


class CreateTokenSchema(RequestSchema):
    """What the token is for, and until when it is good."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    expires_at = Instant(load_default=None, allow_none=True)


class SubstituteSchema(RequestSchema):
    """Who stands in, from the first to the last day. `username` is who is away; oneself if it is left out."""

    substitute = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    username = fields.String(load_default=None, allow_none=True)
