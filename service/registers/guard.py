"""The guard of a register: its queries are run, its decision is asked, its codes refuse the write."""

from collections.abc import Mapping, Sequence
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
    queries = register.guard.queries if register.guard else ()
    ready = _values(authority, [text for query in queries for text in _expressions(query) if _is_early(text)], told)
    for query in queries:
        told[query.name] = _answer(session, authority, change, query, told, ready)
    return told


def _expressions(query: Query) -> list[str]:
    """The expressions of a query, without their `=`."""
    texts = [*(query.where or {}).values(), query.deadline]
    return [text[1:] for text in texts if isinstance(text, str) and text.startswith("=")]


def _is_early(expression: str) -> bool:
    """Whether it looks at nothing that another query answers. With a filter in it, nobody can say for certain."""
    return "[" not in expression and host().names(expression) <= {"before", "after", "change"}


def _answer(
    session: Session, authority: Authority, change: Change, query: Query, known: Variables, ready: Variables
) -> Value:
    match query.kind:
        case "decision":
            source = authority.library.decision(query.decision or "")
            if source is None:
                raise RegisterFault(f"the release has no decision “{query.decision}”")
            return host().decide(source, known, authority.moment).result
        case "deadline":
            return _deadline(session, _evaluated(authority, {"": query.deadline}, known, ready)[""])
        case "actor":
            return _actor(session, authority)
        case _:
            where = _evaluated(authority, query.where or {}, known, ready)
            return _records(session, authority, change, query, where)


def _records(session: Session, authority: Authority, change: Change, query: Query, where: Variables) -> Value:
    """Records beside the one that is written, as they were before it."""
    register = reading.declared(authority.library, query.register or "")
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


def _evaluated(authority: Authority, texts: Mapping[str, Value], known: Variables, ready: Variables) -> Variables:
    """The same with every expression evaluated, as far as `ready` does not hold its value."""
    found = {name: text[1:] for name, text in texts.items() if isinstance(text, str) and text.startswith("=")}
    late = _values(authority, [text for text in found.values() if text not in ready], known)
    return dict(texts) | {name: ready[text] if text in ready else late[text] for name, text in found.items()}


def _values(authority: Authority, expressions: Sequence[str], known: Variables) -> Variables:
    """Expression → value, all in one crossing into the host: what is written may be large, and goes over each time."""
    wanted = list(dict.fromkeys(expressions))
    values = host().evaluate_many(wanted, known, authority.moment) if wanted else []
    return dict(zip(wanted, values, strict=True))


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
