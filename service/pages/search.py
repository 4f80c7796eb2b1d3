"""One search over cases, records and people; each kind by itself has further pages."""

from typing import Any

from flask import Blueprint, g, render_template, request

from service.operations import finding, people
from service.operations.inbox import MAX_TEXT

blueprint = Blueprint("pages_search", __name__, url_prefix="/search")
KINDS = ("cases", "records", "people")
#: Of each kind at first, and on a page of one kind.
FEW, MANY = 5, 20


@blueprint.get("")
def show() -> str:
    """What was found; without a text only the field to write it in."""
    text = request.args.get("q", "").replace("\0", "").strip()[:MAX_TEXT]
    asked = request.args.get("in")
    kind = asked if asked in KINDS else None
    after = request.args.get("after") if kind else None
    limit = MANY if kind else FEW
    found: dict[str, Any] = {}
    if text and kind in (None, "cases"):
        found["cases"] = finding.cases(g.session, g.user, text, limit=limit, after=after)
    if text and kind in (None, "records"):
        found["records"] = finding.in_records(g.session, g.user, text, limit=limit, after=after)
    groups = {}
    if text and (kind == "people" or (kind is None and g.user.reads_all)):
        found["people"] = accounts = finding.people(g.session, g.user, text, limit=limit, after=after)
        groups = people.groups_of(g.session, [account.username for account in accounts.items])
    titles = people.group_titles(g.session, {name for names in groups.values() for name in names})
    return render_template(
        "search.html",
        text=text,
        kind=kind,
        found=found,
        limit=limit,
        paged=after is not None,
        memberships={name: [titles[group] for group in names] for name, names in groups.items()},
    )
