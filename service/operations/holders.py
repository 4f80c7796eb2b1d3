"""Who may read a document: whoever may see a task or a record that holds it, and nobody for knowing its id."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.models import Document, DocumentHolder, ProcessInstance, UserTask, Variable
from service.operations import duties, records, shown_records, variables
from service.registers import files, reading
from service.registers.reading import Row
from service.values import to_json


def may_read(session: Session, user: User, document: Document) -> bool:
    """Whether something that the user may see holds the document. Not for its sender, nor for who reads everything."""
    if document.instance_key is None:
        return False
    rows = _records(session, document)
    return any(records.reads(session, user, row) for row in rows) or shown_at(
        session, user, document, access.task_scope(user)
    )


def shown_at(session: Session, user: User, document: Document, tasks: ColumnElement[bool]) -> bool:
    """Whether one of these tasks holds or shows the document to the user."""
    if document.instance_key is None:
        return False
    return (
        _at_its_task(session, user, _held(session, document, files.TASK), tasks)
        or _in_a_variable(session, user, document, tasks)
        or _shown_with_a_task(session, user, document, tasks)
    )


def is_recused(session: Session, user: User, document: Document) -> bool:
    """Whether the user may know nothing of the document: being recused from its instance or a record that holds it."""
    if document.instance_key is None:
        return False
    return access.is_recused(session, user, document.instance_key) or not all(
        records.is_open_to(session, user, row) for row in _records(session, document)
    )


def _held(session: Session, document: Document, kind: str) -> Sequence[int]:
    held = select(DocumentHolder.holder_key).where(DocumentHolder.document_id == document.id)
    return session.scalars(held.where(DocumentHolder.kind == kind)).all()


def _records(session: Session, document: Document) -> list[Row]:
    return reading.by_keys(session, _held(session, document, files.RECORD))


def _at_its_task(session: Session, user: User, keys: Sequence[int], tasks: ColumnElement[bool]) -> bool:
    """Handed in at one of the tasks."""
    found = session.scalars(select(UserTask).where(UserTask.key.in_(keys), tasks)) if keys else ()
    return any(duties.knows(session, task, user) for task in found)


def _in_a_variable(session: Session, user: User, document: Document, tasks: ColumnElement[bool]) -> bool:
    """Among the variables that one of the tasks, in the same tree, shows to the user."""
    root = select(ProcessInstance.root_key).where(ProcessInstance.key == document.instance_key).scalar_subquery()
    named = Variable.value.contains(document.id, autoescape=True)
    holding = exists().where(Variable.instance_key == UserTask.instance_key, named)
    for task in session.scalars(select(UserTask).where(UserTask.root_key == root, tasks, holding)):
        chain = variables.scope_chain(session, task.instance_key, task.key)
        shown = and_(Variable.scope_key.in_(chain), named, variables.shown_to(session, user, task))
        if session.scalar(select(Variable.key).where(shown).limit(1)) is not None:
            return True
    return False


def _shown_with_a_task(session: Session, user: User, document: Document, tasks: ColumnElement[bool]) -> bool:
    """In a field of a record that one of the tasks shows to the user; personal fields are not, nor are their files."""
    rows = _records(session, document)
    if not rows:
        return False
    named = [
        and_(
            UserTask.properties["shows"].as_string().contains(f"{row.register}:", autoescape=True),
            exists().where(
                Variable.instance_key == UserTask.instance_key,
                Variable.value.contains(to_json(row.id).decode(), autoescape=True),
            ),
        )
        for row in rows
    ]
    for task in session.scalars(select(UserTask).where(tasks, or_(*named))):
        for shown in shown_records.of_task(session, user, task):
            if document.id in files.documents_in(shown.data):
                return True
    return False
