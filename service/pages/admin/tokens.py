"""The tokens of everybody that still serve."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.operations import administration, people, sessions
from service.pages.admin.common import PAGE_SIZE, attempt, text
from service.schemas.base import parse_key

blueprint = Blueprint("pages_tokens", __name__, url_prefix="/admin/tokens")


@blueprint.get("")
def index() -> str:
    """The latest first."""
    return _page()


@blueprint.post("/<key:key>/end")
def end(key: int) -> Response:
    """End somebody's, with a reason."""

    def act() -> Response:
        sessions.revoke_of_another(g.session, g.user, key, reason=text("reason"), now=g.now)
        return redirect(url_for(".index", done=1))

    return attempt(act, _page)


def _page(error: str | None = None) -> str:
    administration.check_reads(g.user)
    after = parse_key(request.args.get("after", "")) or 0
    found = sessions.tokens(g.session, None, at=g.arrived_at, after=after, limit=PAGE_SIZE)
    return render_template(
        "admin/tokens.html",
        found=found,
        names=people.account_names(g.session, [each.username for each in found]),
        full=len(found) == PAGE_SIZE,
        paged="after" in request.args,
        error=error,
        done=bool(request.args.get("done")),
    )
