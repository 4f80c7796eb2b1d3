"""Decisions evaluated by request, and evaluations as the interface writes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from service import db, values
from service.engine.feel import FeelError, Moment, host
from service.errors import BadArgument
from service.models import DecisionInstance, ProcessInstance, Resource
from service.operations import evaluations, moments
from service.releases import Deployed, library
from service.schemas.base import evaluation_instance_key


def evaluate(session: Session, found: Deployed, variables: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Evaluate a decision outside any instance, and store the evaluation. The caller commits.

    Raises `BadArgument` with what was wrong and where.
    """
    context = values.variables(variables)
    try:
        decided = host().decide(found.decision, context, Moment(now, moments.calendar(session)))
    except FeelError as error:
        raise BadArgument(reason=str(error)) from error
    release = library(session, found.release_key)
    evaluation = db.new_key(session)
    keys = [db.new_key(session) for _ in decided.evaluated[1:]] + [evaluation]
    definitions = [release.get("decision", each.decision_id) or found for each in decided.evaluated]
    known = {each.decision_id: definition.key for each, definition in zip(decided.evaluated, definitions, strict=True)}
    rows = evaluations.rows(
        decided.evaluated,
        key_of=keys.__getitem__,
        definition_of=lambda each: known[each.decision_id],
        evaluation=evaluation,
        at=now,
    )
    if rows:
        session.execute(insert(DecisionInstance), rows)
    items = [
        {
            **_named(definition),
            "decisionDefinitionType": row["type"],
            "output": _text(row["result"]["value"]),
            "tenantId": "<default>",
            "decisionEvaluationInstanceKey": evaluation_instance_key(row["key"]),
            **written_details(row["inputs"], row["rules"]),
        }
        for definition, row in zip(definitions, rows, strict=True)
    ]
    return {
        **_named(found),
        **_requirements(found.file_name, found.key),
        "decisionEvaluationKey": str(evaluation),
        "decisionInstanceKey": str(evaluation),
        "evaluatedDecisions": items,
        "failedDecisionDefinitionId": None,
        "failureMessage": None,
        "output": _text(decided.result),
        "tenantId": "<default>",
    }


def written(row: DecisionInstance, definition: Resource, instance: ProcessInstance | None) -> dict[str, Any]:
    """An evaluation as lists show it; its date is added by the edge."""
    return {
        "decisionEvaluationInstanceKey": evaluation_instance_key(row.key),
        "decisionEvaluationKey": str(row.evaluation_key),
        "decisionDefinitionId": row.decision_id,
        "decisionDefinitionKey": str(row.definition_key),
        "decisionDefinitionName": definition.name,
        "decisionDefinitionVersion": definition.version,
        "decisionDefinitionType": row.type,
        "rootDecisionDefinitionKey": str(row.root_definition_key),
        "state": "EVALUATED",
        "evaluationFailure": None,
        "result": _text(row.result["value"]),
        "elementInstanceKey": str(row.element_instance_key) if row.element_instance_key else None,
        "processInstanceKey": str(instance.key) if instance else None,
        "processDefinitionKey": str(instance.definition_key) if instance else None,
        "rootProcessInstanceKey": str(instance.root_key) if instance else None,
        "businessId": instance.business_id if instance else None,
        "tenantId": "<default>",
    }


def written_details(inputs: Sequence[Mapping[str, Any]], rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What went in and which rules fired. Values are JSON serialised into texts.

    `annotations` are not of the imitated interface: what a rule says of itself, by column; its description has none.
    """
    matched = [
        {
            "ruleId": rule["id"],
            "ruleIndex": int(rule["index"]),
            "annotations": rule.get("annotations", []),
            "evaluatedOutputs": [
                {
                    "outputId": name,
                    "outputName": name,
                    "outputValue": _text(value),
                    "ruleId": rule["id"],
                    "ruleIndex": int(rule["index"]),
                }
                for name, value in rule["outputs"].items()
            ],
        }
        for rule in rules
    ]
    shown = [{"inputId": i["id"], "inputName": i["name"], "inputValue": _text(i["value"])} for i in inputs]
    return {"evaluatedInputs": shown, "matchedRules": matched}


def _named(found: Deployed) -> dict[str, Any]:
    return {
        "decisionDefinitionId": found.resource_id,
        "decisionDefinitionKey": str(found.key),
        "decisionDefinitionName": found.name,
        "decisionDefinitionVersion": found.version,
    }


def _requirements(file_name: str, key: int) -> dict[str, Any]:
    return {
        "decisionRequirementsId": file_name.rsplit("/", 1)[-1].removesuffix(".dmn"),
        "decisionRequirementsKey": str(key),
    }


def _text(value: Any) -> str:
    return values.to_json(value).decode()
