"""The first page of administration: how the house stands, and the cases that nothing moves."""

from flask import Blueprint, g, render_template

from service.errors import Forbidden
from service.operations import standing
from service.releases import resource

blueprint = Blueprint("pages_admin", __name__, url_prefix="/admin")


@blueprint.get("")
def index() -> str:
    """Figures, each with the way to what it counts."""
    if not (g.user.reads_all or g.user.keeps_accounts):
        raise Forbidden()
    stuck = standing.stuck(g.session, g.user, now=g.now) if g.user.reads_all else ()
    cases = [
        (instance, definition.name if (definition := resource(g.session, instance.definition_key)) else "")
        for instance in stuck
    ]
    return render_template("admin/index.html", now_is=standing.now_standing(g.session, now=g.now), cases=cases)
