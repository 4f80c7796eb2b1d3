"""`/v2/process-definitions` and `/v2/forms`"""

from flask import Blueprint, Response, g
from sqlalchemy import true

from service import releases
from service.api.bodies import NOTHING, answer, page, search_body
from service.errors import NotFound
from service.models import Resource
from service.operations import instances, nouns, search
from service.schemas import present, results
from service.web.dispatch import reads

blueprint = Blueprint("definitions", __name__, url_prefix="/v2")
_RESULT, _FORM = results.ProcessDefinitionResult(), results.FormResult()


@blueprint.post("/process-definitions/search")
@reads
def find() -> Response:
    """Search process definitions."""
    found = search.search(g.session, nouns.PROCESS_DEFINITIONS, search_body(), true())
    return page(found, _RESULT, present.process_definition)


@blueprint.get("/process-definitions/<key:key>")
def show(key: int) -> Response:
    """One process definition."""
    instances.definition(g.session, key=key)
    return answer(_RESULT, present.process_definition(g.session.get_one(Resource, key)))


@blueprint.get("/process-definitions/<key:key>/xml")
def xml(key: int) -> Response:
    """The author's own XML, as it was deployed."""
    return Response(instances.definition(g.session, key=key).data, mimetype="text/xml")


@blueprint.get("/process-definitions/<key:key>/form")
def start_form(key: int) -> Response | tuple[str, int]:
    """The start form; 204 if there is none."""
    process = instances.definition(g.session, key=key)
    form_id = process.facts.get("start_form_id")
    found = releases.library(g.session, process.release_key).get("form", form_id) if form_id else None
    return answer(_FORM, present.form(found)) if found else NOTHING


@blueprint.get("/forms/<key:key>")
def form(key: int) -> Response:
    """One form."""
    found = releases.resource(g.session, key)
    if found is None or found.kind != "form":
        raise NotFound()
    return answer(_FORM, present.form(found))
