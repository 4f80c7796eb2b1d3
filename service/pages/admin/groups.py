"""Groups: their members and what hangs on each."""

from flask import Blueprint, g, render_template, request

from service.errors import NotFound
from service.models import Group
from service.operations import administration, people, rights
from service.pages.admin.common import PAGE_SIZE

blueprint = Blueprint("pages_groups", __name__, url_prefix="/admin/groups")


@blueprint.get("")
def index() -> str:
    """All groups."""
    administration.check_reads(g.user)
    return render_template("admin/groups.html", found=people.groups(g.session))


@blueprint.get("/<name>")
def show(name: str) -> str:
    """One group: what it may, and who is in it."""
    administration.check_reads(g.user)
    group = g.session.get(Group, name) if name.isprintable() else None
    if group is None:
        raise NotFound()
    members = people.find(
        g.session, group=name, active=None, after=request.args.get("after", ""), limit=PAGE_SIZE
    )  # fmt: skip
    return render_template(
        "admin/group.html",
        group=group,
        rights=rights.of_group(g.session, name),
        members=members,
        full=len(members) == PAGE_SIZE,
        paged="after" in request.args,
    )
