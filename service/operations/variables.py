"""Variables as people and programs may see them, read from the mirror."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import values
from service.models import ElementInstance, UserTask, Variable
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
    scopes = select(ElementInstance.key, ElementInstance.scope_key).where(
        ElementInstance.instance_key == instance_key,
        ElementInstance.type.in_(("SUB_PROCESS", "EVENT_SUB_PROCESS", "MULTI_INSTANCE_BODY"))
        | (ElementInstance.key == scope_key),
    )
    parents: dict[int, int] = {row.key: row.scope_key for row in session.execute(scopes)}
    chain = [scope_key]
    while chain[-1] != instance_key:
        chain.append(parents.get(chain[-1], instance_key))
    return chain
