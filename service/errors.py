"""What the service says when it refuses: one class per thing a caller can do about it.

Every refusal has an HTTP status, a stable `code`, and a message in the user's language. Messages
are lazy translations with named fields; `details` carries the fields, `errors` the faults of
single places (`path`, `message`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong place in what was handed in: where (`path`), what is wrong, and a stable code.

    `details` are further members for programs, JSON values by name.
    """

    path: str
    message: str
    code: str = "INVALID"
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)


class ServiceError(Exception):
    """Base of all refusals. `str(error)` is English; the edge translates `message` with `details`.

    `article` and `remedy` (what the person can do now) are the procedure's own words, where it has some.

    `message` is an English template, which is also the key of its translation
    (`service/translations`); templates use `%(name)s`.
    """

    status: ClassVar[int] = 400
    code: str = "INVALID_ARGUMENT"
    #: The `title` of the problem document: what the clients of the Camunda 8 REST API print.
    title: ClassVar[str] = "INVALID_ARGUMENT"
    message: str = "The request cannot be carried out."
    #: What was done until then is kept: the refusal is about what comes next.
    keeps: ClassVar[bool] = False

    def __init__(
        self, *, errors: Sequence[Fault] = (), article: str | None = None, remedy: str | None = None, **details: Any
    ) -> None:
        self.errors, self.article, self.remedy, self.details = tuple(errors), article, remedy, details
        super().__init__(self.message % details if details else self.message)


class Invalid(ServiceError):
    """Something in the request is wrong; `errors` names each place."""

    message = "The request has %(count)s faults; see the list."

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__(errors=errors, count=len(errors))


class BadArgument(ServiceError):
    """One argument is wrong and the text says which: a template of its own (the key of its translation) and fields.

    `BadArgument("%(name)s must be a list.", name=name)`. With `reason` alone the text is as it stands.
    """

    message = "%(reason)s"

    def __init__(self, template: str | None = None, **details: Any) -> None:
        if template is not None:
            self.message = template
        super().__init__(**details)


class Unauthenticated(ServiceError):
    """Nobody is signed in, or with wrong credentials."""

    status, code, title = 401, "UNAUTHENTICATED", "Unauthorized"
    message = "Sign in first."


class Forbidden(ServiceError):
    """Known to the caller, but not allowed."""

    status, code, title = 403, "FORBIDDEN", "FORBIDDEN"
    message = "You may not do this."


class NotFound(ServiceError):
    """Unknown, or not to be known: the two answers are the same."""

    status, code, title = 404, "NOT_FOUND", "NOT_FOUND"
    message = "There is nothing at this address, or you may not see it."


class InvalidState(ServiceError):
    """The thing is in another state than the act needs."""

    status, code, title = 409, "INVALID_STATE", "INVALID_STATE"
    message = "This is no longer possible: %(reason)s"


class PreconditionFailed(ServiceError):
    """The thing was changed since the caller read it."""

    status, code, title = 412, "PRECONDITION_FAILED", "PRECONDITION_FAILED"
    message = "It was changed meanwhile; read it again and repeat your change."


class PreconditionRequired(ServiceError):
    """The caller must say which version it means to replace."""

    status, code, title = 428, "PRECONDITION_REQUIRED", "PRECONDITION_REQUIRED"
    message = "Name the version you replace: send the ETag you read as If-Match."


class AlreadyExists(ServiceError):
    """A name, key or message id is taken."""

    status, code, title = 409, "ALREADY_EXISTS", "ALREADY_EXISTS"
    message = "There is already one: %(what)s"


class TaskNotOpen(InvalidState):
    """Somebody was faster, or the procedure went on."""

    code = "TASK_NOT_OPEN"
    message = "“%(task)s” is no longer open."


class TaskNotYours(Forbidden):
    """The user is not the assignee; a candidate claims first."""

    code = "TASK_NOT_YOURS"
    message = "“%(task)s” is not assigned to you; claim it first."


class TaskTaken(InvalidState):
    """Somebody else holds the task."""

    code = "TASK_TAKEN"
    message = "“%(task)s” was taken by %(assignee)s."


class TaskTakenBySomebody(TaskTaken):
    """Somebody else holds the task, and the caller may not know who."""

    message = "“%(task)s” was taken by somebody else."


class InstanceEnded(InvalidState):
    """Nothing moves an instance that has ended."""

    code = "INSTANCE_ENDED"
    message = "The process instance has ended."


class JobClosed(InvalidState):
    """The job was finished, withdrawn, or its instance has ended."""

    code = "JOB_CLOSED"
    message = "The job is %(state)s and cannot be finished again."


class IncidentResolved(InvalidState):
    """Somebody was faster."""

    code = "INCIDENT_RESOLVED"
    message = "The incident is resolved already."


class UnknownAccount(BadArgument):
    """A task cannot be given to nobody."""

    code = "UNKNOWN_ACCOUNT"
    message = "There is no active account “%(username)s”."


class FormInvalid(ServiceError):
    """The answers do not fit the form; `errors` names each field."""

    code = "FORM_INVALID"
    message = "Please correct the marked fields."


class Refused(InvalidState):
    """A rule of the procedure says no; `code` and `article` come from the procedure.

    Raised by guards, unique keys, transitions and deadlines of registers and by in-step connectors. The
    whole act is rolled back and the person at the button reads `reason`.
    """

    message = "%(reason)s"

    def __init__(
        self,
        code: str,
        reason: str,
        *,
        article: str | None = None,
        remedy: str | None = None,
        errors: Sequence[Fault] = (),
    ) -> None:
        super().__init__(errors=errors, article=article, remedy=remedy, reason=reason)
        self.code = code


class Stumbled(InvalidState):
    """The procedure itself could not go on at an element: an incident for its owner to mend.

    `element_id` is the author's id. Nothing of the act was stored.
    """

    code = "INCIDENT"
    message = (
        "The procedure stopped at “%(element)s”: %(reason)s. Nothing was changed; the process owner has been told."
    )


class ModelRefused(ServiceError):
    """A deployment is refused; `errors` holds every finding with element, rule and remedy."""

    code = "MODEL_REFUSED"
    message = "The deployment has %(count)s faults; nothing was deployed."

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__(errors=errors, count=len(errors))


class Overloaded(ServiceError):
    """Too many waiters or a lock that did not come; the same request may be sent again."""

    status, code, title = 503, "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"
    message = "The service is busy; please try again in a moment."
