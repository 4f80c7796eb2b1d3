"""Which documents something holds: kept beside submissions and records, so that their readers may read the files."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import DocumentHolder
from service.values import Value

TASK, RECORD = "task", "record"


def documents_in(value: Value) -> Iterator[str]:
    """The ids of all documents that a value refers to, at any depth."""
    if isinstance(value, dict):
        if isinstance(id := value.get("documentId"), str):
            yield id
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from documents_in(item)


def hold(session: Session, kind: str, key: int, data: Value) -> None:
    """Note that a submission's task or a record holds the documents in its data. What was held once stays so:
    earlier versions are kept too. No statement where there is no document."""
    found = set(documents_in(data))
    if not found:
        return
    mine = select(DocumentHolder.document_id).where(DocumentHolder.kind == kind, DocumentHolder.holder_key == key)
    new = found - set(session.scalars(mine.where(DocumentHolder.document_id.in_(found))))
    session.add_all(DocumentHolder(document_id=id, kind=kind, holder_key=key) for id in sorted(new))
