"""Processes and decisions as they are deployed; a diagram opened, checked and deployed from the browser."""

from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext

from service.engine.lint_rules.report import Finding
from service.engine.xml import XmlRefused
from service.errors import BadArgument, Forbidden, ModelRefused, NotFound
from service.models import DeploymentDraft
from service.operations import deployment_drafts, deployments
from service.pages.layout import language
from service.releases import Deployed, latest, newest, resource
from service.web.dispatch import reads
from service.web.headers import EDITOR_CSP
from service.web.problems import text_of

blueprint = Blueprint("pages_editor", __name__, url_prefix="/processes")


@blueprint.get("")
def index() -> str:
    """What the newest release holds."""
    if not (g.user.deploys or g.user.reads_all):
        raise Forbidden()
    release = newest(g.session)
    return render_template(
        "processes.html",
        release=release,
        processes=release.all("process") if release else [],
        decisions=release.all("decision") if release else [],
    )


@blueprint.get("/<key:key>")
def edit(key: int) -> Response:
    """A diagram in the editor; who may not deploy looks only."""
    definition = _definition(key)
    newer = latest(g.session, "process", definition.resource_id)
    page = make_response(
        render_template(
            "modeler.html",
            definition=definition,
            newer=newer if newer is not None and newer.key != key else None,
            data={"xml": definition.data.decode("utf-8", "replace"), "file": definition.file_name},
        )
    )
    page.headers["Content-Security-Policy"] = EDITOR_CSP
    return page


@blueprint.get("/<key:key>/file")
def download(key: int) -> Response:
    """The deployed file as it is, a diagram or a decision table."""
    if not (g.user.deploys or g.user.reads_all):
        raise Forbidden()
    found = resource(g.session, key)
    if found is None or found.kind not in ("process", "decision"):
        raise NotFound()
    response = make_response(found.data)
    response.mimetype = "application/xml"
    name = found.file_name.rsplit("/", 1)[-1]
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.post("/<key:key>/check")
@reads
def check(key: int) -> Response:
    """The lint's findings about the diagram in the request, against the newest release."""
    definition = _definition(key)
    if not g.user.deploys:
        raise Forbidden()
    return jsonify(findings=_findings(definition.file_name, _xml()))


@blueprint.post("/<key:key>/deployment")
def deploy(key: int) -> tuple[Response, int]:
    """Deploy the diagram in the request in place of the file that is deployed. Refused: findings, 422; a draft: 202."""
    definition = _definition(key)
    xml = _xml()
    try:
        done = deployment_drafts.submit(g.session, {definition.file_name: xml}, g.user, now=g.now)
    except ModelRefused as refusal:
        findings = _findings(definition.file_name, xml)
        findings += [] if findings else [_unplaced(f.message, f.path) for f in refusal.errors]
        return jsonify(message=text_of(refusal), findings=findings), 422
    if isinstance(done, DeploymentDraft):
        return jsonify(message=text_of(deployment_drafts.not_released(done)), draft=str(done.key), findings=[]), 202
    deployed = next((r for r in done.resources if r.kind == "process"), None)
    if deployed is None:
        raise BadArgument("The file holds no process that can be run.")
    message = (
        gettext("Deployed as version %(version)s.", version=deployed.version)
        if done.new
        else gettext("Nothing has changed: version %(version)s stays.", version=deployed.version)
    )
    return jsonify(message=message, key=str(deployed.key), version=deployed.version, findings=[]), 200


def _definition(key: int) -> Deployed:
    if not (g.user.deploys or g.user.reads_all):
        raise Forbidden()
    definition = resource(g.session, key)
    if definition is None or definition.kind != "process":
        raise NotFound()
    return definition


def _xml() -> bytes:
    body = request.get_json(silent=True)
    xml = body.get("xml") if isinstance(body, dict) else None
    if not isinstance(xml, str):
        raise BadArgument("Send the diagram as a text in “xml”.")
    return xml.encode()


def _findings(file_name: str, xml: bytes) -> list[dict[str, Any]]:
    try:
        return [_shown(finding) for finding in deployments.findings(g.session, file_name, xml)]
    except (XmlRefused, ValueError) as error:
        return [_unplaced(str(error))]


def _shown(finding: Finding) -> dict[str, Any]:
    reader: Any = language()
    return {
        "severity": finding.severity,
        "rule": finding.rule,
        "element": finding.element_id,
        "name": finding.element_name or finding.element_id,
        "message": finding.text(reader),
        "remedy": finding.remedy_text(reader),
    }


def _unplaced(message: str, name: str = "") -> dict[str, Any]:
    return {"severity": "error", "rule": "", "element": "", "name": name, "message": message, "remedy": ""}
