"""Variables as people and programs may see them, read from the mirror."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, select, true
from sqlalchemy.orm import Session

from service import values
from service.access import User
from service.models import ElementInstance, UserTask, Variable
from service.operations import blindness, duties
from service.releases import resource
from service.values import Variables


def visible_to_task(session: Session, task: UserTask) -> Variables:
    """All variables a task's form may show: its own scope's and, further out, up to the process; innermost wins."""
    return visible_from(session, task.instance_key, task.key)


def visible_from(session: Session, instance_key: int, scope_key: int) -> Variables:
    """The variables visible from a scope upwards, innermost wins. Two statements, however deep."""
    chain = scope_chain(session, instance_key, scope_key)
    rows = session.execute(
        select(Variable.scope_key, Variable.name, Variable.value).where(Variable.instance_key == instance_key)
    ).all()
    found: Variables = {}
    for scope in reversed(chain):
        found |= {name: values.from_json(value) for at, name, value in rows if at == scope}
    return found


def scope_chain(session: Session, instance_key: int, scope_key: int) -> list[int]:
    """The scope itself, the one around it, … up to the process instance."""
    return scope_chains(session, [(instance_key, scope_key)])[scope_key]


def scope_chains(session: Session, places: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """By scope, the chain of each (instance, scope), as `scope_chain` gives it. One statement for all."""
    if not places:
        return {}
    scopes = select(ElementInstance.key, ElementInstance.scope_key).where(
        ElementInstance.instance_key.in_({instance for instance, _ in places}),
        ElementInstance.type.in_(("SUB_PROCESS", "EVENT_SUB_PROCESS", "MULTI_INSTANCE_BODY"))
        | ElementInstance.key.in_([scope for _, scope in places]),
    )
    parents: dict[int, int] = {row.key: row.scope_key for row in session.execute(scopes)}
    chains = {}
    for instance_key, scope_key in places:
        chain = [scope_key]
        while chain[-1] != instance_key:
            chain.append(parents.get(chain[-1], instance_key))
        chains[scope_key] = chain
    return chains


@dataclass(frozen=True, slots=True)
class Shown:
    """Names of variables: `only` these, or all where it is None, and `never` those."""

    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()

    def shows(self, name: str, *, own: bool) -> bool:
        """Whether it shows a variable; `own` says that the task's own scope holds it."""
        return name not in self.never and (own or self.only is None or name in self.only)


def shown(session: Session, user: User, task: UserTask) -> Shown | None:
    """Which variables a person may see at a task: operators and auditors all, others those that its form names.

    A task without a form shows everything it can see: it is the diagram that says so. Before the steps that come first
    are done (`needToKnow`) nothing is shown, whatever the form (None); nor who acted on a blind task.
    """
    if user.reads_all:
        return Shown()
    if not duties.knows(session, task, user):
        return None
    form = resource(session, task.form_key) if task.form_key else None
    never = frozenset(blindness.naming(session, user, task, form.form if form else None))
    return Shown(frozenset(form.form.storage) if form else None, never)


def shown_to(session: Session, user: User, task: UserTask) -> ColumnElement[bool]:
    """What `shown` says, with what the task's own scope holds, as a condition on `Variable`."""
    names = shown(session, user, task)
    if names is None:
        return false()
    if names.only is None:
        return Variable.name.not_in(names.never) if names.never else true()
    return Variable.name.in_((names.only | names_in_scope(session, task)) - names.never)


def names_in_scope(session: Session, task: UserTask) -> frozenset[str]:
    """The variables of the task's own scope: what its input mapping gives it."""
    return frozenset(session.scalars(select(Variable.name).where(Variable.scope_key == task.key)))


def innermost(chain: Sequence[int]) -> ColumnElement[bool]:
    """Of variables with one name in a chain of scopes (innermost first) only the first."""
    inner = Variable.__table__.alias("inner")
    rank = case({key: depth for depth, key in enumerate(chain)}, value=Variable.scope_key)
    best = (
        select(func.min(case({key: depth for depth, key in enumerate(chain)}, value=inner.c.scope_key)))
        .where(and_(inner.c.name == Variable.name, inner.c.scope_key.in_(chain)))
        .correlate(Variable)
        .scalar_subquery()
    )
    return rank == best
