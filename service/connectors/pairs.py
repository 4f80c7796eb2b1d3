"""`pairs.decide`: one decision over every pair of two sets of records, such as who may not see which case.

Expressions make a small view of each record and the facts of each pair; the decision judges the facts. Every pair is
judged, equal facts once: most pairs of sixty people and three hundred cases share nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.connectors.call import ConnectorCall, ConnectorFault, faults_named
from service.engine.feel import FeelError, host
from service.engine.types import DecisionSource
from service.registers import reading
from service.values import Value, Variables, tag

#: So many pairs in one expression: its time is limited.
AT_ONCE = 60
MAX_FOUND = 3_000
_INPUTS = frozenset(
    f"{side}{part}" for side in ("left", "right") for part in ("", "Where", "View")
) | {"facts", "decision"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """The records of one side as small objects, and what says which they were."""

    ids: Sequence[str]
    views: Sequence[Value]
    evidence: Sequence[Value]


@faults_named
def decide(call: ConnectorCall) -> Variables:
    """`found`: the pairs for which the decision has a result, with it; `pairs`: how many were judged."""
    decision = call.text("decision")
    source = call.library.decision(decision)
    if source is None:
        raise ConnectorFault(f"the release has no decision “{decision}”")
    others = {name: value for name, value in call.wait.variables.items() if name not in _INPUTS}
    left, right = _side(call, "left", others), _side(call, "right", others)
    call.session.close()  # what follows takes a while and reads no more
    judged: dict[bytes, Value] = {}
    found: list[Value] = []
    for id, view in zip(left.ids, left.views, strict=True):
        for other, facts in zip(right.ids, _facts(call, view, right.views, others), strict=True):
            known = tag(facts)
            if known not in judged:
                judged[known] = _judge(call, source, facts, others)
            if judged[known] not in (None, [], ""):
                found.append({"left": id, "right": other, "result": judged[known]})
    if len(found) > MAX_FOUND:
        raise ConnectorFault(f"more than {MAX_FOUND} pairs have a result")
    evidence: list[Value] = [*left.evidence, *right.evidence]
    return {"found": found, "pairs": Decimal(len(left.ids) * len(right.ids)), "evidence": evidence}


def _side(call: ConnectorCall, side: str, others: Variables) -> Side:
    register = reading.declared(call.library, call.text(side))
    rows = reading.search(call.session, register, call.mapping(f"{side}Where")).rows
    view = call.text(f"{side}View")
    return Side(
        [row.id for row in rows],
        [call.evaluate(view, {**others, "record": reading.seen(register, row)}) for row in rows],
        [[str(row.key), Decimal(row.version), row.hash] for row in rows],
    )


def _facts(call: ConnectorCall, left: Value, rights: Sequence[Value], others: Variables) -> list[Variables]:
    expression = f"for right in rights return ({call.text('facts').removeprefix('=')})"
    facts: list[Variables] = []
    for start in range(0, len(rights), AT_ONCE):
        piece = list(rights[start : start + AT_ONCE])
        answer = call.evaluate(expression, {**others, "left": left, "rights": piece})
        for each in answer if isinstance(answer, list) else []:
            if not isinstance(each, dict):
                raise ConnectorFault("the facts of a pair must be an object")
            facts.append(each)
    return facts


def _judge(call: ConnectorCall, source: DecisionSource, facts: Variables, others: Variables) -> Value:
    try:
        return host().decide(source, {**others, **facts}, call.moment).result
    except FeelError as error:
        raise ConnectorFault(str(error)) from error
