"""Process instances: the list, and one with its diagram, tasks and history."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from service import access
from service.errors import Forbidden
from service.models import Incident, ProcessInstance
from service.operations import bundles, cases, evaluations, histories, instances, papers, people, stages, trees
from service.operations.due_days import DueDays
from service.operations.timelines import Timeline, timeline
from service.pages import words
from service.pages.layout import moment
from service.releases import Deployed, resource
from service.web.headers import EDITOR_CSP

blueprint = Blueprint("pages_instances", __name__, url_prefix="/instances")
_USUAL = "-started"


@blueprint.get("")
def index() -> str:
    """The instances that this user may know of, and those whose stages they follow."""
    names = {"state": "active", "process": "", "case": "", "sort": _USUAL}
    asked = {name: request.args.get(name, usual).strip() for name, usual in names.items()}
    wanted: dict[str, Any] = {name: asked[name] for name in ("process", "case") if asked[name]}
    if asked["state"] == "stopped":
        wanted["stopped"] = {"$gt": 0}
    elif asked["state"] not in ("", "all"):
        wanted["state"] = asked["state"].upper()
    after, before = request.args.get("after"), request.args.get("before")
    found = cases.listed(g.session, g.user, wanted, sort=asked["sort"] or _USUAL, after=after, before=before)
    if not found.items and wanted == {"state": "ACTIVE"} and "state" not in request.args:
        asked["state"] = "all"
        found = cases.listed(g.session, g.user, {}, sort=_USUAL, after=None, before=None)
    narrowed = any(request.args.get(name, "").strip() not in ("", usual) for name, usual in names.items())
    return render_template(
        "instances.html",
        found=found,
        asked=asked,
        processes=cases.processes(g.session),
        full=len(found.items) == cases.PAGE_SIZE,
        paged=bool(after or before),
        narrowed=narrowed,
        followed=[] if narrowed or after or before or g.user.reads_all else stages.followed(g.session, g.user),
    )


@blueprint.get("/<key:key>/progress")
def progress(key: int) -> str:
    """Where a case stands, in plain words: for who follows it."""
    found = stages.follow(g.session, key, g.user, now=g.now)
    opens = access.reads_instance(g.session, g.user, found.instance)
    return render_template("progress.html", found=found, opens=opens)


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One instance: state, diagram, timeline, tasks, children, incidents."""
    instance = instances.visible_instance(g.session, key, g.user)
    definition = resource(g.session, instance.definition_key)
    assert definition is not None  # noqa: S101 - a foreign key
    events = histories.events_of(g.session, key)
    line = timeline(g.session, instance, definition, events, reader=g.user)
    shown = people.account_names(g.session, _actors(line))
    inside = g.user.reads_all or access.reads_inside(g.session, g.user, instance)
    near = (ProcessInstance.parent_key == instance.key) | (ProcessInstance.key == instance.parent_key)
    related = cases.related(g.session, g.user, near)
    report = histories.verify(g.session, instance, events) if g.user.reads_all else None
    page = make_response(
        render_template(
            "instance.html",
            instance=instance,
            definition=definition,
            days=DueDays(g.session, g.now),
            lines=line.entries,
            names=shown,
            diagram=_diagram(line, definition),
            work=cases.work(g.session, g.user, instance),
            stages=stages.of(g.session, instance, definition, now=g.now),
            written=cases.written(g.session, g.user, instance),
            papers=papers.issued(g.session, g.user, instance.key),
            children=[pair for pair in related if pair[0].parent_key == instance.key],
            parent=next((pair for pair in related if pair[0].key == instance.parent_key), None),
            incidents=_named(line.stopped, definition) if inside else [],
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
    return {
        "xml": definition.data.decode("utf-8", "replace"),
        "steps": steps,
        "incidents": [each.element_id for each in line.stopped],
    }


def _named(incidents: Sequence[Incident], definition: Deployed) -> list[tuple[Incident, str]]:
    elements = definition.facts["elements"]
    return [(row, elements.get(row.element_id, [""])[0] or row.element_id) for row in incidents]
