"""`/v2/variables`"""

from flask import Blueprint, Response, g, request
from sqlalchemy import false, select, true

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
    found = search.search(g.session, nouns.VARIABLES, search_body(), true() if g.user.reads_all else false())
    truncate = request.args.get("truncateValues", "true") != "false"
    return page(found, _LISTED, lambda row: present.variable(*row, truncate=truncate))


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One variable, whole."""
    row = g.session.scalars(select(Variable).filter_by(key=key)).one_or_none()
    if row is None or not g.user.reads_all:
        raise NotFound()
    instance = g.session.get_one(ProcessInstance, row.instance_key)
    return answer(_WHOLE, present.variable(row, instance, truncate=False))
