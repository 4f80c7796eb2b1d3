"""Drafts of deployments: what waits for another person's release, what it would change, and the two buttons."""

from difflib import unified_diff

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.errors import Forbidden, NotFound
from service.models import DeploymentDraft
from service.operations import deployment_drafts, people
from service.releases import is_overtaken, library

blueprint = Blueprint("pages_drafts", __name__, url_prefix="/processes/drafts")
PER_PAGE = 50
#: A page shows no more of a file's differences; the file itself is with its author.
MOST_LINES = 3_000


@blueprint.get("")
def index() -> str:
    """All drafts, the newest first."""
    if not (g.user.deploys or g.user.reads_all):
        raise Forbidden()
    before = request.args.get("before", type=int)
    found = deployment_drafts.newest_first(g.session, limit=PER_PAGE + 1, before=before)
    drafts = found[:PER_PAGE]
    return render_template(
        "deployment_drafts.html",
        drafts=drafts,
        names=_names(drafts),
        older=drafts[-1].key if len(found) > PER_PAGE else None,
    )


@blueprint.get("/<key:key>")
def show(key: int) -> str:
    """One draft with the resources that it would change."""
    draft = deployment_drafts.visible(g.session, key, g.user)
    return render_template(
        "deployment_draft.html",
        draft=draft,
        names=_names([draft]),
        overtaken=draft.state == "OPEN" and is_overtaken(g.session, draft),
        own=draft.person == g.user.identity,
    )


@blueprint.get("/<key:key>/difference")
def difference(key: int) -> str:
    """How one of its files differs from the release that it was compared with, line by line."""
    draft = deployment_drafts.visible(g.session, key, g.user)
    name = request.args.get("file", "")
    files = deployment_drafts.files_of(g.session, draft)
    base = library(g.session, draft.base_release_key)
    old = next((each.data for each in base.everything() if each.file_name == name), b"")
    if name not in files and not old:
        raise NotFound()
    lines = list(unified_diff(_lines(old), _lines(files.get(name, b"")), lineterm="", n=3))[2:]
    return render_template(
        "deployment_difference.html", draft=draft, name=name, lines=lines[:MOST_LINES], cut=len(lines) > MOST_LINES
    )


@blueprint.post("/<key:key>/approval")
def approve(key: int) -> Response:
    """Release it: it is deployed."""
    deployment_drafts.approve(g.session, key, g.user, now=g.now)
    return redirect(url_for("pages_drafts.show", key=key))


@blueprint.post("/<key:key>/discard")
def discard(key: int) -> Response:
    """Give it up."""
    deployment_drafts.discard(g.session, key, g.user, request.form.get("reason", "").strip(), now=g.now)
    return redirect(url_for("pages_drafts.show", key=key))


def _names(drafts: list[DeploymentDraft]) -> dict[str, str]:
    usernames = [name for draft in drafts for name in (draft.drafted_by, draft.decided_by) if name]
    return {name: name for name in usernames} | people.account_names(g.session, usernames)


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines()
