"""`mail`: tell people something, in the page and by mail; and what a register tells of its new records.

The row stands in the same commit as the act; the mail goes out afterwards, and again if it could not.
"""

from collections.abc import Sequence
from decimal import Decimal

from service.connectors.call import ConnectorCall
from service.models import Record
from service.notifications import News, people_of, tell
from service.registers.declaration import Register
from service.values import Variables


def send(call: ConnectorCall) -> Variables:
    """Tell `to` (people and groups) `title` and `text`; the link leads to the case unless `link` names another page."""
    link = call.optional_text("link") or f"/instances/{call.root_key}"
    about = f"mail:{call.instance_key}:{call.wait.id}"
    news = News("message", about, call.text("title"), link, call.instance_key, call.optional_text("text"))
    people = people_of(call.session, call.texts("to"), call.instance_key)
    return {"told": Decimal(tell(call.session, people, news, now=call.now))}


def of_record(call: ConnectorCall, register: Register, record: Record) -> None:
    """Tell the addressee of a new record of a register that says who that is."""
    notify = register.notify
    if notify is None:
        return
    named = record.data.get(notify.to)
    names = [str(name) for name in named] if isinstance(named, list) else [str(named)] if named else []
    title, text = _joined(record, notify.title, " "), _joined(record, notify.text, "\n")
    news = News("letter", f"record:{record.key}", title or register.title, "", call.instance_key, text or None)
    tell(call.session, people_of(call.session, names, call.instance_key), news, now=call.now)


def _joined(record: Record, fields: Sequence[str], between: str) -> str:
    return between.join(str(record.data[field]) for field in fields if record.data.get(field))
