"""`/v2/variables`"""

from flask import Blueprint, Response, g, request
from sqlalchemy import select

from service import access
from service.api.bodies import answer, page, search_body
from service.errors import NotFound
from service.models import ProcessInstance, Variable
from service.operations import nouns, search
from service.schemas import present, results
from service.web.dispatch import reads

blueprint = Blueprint("variables", __name__, url_prefix="/v2/variables")
_LISTED, _WHOLE = results.VariableSearchResult(), results.VariableResult()


@blueprint.post("/search")
@reads
def find() -> Response:
    """Search variables: operators and auditors only; others see those of their tasks."""
    scope = access.inner_scope(g.user, Variable.instance_key)
    found = search.search(g.session, nouns.VARIABLES, search_body(), scope)
    truncate = request.args.get("truncateValues", "true") != "false"
    return page(found, _LISTED, lambda row: present.variable(*row, truncate=truncate))


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One variable, whole."""
    scope = access.inner_scope(g.user, Variable.instance_key)
    row = g.session.scalars(select(Variable).where(Variable.key == key, scope)).one_or_none()
    if row is None:
        raise NotFound()
    instance = g.session.get_one(ProcessInstance, row.instance_key)
    return answer(_WHOLE, present.variable(row, instance, truncate=False))
