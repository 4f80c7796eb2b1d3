"""Incidents: where the procedure stopped, what that means, and the buttons to let it go on."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from service import access
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import Forbidden, ServiceError
from service.models import Incident, ProcessInstance
from service.operations import incidents, instances, nouns, search
from service.releases import resource
from service.schemas.base import parse_key
from service.web.problems import text_of

blueprint = Blueprint("pages_incidents", __name__, url_prefix="/incidents")
PAGE_SIZE = 50


@blueprint.get("")
def show() -> str:
    """Open incidents, the newest first; with `all` the resolved ones too; of one process, of one kind."""
    return _page()


@blueprint.post("/<key:key>/resolution")
def resolve(key: int) -> Response:
    """Mark as resolved; a job is tried again at once."""
    incident = incidents.resolve(g.session, key, g.user, now=g.now)
    if request.form.get("back") == "instance":
        instances.visible_instance(g.session, incident.instance_key, g.user)
        return redirect(url_for("pages_instances.show", key=incident.instance_key))
    return redirect(url_for("pages_incidents.show", done=1))


@blueprint.post("/resolution")
def resolve_many() -> str:
    """The same for all that are ticked; what could not be resolved is told, line by line, the others are."""
    if not g.user.reads_all:
        raise Forbidden()
    chosen = [key for text in request.form.getlist("incident") if (key := parse_key(text))][:PAGE_SIZE]
    results: list[tuple[int, str | None]] = []
    for key in chosen:
        try:
            with g.session.begin_nested():
                incidents.resolve(g.session, key, g.user, now=g.now)
        except ServiceError as error:
            results.append((key, text_of(error)))
        except (EngineError, ActImpossible, StateUnreadable) as error:
            results.append((key, str(error)))
        else:
            results.append((key, None))
    return _page(results)


def _page(results: list[tuple[int, str | None]] | None = None) -> str:
    if not g.user.reads_all:
        raise Forbidden()
    asked = {name: request.args.get(name, "") for name in ("all", "process", "kind")}
    filters: dict[str, Any] = {} if asked["all"] else {"state": "ACTIVE"}
    if asked["process"]:
        filters["processDefinitionId"] = asked["process"]
    if asked["kind"]:
        filters["errorType"] = asked["kind"]
    scope = access.inner_scope(g.user, Incident.instance_key)
    found = search.search(
        g.session,
        nouns.INCIDENTS,
        {
            "filter": filters,
            "sort": [{"field": "creationTime", "order": "DESC"}],
            "page": {"limit": PAGE_SIZE, "after": request.args.get("after")},
        },
        scope,
    )
    rows = [(incident, instance, *_names(incident, instance)) for incident, instance in found.items]
    return render_template(
        "incidents.html",
        rows=rows,
        found=found,
        asked=asked,
        choices=_choices(scope),
        results=[] if results is None else _told(results),
        none_chosen=results == [],
        done=bool(request.args.get("done")),
        full=len(rows) == PAGE_SIZE,
        paged="after" in request.args,
    )


def _names(incident: Incident, instance: ProcessInstance) -> tuple[str, str]:
    """How process and element are called."""
    definition = resource(g.session, instance.definition_key)
    if definition is None:
        return instance.process_id, incident.element_id
    return definition.name, definition.facts["elements"].get(incident.element_id, [""])[0] or incident.element_id


def _choices(scope: Any) -> tuple[list[tuple[str, str]], list[str]]:
    """The processes (id, name) and kinds that there are incidents of."""
    rows = g.session.execute(
        select(ProcessInstance.process_id, Incident.type, ProcessInstance.definition_key)
        .join(ProcessInstance, ProcessInstance.key == Incident.instance_key)
        .where(scope)
        .distinct()
        .limit(1000)
    ).all()
    named = {}
    for process_id, _, definition_key in rows:
        definition = resource(g.session, definition_key)
        named[process_id] = definition.name if definition else process_id
    return sorted(named.items()), sorted({kind for _, kind, _ in rows})


def _told(results: list[tuple[int, str | None]]) -> list[tuple[str, str, str | None]]:
    """Element, case and what refused it, for each incident that was ticked and that there is."""
    keys = [key for key, _ in results]
    query = select(Incident, ProcessInstance).join(ProcessInstance, ProcessInstance.key == Incident.instance_key)
    mine = query.where(Incident.key.in_(keys), access.inner_scope(g.user, Incident.instance_key))
    rows = {incident.key: (incident, instance) for incident, instance in g.session.execute(mine)}
    return [
        (_names(*rows[key])[1], rows[key][1].business_id or str(rows[key][1].key), error)
        for key, error in results
        if key in rows
    ]
