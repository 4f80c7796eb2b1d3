"""`/api/v1/user-tasks/K`: what v2 does not have: claiming, and forms half filled in, the records that a task shows."""

from flask import Blueprint, Response, g, request

from service.api.bodies import NOTHING, body, plain
from service.operations import drafts, shown_records, user_tasks
from service.schemas.base import instant
from service.schemas.requests import DraftSchema, ReferenceSchema

blueprint = Blueprint("own_tasks", __name__, url_prefix="/api/v1/user-tasks")


@blueprint.post("/<key:key>/claim")
def claim(key: int) -> tuple[str, int]:
    """Take an offered task; 409 if somebody was faster."""
    body(ReferenceSchema())
    user_tasks.claim_user_task(g.session, key, g.user, now=g.now)
    return NOTHING


@blueprint.get("/<key:key>/records")
def show_records(key: int) -> Response:
    """The records that the task shows, without what its reader may not see of them."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    found = shown_records.of_task(g.session, g.user, task)
    items = [
        {
            "registerId": shown.register.id,
            "title": shown.register.title,
            "recordId": shown.row.id,
            "state": shown.row.state,
            "version": shown.row.version,
            "data": shown.data,
        }
        for shown in found
    ]
    return plain({"items": items})


@blueprint.get("/<key:key>/draft")
def show_draft(key: int) -> Response | tuple[str, int]:
    """What one filled in oneself, with its ETag; 204 if nothing."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    draft = drafts.find(g.session, task, g.user)
    if draft is None:
        return NOTHING
    response = plain({"userTaskKey": str(key), "data": draft.data, "savedAt": instant(draft.saved_at)})
    response.set_etag(drafts.mark(draft))
    return response


@blueprint.put("/<key:key>/draft")
def save_draft(key: int) -> Response:
    """Keep what was filled in. Where a draft is there already, `If-Match` must name it."""
    given = body(DraftSchema())
    task = user_tasks.visible_user_task(g.session, key, g.user)
    draft = drafts.replace(g.session, task, given["data"], g.user, now=g.now, known=_known())
    response = Response(status=204)
    response.set_etag(drafts.mark(draft))
    return response


@blueprint.delete("/<key:key>/draft")
def delete_draft(key: int) -> tuple[str, int]:
    """Throw away what was filled in."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    drafts.discard(g.session, task, g.user, known=_known())
    return NOTHING


def _known() -> set[str] | None:
    """The versions that `If-Match` names; None without it."""
    return set(request.if_match.as_set(include_weak=True)) if "If-Match" in request.headers else None
