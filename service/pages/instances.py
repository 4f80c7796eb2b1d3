"""Process instances: the list, and one with its diagram, tasks and history."""

from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, send_file, url_for
from sqlalchemy import ColumnElement, select
from werkzeug.wrappers import Response as BaseResponse

from service import access
from service.errors import Forbidden
from service.models import Incident, ProcessInstance, Resource, UserTask
from service.operations import attributes, bundles, evaluations, histories, instances, papers, people, search, trees
from service.operations.search import Field, Noun
from service.operations.timelines import Timeline, timeline
from service.pages import words
from service.pages.layout import moment
from service.releases import Deployed, resource
from service.web.headers import EDITOR_CSP

blueprint = Blueprint("pages_instances", __name__, url_prefix="/instances")
PAGE_SIZE = 50


def _named(text: str) -> ColumnElement[bool]:
    """That a text stands in the case's number or in one of its search attributes."""
    return ProcessInstance.business_id.contains(text, autoescape=True) | attributes.containing(text)


_LIST = Noun(
    "instances",
    select(ProcessInstance, Resource.name).join(Resource, Resource.key == ProcessInstance.definition_key),
    ProcessInstance.key,
    {
        "state": Field("enum", ProcessInstance.status),
        "process": Field("string", ProcessInstance.process_id),
        "case": Field("plain", clause=_named),
    },
    {"started": ProcessInstance.started_at},
)


@blueprint.get("")
def index() -> str:
    """The instances that this user may know of, the newest first."""
    state, case = request.args.get("state", "active"), request.args.get("case", "").strip()
    wanted: dict[str, Any] = {"state": "ACTIVE"} if state == "active" else {}
    if case:
        wanted["case"] = case
    body = {
        "filter": wanted,
        "sort": [{"field": "started", "order": "DESC"}],
        "page": {"limit": PAGE_SIZE, "after": request.args.get("after")},
    }
    scope = access.instance_scope(g.user)
    found = search.search(g.session, _LIST, body, scope)
    return render_template(
        "instances.html", found=found, state=state, case=case, full=len(found.items) == PAGE_SIZE,
        paged="after" in request.args,
    )  # fmt: skip


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One instance: state, diagram, timeline, tasks, children, incidents."""
    instance = instances.visible_instance(g.session, key, g.user)
    definition = resource(g.session, instance.definition_key)
    assert definition is not None  # noqa: S101 - a foreign key
    line = timeline(g.session, instance, definition, reader=g.user)
    shown = people.account_names(g.session, _actors(line))
    inside = access.reads_inside(g.session, g.user, instance)
    report = histories.verify(g.session, instance) if g.user.reads_all else None
    page = make_response(
        render_template(
            "instance.html",
            instance=instance,
            definition=definition,
            lines=line.entries,
            names=shown,
            diagram=_diagram(line, definition),
            tasks=_open_tasks(instance),
            papers=papers.issued(g.session, g.user, instance.key),
            children=_related(ProcessInstance.parent_key == instance.key),
            parent=next(iter(_related(ProcessInstance.key == instance.parent_key)), None),
            incidents=_incidents(instance, definition) if inside else [],
            report=report,
            head=trees.last_head(g.session) if inside and bundles.may_export(g.user) else None,
            evaluations=evaluations.taken(g.session, instance) if inside else [],
        )
    )
    page.headers["Content-Security-Policy"] = EDITOR_CSP
    return page


@blueprint.get("/<key:key>/bundle")
def bundle(key: int) -> Response:
    """The evidence bundle: for auditors, to be checked elsewhere."""
    file = bundles.download(g.session, key, g.user)
    name = f"evidence-{key}.zip"
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name, max_age=0)


@blueprint.post("/<key:key>/cancellation")
def cancel(key: int) -> BaseResponse:
    """Cancel the instance with everything in it; operators only."""
    if not request.form.get("sure"):
        raise Forbidden()
    instances.cancel_instance(g.session, key, g.user, now=g.now)
    return redirect(url_for("pages_instances.show", key=key))


def _actors(line: Timeline) -> list[str | None]:
    """Whose names this reader sees: auditors all, everybody else their own only."""
    return [e.actor for e in line.entries if g.user.reads_all or e.actor == g.user.username]


def _diagram(line: Timeline, definition: Deployed) -> dict[str, Any]:
    """What the island needs: the diagram that ran, and after each event what had been entered, left and taken."""
    steps = [
        {
            "text": words.event(entry.kind, entry.element),
            "at": str(moment(entry.at).striptags()),
            "changes": entry.changes,
            "flows": entry.flows,
        }
        for entry in line.entries
    ]
    return {"xml": definition.data.decode("utf-8", "replace"), "steps": steps, "incidents": line.stopped}


def _open_tasks(instance: ProcessInstance) -> list[UserTask]:
    query = select(UserTask).where(
        UserTask.instance_key == instance.key, UserTask.ended_at.is_(None), access.task_scope(g.user)
    )
    return list(g.session.scalars(query.order_by(UserTask.key).limit(100)))


def _related(where: Any) -> list[tuple[ProcessInstance, str]]:
    query = (
        select(ProcessInstance, Resource.name)
        .join(Resource, Resource.key == ProcessInstance.definition_key)
        .where(where, access.instance_scope(g.user))
        .order_by(ProcessInstance.key)
        .limit(200)
    )
    return [(row, name) for row, name in g.session.execute(query)]


def _incidents(instance: ProcessInstance, definition: Deployed) -> list[tuple[Incident, str]]:
    query = select(Incident).where(Incident.instance_key == instance.key, Incident.resolved_at.is_(None))
    elements = definition.facts["elements"]
    return [(row, elements.get(row.element_id, [""])[0] or row.element_id) for row in g.session.scalars(query)]
