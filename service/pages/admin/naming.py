"""The words of administration: acts in the book, groups of the system, what the worker does."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from service.models import AdministrativeAct, Group
from service.operations import administration

ACTS: Mapping[str, Any] = {
    "ACCOUNT_CREATED": _l("made the account"),
    "ACCOUNT_DESCRIBED": _l("corrected name or mail address"),
    "ACCOUNT_ENDED": _l("ended the account"),
    "ACCOUNT_RESTORED": _l("restored the account"),
    "CALENDAR_CHANGED": _l("changed working days"),
    "GROUP_ENTERED": _l("put into the group"),
    "GROUP_LEFT": _l("took out of the group"),
    "INVITATION_ACCEPTED": _l("set the first password"),
    "MESSAGE_PUBLISHED": _l("published the message"),
    "PARTY_CREATED": _l("made the party"),
    "PARTY_RENAMED": _l("corrected the party's name"),
    "PASSWORD_CHANGED": _l("changed the own password"),
    "PASSWORD_RESET": _l("gave a new password"),
    "PERSON_LINKED": _l("said whose account it is"),
    "PERSON_UNLINKED": _l("said that it is a person of its own"),
    "PROFILE_CHANGED": _l("changed the own profile"),
    "SESSIONS_ENDED": _l("signed out everywhere"),
    "SUBSTITUTE_ENDED": _l("took a substitute back"),
    "SUBSTITUTE_NAMED": _l("named a substitute"),
    "TOKEN_CREATED": _l("made a token"),
    "TOKEN_REVOKED": _l("ended a token"),
}
#: Details of an act that are shown, in this order.
_SHOWN = (
    "group",
    "groups",
    "person",
    "substitute",
    "first_day",
    "last_day",
    "token",
    "before",
    "after",
    "changed",
    "days",
)
GROUPS: Mapping[str, tuple[Any, Any]] = {
    "admin": (
        _l("Administrators"),
        _l("Everything that is no person's own act: accounts, groups, calendar, mending."),
    ),
    "deployer": (_l("Deployers"), _l("Deploy and edit diagrams, start every process.")),
    "operator": (
        _l("Operators"),
        _l("See everything; resolve incidents, cancel, publish messages, assign tasks."),
    ),
    "auditor": (
        _l("Auditors"),
        _l("See everything with its history, accounts and the book of acts; change nothing."),
    ),
    "worker": (_l("Programs that work"), _l("Take jobs of service tasks.")),
    "sysadmin": (
        _l("System administrators"),
        _l("Keep accounts, groups of the procedure, parties, tokens and the calendar; see no case."),
    ),
    "archivist": (_l("Archivists"), _l("Erase personal values whose time has passed; nothing else.")),
}
ACTORS: Mapping[str, Any] = {
    administration.CONSOLE: _l("the command line"),
    administration.WORKER: _l("the service, by date"),
    administration.DIRECTORY: _l("the directory"),
}
JOBS: Mapping[str, Any] = {
    "service": _l("for outside workers"),
    "connector": _l("connectors"),
    "timer": _l("timers"),
    "start_timer": _l("timed starts"),
    "start_child": _l("starts of called processes"),
    "finish_child": _l("ends of called processes"),
    "cancel_child": _l("cancellations of called processes"),
    "deliver": _l("messages to be delivered"),
    "publish": _l("messages to be published"),
    "signal": _l("signals"),
    "review": _l("deadlines to be counted anew"),
    "batch": _l("batches"),
}

#: Kind of an incident → what happened, and what mends it.
INCIDENTS: Mapping[str, tuple[Any, Any]] = {
    "EXTRACT_VALUE_ERROR": (
        _l("A value that is needed here is missing or of the wrong kind."),
        _l("Set what is missing in the case's values and try again; if every case stops here, the diagram is wrong."),
    ),
    "IO_MAPPING_ERROR": (
        _l("What a step takes in or gives out could not be worked out."),
        _l("Set what is missing in the case's values and try again; if every case stops here, the diagram is wrong."),
    ),
    "CONDITION_ERROR": (
        _l("At a fork no way fits, or its condition could not be worked out."),
        _l("Look at the case's values; correct them, or move the case by hand to the right way."),
    ),
    "CALLED_DECISION_ERROR": (
        _l("A decision table gave no answer to these values."),
        _l("Compare the table with the values; deploy a mended table and migrate, or correct the values."),
    ),
    "CALLED_ELEMENT_ERROR": (
        _l("The process that this step calls could not begin."),
        _l("See that the called process is deployed, then try again."),
    ),
    "FORM_NOT_FOUND": (
        _l("The form of this task is not in the release."),
        _l("Deploy the form with its process, migrate the case to it, then mark as resolved."),
    ),
    "JOB_NO_RETRIES": (
        _l("An automatic step failed again and again and was given up."),
        _l("Read the message below; when its cause is gone, try again."),
    ),
    "MESSAGE_SIZE_EXCEEDED": (
        _l("The values of the case are larger than what the service keeps."),
        _l("The diagram collects too much: its owner should keep lists in registers. Then move the case by hand."),
    ),
    "UNHANDLED_ERROR_EVENT": (
        _l("A step reported an error for which the diagram has no way."),
        _l("Move the case by hand to where it shall go on, and tell the owner of the diagram."),
    ),
}
OTHER_INCIDENT = (
    _l("The procedure could not go on here."),
    _l("Read the message below; mend its cause, then try again. If you cannot, tell the owner of the diagram."),
)


def incident(kind: str) -> tuple[str, str]:
    """What happened, and what mends it."""
    meaning, remedy = INCIDENTS.get(kind, OTHER_INCIDENT)
    return str(meaning), str(remedy)


def act(kind: str) -> str:
    """What was done."""
    return str(ACTS.get(kind, kind))


def act_details(act: AdministrativeAct) -> str:
    """What the act says of itself, in a few words."""
    body = json.loads(act.body)
    found = []
    for name in _SHOWN:
        value = body.get(name)
        if isinstance(value, list):
            found.append("、".join(map(str, value[:20])) + (" …" if len(value) > 20 else ""))
        elif value:
            found.append(f"{gettext('until')} {value}" if name == "last_day" else str(value))
    return " · ".join(filter(None, found))


def job(kind: str) -> str:
    """What the worker does."""
    return str(JOBS.get(kind, kind))


def actor(name: str, shown: str) -> str:
    """Who did it; nobody signs in as one of the house's own."""
    return str(ACTORS.get(name, shown))


def group(group: Group) -> str:
    """A group as people call it."""
    return group_title(group.name, group.title)


def group_title(name: str, title: str) -> str:
    """The same by its parts."""
    return str(GROUPS[name][0]) if name in GROUPS else title


def group_rights(name: str) -> str:
    """What a group of the system may; empty for those of a procedure."""
    return str(GROUPS[name][1]) if name in GROUPS else ""
