"""Who may read a document: whoever may see a task or a record that holds it, and nobody for knowing its id.

Every question is asked for many documents at once, and costs no more statements for being asked of more.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from service import access
from service.access import AUDITOR, User
from service.models import Document, DocumentHolder, ProcessInstance, UserTask, Variable
from service.operations import duties, records, secrecy, shown_records, variables
from service.registers import files, reading
from service.registers.reading import Row
from service.values import from_json, to_json


def readable(session: Session, user: User, documents: Sequence[Document]) -> set[str]:
    """The ids of those that the user may read, being known to them and not closed to them by their class alone."""
    closed = [document for document in documents if document.secrecy == secrecy.TRADE_SECRET]
    open_ = [document for document in documents if document.secrecy != secrecy.TRADE_SECRET]
    return _entitled(session, user, open_, everything=user.reads_all) | _entitled(
        session, user, closed, everything=user.is_one_of(AUDITOR), tasks=secrecy.own_tasks(user)
    )


def known(session: Session, user: User, document: Document) -> bool:
    """Whether the user may know of the document, whatever its class."""
    return bool(_entitled(session, user, [document], everything=user.reads_all))


def _entitled(
    session: Session,
    user: User,
    documents: Sequence[Document],
    *,
    everything: bool,
    tasks: ColumnElement[bool] | None = None,
) -> set[str]:
    """Those that were sent by or to the user or are held by what they may see: of tasks these, or, if they are not
    given, all that they may know of, and records too. With `everything` all but those that they are recused from."""
    if not documents:
        return set()
    held = _held(session, documents)
    left = _unrecused(session, user, documents, held)
    found = {each.id for each in left if everything or each.uploaded_by == user.username or _addressed(each, user)}
    if tasks is None:
        registers = {register.id for register in records.readable(session, user)} if held.rows_at_all else set()
        found |= {each.id for each in left if any(row.register in registers for row in held.rows(each))}
        tasks = access.task_scope(user)
    left = [each for each in left if each.id not in found and each.instance_key is not None]
    for way in (_at_its_task, _in_a_variable, _shown_with_a_task):
        found |= way(session, user, left, tasks, held) if left else set()
        left = [each for each in left if each.id not in found]
    return found


class _Held:
    """What holds which of some documents: keys of tasks, and records as they are now."""

    def __init__(self, pairs: Iterable[tuple[str, str, int]], rows: Iterable[Row]) -> None:
        by_key = {row.key: row for row in rows}
        self._tasks: dict[str, list[int]] = {}
        self._rows: dict[str, list[Row]] = {}
        for id, kind, key in pairs:
            if kind == files.TASK:
                self._tasks.setdefault(id, []).append(key)
            elif key in by_key:
                self._rows.setdefault(id, []).append(by_key[key])

    @property
    def rows_at_all(self) -> bool:
        return bool(self._rows)

    def tasks(self, document: Document) -> Sequence[int]:
        return self._tasks.get(document.id, ())

    def rows(self, document: Document) -> Sequence[Row]:
        return self._rows.get(document.id, ())


def _held(session: Session, documents: Sequence[Document]) -> _Held:
    """Nothing holds what was not handed in yet."""
    ids = [each.id for each in documents if each.instance_key is not None]
    if not ids:
        return _Held((), ())
    columns = select(DocumentHolder.document_id, DocumentHolder.kind, DocumentHolder.holder_key)
    pairs = [(row[0], row[1], row[2]) for row in session.execute(columns.where(DocumentHolder.document_id.in_(ids)))]
    rows = reading.by_keys(session, sorted({key for _, kind, key in pairs if kind == files.RECORD}))
    return _Held(pairs, rows)


def _unrecused(session: Session, user: User, documents: Sequence[Document], held: _Held) -> list[Document]:
    """Without those of whose instance, or of a record that holds them, the user may know nothing."""
    barred = access.recused_among(session, user, {each.instance_key for each in documents if each.instance_key})
    rows = {row.key: row for each in documents for row in held.rows(each)}
    open_rows = {row.key for row in records.open_to(session, user, rows.values())}
    return [
        each
        for each in documents
        if each.instance_key not in barred and all(row.key in open_rows for row in held.rows(each))
    ]


def _addressed(document: Document, user: User) -> bool:
    return not {user.username, *user.groups}.isdisjoint(document.readers or ())


def _at_its_task(
    session: Session, user: User, documents: Sequence[Document], tasks: ColumnElement[bool], held: _Held
) -> set[str]:
    """Handed in at one of the tasks."""
    keys = {key for each in documents for key in held.tasks(each)}
    found = session.scalars(select(UserTask).where(UserTask.key.in_(keys), tasks)) if keys else ()
    known = {task.key for task in found if duties.knows(session, task, user)}
    return {each.id for each in documents if not known.isdisjoint(held.tasks(each))}


def _in_a_variable(
    session: Session, user: User, documents: Sequence[Document], tasks: ColumnElement[bool], _: _Held
) -> set[str]:
    """Among the variables that one of the tasks, in the same tree, shows to the user."""
    ids = {each.id for each in documents}
    roots = select(ProcessInstance.root_key).join(Document, Document.instance_key == ProcessInstance.key)
    near = select(UserTask.instance_key).where(UserTask.root_key.in_(roots.where(Document.id.in_(ids))), tasks)
    columns = select(Variable.instance_key, Variable.scope_key, Variable.name, Variable.value)
    rows = session.execute(columns.where(Variable.instance_key.in_(near), Variable.value.contains("documentId")))
    places = [(row, held) for row in rows if (held := ids.intersection(files.documents_in(from_json(row.value))))]
    if not places:
        return set()
    at = {place.instance_key for place, _ in places}
    seen = list(session.scalars(select(UserTask).where(UserTask.instance_key.in_(at), tasks)))
    chains = variables.scope_chains(session, [(task.instance_key, task.key) for task in seen])
    found: set[str] = set()
    for task in seen:
        here = [(place, held) for place, held in places if place.scope_key in chains[task.key] and not held <= found]
        shown = variables.shown(session, user, task) if here else None
        if shown is not None:
            mine = (held for place, held in here if shown.shows(place.name, own=place.scope_key == task.key))
            found = found.union(*mine)
    return found


def _shown_with_a_task(
    session: Session, user: User, documents: Sequence[Document], tasks: ColumnElement[bool], held: _Held
) -> set[str]:
    """In a field of a record that one of the tasks shows to the user; personal fields are not, nor are their files."""
    rows: Mapping[int, Row] = {row.key: row for each in documents for row in held.rows(each)}
    if not rows:
        return set()
    named = [
        and_(
            UserTask.properties["shows"].as_string().contains(f"{row.register}:", autoescape=True),
            exists().where(
                Variable.instance_key == UserTask.instance_key,
                Variable.value.contains(to_json(row.id).decode(), autoescape=True),
            ),
        )
        for row in rows.values()
    ]
    wanted, found = {each.id for each in documents}, set[str]()
    for task in session.scalars(select(UserTask).where(tasks, or_(*named)).order_by(UserTask.key)):
        for shown in shown_records.of_task(session, user, task):
            found |= wanted.intersection(files.documents_in(shown.data))
        if found == wanted:
            break
    return found
