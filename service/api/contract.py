"""What every endpoint takes and gives, as a table: the OpenAPI document is made of it, and a test that it is whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema

from service.api.registers import RecordSearchSchema
from service.operations import nouns
from service.operations.search import Noun
from service.schemas import answers, decisions, moves, requests, results


@dataclass(frozen=True)
class Operation:
    """An endpoint: its body's schema, its answer's, and what it may also answer. No answer schema and 204: nothing."""

    request: type[Schema] | None = None
    answer: type[Schema] | None = None
    status: int = 200
    #: Answers one page of a search of this noun; `answer` is a row.
    noun: Noun | None = None
    #: What it answers instead of JSON.
    media: str | None = None
    #: May answer 204 instead: there is none.
    may_be_empty: bool = False
    multipart: Mapping[str, Any] = field(default_factory=dict)
    #: Further refusals than those of every endpoint (400, 401, 403 and, where the address holds a key, 404).
    refusals: tuple[int, ...] = ()
    open: bool = False


def _search(noun: Noun, row: type[Schema], *refusals: int) -> Operation:
    return Operation(answer=row, noun=noun, refusals=refusals)


def _act(request: type[Schema] | None = None, *refusals: int) -> Operation:
    return Operation(request, None, 204, refusals=refusals or (409,))


def _get(answer: type[Schema], **more: Any) -> Operation:
    return Operation(answer=answer, **more)


_FILE = {"type": "string", "format": "binary"}
#: Endpoint of the application → what it is.
OPERATIONS: Mapping[str, Operation] = {
    "audit_logs.find": _search(nouns.AUDIT_LOGS, decisions.AuditLogResult),
    "audit_logs.show": _get(decisions.AuditLogResult),
    "batches.cancel_instances": Operation(moves.BatchSchema, moves.BatchCreatedResult),
    "batches.resolve_incidents": Operation(moves.BatchSchema, moves.BatchCreatedResult),
    "batches.migrate_instances": Operation(moves.MigrateBatchSchema, moves.BatchCreatedResult, refusals=(404,)),
    "batches.modify_instances": Operation(moves.ModifyBatchSchema, moves.BatchCreatedResult),
    "batches.find": _search(nouns.BATCH_OPERATIONS, moves.BatchOperationResult),
    "batches.show": _get(moves.BatchOperationResult),
    "batches.cancel": _act(requests.ReferenceSchema),
    "batches.suspend": _act(requests.ReferenceSchema),
    "batches.resume": _act(requests.ReferenceSchema),
    "batches.find_items": _search(nouns.BATCH_ITEMS, moves.BatchItemResult),
    "clock.pin": _act(requests.PinClockSchema),
    "clock.reset": _act(),
    "cluster.topology": _get(answers.TopologyResult),
    "cluster.status": Operation(status=204, open=True),
    "cluster.license": _get(answers.LicenseResult, open=True),
    "cluster.me": _get(answers.MeResult),
    "decisions.find": _search(nouns.DECISION_DEFINITIONS, results.DecisionDefinitionResult),
    "decisions.show": _get(results.DecisionDefinitionResult),
    "decisions.xml": Operation(media="text/xml"),
    "decisions.evaluate": Operation(requests.EvaluateDecisionSchema, decisions.EvaluationResult, refusals=(404,)),
    "decisions.find_instances": _search(nouns.DECISION_INSTANCES, decisions.DecisionInstanceResult),
    "decisions.show_instance": _get(decisions.DecisionInstanceDetails),
    "definitions.find": _search(nouns.PROCESS_DEFINITIONS, results.ProcessDefinitionResult),
    "definitions.show": _get(results.ProcessDefinitionResult),
    "definitions.xml": Operation(media="text/xml"),
    "definitions.start_form": _get(results.FormResult, may_be_empty=True),
    "definitions.form": _get(results.FormResult),
    "deployments.create": Operation(
        answer=answers.DeploymentResult,
        multipart={"resources": {"type": "array", "items": _FILE}, "tenantId": {"type": "string"}},
    ),
    "documents.create": Operation(
        answer=results.DocumentReferenceResult, status=201, multipart={"file": _FILE, "metadata": {"type": "string"}}
    ),
    "documents.show": Operation(media="*/*", refusals=(404,)),
    "documents.delete": _act(None, 404, 409),
    "elements.find": _search(nouns.ELEMENT_INSTANCES, results.ElementInstanceResult),
    "elements.show": _get(results.ElementInstanceResult),
    "elements.set_variables": _act(requests.SetVariablesSchema),
    "evidence.show_heads": _get(answers.HeadsResult),
    "evidence.show_head": Operation(media="text/plain", refusals=(404,)),
    "evidence.show_consistency": _get(answers.ConsistencyResult, refusals=(404,)),
    "evidence.bundle": Operation(media="application/zip", refusals=(404,)),
    "health.live": Operation(open=True),
    "health.ready": Operation(open=True, refusals=(503,)),
    "health.counters": Operation(media="text/plain", open=True),
    "histories.show": _get(answers.HistoryResult),
    "histories.verify": Operation(requests.ReferenceSchema, answers.VerificationResult),
    "histories.replay": Operation(requests.ReferenceSchema, answers.ReplayResult),
    "histories.export": Operation(),
    "incidents.find": _search(nouns.INCIDENTS, results.IncidentResult),
    "incidents.show": _get(results.IncidentResult),
    "incidents.resolve": _act(requests.ReferenceSchema),
    "jobs.activate": Operation(requests.ActivateJobsSchema, results.ActivatedJobsResult, refusals=(503,)),
    "jobs.complete": _act(requests.CompleteJobSchema),
    "jobs.fail": _act(requests.FailJobSchema),
    "jobs.throw_error": _act(requests.ThrowJobErrorSchema),
    "jobs.find": _search(nouns.JOBS, results.JobSearchResult),
    "messages.publish": Operation(requests.PublishMessageSchema, answers.PublishedResult, refusals=(409,)),
    "messages.correlate": Operation(requests.CorrelateMessageSchema, answers.CorrelatedResult, refusals=(404,)),
    "messages.broadcast": Operation(requests.BroadcastSignalSchema, answers.SignalResult),
    "messages.find": _search(nouns.MESSAGE_SUBSCRIPTIONS, results.MessageSubscriptionResult),
    "moves.modify": _act(moves.ModifySchema),
    "moves.migrate": _act(moves.MigrateSchema),
    "moves.preview": Operation(moves.PreviewSchema, moves.PreviewResult, refusals=(404, 409)),
    "openapi.show": Operation(),
    "own_tasks.claim": _act(requests.ReferenceSchema),
    "own_tasks.show_records": _get(answers.ShownRecordsResult),
    "own_tasks.show_draft": _get(answers.DraftResult, may_be_empty=True),
    "own_tasks.save_draft": _act(requests.DraftSchema, 409, 412, 428),
    "own_tasks.delete_draft": _act(None, 409, 412, 428),
    "people.find": _search(nouns.USERS, answers.UserResult),
    "people.show": _get(answers.UserResult, refusals=(404,)),
    "people.sign_in": Operation(requests.SignInSchema, answers.SessionResult, 201, open=True),
    "people.sign_out": _act(None, 400),
    "process_instances.create": Operation(
        requests.CreateProcessInstanceSchema, answers.StartedResult, refusals=(404, 409, 504)
    ),
    "process_instances.find": _search(nouns.PROCESS_INSTANCES, results.ProcessInstanceResult),
    "process_instances.show": _get(results.ProcessInstanceResult),
    "process_instances.cancel": _act(requests.ReferenceSchema),
    "process_instances.find_incidents": _search(nouns.INCIDENTS, results.IncidentResult),
    "process_instances.statistics": _get(answers.StatisticsResult),
    "process_instances.sequence_flows": _get(answers.SequenceFlowsResult),
    "lookups.show": _get(answers.LookupResult, open=True, refusals=(404, 429)),
    "registers.show_all": _get(answers.RegistersResult),
    "registers.find": Operation(RecordSearchSchema, answers.RecordsResult, refusals=(404,)),
    "registers.show": _get(answers.RecordResult, refusals=(404,)),
    "registers.show_versions": _get(answers.RecordVersionsResult, refusals=(404,)),
    "substitutes.show": _get(answers.SubstitutesResult, refusals=()),
    "substitutes.create": Operation(requests.SubstituteSchema, answers.SubstituteResult, 201, refusals=(404,)),
    "substitutes.end": _act(None, 404),
    "tokens.create": Operation(requests.CreateTokenSchema, answers.TokenResult, 201),
    "tokens.revoke": _act(None, 404),
    "user_tasks.find": _search(nouns.USER_TASKS, results.UserTaskResult),
    "user_tasks.show": _get(results.UserTaskResult),
    "user_tasks.update": _act(requests.UpdateUserTaskSchema),
    "user_tasks.assign": _act(requests.AssignUserTaskSchema),
    "user_tasks.unassign": _act(),
    "user_tasks.complete": _act(requests.CompleteUserTaskSchema),
    "user_tasks.form": _get(results.FormResult, may_be_empty=True),
    "user_tasks.find_variables": _search(nouns.VARIABLES, results.VariableSearchResult),
    "user_tasks.find_effective_variables": _search(nouns.VARIABLES, results.VariableSearchResult),
    "user_tasks.find_audit_logs": _search(nouns.AUDIT_LOGS, decisions.AuditLogResult),
    "variables.find": _search(nouns.VARIABLES, results.VariableSearchResult),
    "variables.show": _get(results.VariableResult),
}
