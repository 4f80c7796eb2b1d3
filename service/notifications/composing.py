"""A mail: what one person is told in it, in their language, in the words of the procedure where it has some.

The words come from the deployed decision `mail_words`, if there is one: process owners write it and release it like any
other decision. It is given `kind` (of the notification; `several` where a mail holds more than one), `language` (`zh`
or `en`), `name` of the person, `title` of the first thing and their `count`; of its answer, an object with `subject`,
`opening` and `closing`, the texts are taken, and what it leaves out is in the words of the platform. It never sees
what stands behind a link.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from sqlalchemy.orm import Session

from service.clock import ZONE
from service.engine.calendar import from_days
from service.engine.feel import FeelError, Moment, host
from service.releases import latest

log = logging.getLogger("service.mail")
WORDS = "mail_words"
#: The longest line of a procedure's words that a mail takes.
MAX_WORDS = 500
_NO_DAYS = from_days({})
#: Kind → what stands before the title, Chinese and English.
_KINDS = {
    "task": ("新任务", "New task"),
    "offered": ("可领取的任务", "Task offered to your group"),
    "returned": ("任务退回", "Task handed back"),
    "soon": ("即将到期", "Due soon"),
    "overdue": ("已逾期", "Overdue"),
    "letter": ("函件", "Letter"),
    "document": ("新文书", "New document"),
    "incident": ("流程中断", "Incident"),
    "mention": ("提到了您", "You were mentioned"),
    "substitute": ("代理", "Substitute"),
    "message": ("通知", "Message"),
    "invitation": ("账号", "Account"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing with the full address that leads to it. A document has no title: the name of a file says too much."""

    kind: str
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes to one person in one mail. `keys` are those of the notifications."""

    keys: tuple[int, ...]
    address: str
    name: str
    english: bool
    lines: tuple[Line, ...]
    attempts: int
    #: Subject, opening, closing, as the procedure has them.
    words: Mapping[str, str]


def words(session: Session, name: str, english: bool, lines: tuple[Line, ...], *, now: datetime) -> dict[str, str]:
    """What the procedure's decision says for a mail; nothing where there is none, or where it is wrong."""
    found = latest(session, "decision", WORDS)
    if found is None:
        return {}
    given = {
        "kind": lines[0].kind if len(lines) == 1 else "several",
        "language": "en" if english else "zh",
        "name": name,
        "title": lines[0].title or _told(lines[0], english),
        "count": Decimal(len(lines)),
    }
    try:
        said = host().decide(found.decision, given, Moment(now, _NO_DAYS)).result
    except FeelError:
        log.warning("the decision that words the mails failed; the platform's words are used")
        return {}
    if not isinstance(said, dict):
        return {}
    return {part: " ".join(text.split())[:MAX_WORDS] for part, text in said.items() if isinstance(text, str) and text}


def composed(parcel: Parcel, sender: str, base_url: str, at: datetime) -> EmailMessage:
    """The mail, as text and as HTML."""
    message = EmailMessage()
    message["Subject"] = parcel.words.get("subject") or _subject(parcel)
    message["From"], message["To"] = sender, parcel.address
    message["Date"] = format_datetime(at.astimezone(ZONE))
    domain = sender.rpartition("@")[2].strip("<> ")
    message["Message-ID"] = f"<told-{parcel.keys[0]}-{len(parcel.keys)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    opening = parcel.words.get("opening") or (f"{parcel.name}:" if parcel.english else f"{parcel.name}，您好：")
    closing = [text for text in (parcel.words.get("closing"), _foot(parcel, base_url)) if text]
    told = [(_told(line, parcel.english), line.link) for line in parcel.lines]
    message.set_content("\n\n".join([opening, *(f"{text}\n{link}" for text, link in told), *closing]) + "\n")
    items = "".join(f'<li>{escape(text)}<br><a href="{escape(link)}">{escape(link)}</a></li>' for text, link in told)
    ends = "".join(f"<p>{escape(text)}</p>" for text in closing)
    language = "en" if parcel.english else "zh-CN"
    page = f'<!doctype html><html lang="{language}"><body><p>{escape(opening)}</p><ul>{items}</ul>{ends}</body></html>'
    message.add_alternative(page, subtype="html")
    return message


def _told(line: Line, english: bool) -> str:
    chinese, other = _KINDS.get(line.kind, _KINDS["message"])
    if not line.title:
        return other if english else chinese
    return f"{other}: {line.title}" if english else f"{chinese}：{line.title}"


def _subject(parcel: Parcel) -> str:
    more = len(parcel.lines) - 1
    ending = (f" (and {more} more)" if parcel.english else f"（另有{more}项）") if more else ""
    return " ".join((_told(parcel.lines[0], parcel.english) + ending).split())


def _foot(parcel: Parcel, base_url: str) -> str:
    if parcel.lines[0].kind == "invitation":
        if parcel.english:
            return "With this link you set your password. It serves once, and a newer one replaces it."
        return "请用此链接设置密码。链接只能使用一次；再次发送后，旧链接失效。"
    if parcel.english:
        return f"Sign in to read more. What you are told by mail you choose at {base_url}/profile#notifications"
    return f"详情请登录后查看。邮件通知的方式可在 {base_url}/profile#notifications 设置。"
