"""`/v2/jobs`"""

from datetime import timedelta

from flask import Blueprint, Response, g
from sqlalchemy import select

from service import access, db, keys
from service.api.bodies import NOTHING, body, page, plain, search_body
from service.errors import BadArgument
from service.models import Job, ProcessInstance
from service.operations import jobs, nouns, search
from service.schemas import present, requests, results
from service.web.dispatch import reads

blueprint = Blueprint("jobs", __name__, url_prefix="/v2/jobs")
_RESULT, _ACTIVATED = results.JobSearchResult(), results.ActivatedJobResult()


@blueprint.post("/activation")
@reads
def activate() -> Response:
    """Lease jobs to a worker; waits for the first if there is none. Leases are taken in transactions of their own."""
    given = body(requests.ActivateJobsSchema())
    asked = given["request_timeout"] or 0
    wait = jobs.DEFAULT_WAIT if asked == 0 else timedelta(milliseconds=max(asked, 0))
    user = g.user
    g.session.rollback()  # waiting holds no transaction
    found = jobs.activate(
        db.database(keys.config().database_url),
        user,
        type=given["type"],
        worker=given["worker"] or "",
        lease=timedelta(milliseconds=given["timeout"]),
        limit=given["max_jobs_to_activate"],
        wait=wait,
    )
    rows = g.session.execute(
        select(Job, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.key == Job.instance_key)
        .where(Job.key.in_(found))
        .order_by(Job.due_at, Job.key)
    )
    items = [
        _ACTIVATED.dump(present.activated_job(g.session, job, instance, given["fetch_variable"]))
        for job, instance in rows
    ]
    return plain({"jobs": items})


@blueprint.post("/<key:key>/completion")
def complete(key: int) -> tuple[str, int]:
    """A worker finished its job."""
    given = body(requests.CompleteJobSchema())
    if given.get("result"):
        raise BadArgument("Results of listeners are not supported; leave “result” out.")
    jobs.complete(g.session, key, given["variables"] or {}, g.user, now=g.now)
    return NOTHING


@blueprint.post("/<key:key>/failure")
def fail(key: int) -> tuple[str, int]:
    """A worker could not do its job."""
    given = body(requests.FailJobSchema())
    back_off = timedelta(milliseconds=given["retry_back_off"] or 0)
    jobs.fail(g.session, key, given["retries"] or 0, given["error_message"] or "", back_off, g.user, now=g.now)
    return NOTHING


@blueprint.post("/<key:key>/error")
def throw_error(key: int) -> tuple[str, int]:
    """A worker found a BPMN error."""
    given = body(requests.ThrowJobErrorSchema())
    jobs.throw_error(
        g.session, key, given["error_code"], given["error_message"] or "", given["variables"] or {}, g.user, now=g.now
    )
    return NOTHING


@blueprint.post("/search")
@reads
def find() -> Response:
    """Search jobs."""
    mine = access.unrecused(g.user, Job.instance_key)
    scope = mine if g.user.works else access.inner_scope(g.user, Job.instance_key)
    found = search.search(g.session, nouns.JOBS, search_body(), scope)
    return page(found, _RESULT, lambda row: present.job(g.session, *row))
