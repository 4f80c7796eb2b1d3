"""Answers that are no row of a search: what was made, counted, found out."""

from marshmallow import fields

from service.schemas.base import ApiSchema, Instant, Key


def _texts() -> fields.List[str]:
    return fields.List(fields.String())


class PartitionResult(ApiSchema):
    """One of the parts that a broker serves; here there is one."""

    partition_id = fields.Integer()
    role = fields.String()
    health = fields.String()
    state = fields.String()


class BrokerResult(ApiSchema):
    """The service itself, as clients of a cluster expect to see it."""

    node_id = fields.Integer()
    broker_id = fields.String()
    host = fields.String()
    port = fields.Integer()
    partitions = fields.List(fields.Nested(PartitionResult))
    version = fields.String()


class TopologyResult(ApiSchema):
    """What clients ask for first."""

    brokers = fields.List(fields.Nested(BrokerResult))
    cluster_id = fields.String()
    cluster_size = fields.Integer()
    partitions_count = fields.Integer()
    replication_factor = fields.Integer()
    gateway_version = fields.String()
    last_completed_change_id = fields.String()


class LicenseResult(ApiSchema):
    """No licence is needed."""

    valid_license = fields.Boolean()
    license_type = fields.String()
    is_commercial = fields.Boolean()
    expires_at = Instant(allow_none=True)


class TenantResult(ApiSchema):
    """The one tenant."""

    tenant_id = fields.String()
    name = fields.String()
    description = fields.String(allow_none=True)


class MeResult(ApiSchema):
    """The account that asks."""

    username = fields.String()
    display_name = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    authorized_components = _texts()
    tenants = fields.List(fields.Nested(TenantResult))
    groups = _texts()
    roles = _texts()
    sales_plan_type = fields.String(allow_none=True)
    c8_links = fields.Dict()
    can_logout = fields.Boolean()


class DeployedItem(ApiSchema):
    """One definition; exactly one of the five members is there."""

    process_definition = fields.Dict(allow_none=True)
    decision_definition = fields.Dict(allow_none=True)
    decision_requirements = fields.Dict(allow_none=True)
    form = fields.Dict(allow_none=True)
    resource = fields.Dict(allow_none=True)


class DeploymentResult(ApiSchema):
    """What a deployment led to."""

    deployment_key = Key()
    tenant_id = fields.String()
    deployments = fields.List(fields.Nested(DeployedItem))


class StartedResult(ApiSchema):
    """An instance that was started; `variables` are there only where its end was waited for."""

    process_definition_id = fields.String()
    process_definition_version = fields.Integer()
    process_definition_key = Key()
    process_instance_key = Key()
    tenant_id = fields.String()
    tags = _texts()
    business_id = fields.String(allow_none=True)
    variables = fields.Dict()


class ElementStatistics(ApiSchema):
    """How often an element was visited, by outcome."""

    element_id = fields.String()
    active = fields.Integer()
    canceled = fields.Integer()
    incidents = fields.Integer()
    completed = fields.Integer()


class StatisticsResult(ApiSchema):
    """Of every element that was visited."""

    items = fields.List(fields.Nested(ElementStatistics))


class SequenceFlowResult(ApiSchema):
    """A sequence flow that was taken."""

    sequence_flow_id = fields.String()
    element_id = fields.String()
    process_instance_key = Key()
    root_process_instance_key = Key()
    process_definition_id = fields.String()
    process_definition_key = Key()
    tenant_id = fields.String()


class SequenceFlowsResult(ApiSchema):
    """Every flow that was taken."""

    items = fields.List(fields.Nested(SequenceFlowResult))


class PublishedResult(ApiSchema):
    """A message that was published."""

    tenant_id = fields.String()
    message_key = Key()


class CorrelatedResult(PublishedResult):
    """A message that was taken by an instance."""

    process_instance_key = Key()


class SignalResult(ApiSchema):
    """A signal that was sent."""

    tenant_id = fields.String()
    signal_key = Key()


class EventResult(ApiSchema):
    """One link of an instance's history."""

    event_key = Key()
    seq = fields.Integer()
    kind = fields.String()
    actor = fields.String(allow_none=True)
    previous_hash = fields.String()
    hash = fields.String()
    body = fields.Dict()


class HistoryResult(ApiSchema):
    """Events in order, the number of all, and the hash at the end of the chain."""

    items = fields.List(fields.Nested(EventResult))
    total = fields.Integer()
    head_hash = fields.String()


class HeadResult(ApiSchema):
    """A signed tree head; `note` is what is handed out and checked, `root` is hexadecimal."""

    size = fields.Integer()
    root = fields.String()
    signed_at = fields.DateTime()
    note = fields.String()


class HeadsResult(ApiSchema):
    """Tree heads, the newest first; `verifier` is the public key as signed notes write it."""

    items = fields.List(fields.Nested(HeadResult))
    verifier = fields.String()
    fingerprint = fields.String()


class ConsistencyResult(ApiSchema):
    """Hashes, hexadecimal, by which the later tree begins with the earlier one (RFC 9162, 2.1.4)."""

    from_ = fields.Integer(data_key="from")
    to = fields.Integer()
    proof = fields.List(fields.String())


class VerificationResult(ApiSchema):
    """Whether the chain holds; `firstMismatch` is the first event that does not."""

    valid = fields.Boolean()
    events = fields.Integer()
    head_hash = fields.String()
    first_mismatch = fields.Integer(allow_none=True)


class ReplayResult(ApiSchema):
    """Whether the recorded acts, run again, gave the recorded states."""

    same = fields.Boolean()
    steps = fields.Integer()
    first_difference = fields.Integer(allow_none=True)
    build = fields.String()


class DraftResult(ApiSchema):
    """A form half filled in."""

    user_task_key = Key()
    data = fields.Dict()
    saved_at = Instant()


class RegisterResult(ApiSchema):
    """A register that one may read."""

    register_id = fields.String()
    title = fields.String()


class RegistersResult(ApiSchema):
    """All of them."""

    items = fields.List(fields.Nested(RegisterResult))


class LookupValue(ApiSchema):
    """One line of a look-up."""

    title = fields.String()
    value = fields.Raw(allow_none=True)


class LookupResult(ApiSchema):
    """What stands behind a code."""

    view_id = fields.String()
    title = fields.String()
    values = fields.List(fields.Nested(LookupValue))


class RecordResult(ApiSchema):
    """A record as it is now."""

    record_key = Key()
    register_id = fields.String()
    record_id = fields.String()
    state = fields.String(allow_none=True)
    version = fields.Integer()
    data = fields.Dict()
    changed_at = Instant()
    changed_by = fields.String(allow_none=True)
    voided = fields.Boolean()


class ShownRecordResult(ApiSchema):
    """A record at a task, with the fields that its reader may see."""

    register_id = fields.String()
    title = fields.String()
    record_id = fields.String()
    state = fields.String(allow_none=True)
    version = fields.Integer()
    data = fields.Dict()


class ShownRecordsResult(ApiSchema):
    """All that a task shows."""

    items = fields.List(fields.Nested(ShownRecordResult))


class EndCursor(ApiSchema):
    """Where to go on; null at the end."""

    end_cursor = fields.String(allow_none=True)


class RecordsResult(ApiSchema):
    """A page of records."""

    items = fields.List(fields.Nested(RecordResult))
    page = fields.Nested(EndCursor)


class RecordVersionResult(ApiSchema):
    """A record as it was."""

    version = fields.Integer()
    state = fields.String(allow_none=True)
    data = fields.Dict()
    at = Instant()
    changed_by = fields.String(allow_none=True)
    hash = fields.String()


class RecordVersionsResult(ApiSchema):
    """Every version, the first one first."""

    items = fields.List(fields.Nested(RecordVersionResult))


class UserResult(ApiSchema):
    """An account."""

    username = fields.String()
    name = fields.String()
    email = fields.String(allow_none=True)
    active = fields.Boolean()
    groups = _texts()


class SessionResult(ApiSchema):
    """A session of the pages; its token is in the cookie."""

    username = fields.String()
    csrf_token = fields.String()


class TokenResult(ApiSchema):
    """A token, shown this once."""

    token_key = Key()
    token = fields.String()


class SubstituteResult(ApiSchema):
    """Who stands in for whom. `endedAt`: when it was taken back."""

    substitution_key = Key()
    username = fields.String()
    substitute = fields.String()
    first_day = fields.Date()
    last_day = fields.Date()
    created_by = fields.String()
    ended_at = Instant(allow_none=True)


class SubstitutesResult(ApiSchema):
    """The latest first."""

    items = fields.List(fields.Nested(SubstituteResult))
