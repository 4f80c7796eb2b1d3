"""Receipts: what people without an account have sent, and what they are told of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from service import db
from service.clock import ZONE
from service.models import Account, Receipt, ReceiptNote
from service.public.secrets import code_of, digest

GROUPS = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A receipt with what the sender was told since, the oldest first."""

    receipt: Receipt
    notes: list[tuple[datetime, str]]


def code_for(visitor: str, once: str) -> str:
    """The secret code of what this visitor sends with this form: the same again if it is sent twice."""
    return code_of("receipt", f"{visitor}/{once}", GROUPS)


def number_of(code: str, now: datetime) -> str:
    """A number for talking about it; it does not give the code away."""
    return f"{now.astimezone(ZONE):%Y%m%d}-{int(code_hash(code), 16) % 10**8:08}"


def code_hash(code: str) -> str:
    """What is stored of a code."""
    return digest(code)


def write(session: Session, code: str, root_key: int, title: str, *, now: datetime) -> None:
    """Keep that something was sent, before the instance begins: its first steps may tell the sender something."""
    row = {"key": db.new_key(session), "code_hash": code_hash(code), "number": number_of(code, now)}
    session.execute(insert(Receipt), [row | {"root_key": root_key, "title": title, "sent_at": now}])


def find(session: Session, code: str) -> Receipt | None:
    """The receipt with this code."""
    found: Receipt | None = session.scalar(select(Receipt).filter_by(code_hash=code_hash(code)))
    return found


def shown(session: Session, code: str) -> Shown | None:
    """The receipt with this code, as its sender sees it. Two statements."""
    receipt = find(session, code)
    if receipt is None:
        return None
    notes = session.execute(
        select(ReceiptNote.at, ReceiptNote.text).where(ReceiptNote.receipt_key == receipt.key).order_by(ReceiptNote.key)
    )
    return Shown(receipt, [(at, text) for at, text in notes])


def number_for(session: Session, root_key: int) -> str | None:
    """The number of what began this tree of instances; None if no public form did."""
    found: str | None = session.scalar(select(Receipt.number).filter_by(root_key=root_key))
    return found


def lead_to(session: Session, root_key: int, username: str) -> bool:
    """Let the sender of what began this tree claim an account; false if no public form began it. The caller commits."""
    number = number_for(session, root_key)
    if number is not None:
        session.execute(update(Receipt).filter_by(number=number).values(username=username))
    return number is not None


def unclaimed(session: Session, receipt: Receipt) -> Account | None:
    """The account that waits for its first password, if the receipt leads to one."""
    account = session.get(Account, receipt.username) if receipt.username else None
    return account if account is not None and account.active and account.password_hash is None else None


def tell(session: Session, number: str, text: str, *, now: datetime) -> bool:
    """Write something for the sender; false if there is no receipt of this number. The caller commits."""
    key = session.scalar(select(Receipt.key).filter_by(number=number))
    if key is None:
        return False
    row = {"key": db.new_key(session), "receipt_key": key, "at": now, "text": text}
    session.execute(insert(ReceiptNote), [row])
    return True
