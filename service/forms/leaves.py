"""Single values: what may stand in a field of each type, before any rule of the form.

`read` turns an answer (decoded JSON) into the value that is kept: numbers stay `Decimal`, dates
become ISO texts in the form that the component asks for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from service.forms.model import Component
from service.values import NotAValue, Value, parse_number, plain

ZONE = ZoneInfo("Asia/Shanghai")
#: Numbers of people's forms have at most this many digits before and after the point.
MAX_MAGNITUDE = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_FILE_KEYS = {"documentId", "fileName", "size", "hash"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an answer; `text` replaces the message that the code has."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    text: str | None = None


class Wrong(Exception):
    """An answer is not of the component's type."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.problem = Problem(code, params)


def empty(component: Component) -> Value:
    """What an unanswered field holds: what the form-js viewer would send."""
    if component.widget == "signature" or component.type == "checkbox":
        return False
    if component.type in {"textfield", "textarea"}:
        return ""
    if component.type in {"checklist", "taglist", "filepicker", "dynamiclist"}:
        return []
    return None


def is_empty(value: Value) -> bool:
    """What `required` refuses: null, false, an empty list, an empty or blank text."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is False or value == []


def read(component: Component, value: Value) -> Value:
    """The value to keep for an answer, `empty` for none. Raises `Wrong`."""
    if value is None or value == "":
        return empty(component)
    return _READERS[component.type](component, value)


def plain_text(value: Value) -> str:
    """A value as a person reads it inside a sentence."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(plain_text(item) for item in value)
    if isinstance(value, dict):
        return "、".join(f"{key}：{plain_text(item)}" for key, item in value.items())
    return value


def local_day(value: str) -> date:
    """The day, in the service's time zone, of a date or date and time that `read` gave."""
    if "T" not in value:
        return date.fromisoformat(value)
    moment = datetime.fromisoformat(value)
    return (moment.astimezone(ZONE) if moment.tzinfo else moment).date()


def _text(component: Component, value: Value) -> Value:
    if not isinstance(value, str):
        raise Wrong("NOT_TEXT")
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if component.type == "textfield":
        value = value.strip()
    if _CONTROL.search(value) or (component.type == "textfield" and "\n" in value):
        raise Wrong("CONTROL_CHARACTER")
    return value.upper() if component.rules.format == "cn_id" else value


def _number(component: Component, value: Value) -> Value:
    if isinstance(value, str) and component.rules.as_text:
        try:
            value = parse_number(value)
        except NotAValue:
            raise Wrong("NOT_A_NUMBER") from None
    if not isinstance(value, Decimal):
        raise Wrong("NOT_A_NUMBER")
    if value.adjusted() > MAX_MAGNITUDE:
        raise Wrong("TOO_LARGE", limit=f"1e{MAX_MAGNITUDE}")
    if -int(value.as_tuple().exponent) > 2 * MAX_MAGNITUDE:
        raise Wrong("TOO_PRECISE", limit=MAX_MAGNITUDE)
    return plain(value) if component.rules.as_text else value


def _datetime(component: Component, value: Value) -> Value:
    subtype = component.rules.subtype
    wrong = Wrong(f"NOT_A_{subtype.upper()}")
    if not isinstance(value, str):
        raise wrong
    day, mark, clock = value.partition("T") if subtype != "time" else ("", "", value)
    try:
        if subtype != "time" and not _DATE.fullmatch(day):
            raise wrong
        if subtype == "date":
            if mark:
                raise wrong
            return date.fromisoformat(day).isoformat()
        if not _TIME.fullmatch(clock):
            raise wrong
        if subtype == "time":
            return _zoned_time(time.fromisoformat(clock), component.rules.time_format)
        return _zoned(datetime.fromisoformat(value), component.rules.time_format).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        raise wrong from None


def _zoned(moment: datetime, form: str) -> datetime:
    moment = moment.replace(microsecond=0)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    if form == "no_timezone":
        return aware.astimezone(ZONE).replace(tzinfo=None)
    return aware.astimezone(UTC if form == "utc_normalized" else ZONE)


def _zoned_time(clock: time, form: str) -> str:
    # Any day will do to move a time of day between offsets; the zone has had no summer time since 1991.
    moment = _zoned(datetime.combine(date(2000, 1, 2), clock), form)
    return moment.timetz().isoformat().replace("+00:00", "Z")


def _flag(_component: Component, value: Value) -> Value:
    if not isinstance(value, bool):
        raise Wrong("NOT_YES_NO")
    return value


def _choice(_component: Component, value: Value) -> Value:
    if isinstance(value, list):
        raise Wrong("NOT_IN_LIST")
    return value


def _several(_component: Component, value: Value) -> Value:
    if not isinstance(value, list):
        raise Wrong("NOT_A_LIST")
    return value


def _files(_component: Component, value: Value) -> Value:
    if not isinstance(value, list):
        raise Wrong("NOT_A_LIST")
    for item in value:
        if not isinstance(item, dict) or not set(item) <= _FILE_KEYS:
            raise Wrong("NOT_A_FILE")
        texts = [item.get("documentId"), item.get("fileName"), item.get("hash", "")]
        if not all(isinstance(text, str) and len(text) <= 255 and not _CONTROL.search(text) for text in texts):
            raise Wrong("NOT_A_FILE")
        size = item.get("size", Decimal(0))
        if not item["documentId"] or not item["fileName"] or not isinstance(size, Decimal) or size < 0:
            raise Wrong("NOT_A_FILE")
    return value


_READERS: dict[str, Callable[[Component, Value], Value]] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "datetime": _datetime,
    "checkbox": _flag,
    "radio": _choice,
    "select": _choice,
    "checklist": _several,
    "taglist": _several,
    "filepicker": _files,
}
