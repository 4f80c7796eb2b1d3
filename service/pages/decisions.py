"""A decision as it was deployed: its table, for those who check what was decided by it."""

from typing import Any

from flask import Blueprint, g, render_template

from service.engine import dmn_xml
from service.errors import Forbidden, NotFound
from service.releases import latest, resource

blueprint = Blueprint("pages_decisions", __name__, url_prefix="/decisions")


@blueprint.get("/<key:key>")
def show(key: int) -> str:
    """One version of a decision; a row has its rule's id as anchor."""
    if not (g.user.deploys or g.user.reads_all):
        raise Forbidden()
    found = resource(g.session, key)
    if found is None or found.kind != "decision":
        raise NotFound()
    newer = latest(g.session, "decision", found.resource_id)
    return render_template(
        "decision.html",
        definition=found,
        newer=newer if newer is not None and newer.key != key else None,
        body=_body(found.data, found.resource_id),
    )


def _body(data: bytes, decision_id: str) -> dict[str, Any]:
    """The logic of the decision, as `dmn_xml` reads it."""
    nodes = dmn_xml.read(data)["nodes"].values()
    return next((node["body"] for node in nodes if node["id"] == decision_id and node.get("body")), {"kind": "none"})
