"""The guard of a register: its queries are run, its decision is asked, its codes refuse the write."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.engine.feel import FeelError, host
from service.models import Deadline, Membership
from service.registers import reading
from service.registers.declaration import Query, Register
from service.registers.refusals import Authority, RegisterFault, by_codes
from service.values import Value, Variables, normalise


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to be written. `key` is None for a new record; `before` and `after` as expressions see them."""

    kind: str  # create, update, transition, void
    key: int | None
    before: Variables | None
    after: Variables


def ask(session: Session, authority: Authority, register: Register, change: Change) -> None:
    """Raises `Refused` with the guard's codes, `RegisterFault` if the guard cannot be asked."""
    if register.guard is None:
        return
    source = authority.library.decision(register.guard.decision)
    if source is None:
        raise RegisterFault(f"the guard of “{register.id}” is not in the release: {register.guard.decision}")
    try:
        result = host().decide(source, known(session, authority, register, change), authority.moment).result
    except FeelError as error:
        raise RegisterFault(f"the guard of “{register.id}” has no answer: {error}") from error
    answered = result if isinstance(result, list) else [result]
    codes: list[Value] = [code for code in answered if code not in (None, "")]
    if codes:
        raise by_codes(authority, codes, reasons=register.reasons, path=register.id)


def known(session: Session, authority: Authority, register: Register, change: Change) -> Variables:
    """What the guard's decision is told: before, after, change, and the answer of each query by its name."""
    told: Variables = {
        "before": change.before,
        "after": change.after,
        "change": {
            "register": register.id,
            "kind": change.kind,
            "from": change.before["state"] if change.before else None,
            "to": change.after["state"],
        },
    }
    for query in register.guard.queries if register.guard else ():
        told[query.name] = _answer(session, authority, change, query, told)
    return told


def _answer(session: Session, authority: Authority, change: Change, query: Query, known: Variables) -> Value:
    match query.kind:
        case "decision":
            source = authority.library.decision(query.decision or "")
            if source is None:
                raise RegisterFault(f"the release has no decision “{query.decision}”")
            return host().decide(source, known, authority.moment).result
        case "deadline":
            return _deadline(session, _value(authority, query.deadline, known))
        case "actor":
            return _actor(session, authority)
        case _:
            return _records(session, authority, change, query, known)


def _records(session: Session, authority: Authority, change: Change, query: Query, known: Variables) -> Value:
    """Records beside the one that is written, as they were before it."""
    register = reading.declared(authority.library, query.register or "")
    where = _where(authority, query.where or {}, known)
    limit = 1 if query.kind == "exists" else None
    rows = reading.search(session, register, where, order=query.order, limit=limit, without=change.key).rows
    match query.kind:
        case "count":
            return normalise(len(rows))
        case "exists":
            return bool(rows)
        case "list":
            return [reading.seen(register, row) for row in rows]
        case _:
            if len(rows) > 1 and not query.order:
                raise RegisterFault(f"the query “{query.name}” found {len(rows)} records where one was asked for")
            return reading.seen(register, rows[0]) if rows else None


def _where(authority: Authority, where: Mapping[str, Value], known: Variables) -> Variables:
    """The condition with its expressions evaluated, all in one crossing into the host."""
    texts = {name: text[1:] for name, text in where.items() if isinstance(text, str) and text.startswith("=")}
    values = host().evaluate_many(list(texts.values()), known, authority.moment) if texts else []
    return dict(where) | dict(zip(texts, values, strict=True))


def _value(authority: Authority, text: Value, known: Variables) -> Value:
    return _where(authority, {"": text}, known)[""]


def _deadline(session: Session, name: Value) -> Value:
    """When the named deadline is, or null where it has not been set."""
    if not isinstance(name, str):
        return None
    due = session.scalar(select(Deadline.due_at).where(Deadline.name == name))
    return due.isoformat() if due else None


def _actor(session: Session, authority: Authority) -> Value:
    """Who writes, with the groups that the person belongs to; null for timers and messages."""
    if authority.actor is None:
        return None
    groups = session.scalars(
        select(Membership.group_name).where(Membership.username == authority.actor).order_by(Membership.group_name)
    )
    return {"username": authority.actor, "groups": list(groups)}
