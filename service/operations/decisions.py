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
from service.operations import moments
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
    rows, items = [], []
    for evaluated in decided.evaluated:
        definition = release.get("decision", evaluated.decision_id) or found
        key = evaluation if evaluated.decision_id == found.resource_id else db.new_key(session)
        inputs = [{"id": i, "name": n, "value": v} for i, n, v in evaluated.inputs]
        rules = [{"id": r.rule_id, "index": r.index, "outputs": dict(r.outputs)} for r in evaluated.rules]
        rows.append(
            {
                "key": key,
                "evaluation_key": evaluation,
                "definition_key": definition.key,
                "decision_id": evaluated.decision_id,
                "instance_key": None,
                "element_instance_key": None,
                "evaluated_at": now,
                "inputs": inputs,
                "rules": rules,
                "result": {"value": evaluated.result},
                "type": evaluated.type,
            }
        )
        items.append(
            {
                **_named(definition),
                "decisionDefinitionType": evaluated.type,
                "output": _text(evaluated.result),
                "tenantId": "<default>",
                "decisionEvaluationInstanceKey": evaluation_instance_key(key),
                **written_details(inputs, rules),
            }
        )
    if rows:
        session.execute(insert(DecisionInstance), rows)
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
        "rootDecisionDefinitionKey": str(row.definition_key),
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
    """What went in and which rules fired. Values are JSON serialised into texts."""
    matched = [
        {
            "ruleId": rule["id"],
            "ruleIndex": int(rule["index"]),
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
