"""The book of acts: who did what to whom, when and why."""

from flask import Blueprint, g, render_template, request

from service.operations import administration, people
from service.pages.admin.common import PAGE_SIZE
from service.schemas.base import parse_key

blueprint = Blueprint("pages_acts", __name__, url_prefix="/admin/acts")


@blueprint.get("")
def index() -> str:
    """The newest first; with the check of its chain."""
    administration.check_reads(g.user)
    asked = {name: request.args.get(name, "").strip() for name in ("subject", "actor")}
    found = administration.acts(
        g.session, **asked, before=parse_key(request.args.get("after", "")), limit=PAGE_SIZE
    )  # fmt: skip
    return render_template(
        "admin/acts.html",
        found=found,
        names=people.account_names(g.session, [each.actor for each in found]),
        asked=asked,
        report=administration.verify(g.session),
        full=len(found) == PAGE_SIZE,
        paged="after" in request.args,
    )
