"""The bodies of modification and migration, of one instance and of many, and what they answer."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from service.schemas.base import ApiSchema, Instant, Key, RequestSchema, Variables
from service.schemas.requests import ReferenceSchema

_ID = validate.Length(1, 256)
#: More than anybody means; each costs work under the instance's lock.
MAX_INSTRUCTIONS, MAX_PREVIEWED = 500, 500
_FEW = validate.Length(max=MAX_INSTRUCTIONS)


class VariableInstructionSchema(RequestSchema):
    """Variables for a scope: the element itself, a sub-process around it, or (nothing) the process instance."""

    variables = Variables(required=True)
    scope_id = fields.String(load_default="", allow_none=True, validate=validate.Length(max=256))


class ActivateInstructionSchema(RequestSchema):
    """An element to be activated. `ancestorElementInstanceKey` -1 is where its scope is active."""

    element_id = fields.String(required=True, validate=_ID)
    variable_instructions = fields.List(fields.Nested(VariableInstructionSchema), load_default=list, validate=_FEW)
    ancestor_element_instance_key = Key(load_default=None, allow_none=True)


class TerminateInstructionSchema(RequestSchema):
    """Element instances to be terminated: one by its key, or all of an element."""

    element_id = fields.String(load_default=None, allow_none=True, validate=_ID)
    element_instance_key = Key(load_default=None, allow_none=True)

    @validates_schema
    def _one(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        if (data["element_id"] is None) == (data["element_instance_key"] is None):
            raise ValidationError("Name either elementId or elementInstanceKey.")


class SourceElementSchema(RequestSchema):
    """Where a move begins: `byId` or `byKey`."""

    source_type = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(["byId", "byKey"]))
    source_element_id = fields.String(load_default=None, allow_none=True, validate=_ID)
    source_element_instance_key = Key(load_default=None, allow_none=True)

    @validates_schema
    def _one(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        if (data["source_element_id"] is None) == (data["source_element_instance_key"] is None):
            raise ValidationError("Name either sourceElementId or sourceElementInstanceKey.")


class AncestorScopeSchema(RequestSchema):
    """In which scope a move ends."""

    ancestor_scope_type = fields.String(required=True, validate=validate.OneOf(["direct", "inferred", "sourceParent"]))
    ancestor_element_instance_key = Key(load_default=None, allow_none=True)


class MoveInstructionSchema(RequestSchema):
    """Element instances to be terminated, and for each of them an element to be activated."""

    source_element_instruction = fields.Nested(SourceElementSchema, required=True)
    target_element_id = fields.String(required=True, validate=_ID)
    ancestor_scope_instruction = fields.Nested(AncestorScopeSchema, load_default=None, allow_none=True)
    variable_instructions = fields.List(fields.Nested(VariableInstructionSchema), load_default=list, validate=_FEW)


class ModifySchema(ReferenceSchema):
    """What is to be activated, moved and terminated, in one act."""

    activate_instructions = fields.List(fields.Nested(ActivateInstructionSchema), load_default=list, validate=_FEW)
    move_instructions = fields.List(fields.Nested(MoveInstructionSchema), load_default=list, validate=_FEW)
    terminate_instructions = fields.List(fields.Nested(TerminateInstructionSchema), load_default=list, validate=_FEW)


class MappingInstructionSchema(RequestSchema):
    """An element of the present version, or a flow into a join, and what stands for it in the other."""

    source_element_id = fields.String(required=True, validate=_ID)
    target_element_id = fields.String(required=True, validate=_ID)


class MigrationPlanSchema(RequestSchema):
    """The version to go to, and the mapping."""

    target_process_definition_key = Key(required=True)
    mapping_instructions = fields.List(
        fields.Nested(MappingInstructionSchema), required=True, validate=validate.Length(max=10_000)
    )


class MigrateSchema(MigrationPlanSchema, ReferenceSchema):
    """A migration of one instance."""


class PreviewSchema(RequestSchema):
    """Instances by key or by filter, and a plan; without `mappingInstructions` that which is suggested for each."""

    process_instance_keys = fields.List(
        Key(), load_default=None, allow_none=True, validate=validate.Length(1, MAX_PREVIEWED)
    )
    filter = fields.Dict(load_default=None, allow_none=True)
    target_process_definition_key = Key(required=True)
    mapping_instructions = fields.List(
        fields.Nested(MappingInstructionSchema),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=10_000),
    )

    @validates_schema
    def _one(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        if (data["process_instance_keys"] is None) == (data["filter"] is None):
            raise ValidationError("Name either processInstanceKeys or filter.")


class MappingResult(ApiSchema):
    """One entry of a mapping."""

    source_element_id = fields.String()
    target_element_id = fields.String()


class MigrationFindingResult(ApiSchema):
    """What stands against a migration (`ERROR`), or should be known before it (`WARNING`), in the caller's language."""

    severity = fields.String()
    code = fields.String()
    place = fields.String()
    target_element_id = fields.String(allow_none=True)
    message = fields.String()


class InstancePreviewResult(ApiSchema):
    """What a migration of one instance would mean."""

    process_instance_key = Key()
    feasible = fields.Boolean()
    findings = fields.List(fields.Nested(MigrationFindingResult))
    mapping_instructions = fields.List(fields.Nested(MappingResult))


class PreviewResult(ApiSchema):
    """What a migration would mean, instance by instance. Nothing was done."""

    items = fields.List(fields.Nested(InstancePreviewResult))


class BatchSchema(ReferenceSchema):
    """Which running instances: a filter as in the search of process instances."""

    filter = fields.Dict(required=True)


class MigrateBatchSchema(BatchSchema):
    """A migration of many."""

    migration_plan = fields.Nested(MigrationPlanSchema, required=True)


class BatchMoveSchema(RequestSchema):
    """Tokens of one element to another, in the same scope."""

    source_element_id = fields.String(required=True, validate=_ID)
    target_element_id = fields.String(required=True, validate=_ID)


class ModifyBatchSchema(BatchSchema):
    """A modification of many: moves only."""

    move_instructions = fields.List(
        fields.Nested(BatchMoveSchema), required=True, validate=validate.Length(1, MAX_INSTRUCTIONS)
    )


class BatchCreatedResult(ApiSchema):
    """The batch that was begun."""

    batch_operation_key = Key()
    batch_operation_type = fields.String()


class BatchOperationResult(ApiSchema):
    """A batch and how far it is."""

    batch_operation_key = Key()
    batch_operation_type = fields.String()
    state = fields.String()
    start_date = Instant(allow_none=True)
    end_date = Instant(allow_none=True)
    actor_type = fields.Constant("USER")
    actor_id = fields.String()
    operations_total_count = fields.Integer()
    operations_failed_count = fields.Integer()
    operations_completed_count = fields.Integer()
    errors = fields.List(fields.Dict())


class BatchItemResult(ApiSchema):
    """One instance of a batch, and what became of it."""

    operation_type = fields.String()
    batch_operation_key = Key()
    item_key = Key()
    process_instance_key = Key()
    root_process_instance_key = Key()
    state = fields.String()
    processed_date = Instant(allow_none=True)
    error_message = fields.String(allow_none=True)
