"""A signature: a ticked box and the signer's password again, kept as who and when.

The form says where a signature stands (`Form.signatures`, top-level keys only); the operation checks the
password, and the value that is kept is written here, never by the sender.
"""

from collections.abc import Mapping
from typing import Any

from service.engine.feel import Moment
from service.forms.leaves import ZONE
from service.forms.model import Form
from service.values import Value, Variables


def split(form: Form, answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers as an API client sends them → answers for `validate`, and the passwords by key.

    A client sends `{"signed": true, "password": "…"}`; passwords must never reach a stored value,
    an idempotency record or an error.
    """
    plain, passwords = dict(answers), {}
    for key in form.signatures:
        value = answers.get(key)
        if isinstance(value, Mapping) and set(value) <= {"signed", "password"}:
            plain[key] = value.get("signed", False)
            if isinstance(value.get("password"), str):
                passwords[key] = value["password"]
    return plain, passwords


def given(form: Form, cleaned: Mapping[str, Value]) -> tuple[str, ...]:
    """The keys of the signatures that were given: those that need a password."""
    return tuple(key for key in form.signatures if cleaned.get(key) is True)


def seal(form: Form, cleaned: Mapping[str, Value], *, by: str, moment: Moment) -> Variables:
    """The cleaned values with every signature as it is kept; call it after the password was checked."""
    at = moment.now.astimezone(ZONE).isoformat(timespec="seconds")
    sealed = dict(cleaned)
    for key in form.signatures:
        if key in sealed:
            signed = sealed[key] is True
            sealed[key] = {"signed": True, "at": at, "by": by} if signed else {"signed": False, "at": None, "by": None}
    return sealed
