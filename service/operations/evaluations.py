"""Evaluations of decisions as rows, however they came about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.engine.types import EvaluatedDecision
from service.models import DecisionInstance, ElementInstance, ProcessInstance, Resource

#: Evaluations of one instance that a page shows; the search has them all.
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision that an instance took: the evaluation, the definition that was asked, and the element that asked."""

    row: DecisionInstance
    decision: str
    version: int
    element: str


def taken(session: Session, instance: ProcessInstance) -> list[Taken]:
    """The decisions of an instance in the order in which they were taken, at most `MAX_SHOWN`."""
    query = (
        select(DecisionInstance, Resource.name, Resource.version, ElementInstance.name, ElementInstance.element_id)
        .join(Resource, Resource.key == DecisionInstance.definition_key)
        .outerjoin(ElementInstance, ElementInstance.key == DecisionInstance.element_instance_key)
        .where(DecisionInstance.instance_key == instance.key)
        .order_by(DecisionInstance.evaluated_at, DecisionInstance.evaluation_key, DecisionInstance.position)
        .limit(MAX_SHOWN)
    )
    return [Taken(row, name, version, title or id or "") for row, name, version, title, id in session.execute(query)]


def rows(
    evaluated: Sequence[EvaluatedDecision],
    *,
    key_of: Callable[[int], int],
    definition_of: Callable[[EvaluatedDecision], int],
    evaluation: int,
    at: datetime,
    instance: int | None = None,
    element_instance: int | None = None,
) -> list[dict[str, Any]]:
    """The rows of one evaluation, the asked decision last; `key_of` gives the key for a position."""
    return [
        {
            "key": key_of(position),
            "evaluation_key": evaluation,
            "position": position,
            "definition_key": definition_of(each),
            "root_definition_key": definition_of(evaluated[-1]),
            "decision_id": each.decision_id,
            "instance_key": instance,
            "element_instance_key": element_instance,
            "evaluated_at": at,
            "type": each.type,
            "inputs": [{"id": id, "name": name, "value": value} for id, name, value in each.inputs],
            "rules": [
                {
                    "id": rule.rule_id,
                    "index": rule.index,
                    "outputs": dict(rule.outputs),
                    "annotations": [{"column": column, "text": text} for column, text in rule.annotations],
                }
                for rule in each.rules
            ],
            "result": {"value": each.result},
        }
        for position, each in enumerate(evaluated)
    ]
