"""The pages on which processes are started: which ones, and what their forms show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import g, render_template, request

from service import access
from service.errors import Fault, Forbidden, NotFound, ServiceError
from service.operations import drafts, instances
from service.pages import filled
from service.releases import Deployed, library, newest
from service.values import Value
from service.web.problems import text_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A process that this user may start: what it is for, and since when they have a draft of its form."""

    process: Deployed
    purpose: str
    begun: datetime | None


def choices() -> list[Choice]:
    """Processes with a plain start event whose `startGroups` this user belongs to, those begun first."""
    release = newest(g.session)
    begun = drafts.begun(g.session, g.user)
    found = [
        Choice(process, purpose(process), begun.get(process.resource_id))
        for process in (release.all("process") if release else ())
        if access.may_start(g.user, process.facts.get("properties", {}))
        and any(event["kind"] == "none" for event in process.facts["start_events"])
    ]
    return sorted(found, key=lambda choice: choice.begun is None)


def purpose(process: Deployed) -> str:
    """What the diagram says in words of the process."""
    return str((process.facts.get("documentation") or {}).get(process.resource_id, ""))


def startable(process_id: str) -> Deployed:
    """The process as it is in force. Raises `NotFound`, `Forbidden`."""
    release = newest(g.session)
    process = release.get("process", process_id) if release else None
    if process is None:
        raise NotFound()
    if not access.may_start(g.user, process.facts.get("properties", {})):
        raise Forbidden()
    return process


def render(
    process: Deployed,
    answers: Mapping[str, Value] | None = None,
    faults: Sequence[Fault] = (),
    refusal: ServiceError | None = None,
    elsewhere: drafts.DraftElsewhere | None = None,
) -> str:
    """The start form; with what was just typed where something is to be mended, else with the draft."""
    found = instances.start_form(g.session, process)
    release = library(g.session, process.release_key)
    draft = drafts.find_start(g.session, process.resource_id, g.user)
    shown = answers if answers is not None else dict(draft.data) if draft else {}
    known = request.form.get("_known") if answers is not None else None
    return render_template(
        "start_form.html",
        process=process,
        purpose=purpose(process),
        form=filled.shown(found.form, release, {}, shown, faults=faults) if found else None,
        business_id=request.form.get("_business_id", ""),
        saved_at=draft.saved_at if draft else None,
        mark=known if known is not None else drafts.mark(draft) if draft else "",
        elsewhere=elsewhere,
        just_saved=request.method == "GET" and "saved" in request.args,
        refusal=refusal,
        refusal_text=text_of(refusal) if refusal else None,
    )
