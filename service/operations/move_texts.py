"""What is said to people about modifications and migrations that are impossible, each with its remedy."""

from collections.abc import Iterable, Mapping
from typing import Final

from service.engine.types import Finding
from service.errors import Fault


def _l(text: str) -> str:
    """Marks what has a translation; it is translated at the rim."""
    return text


#: Code → what is wrong and what to do. The keys of their translations are the English texts.
TEXTS: Final[Mapping[str, str]] = {
    # modifications
    "UNKNOWN_ELEMENT": _l("The diagram has no such element; use the id of one of its elements."),
    "NOT_TO_BE_ACTIVATED": _l(
        "Start events, boundary events, events behind an event-based gateway and what compensates cannot be activated; "
        "activate what follows, or the gateway itself."
    ),
    "INSIDE_MULTI_INSTANCE": _l(
        "The element lies inside a multi-instance activity that is not active; activate the whole activity."
    ),
    "AMBIGUOUS_SCOPE": _l(
        "The sub-process around the element is active more than once; name one of them as ancestorElementInstanceKey."
    ),
    "NO_ANCESTOR": _l(
        "This is no active sub-process around the element; name one that is, or leave ancestorElementInstanceKey out."
    ),
    "NO_VARIABLE_SCOPE": _l(
        "Variables go into the element itself or into a sub-process around it; "
        "name one of these, or nothing for the process instance."
    ),
    "NOT_ACTIVE": _l("No element instance with this key is active in the process instance; look again which are."),
    "NONE_ACTIVE": _l("No instance of this element is active in the process instance; look again which are."),
    "ENDS_CALLED_INSTANCE": _l(
        "Nothing would be left of an instance that another one called, and that would wait for ever; "
        "modify or cancel the calling instance."
    ),
    # migrations: errors
    "UNKNOWN_SOURCE": _l("The present version has no such element; take the mapping out."),
    "UNKNOWN_TARGET": _l("The other version has no such target element; map to one that it has."),
    "NOT_MAPPED": _l("The element is active and not mapped; map it to one of the same type, or move its token first."),
    "TYPE_CHANGED": _l("The target is of another type; map to one of the same type, or move the token first."),
    "SCOPE_CHANGED": _l("The target lies in another sub-process; map the sub-process too, or move the token first."),
    "EVENT_CHANGED": _l(
        "The target's event is of another kind; leave the mapping out: the old one closes, the new one opens."
    ),
    "LOOP_CHANGED": _l("The target repeats in another way, which a running loop cannot change; let it end first."),
    "JOIN_FLOW_MISSING": _l(
        "A token waits at this join that came by a flow which the target has not; map that flow's id to one it has."
    ),
    "JOIN_COMPLETE": _l(
        "The target's join would wait for nothing more, and a migration moves nothing; move the tokens first."
    ),
    "EVENT_ELSEWHERE": _l("The target event is attached to something else; leave this mapping out."),
    "EVENT_TWICE": _l("Two events are mapped to the same; leave one of the mappings out."),
    "UNDOING_NOT_MAPPED": _l("This activity was completed and may have to be compensated; map it too."),
    "UNDOING_LOST": _l(
        "This activity was completed and may have to be compensated, which the target cannot; map it to one that can."
    ),
    "STATE_FIXED": _l("The instance holds something that cannot be carried over; let it pass this point first."),
    "FORM_MISSING": _l("The form of this task is not in the other release; deploy it together with the process."),
    "STOPS": _l("The instance could not wait for this event; correct the variables it needs, or the diagram."),
    "SAME_VERSION": _l("The instance runs under this version already."),
    "TWICE": _l("This element is mapped twice; leave one out."),
    # migrations: what should be known
    "EVENT_KEPT": _l("The event is defined otherwise; what is being waited for stays as it is."),
    "CONDITION_FOLLOWS": _l("The condition is another; from now on the new one is asked."),
    "EVENT_CLOSED": _l("The event is not mapped; it is no longer waited for."),
    "EVENT_OPENED": _l("The event is waited for from now on; a timer begins anew."),
    "ASSIGNMENT_KEPT": _l("The assignment is defined otherwise; an open task stays with whom it was offered to."),
    "SCHEDULE_KEPT": _l("The due dates are defined otherwise; an open task keeps its own."),
    "PRIORITY_KEPT": _l("The priority is defined otherwise; an open task keeps its own."),
    "JOB_KEPT": _l("The job is defined otherwise; an open one keeps type and retries."),
    "CALL_KEPT": _l("Another process is called; the one that runs goes on."),
    "FORM_CHANGED": _l(
        "The open task shows the form of the other version; drafts are kept as far as its fields are there."
    ),
    "RELEASE_DIFFERS": _l("From now on another version of this resource holds."),
}


def faults(findings: Iterable[Finding], places: Mapping[str, str] | None = None) -> list[Fault]:
    """Findings for the caller; `places` are the names of the engine's places in the request."""
    named = places or {}
    return [Fault(named.get(each.place, each.place), TEXTS[each.code], each.code) for each in findings]
