"""Parallel gateways that can never be passed, proved by following tokens through a scope without its data.

Every condition may come out either way, every event may happen: more than can really happen, so that a gateway which
is not passed even then is never passed. Where for that reason nothing can come to an end either, the file is refused;
else it is a warning. Each flow leads to one element only, hence the order in which tokens are
moved does not matter, and one after the other, in turn, is enough.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations

from service.engine.lint_rules.events import interrupting, link_name
from service.engine.lint_rules.model import SUB_PROCESSES, Element, Model
from service.engine.lint_rules.report import Report
from service.engine.lint_rules.structure import ended_from_outside

#: Beyond these nothing is said: larger scopes are only looked at as far as time allows.
_MAX_STATES, _MAX_TOKENS, _MAX_ON_A_FLOW, _MAX_CHOICES = 2_000, 24, 3, 5

#: End events that leave their scope whatever else is open in it.
_LEAVING = ("terminate", "error", "cancel")

#: Flows with tokens that may move, in turn, and those at joins, which wait.
_State = tuple[tuple[Element, ...], tuple[Element, ...]]


def check_joins(model: Model, report: Report) -> None:
    """Every scope of every executable process."""
    for process in model.executable:
        for scope in (process, *(each for each in model.inside(process) if each.kind in SUB_PROCESSES)):
            found = _never_passed(model, scope)
            rule = "JOIN_NEVER" if found and not found.completes else "JOIN_STUCK"
            for gateway in found.joins if found else ():
                report.add(rule, gateway, flows=", ".join(flow.id for flow in gateway.incoming))


@dataclass(slots=True)
class _Runs:
    """All runs of a scope together: what is reached and passed in some, and whether one comes to its end."""

    reached: set[Element] = field(default_factory=set)
    passed: set[Element] = field(default_factory=set)
    completes: bool = False
    joins: list[Element] = field(default_factory=list)


class _Undecided(Exception):
    """The scope is too large to say anything."""


def _never_passed(model: Model, scope: Element) -> _Runs | None:
    """The joins that no run passes although tokens come to them; None if nothing can be said."""
    nodes = model.nodes(scope)
    joins = [node for node in nodes if _joins(node)]
    starts = [node for node in nodes if node.kind == "startEvent"]
    if not joins or not starts:
        return None
    try:
        runs = _explore(model, scope, starts)
    except _Undecided:
        return None
    repeated = _after_repetition(model, scope)
    runs.joins = [join for join in joins if join in runs.reached and join not in runs.passed | repeated]
    runs.completes = runs.completes or ended_from_outside(model, scope, nodes)
    return runs


def _joins(node: Element) -> bool:
    return node.kind == "parallelGateway" and len(node.incoming) > 1


def _explore(model: Model, scope: Element, starts: list[Element]) -> _Runs:
    runs = _Runs()
    seen: set[_State] = set()
    waiting: list[_State] = [(tuple(start.outgoing), ()) for start in starts]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        if len(seen) > _MAX_STATES:
            raise _Undecided
        moving, held = state
        if not moving:
            runs.completes = runs.completes or not held
            continue
        node = model.elements.get(moving[0].get("targetRef"))
        if node is None or node.scope is not scope:
            continue
        runs.reached.add(node)
        runs.completes = runs.completes or (node.kind == "endEvent" and any(map(node.has, _LEAVING)))
        rest, stay, outcomes = moving[1:], held, [()] if _joins(node) else list(_outcomes(model, scope, node))
        if _joins(node):
            stay = tuple(sorted((*held, moving[0]), key=lambda flow: flow.id))
            if set(node.incoming) <= set(stay):
                runs.passed.add(node)
                left = Counter(stay)
                left.subtract(node.incoming)
                stay = tuple(sorted(left.elements(), key=lambda flow: flow.id))
                outcomes = [tuple(node.outgoing)]
        for outcome in outcomes:
            counts = Counter((*rest, *outcome, *stay))
            if counts and (counts.total() > _MAX_TOKENS or max(counts.values()) > _MAX_ON_A_FLOW):
                raise _Undecided
            waiting.append(((*rest, *outcome), stay))
    return runs


def _outcomes(model: Model, scope: Element, node: Element) -> Iterator[tuple[Element, ...]]:
    """The flows that may get a token when `node` is left, one tuple for each way it may go."""
    if node.kind == "intermediateThrowEvent" and node.definition == "link":
        yield from (tuple(target.outgoing) for target in _link_targets(model, scope, node))
        return
    if node.kind in ("exclusiveGateway", "eventBasedGateway"):
        yield from ((flow,) for flow in node.outgoing)
        if not node.outgoing:
            yield ()
        return
    free = [flow for flow in node.outgoing if _may_be_left_out(node, flow)]
    always = tuple(flow for flow in node.outgoing if flow not in free)
    if len(free) > _MAX_CHOICES:
        raise _Undecided
    subsets = chain.from_iterable(combinations(free, size) for size in range(len(free) + 1))
    yield from ((*always, *subset) for subset in subsets)
    yield from (tuple(event.outgoing) for event in node.boundary if interrupting(event))


def _may_be_left_out(node: Element, flow: Element) -> bool:
    choosing = node.kind in ("inclusiveGateway", "complexGateway") and len(node.outgoing) > 1
    return choosing or flow.child("conditionExpression") is not None or flow.id == node.get("default")


def _link_targets(model: Model, scope: Element, node: Element) -> list[Element]:
    return [
        other
        for other in model.nodes(scope)
        if other.kind == "intermediateCatchEvent" and other.definition == "link" and link_name(other) == link_name(node)
    ]


def _after_repetition(model: Model, scope: Element) -> set[Element]:
    """What lies behind events that do not interrupt: any number of tokens may come there, so nothing is said of it."""
    begins = [
        node
        for node in model.nodes(scope)
        if node.kind == "boundaryEvent" and not interrupting(node)
    ]  # fmt: skip
    found: set[Element] = set(begins)
    while begins:
        node = begins.pop()
        behind = [model.elements.get(flow.get("targetRef")) for flow in node.outgoing]
        behind += [*node.boundary, *(_link_targets(model, scope, node) if node.definition == "link" else ())]
        for target in behind:
            if target is not None and target not in found:
                found.add(target)
                begins.append(target)
    return found
