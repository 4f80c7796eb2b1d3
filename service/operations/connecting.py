"""After-commit connectors: worked out by the worker without any lock, then brought in as the job's completion.

Two phases, so that a minute of computing keeps nobody waiting: `worked_out` reads and computes, `bring_in` moves the
instance under its lock. If the task was left meanwhile, the answer is thrown away.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from service.connectors import AFTER_COMMIT, ConnectorCall, ConnectorFault
from service.engine.types import CompleteTask, EngineError, JobWait
from service.errors import Refused
from service.models import Job, ProcessInstance
from service.operations import acting, deployment_drafts, documents, moments
from service.releases import library
from service.values import Variables

#: The kind of their jobs.
KIND = "connector"


def worked_out(session: Session, key: int, token: str | None, *, now: datetime) -> Variables | None:
    """The answer of the job's connector; None if the job is of another kind or not ours. `session` only reads.

    Raises `EngineError` for a mistake of the diagram and for a refusal: there is no person to hear it.
    """
    job = session.get(Job, key)
    if job is None or job.kind != KIND or job.lease_token != token or job.instance_key is None:
        return None
    instance = session.get(ProcessInstance, job.instance_key)
    if instance is None or job.type is None or job.element_id is None:
        return None
    call = ConnectorCall(
        session=session,
        library=library(session, instance.release_key),
        calendar=moments.calendar(session),
        instance_key=instance.key,
        root_key=instance.root_key,
        wait=JobWait(
            job.wait or 0,
            job.element_id,
            str(job.data["name"]),
            job.type,
            job.retries,
            job.data["headers"],
            job.data["variables"],
        ),
        now=now,
        actor=None,
    )
    element_id = job.element_id
    try:
        return AFTER_COMMIT[job.type](call)
    except ConnectorFault as fault:
        raise EngineError("IO_MAPPING_ERROR", element_id, fault.reason) from fault
    except Refused as refusal:
        raise EngineError("UNKNOWN", element_id, f"{refusal.code}: {refusal}") from refusal


def bring_in(move: acting.Move, job: Job, answer: Variables) -> None:
    """The instance goes on with what was worked out; `evidence` in it goes into the history, not into the variables,
    `issued` is a document of the instance, and `release` a draft of a deployment that is deployed now.
    """
    told = dict(answer)
    wait = job.wait or 0
    if "evidence" in told:
        move.evidence[str(wait)] = told.pop("evidence")
    issued = told.pop("issued", None)
    if isinstance(issued, dict):
        documents.issue(move.session, move.instance, issued, now=move.setting.now)
    release = told.pop("release", None)
    if isinstance(release, dict):
        done = deployment_drafts.release_in_case(move, int(str(release["draft"])), str(release["approver"]))
        told["release_key"] = str(done.release_key)
    move.act(CompleteTask(wait, told), "JOB_COMPLETED", element_id=job.element_id, element_instance=wait)
