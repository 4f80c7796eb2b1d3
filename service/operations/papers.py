"""What was issued in a case, for those who may read it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import User
from service.models import Document, ProcessInstance
from service.operations import holders


def issued(session: Session, user: User, instance_key: int) -> Sequence[Document]:
    """The documents that were issued in an instance and in what it called, the oldest first."""
    inside = select(ProcessInstance.key).where(ProcessInstance.key == instance_key).cte(recursive=True)
    inside = inside.union_all(select(ProcessInstance.key).where(ProcessInstance.parent_key == inside.c.key))
    found = session.scalars(
        select(Document)
        .where(
            Document.template.is_not(None),
            Document.erased_at.is_(None),
            Document.instance_key.in_(select(inside.c.key)),
        )
        .order_by(Document.uploaded_at, Document.id)
    ).all()
    readable = holders.readable(session, user, found)
    return [document for document in found if document.id in readable]
