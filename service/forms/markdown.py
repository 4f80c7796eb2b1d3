"""The little Markdown that texts of forms may use, as safe HTML.

Headings, paragraphs, lists, bold, italic, links. Everything else is text: there is no way to write
HTML, and a link leads to http, https, mailto or a path of this site.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

_INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]+)\*\*|\*(?P<italic>[^*\n]+)\*|\[(?P<label>[^\]\n]+)\]\((?P<target>[^)\s]+)\)"
)
_TARGET = re.compile(r"(https?://|mailto:|/(?!/)|#)", re.IGNORECASE)
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET, _NUMBER = re.compile(r"[-*]\s+"), re.compile(r"\d{1,3}(?:[.)]\s+|、\s*)")


def to_html(text: str, *, top: int = 2) -> Markup:
    """Safe HTML; the largest headings of the text become `<h{top}>`, so that they fit below the page's own."""
    return Markup("\n").join(_blocks(text, top))


def _blocks(text: str, top: int) -> Iterator[Markup]:
    # Whatever level the author began with: a page must leave none out.
    first = min(
        (len(line.partition(" ")[0]) for line in map(str.strip, text.split("\n")) if _HEADING.fullmatch(line)),
        default=1,
    )
    for kind, group in groupby(text.replace("\r\n", "\n").split("\n"), key=_kind):
        lines = [line.strip() for line in group]
        if kind == "heading":
            for line in lines:
                marks, _, title = line.partition(" ")
                yield Markup("<h{0}>{1}</h{0}>").format(min(6, top + len(marks) - first), _inline(title.strip()))
        elif kind in {"ul", "ol"}:
            marker = _BULLET if kind == "ul" else _NUMBER
            texts = [_inline(marker.sub("", line, count=1)) for line in lines]
            items = Markup("").join(Markup("<li>{}</li>").format(text) for text in texts)
            yield Markup("<{0}>{1}</{0}>").format(Markup(kind), items)  # noqa: S704 - one of two literals
        elif kind == "paragraph":
            yield Markup("<p>{}</p>").format(Markup("<br>").join(_inline(line) for line in lines))


def _kind(line: str) -> str:
    line = line.strip()
    if not line:
        return "blank"
    if _HEADING.fullmatch(line):
        return "heading"
    if _BULLET.match(line):
        return "ul"
    return "ol" if _NUMBER.match(line) else "paragraph"


def _inline(text: str) -> Markup:
    out, at = Markup(""), 0
    for found in _INLINE.finditer(text):
        out += escape(text[at : found.start()]) + _mark(found)
        at = found.end()
    return out + escape(text[at:])


def _mark(found: re.Match[str]) -> Markup:
    if found["bold"]:
        return Markup("<strong>{}</strong>").format(found["bold"])
    if found["italic"]:
        return Markup("<em>{}</em>").format(found["italic"])
    if _TARGET.match(found["target"]):
        return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(found["target"], found["label"])
    return escape(found.group())
