"""Evaluations of decisions and entries of the audit log, as answers."""

from marshmallow import fields

from service.schemas.base import ApiSchema, Instant, Key


class InputResult(ApiSchema):
    """What an input was; its value is JSON serialised into a text, like all values here."""

    input_id = fields.String()
    input_name = fields.String()
    input_value = fields.String()


class OutputResult(ApiSchema):
    """What a rule gave."""

    output_id = fields.String()
    output_name = fields.String()
    output_value = fields.String()
    rule_id = fields.String()
    rule_index = fields.Integer()


class AnnotationResult(ApiSchema):
    """What a rule says of itself; the description has the column ""."""

    column = fields.String()
    text = fields.String()


class RuleResult(ApiSchema):
    """A rule that fired."""

    rule_id = fields.String()
    rule_index = fields.Integer()
    annotations = fields.List(fields.Nested(AnnotationResult))
    evaluated_outputs = fields.List(fields.Nested(OutputResult))


class DecisionInstanceResult(ApiSchema):
    """An evaluation that was stored."""

    decision_evaluation_instance_key = fields.String()
    decision_evaluation_key = Key()
    decision_definition_id = fields.String()
    decision_definition_key = Key()
    decision_definition_name = fields.String()
    decision_definition_version = fields.Integer()
    decision_definition_type = fields.String()
    root_decision_definition_key = Key()
    evaluation_date = Instant()
    state = fields.String()
    evaluation_failure = fields.String(allow_none=True)
    result = fields.String()
    element_instance_key = Key(allow_none=True)
    process_instance_key = Key(allow_none=True)
    process_definition_key = Key(allow_none=True)
    root_process_instance_key = Key(allow_none=True)
    business_id = fields.String(allow_none=True)
    tenant_id = fields.String()


class DecisionInstanceDetails(DecisionInstanceResult):
    """An evaluation with what went in and which rules fired."""

    evaluated_inputs = fields.List(fields.Nested(InputResult))
    matched_rules = fields.List(fields.Nested(RuleResult))


class EvaluatedDecision(ApiSchema):
    """One decision of those that an evaluation took."""

    decision_definition_id = fields.String()
    decision_definition_key = Key()
    decision_definition_name = fields.String()
    decision_definition_version = fields.Integer()
    decision_definition_type = fields.String()
    decision_evaluation_instance_key = fields.String()
    output = fields.String()
    tenant_id = fields.String()
    evaluated_inputs = fields.List(fields.Nested(InputResult))
    matched_rules = fields.List(fields.Nested(RuleResult))


class EvaluationResult(ApiSchema):
    """What a decision said."""

    decision_definition_id = fields.String()
    decision_definition_key = Key()
    decision_definition_name = fields.String()
    decision_definition_version = fields.Integer()
    decision_requirements_id = fields.String()
    decision_requirements_key = Key()
    decision_evaluation_key = Key()
    decision_instance_key = Key()
    evaluated_decisions = fields.List(fields.Nested(EvaluatedDecision))
    failed_decision_definition_id = fields.String(allow_none=True)
    failure_message = fields.String(allow_none=True)
    output = fields.String()
    tenant_id = fields.String()


class AuditLogResult(ApiSchema):
    """What somebody did, in the words of the audit log."""

    audit_log_key = Key()
    entity_key = fields.String()
    entity_type = fields.String()
    entity_description = fields.String(allow_none=True)
    operation_type = fields.String()
    category = fields.String()
    result = fields.String()
    timestamp = Instant()
    actor_id = fields.String(allow_none=True)
    actor_type = fields.String(allow_none=True)
    agent_element_id = fields.String(allow_none=True)
    batch_operation_key = fields.String(allow_none=True)
    batch_operation_type = fields.String(allow_none=True)
    tenant_id = fields.String()
    process_definition_id = fields.String()
    process_definition_key = Key()
    process_instance_key = Key()
    root_process_instance_key = Key()
    element_instance_key = Key(allow_none=True)
    user_task_key = Key(allow_none=True)
    job_key = Key(allow_none=True)
    decision_requirements_id = fields.String(allow_none=True)
    decision_requirements_key = Key(allow_none=True)
    decision_definition_id = fields.String(allow_none=True)
    decision_definition_key = Key(allow_none=True)
    decision_evaluation_key = Key(allow_none=True)
    deployment_key = Key(allow_none=True)
    form_key = Key(allow_none=True)
    resource_key = Key(allow_none=True)
    related_entity_key = Key(allow_none=True)
    related_entity_type = fields.String(allow_none=True)
    inbound_channel_type = fields.String(allow_none=True)
    inbound_channel_tool_name = fields.String(allow_none=True)
