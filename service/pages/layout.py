"""What every page shares: the islands' files, the navigation, times as people read them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, g, request
from flask_babel import get_locale, gettext, ngettext
from markupsafe import Markup

from service import __version__
from service.access import User
from service.clock import ZONE, machine_now
from service.pages import navigation, words
from service.values import to_json
from service.web.problems import text_of

_BUILT = Path(__file__).resolve().parents[1] / "static" / "built"


def register(app: Flask) -> None:
    """Give the templates what they use."""
    app.context_processor(_shared)
    app.add_template_filter(moment)
    app.add_template_filter(ago)
    app.add_template_filter(due)
    app.add_template_filter(value)
    app.add_template_filter(text_of, "refusal_text")
    app.jinja_env.globals.update(island=island, words=words)


def language() -> str:
    """zh or en: the language of this request."""
    return "en" if str(get_locale()).startswith("en") else "zh"


@cache
def _manifest() -> Mapping[str, Any]:
    path = _BUILT / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def island(name: str) -> Markup:
    """The tags that load an island: its styles and its script, by their hashed names. Empty if it was not built."""
    chunk = _manifest().get(f"{name}/main.js")
    if chunk is None:
        return Markup("")
    tags = [Markup('<link rel="stylesheet" href="/static/built/{}">').format(css) for css in _styles(chunk)]
    tags.append(Markup('<script type="module" src="/static/built/{}"></script>').format(chunk["file"]))
    return Markup("\n").join(tags)


def _styles(chunk: Mapping[str, Any]) -> list[str]:
    found = [css for part in chunk.get("imports", ()) for css in _styles(_manifest()[part])]
    return list(dict.fromkeys([*found, *chunk.get("css", ())]))


def moment(value: datetime | None) -> Markup:
    """A time in the zone of the house, with the exact one for machines."""
    if value is None:
        return Markup("—")
    local = value.astimezone(ZONE)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M}"
    )


def value(found: Any) -> str:
    """A value of a variable as people read it: texts as they are, structures as JSON."""
    if found is None or found == "":
        return str(gettext("none"))
    if isinstance(found, bool):
        return str(gettext("yes") if found else gettext("no"))
    if isinstance(found, str):
        return found
    return to_json(found).decode()


def ago(value: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    return str(gettext("%(time)s ago", time=_span(_now() - value)))


def due(value: datetime) -> str:
    """How far off a due date is, or how long it has passed."""
    left = value - _now()
    if left < timedelta(0):
        return str(gettext("overdue by %(time)s", time=_span(-left)))
    return str(gettext("%(time)s left", time=_span(left)))


def _span(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes >= 48 * 60:
        return str(ngettext("%(num)d day", "%(num)d days", minutes // (24 * 60)))
    if minutes >= 120:
        return str(ngettext("%(num)d hour", "%(num)d hours", minutes // 60))
    return str(ngettext("%(num)d minute", "%(num)d minutes", minutes))


def _now() -> datetime:
    now: datetime = g.get("now") or machine_now()
    return now


def _shared() -> dict[str, Any]:
    user: User | None = g.get("user")
    sign_in = g.get("sign_in")
    return {
        "user": user,
        "now": _now(),
        "csrf": sign_in.csrf if sign_in is not None else g.get("csrf", ""),
        "language": language(),
        "here": request.full_path.removesuffix("?") if request.method == "GET" else request.path,
        "navigation": navigation,
        "version": __version__,
    }
