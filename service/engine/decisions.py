"""DMN: tables with every hit policy, graphs, boxed expressions; which rules fired, and why.

The XML is read here (`dmn_xml`), the evaluation runs beside FEEL in the same sandbox (`islands/feel/dmn`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from service.engine import dmn_xml
from service.engine.dmn_logic import Json
from service.engine.types import DecisionSource, EvaluatedDecision, FiredRule
from service.values import Value

if TYPE_CHECKING:
    from service.engine.feel import FeelHost, Moment
    from service.engine.feel_runtime import Needs


@dataclass(frozen=True, slots=True)
class Decided:
    """The result of a decision, and each decision of its graph as it was evaluated, the asked one last."""

    result: Value
    evaluated: tuple[EvaluatedDecision, ...]


def decide(host: "FeelHost", source: DecisionSource, context: Mapping[str, Value], moment: "Moment") -> Decided:
    """Evaluate strictly over process variables; every expression of the model may read them.

    Raises `FeelError`: kind "decision" if the table contradicts its hit policy or a value is not among those
    allowed, otherwise as for expressions; the reason names the decision.
    """
    told = _told(source.hash, source.xml)
    needed = _reads(host, source.hash, source.xml, source.decision_id)[1]
    request, needs = host.clock(moment)
    request |= {
        "model": source.hash,
        "decision": source.decision_id,
        "context": {name: context[name] for name in needed if name in context},
    }
    answer = host.ask("decide", request, needs + told, about=source.decision_id)
    return Decided(answer["value"], tuple(_evaluated(item, source.hash) for item in answer["evaluated"]))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model as the sandbox is told of it."""

    key: str
    text: str

    @classmethod
    def of(cls, model: Json) -> "Loaded":
        """From what `dmn_xml.read` gives."""
        text = orjson.dumps(model).decode()
        return cls(sha256(text.encode()).hexdigest(), text)


def answer(model: Loaded, name: str, given: str, moment: "Moment") -> Value:
    """What the DMN standard has a model answer, with null for every mistake; procedures use `decide`.

    `name` is the name or id of a decision, knowledge model or decision service; `given` the input data as a FEEL
    context. Raises `FeelError` if `given` is wrong, nothing has this name, or a limit was reached.
    """
    from service.engine.feel import host

    request, needs = host().clock(moment)
    request |= {"model": model.key, "decision": name, "given": given, "lenient": True}
    told: Needs = ((f"setModel:{model.key}", lambda: (model.key, model.text)),)
    value: Value = host().ask("decide", request, needs + told, about=name)["value"]
    return value


def decision_ids(xml: bytes) -> tuple[tuple[str, str], ...]:
    """The decisions in a DMN file as (id, name), in the order of the file. Raises `NotDecisions` or `XmlRefused`."""
    nodes = _model(sha256(xml).hexdigest(), xml)["nodes"]
    return tuple((node["id"], node["title"]) for node in nodes.values() if node["kind"] == "decision")


def required_names(xml: bytes, decision_id: str) -> frozenset[str]:
    """The variables that a decision and the decisions below it read from the process. Raises `FeelError`."""
    from service.engine.feel import host

    return _reads(host(), sha256(xml).hexdigest(), xml, decision_id)[0]


@dataclass(frozen=True, slots=True)
class TextProblem:
    """An expression of a model that cannot be used.

    `node` is the id of the decision or knowledge model, None for the whole file; `where` the way to the text inside
    it, as (kind, name): input, inputValues, outputValues, default, rule, entry, binding. `function` is a called
    function that there is not; otherwise `message` says what is wrong.
    """

    node: str | None
    where: tuple[tuple[str, str], ...]
    text: str
    position: int | None
    function: str | None
    message: str


def text_problems(xml: bytes) -> list[TextProblem]:
    """Expressions that do not parse, and calls of functions that do not exist. Raises `NotDecisions`, `XmlRefused`."""
    from service.engine.feel import host

    key = sha256(xml).hexdigest()
    found = host().told("modelProblems", (key,), _told(key, xml))
    return [
        TextProblem(
            node=item["node"],
            where=tuple((kind, name) for kind, name in item["where"][1:]),
            text=item["text"],
            position=item["position"],
            function=item.get("name"),
            message=item.get("message", ""),
        )
        for item in found
    ]


def _reads(host: "FeelHost", key: str, xml: bytes, decision_id: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names that the decision reads for certain, and those it may read."""
    known = _READS.get((key, decision_id))
    if known is None:
        found = host.told("modelReads", (key, decision_id), _told(key, xml))
        known = frozenset(found["names"]), frozenset(found["needs"])
        if len(_READS) > 1000:
            _READS.clear()
        _READS[key, decision_id] = known
    return known


_READS: dict[tuple[str, str], tuple[frozenset[str], frozenset[str]]] = {}


def _told(key: str, xml: bytes) -> "Needs":
    """What makes the model known to a context that has not seen it."""
    model = _model(key, xml)
    return (
        (f"setModel:{key}", lambda: (key, orjson.dumps(model).decode())),
        (f"warmModel:{key}", lambda: (key,)),
    )


@lru_cache(maxsize=200)
def _model(key: str, xml: bytes) -> Json:
    return dmn_xml.read(xml)


def _evaluated(item: Mapping[str, Any], source_hash: str) -> EvaluatedDecision:
    return EvaluatedDecision(
        decision_id=item["id"],
        name=item["name"],
        type=item["type"],
        hash=source_hash,
        inputs=tuple((identifier, name, value) for identifier, name, value in item["inputs"]),
        rules=tuple(_fired(rule) for rule in item["rules"]),
        result=item["value"],
    )


def _fired(rule: Mapping[str, Any]) -> FiredRule:
    notes = tuple((column, text) for column, text in rule["notes"])
    return FiredRule(rule["id"], int(rule["index"]), rule["outputs"], notes)
