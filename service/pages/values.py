"""Values of records and views as people read them, and files made of them."""

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, send_file
from flask_babel import format_date
from markupsafe import Markup

from service.clock import ZONE
from service.pages.layout import language, moment
from service.values import plain


def register(blueprint: Blueprint) -> None:
    """Give the templates the filters that `record_parts.html` uses."""
    for each in (instant_text, amount, decimal, month_title, day_title, hour):
        blueprint.app_template_filter()(each)


def instant_text(text: str) -> Markup | str:
    """A time that a record holds as text, in the zone of the house; anything else stays as it is."""
    try:
        found = datetime.fromisoformat(text.partition("@")[0])
    except ValueError:
        return text
    if len(text) <= len("2026-11-23"):
        return text
    return moment(found if found.tzinfo is not None else found.replace(tzinfo=ZONE))


def amount(number: Decimal) -> str:
    """An amount of money as offices write it: groups of three, two places."""
    return f"{number:,.2f}"


def decimal(number: Any) -> str:
    """A number in plain notation."""
    return plain(number) if isinstance(number, Decimal) else str(number)


def month_title(day: date) -> str:
    """The month of a day, as a heading."""
    return f"{day.year}年{day.month}月" if language() == "zh" else str(format_date(day, "MMMM y"))


def day_title(day: date) -> str:
    """A day of a calendar, with its weekday."""
    return str(format_date(day, "M月d日 EEE" if language() == "zh" else "EEE d MMM"))


def hour(at: datetime) -> str:
    """The hour of a time in the zone of the house."""
    return f"{at.astimezone(ZONE):%H:%M}"


def download(data: bytes, name: str, type: str) -> Response:
    """A file to be kept, not shown."""
    return send_file(io.BytesIO(data), mimetype=type, as_attachment=True, download_name=name, max_age=0)
