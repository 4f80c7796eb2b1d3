"""What registers refuse on their own account, and how a code gets its article and reason from the procedure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.engine.calendar import WorkCalendar
from service.engine.feel import FeelError, Moment, host
from service.errors import Fault, Refused
from service.registers.declaration import REASONS
from service.releases import ReleaseLibrary
from service.values import Value


class RegisterFault(Exception):
    """A mistake in a declaration or a diagram, not of the person: the act becomes an incident."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Authority:
    """In whose name, when, and by the rules of which release something is written."""

    library: ReleaseLibrary
    calendar: WorkCalendar
    now: datetime
    #: Username of the person who acts; None for timers and messages.
    actor: str | None = None
    #: The process instance that writes; None where a person writes by hand.
    instance_key: int | None = None

    @property
    def moment(self) -> Moment:
        """What expressions may depend on."""
        return Moment(self.now, self.calendar)


class RuleRefused(Refused):
    """A refusal of the platform's own, with a text of its own for procedures that explain no codes."""

    code = "STATE_CONFLICT"

    def __init__(self, *, code: str | None = None, **details: Any) -> None:
        super(Refused, self).__init__(**details)
        self.code = code or type(self).code


class TransitionRefused(RuleRefused):
    """The register's declaration has no such transition."""

    message = "“%(what)s” cannot go from “%(before)s” to “%(after)s”."


class ChangedMeanwhile(RuleRefused):
    """The record has another version than the one that the writer saw."""

    message = "“%(what)s” was changed in the meantime; read it again."


class FieldFrozen(RuleRefused):
    """A field that may no longer change was to be changed."""

    message = "“%(field)s” of “%(what)s” can no longer be changed."


class NotUnique(RuleRefused):
    """Another record holds the same values of a unique key."""

    message = "There is already such a record in “%(register)s”: %(values)s."


@dataclass(frozen=True, slots=True)
class _Words:
    """What a procedure says about a code."""

    reason: str | None = None
    article: str | None = None
    remedy: str | None = None

    def over(self, other: "_Words") -> "_Words":
        """These words, and the other's where there are none."""
        return _Words(self.reason or other.reason, self.article or other.article, self.remedy or other.remedy)


def explained(authority: Authority, refusal: Refused, *, reasons: str = REASONS) -> Refused:
    """The refusal with the words that the release's decision `reasons` has for its code.

    The decision's input is `code`; its output an object with `reason` (or `reason_zh`), `article` and `remedy` (or
    `remedy_zh`), or the reason alone. Where the release has no such decision, or none of its rules fits, the refusal
    stays as it is.
    """
    words = _look_up(authority, reasons, refusal.code)
    article, remedy = words.article or refusal.article, words.remedy or refusal.remedy
    if words.reason is None:
        refusal.article, refusal.remedy = article, remedy
        return refusal
    return Refused(refusal.code, words.reason, article=article, remedy=remedy, errors=refusal.errors)


def by_codes(authority: Authority, codes: list[Value], *, reasons: str = REASONS, path: str = "") -> Refused:
    """One refusal for all codes of a guard: the first is its code, each is among its errors.

    A code is a text, or an object with `code` and, where the guard's table has them, `reason`, `article`, `remedy`.
    """
    entries = [_entry(authority, code, reasons) for code in codes]
    faults = tuple(Fault(path, words.reason or code, code) for code, words in entries)
    code, words = entries[0]
    return Refused(code, words.reason or code, article=words.article, remedy=words.remedy, errors=faults)


def guidance(authority: Authority, code: str, *, reasons: str = REASONS) -> tuple[str | None, str | None]:
    """Article and remedy that the procedure has for a code of the platform's own. Raises `RegisterFault`."""
    words = _look_up(authority, reasons, code)
    return words.article, words.remedy


def _entry(authority: Authority, found: Value, reasons: str) -> tuple[str, _Words]:
    given: Mapping[str, Value] = found if isinstance(found, dict) else {"code": found}
    code = given.get("code")
    if not isinstance(code, str) or not code:
        raise RegisterFault(f"a guard must answer with codes, not with {found!r}")
    return code, _words(given).over(_look_up(authority, reasons, code))


def _look_up(authority: Authority, decision_id: str, code: str) -> _Words:
    source = authority.library.decision(decision_id)
    if source is None:
        return _Words()
    try:
        result = host().decide(source, {"code": code}, authority.moment).result
    except FeelError as error:
        raise RegisterFault(f"the decision “{decision_id}” cannot explain {code}: {error.reason}") from error
    if isinstance(result, list):
        result = result[0] if result else None
    return _words(result) if isinstance(result, dict) else _Words(_text(result))


def _words(given: Mapping[str, Value]) -> _Words:
    reason = _text(given.get("reason")) or _text(given.get("reason_zh"))
    return _Words(reason, _text(given.get("article")), _text(given.get("remedy")) or _text(given.get("remedy_zh")))


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) and value else None
