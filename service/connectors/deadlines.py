"""`deadline.set` and `deadline.check`: movable deadlines, one row each, followed by the timers of all instances."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from service import db
from service.clock import ZONE
from service.connectors.call import ConnectorCall, ConnectorFault
from service.errors import Refused
from service.models import Deadline, Job
from service.registers.refusals import RuleRefused, explained
from service.values import Variables


class DeadlinePassed(RuleRefused):
    """The request arrived after the deadline."""

    code = "DEADLINE_PASSED"
    message = "The deadline was %(at)s."


class DeadlineOnlyLater(RuleRefused):
    """A deadline that others rely on was to be moved forward."""

    code = "DEADLINE_ONLY_LATER"
    message = "A deadline can only be moved to a later time; it is %(at)s."


def put(call: ConnectorCall) -> Variables:
    """Set a deadline, or move it to a later instant for everybody at once."""
    name, at = call.text("name"), call.instant("at")
    if at is None:
        raise ConnectorFault("the input “at” is missing")
    at = at.astimezone(UTC)
    made = call.session.get(Deadline, name) is None and _make(call, name, at)
    deadline = call.session.get_one(Deadline, name, populate_existing=True, with_for_update=True)
    if at < deadline.due_at:
        raise explained(call.authority, DeadlineOnlyLater(at=_local(deadline.due_at)))
    elif at > deadline.due_at:
        deadline.due_at, deadline.version = at, deadline.version + 1
        deadline.reason = call.optional_text("reason") or ""
    elif not made:
        return {"deadline": _told(deadline)}
    _review(call, name)
    return {"deadline": _told(deadline)}


def check(call: ConnectorCall) -> Variables:
    """Refuse what arrived after a deadline; the instant itself is still in time.

    `at` is the instant to be checked in place of the request's arrival. Article and words come from the inputs
    `article` and `reason`, else from the decision that explains codes.
    """
    name = call.text("name")
    deadline = call.session.get(Deadline, name, populate_existing=True)
    if deadline is None:
        raise ConnectorFault(f"there is no deadline “{name}”")
    if (call.instant("at") or call.now) <= deadline.due_at:
        return {"deadline": _told(deadline)}
    code, article = call.optional_text("code") or "DEADLINE_PASSED", call.optional_text("article")
    if (reason := call.optional_text("reason")) is not None:
        raise Refused(code, reason, article=article)
    refusal = DeadlinePassed(code=code, at=_local(deadline.due_at))
    refusal.article = article
    raise explained(call.authority, refusal)


def _make(call: ConnectorCall, name: str, at: datetime) -> bool:
    """False if somebody else made it at this moment; then theirs is there to be moved."""
    row = {"name": name, "due_at": at, "version": 1, "reason": call.optional_text("reason") or ""}
    try:
        with call.session.begin_nested():
            call.session.execute(insert(Deadline), [row])
    except IntegrityError:
        return False
    return True


def _review(call: ConnectorCall, name: str) -> None:
    """Waiting timers that follow this deadline are found and moved by a follow-up job."""
    call.session.add(
        Job(
            key=db.new_key(call.session),
            kind="review",
            root_key=call.root_key,
            element_id=call.wait.element_id,
            due_at=call.now,
            deadline=name,
            data={},
            retries=3,
            created_at=call.now,
        )
    )
    call.session.info["follow_ups"] = True


def _told(deadline: Deadline) -> Variables:
    return {
        "name": deadline.name,
        "at": deadline.due_at.astimezone(ZONE).isoformat(),
        "version": Decimal(deadline.version),
    }


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
