"""Values as people read them, and as inputs hold them."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from service.forms.details import same
from service.forms.leaves import ZONE, plain_text
from service.forms.model import Component, Option
from service.values import Value, plain

_WIDE = Context(prec=80)


def people_text(component: Component, value: Value, options: list[Option], language: str) -> str:
    """A value in words: labels of options, dates and numbers as they are written."""
    if component.widget == "signature" and isinstance(value, dict):
        return _signature(value, language)
    if component.choices is not None:
        values = value if isinstance(value, list) else [] if value is None else [value]
        return "、".join(_label(item, options) for item in values)
    if component.type == "datetime" and isinstance(value, str) and value:
        return _date_text(value, component.rules.subtype, language)
    if isinstance(value, bool) and language.lower().startswith("en"):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        text = _grouped(value, component.rules.digits if component.rules.format == "money" else None)
        return f"{text} {component.unit}" if component.unit else text
    return plain_text(value)


def input_text(component: Component, value: Value) -> str:
    """A value for an input's `value`; dates without offset, in local time, as browsers want them."""
    if isinstance(value, Decimal):
        return plain(value)
    if not isinstance(value, str):
        return ""
    if component.type == "datetime" and component.rules.subtype != "date" and value:
        clock = f"2000-01-02T{value}" if component.rules.subtype == "time" else value
        local = _local(clock)
        return local.strftime("%H:%M") if component.rules.subtype == "time" else local.isoformat(timespec="minutes")
    return value


def _local(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(ZONE) if moment.tzinfo else moment).replace(tzinfo=None)


def _date_text(value: str, subtype: str, language: str) -> str:
    if subtype == "time":
        return _local(f"2000-01-02T{value}").strftime("%H:%M")
    moment = _local(value)
    if language.lower().startswith("en"):
        return moment.date().isoformat() if subtype == "date" else moment.strftime("%Y-%m-%d %H:%M")
    day = f"{moment.year}年{moment.month}月{moment.day}日"
    return day if subtype == "date" else f"{day}{moment.strftime('%H:%M')}"


def _grouped(value: Decimal, places: int | None) -> str:
    if places is None:
        return plain(value)
    # 四舍五入, for reading only: the value that is kept stays exact.
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, context=_WIDE):,f}"


def _label(value: Value, options: list[Option]) -> str:
    return next((option.label for option in options if same(value, option.value)), plain_text(value))


def _signature(value: dict[str, Value], language: str) -> str:
    if value.get("signed") is not True:
        return ""
    by, at = plain_text(value.get("by")), value.get("at")
    return f"{by} {_date_text(at, 'datetime', language)}" if isinstance(at, str) else by
