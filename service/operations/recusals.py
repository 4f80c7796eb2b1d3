"""Recusal: the property `recused` of a process names a variable, which says who may know nothing of an instance.

It lists usernames and parties. What is stored is the person behind a username (models.Account.identity), so that
another account of theirs, also one that is made later, knows as little. Called instances inherit what holds for the
instance that called them. Reading asks `access.unrecused`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import Session

from service import access, db
from service.engine.types import EngineError, Step
from service.models import Account, ProcessInstance, Recusal
from service.operations.upserts import insert_ignoring
from service.releases import ReleaseLibrary
from service.values import Value

PROPERTY = "recused"
PARTY = ("org:", "person:")


def follow(session: Session, instance: ProcessInstance, step: Step, library: ReleaseLibrary) -> None:
    """Write down what a step changed about who is recused. The caller holds the instance's lock.

    Raises `EngineError` where the variable lists no persons: what should hide must not fail in silence.
    """
    if instance.version == 0 and instance.parent_key is not None:
        _hold(session, instance)
        _inherit(session, instance.key, instance.parent_key)
    source = library.get("process", instance.process_id)
    name = source.facts.get("properties", {}).get(PROPERTY) if source else None
    if name is None:
        return
    values = [change.value for change in step.set_variables if change.scope_id == 0 and change.name == name]
    if values:
        _hold(session, instance)
        _replace(session, instance.key, people(session, listed(values[-1], instance.process_id)))


def listed(value: Value, where: str) -> list[str]:
    """The names that a variable or field holds: none, one, or a list. Raises `EngineError`."""
    names: Sequence[Value] = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(name, str) for name in names):
        raise EngineError("IO_MAPPING_ERROR", where, "those who are recused must be a list of usernames or parties")
    return [name for name in names if isinstance(name, str) and name]


def people(session: Session, names: Sequence[str]) -> list[str]:
    """What models.Recusal.who holds for usernames and parties. A name without an account stands for itself."""
    accounts = [name for name in names if not name.startswith(PARTY)]
    known = select(Account.username, Account.identity).where(Account.username.in_(accounts))
    identities: dict[str, str] = dict(session.execute(known).all()) if accounts else {}
    found = [name if name.startswith(PARTY) else f"{access.PERSON}{identities.get(name, name)}" for name in names]
    return list(dict.fromkeys(found))


def _hold(session: Session, instance: ProcessInstance) -> None:
    """One change at a time in a tree: a child that begins meanwhile must not copy what is just being replaced."""
    db.hold(session, f"recusals/{instance.root_key}")


def _inherit(session: Session, key: int, parent_key: int) -> None:
    inherited = select(literal(key), Recusal.who, Recusal.source_key).where(Recusal.instance_key == parent_key)
    session.execute(insert(Recusal).from_select(["instance_key", "who", "source_key"], inherited))


def _replace(session: Session, key: int, who: Sequence[str]) -> None:
    session.execute(delete(Recusal).where(Recusal.source_key == key))
    if not who:
        return
    tree = select(ProcessInstance.key).where(ProcessInstance.key == key).cte("tree", recursive=True)
    called = select(ProcessInstance.key).join(tree, ProcessInstance.parent_key == tree.c.key)
    keys = session.scalars(select(tree.union_all(called).c.key)).all()
    rows: list[dict[str, Any]] = [
        {"instance_key": each, "who": name, "source_key": key} for each in keys for name in who
    ]
    insert_ignoring(session.connection(), Recusal.__tablename__, rows)
