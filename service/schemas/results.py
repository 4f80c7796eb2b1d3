"""The results of the `/v2` interface: every field is present, null for no value.

Field lists follow what the official clients' models ask for. The values come from `service/schemas/present.py`.
"""

from marshmallow import fields

from service.schemas.base import ApiSchema, Instant, Key


class _Tenanted(ApiSchema):
    tenant_id = fields.Constant("<default>")


class UserTaskResult(_Tenanted):
    """An open or past user task."""

    user_task_key = Key()
    element_instance_key = Key()
    element_id = fields.String()
    name = fields.String(allow_none=True)
    state = fields.String()
    assignee = fields.String(allow_none=True)
    candidate_groups = fields.List(fields.String())
    candidate_users = fields.List(fields.String())
    creation_date = Instant()
    completion_date = Instant(allow_none=True)
    due_date = Instant(allow_none=True)
    follow_up_date = Instant(allow_none=True)
    priority = fields.Integer()
    process_definition_id = fields.String()
    process_definition_key = Key()
    process_definition_version = fields.Integer()
    process_name = fields.String(allow_none=True)
    process_instance_key = Key()
    root_process_instance_key = Key()
    form_key = Key(allow_none=True)
    external_form_reference = fields.Constant(None)
    custom_headers = fields.Dict()
    business_id = fields.String(allow_none=True)
    tags = fields.List(fields.String())


class ProcessInstanceResult(_Tenanted):
    """A process instance."""

    process_instance_key = Key()
    process_definition_id = fields.String()
    process_definition_name = fields.String(allow_none=True)
    process_definition_version = fields.Integer()
    process_definition_version_tag = fields.String(allow_none=True)
    process_definition_key = Key()
    parent_process_instance_key = Key(allow_none=True)
    parent_element_instance_key = Key(allow_none=True)
    root_process_instance_key = Key()
    start_date = Instant()
    end_date = Instant(allow_none=True)
    suspended_date = fields.Constant(None)
    state = fields.String()
    has_incident = fields.Boolean()
    tags = fields.List(fields.String())
    business_id = fields.String(allow_none=True)


class ProcessDefinitionResult(_Tenanted):
    """A version of a process."""

    process_definition_key = Key()
    process_definition_id = fields.String()
    name = fields.String(allow_none=True)
    resource_name = fields.String()
    version = fields.Integer()
    version_tag = fields.String(allow_none=True)
    has_start_form = fields.Boolean()
    state = fields.Constant("ACTIVE")


class ElementInstanceResult(_Tenanted):
    """One visit of an element."""

    element_instance_key = Key()
    element_id = fields.String()
    element_name = fields.String()
    type = fields.String()
    state = fields.String()
    start_date = Instant()
    end_date = Instant(allow_none=True)
    has_incident = fields.Boolean()
    incident_key = Key(allow_none=True)
    process_definition_id = fields.String()
    process_definition_key = Key()
    process_instance_key = Key()
    root_process_instance_key = Key()


class VariableResult(_Tenanted):
    """A variable; `value` is JSON serialised into a text."""

    variable_key = Key()
    name = fields.String()
    value = fields.String()
    scope_key = Key()
    process_instance_key = Key()
    root_process_instance_key = Key()


class VariableSearchResult(VariableResult):
    """A variable in a list, where a long value is cut."""

    is_truncated = fields.Boolean()


class JobSearchResult(_Tenanted):
    """A job of a worker."""

    job_key = Key()
    type = fields.String()
    kind = fields.Constant("BPMN_ELEMENT")
    listener_event_type = fields.Constant("UNSPECIFIED")
    state = fields.String()
    worker = fields.String()
    retries = fields.Integer()
    deadline = Instant(allow_none=True)
    priority = fields.Constant(0)
    custom_headers = fields.Dict()
    element_id = fields.String(allow_none=True)
    element_instance_key = Key()
    process_definition_id = fields.String()
    process_definition_key = Key()
    process_instance_key = Key()
    root_process_instance_key = Key()
    business_id = fields.String(allow_none=True)
    creation_time = Instant(allow_none=True)
    last_update_time = Instant(allow_none=True)
    end_time = Instant(allow_none=True)
    error_code = fields.String(allow_none=True)
    error_message = fields.String(allow_none=True)
    has_failed_with_retries_left = fields.Boolean()
    is_denied = fields.Constant(None)
    denied_reason = fields.Constant(None)


class ActivatedJobResult(_Tenanted):
    """A job handed to a worker. `deadline` is epoch milliseconds here."""

    job_key = Key()
    type = fields.String()
    kind = fields.Constant("BPMN_ELEMENT")
    listener_event_type = fields.Constant("UNSPECIFIED")
    worker = fields.String()
    retries = fields.Integer()
    deadline = fields.Integer()
    priority = fields.Constant(0)
    custom_headers = fields.Dict()
    variables = fields.Raw()
    element_id = fields.String()
    element_instance_key = Key()
    process_definition_id = fields.String()
    process_definition_key = Key()
    process_definition_version = fields.Integer()
    process_instance_key = Key()
    root_process_instance_key = Key()
    business_id = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    user_task = fields.Constant(None)
    physical_tenant_id = fields.Constant("<default>")
    job_lease_token = fields.Constant(None)


class ActivatedJobsResult(ApiSchema):
    """The jobs that a worker got; none if there were none in time."""

    jobs = fields.List(fields.Nested(ActivatedJobResult))


class IncidentResult(_Tenanted):
    """An incident."""

    incident_key = Key()
    error_type = fields.String()
    error_message = fields.String()
    element_id = fields.String()
    element_instance_key = Key()
    creation_time = Instant()
    state = fields.String()
    job_key = Key(allow_none=True)
    process_definition_id = fields.String()
    process_definition_key = Key()
    process_instance_key = Key()
    root_process_instance_key = Key()


class MessageSubscriptionResult(_Tenanted):
    """Somebody waits for a message."""

    message_subscription_key = Key()
    message_subscription_state = fields.String()
    message_subscription_type = fields.String()
    message_name = fields.String()
    correlation_key = fields.String(allow_none=True)
    last_updated_date = Instant()
    element_id = fields.String()
    element_instance_key = Key(allow_none=True)
    process_definition_id = fields.String()
    process_definition_key = Key(allow_none=True)
    process_definition_name = fields.String(allow_none=True)
    process_definition_version = fields.Integer(allow_none=True)
    process_instance_key = Key(allow_none=True)
    root_process_instance_key = Key(allow_none=True)
    business_id = fields.String(allow_none=True)
    tool_name = fields.Constant(None)
    tool_properties = fields.Dict()
    inbound_connector_type = fields.Constant(None)


class DecisionDefinitionResult(_Tenanted):
    """A version of a decision; its requirement graph is the file it lies in."""

    decision_definition_key = Key()
    decision_definition_id = fields.String()
    name = fields.String()
    version = fields.Integer()
    decision_requirements_id = fields.String()
    decision_requirements_key = Key()
    decision_requirements_name = fields.String()
    decision_requirements_version = fields.Integer()


class FormResult(_Tenanted):
    """A form; `schema` is its JSON serialised into a text."""

    form_key = Key()
    form_id = fields.String()
    version = fields.Integer()
    schema = fields.String()


class DocumentMetadataResult(ApiSchema):
    """What is known of a document."""

    content_type = fields.String()
    file_name = fields.String()
    expires_at = Instant(allow_none=True)
    size = fields.Integer()
    process_definition_id = fields.Constant(None)
    process_instance_key = Key(allow_none=True)
    custom_properties = fields.Raw()


class DocumentReferenceResult(ApiSchema):
    """A document as variables refer to it."""

    kind = fields.Constant("camunda", data_key="camunda.document.type")
    store_id = fields.String()
    document_id = fields.String()
    content_hash = fields.String()
    metadata = fields.Nested(DocumentMetadataResult)


class PageResult(ApiSchema):
    """Where a page of results lies."""

    total_items = fields.Integer()
    has_more_total_items = fields.Boolean()
    start_cursor = fields.String(allow_none=True)
    end_cursor = fields.String(allow_none=True)
