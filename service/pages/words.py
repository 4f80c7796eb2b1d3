"""The words for codes that the platform uses inside: kinds of events, states, what to do about a refusal."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

#: An event in plain words; `%(element)s` is the element's name as drawn.
EVENTS: Mapping[str, Any] = {
    "INSTANCE_STARTED": _l("The case began"),
    "INSTANCE_CANCELED": _l("The case was cancelled"),
    "INSTANCE_MODIFIED": _l("An operator moved the case by hand"),
    "INSTANCE_MIGRATED": _l("The case was put under another version of its procedure"),
    "USER_TASK_COMPLETED": _l("“%(element)s” was completed"),
    "USER_TASK_CLAIMED": _l("“%(element)s” was claimed"),
    "USER_TASK_ASSIGNED": _l("“%(element)s” was assigned"),
    "USER_TASK_RELEASED": _l("“%(element)s” was given back"),
    "USER_TASK_DELEGATED": _l("“%(element)s” was handed on to be prepared"),
    "USER_TASK_RETURNED": _l("“%(element)s” came back from preparation"),
    "USER_TASK_UPDATED": _l("“%(element)s” was changed"),
    "USER_TASK_REFUSED": _l("“%(element)s” was refused"),
    "TIMER_FIRED": _l("The time of “%(element)s” came"),
    "MESSAGE_CORRELATED": _l("A message arrived at “%(element)s”"),
    "SIGNAL_RECEIVED": _l("A signal arrived at “%(element)s”"),
    "ESCALATION_RECEIVED": _l("An escalation arrived at “%(element)s”"),
    "ERROR_THROWN": _l("An error was reported at “%(element)s”"),
    "JOB_COMPLETED": _l("“%(element)s” was done by a service"),
    "JOB_ERROR_THROWN": _l("The service at “%(element)s” reported an error"),
    "CALL_FINISHED": _l("The process called by “%(element)s” ended"),
    "PERSONAL_DATA_ERASED": _l("Personal values were erased, their time having passed"),
    "DEADLINE_MOVED": _l("A deadline was moved"),
    "CALENDAR_CHANGED": _l("A time was counted anew: the working-day calendar was changed"),
    "VARIABLES_SET": _l("Values were set by an operator"),
    "DOCUMENT_READ": _l("A document was read"),
    "INCIDENT_RAISED": _l("The case stopped at “%(element)s”"),
    "INCIDENT_RESOLVED": _l("The trouble at “%(element)s” was resolved"),
}
OTHER_EVENT = _l("Something happened at “%(element)s”")

STATES: Mapping[str, Any] = {
    "ACTIVE": _l("in progress"),
    "COMPLETED": _l("completed"),
    "TERMINATED": _l("cancelled"),
    "CREATED": _l("open"),
    "CANCELED": _l("withdrawn"),
}

#: How the rows of a decision table play together.
POLICIES: Mapping[str, Any] = {
    "UNIQUE": _l("exactly one row fits"),
    "ANY": _l("all rows that fit agree"),
    "FIRST": _l("the first row that fits"),
    "PRIORITY": _l("the most important row that fits"),
    "OUTPUT ORDER": _l("all rows that fit, the most important first"),
    "RULE ORDER": _l("all rows that fit, in their order"),
    "COLLECT": _l("all rows that fit are collected"),
}

#: What the reader of an error page can do, by code and else by HTTP status.
REMEDIES: Mapping[str | int, Any] = {
    "CSRF": _l(
        "Go back, load the page again, and repeat what you did. What you had typed in a form is kept as a draft."
    ),
    "TASK_NOT_OPEN": _l("Go back to your tasks: the list shows what is open now."),
    "TASK_TAKEN": _l("Go back to your tasks, or ask the person who has taken it to give it back."),
    "TASK_NOT_YOURS": _l("Go back to the task and claim it first."),
    "INCIDENT": _l("You need not do anything. The operators see the incident; try again when they have resolved it."),
    400: _l("Go back and check what you entered."),
    403: _l("If you need this for your work, ask an administrator to put you into the right group."),
    404: _l("Check the address, or go back to your tasks. Somebody else may have finished what you were looking for."),
    405: _l("Go back and use the buttons of the page."),
    409: _l("Go back and load the page again: something has changed meanwhile."),
    410: _l("What stood here is over. Begin again from the first page."),
    413: _l("Choose a smaller file, or several smaller ones."),
    415: _l("Go back and use the buttons of the page."),
    429: _l("Wait as long as it says, then try again."),
    "OPENID_REFUSED": _l("Begin again from the sign-in page, or use an account of this service."),
    "OWN_RIGHTS": _l("Ask another administrator."),
    422: _l("Go back and check what you entered."),
    500: _l("Try again. If it happens again, tell an administrator the number above."),
    503: _l("Wait a moment and load the page again. If it lasts, the service is being maintained; nothing is lost."),
}
TITLES: Mapping[int, Any] = {
    400: _l("This request cannot be carried out"),
    403: _l("You may not do this"),
    404: _l("Not found"),
    405: _l("This address is not for that"),
    409: _l("This is no longer possible"),
    410: _l("No longer there"),
    413: _l("Too large"),
    415: _l("This cannot be accepted"),
    429: _l("Too often"),
    422: _l("This cannot be accepted"),
    500: _l("Something went wrong"),
    503: _l("Please wait"),
}


def event(kind: str, element: str) -> str:
    """An event as a sentence."""
    return str(EVENTS.get(kind, OTHER_EVENT)) % {"element": element}


def state(code: str) -> str:
    """A state as people call it."""
    return str(STATES.get(code, code))


def policy(code: str) -> str:
    """A hit policy in plain words, with its name."""
    return f"{POLICIES.get(code, code)} ({code})"


def remedy(code: str, status: int) -> str:
    """What the reader of an error page can do."""
    return str(REMEDIES.get(code) or REMEDIES.get(status) or REMEDIES[400])


def title(status: int) -> str:
    """The heading of an error page."""
    return str(TITLES.get(status) or TITLES[400])
