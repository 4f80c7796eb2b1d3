"""`/v2/decision-definitions` and `/v2/decision-instances`"""

from typing import Any

from flask import Blueprint, Response, g
from sqlalchemy import select, true

from service import access, releases
from service.api.bodies import answer, body, listed, page, plain, search_body
from service.errors import BadArgument, Forbidden, NotFound
from service.models import DecisionInstance, ProcessInstance, Resource
from service.operations import decisions, nouns, search
from service.schemas import present, requests, results
from service.schemas.base import instant
from service.web.dispatch import reads

blueprint = Blueprint("decisions", __name__, url_prefix="/v2")
_DEFINITION = results.DecisionDefinitionResult()


@blueprint.post("/decision-definitions/search")
@reads
def find() -> Response:
    """Search decision definitions."""
    found = search.search(g.session, nouns.DECISION_DEFINITIONS, search_body(), true())
    return page(found, _DEFINITION, present.decision_definition)


@blueprint.get("/decision-definitions/<key:key>")
def show(key: int) -> Response:
    """One decision definition."""
    return answer(_DEFINITION, present.decision_definition(_definition(key)))


@blueprint.get("/decision-definitions/<key:key>/xml")
def xml(key: int) -> Response:
    """The DMN file of a decision, as it was deployed."""
    _definition(key)
    found = releases.resource(g.session, key)
    return Response(found.data if found else b"", mimetype="text/xml")


@blueprint.post("/decision-definitions/evaluation")
def evaluate() -> Response:
    """Evaluate a decision with these variables; stored as a decision instance."""
    given = body(requests.EvaluateDecisionSchema())
    key, id = given.get("decision_definition_key"), given.get("decision_definition_id")
    if (key is None) == (id is None):
        names = {"one": "decisionDefinitionKey", "other": "decisionDefinitionId"}
        raise BadArgument("Name either %(one)s or %(other)s.", **names)
    if not (g.user.operates or g.user.deploys):
        raise Forbidden()
    found = releases.resource(g.session, key) if key else releases.latest(g.session, "decision", id or "")
    if found is None or found.kind != "decision":
        raise NotFound()
    return plain(decisions.evaluate(g.session, found, given["variables"] or {}, now=g.now))


@blueprint.post("/decision-instances/search")
@reads
def find_instances() -> Response:
    """Search evaluations."""
    found = search.search(
        g.session, nouns.DECISION_INSTANCES, search_body(), access.inner_scope(g.user, DecisionInstance.instance_key)
    )
    return listed([_written(*row) for row in found.items], found)


@blueprint.get("/decision-instances/<evaluation:key>")
def show_instance(key: int) -> Response:
    """One evaluation with its inputs and the rules that fired."""
    scope = access.inner_scope(g.user, DecisionInstance.instance_key)
    row = g.session.scalars(select(DecisionInstance).where(DecisionInstance.key == key, scope)).one_or_none()
    if row is None:
        raise NotFound()
    instance = g.session.get(ProcessInstance, row.instance_key) if row.instance_key else None
    definition = g.session.get_one(Resource, row.definition_key)
    return plain(_written(row, definition, instance) | decisions.written_details(row.inputs, row.rules))


def _definition(key: int) -> Resource:
    row = g.session.get(Resource, key)
    if row is None or row.kind != "decision":
        raise NotFound()
    found: Resource = row
    return found


def _written(row: DecisionInstance, definition: Resource, instance: ProcessInstance | None) -> dict[str, Any]:
    return decisions.written(row, definition, instance) | {"evaluationDate": instant(row.evaluated_at)}
