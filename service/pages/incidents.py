"""Incidents: where the procedure stopped, and the button to let it go on."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service import access
from service.errors import Forbidden
from service.models import Incident
from service.operations import incidents, instances, nouns, search
from service.releases import resource

blueprint = Blueprint("pages_incidents", __name__, url_prefix="/incidents")
PAGE_SIZE = 50


@blueprint.get("")
def show() -> str:
    """Open incidents, the newest first; with `all` the resolved ones too."""
    if not g.user.reads_all:
        raise Forbidden()
    every = bool(request.args.get("all"))
    found = search.search(
        g.session,
        nouns.INCIDENTS,
        {
            "filter": {} if every else {"state": "ACTIVE"},
            "sort": [{"field": "creationTime", "order": "DESC"}],
            "page": {"limit": PAGE_SIZE, "after": request.args.get("after")},
        },
        access.inner_scope(g.user, Incident.instance_key),
    )
    rows = []
    for incident, instance in found.items:
        definition = resource(g.session, instance.definition_key)
        name = definition.facts["elements"].get(incident.element_id, [""])[0] if definition else ""
        process = definition.name if definition else instance.process_id
        rows.append((incident, instance, process, name or incident.element_id))
    return render_template(
        "incidents.html",
        rows=rows,
        found=found,
        every=every,
        full=len(rows) == PAGE_SIZE,
        paged="after" in request.args,
    )


@blueprint.post("/<key:key>/resolution")
def resolve(key: int) -> Response:
    """Mark as resolved; a job is tried again at once."""
    incident = incidents.resolve(g.session, key, g.user, now=g.now)
    if request.form.get("back") == "instance":
        instances.visible_instance(g.session, incident.instance_key, g.user)
        return redirect(url_for("pages_instances.show", key=incident.instance_key))
    return redirect(url_for("pages_incidents.show"))
