"""`deployment.read`, `deployment.discard`, `deployment.release`: drafts, for the process that decides."""

from service.connectors.call import ConnectorCall, ConnectorFault
from service.models import DeploymentDraft
from service.releases import is_overtaken
from service.values import Variables


def read(call: ConnectorCall) -> Variables:
    """What the draft `draft` would change, and whether a newer release stands in its way."""
    draft = _draft(call)
    return {
        "draft": {
            "key": str(draft.key),
            "state": draft.state,
            "drafter": draft.drafted_by,
            "overtaken": is_overtaken(call.session, draft),
            "warnings": list(draft.warnings),
            "changes": [dict(row) for row in draft.changes],
        }
    }


def discard(call: ConnectorCall) -> Variables:
    """Give the draft up, with a `reason`."""
    draft = _draft(call)
    if draft.instance_key != call.root_key or draft.state != "OPEN":
        raise ConnectorFault(f"draft {draft.key} is not open, or another case decides on it")
    draft.state, draft.decided_at, draft.decided_by = "DISCARDED", call.now, call.actor
    draft.reason = call.optional_text("reason")
    return {}


def release(call: ConnectorCall) -> Variables:
    """Deploy the draft: `approver` is the account of somebody else who did a task in this case.

    Only named here; it is deployed where the answer is brought in, in one transaction with the case's next step.
    """
    return {"release": {"draft": str(_draft(call).key), "approver": call.text("approver")}}


def _draft(call: ConnectorCall) -> DeploymentDraft:
    key = call.text("draft")
    draft = call.session.get(DeploymentDraft, int(key)) if key.isdecimal() else None
    if draft is None:
        raise ConnectorFault(f"there is no draft {key}")
    return draft
