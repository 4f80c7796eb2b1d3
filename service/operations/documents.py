"""Documents: files that people attach, and what is issued.

The bytes lie under their hash, the row says whose they are.
"""

import io
import secrets
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import User
from service.documents import storage
from service.errors import BadArgument, Forbidden, InvalidState, NotFound, ServiceError
from service.forms import Documents
from service.models import Document, ProcessInstance
from service.operations import acting, events, holders, secrecy
from service.registers import files
from service.values import Value

#: An archive that swells to more than this times its size, beyond a first 10 MB, is a bomb.
MOST_SWELLING, FREE_SWELLING = 100, 10 * 1024**2


#: What a sender says of a file, from open to closed; nothing is said of what is unclassed.
CLASSES, UNCLASSED = ("public", "internal", "trade_secret"), "normal"
#: The kind of event that says who read a document.
READ = "DOCUMENT_READ"


class FileRefused(ServiceError):
    """A file of a kind that is not taken."""

    status, code = 422, "FILE_KIND"
    message = "“%(name)s” was not taken. Accepted are %(accepted)s."


class ContentRefused(FileRefused):
    """A file whose content is not what its name says."""

    code = "FILE_CONTENT"
    message = "“%(name)s” was not taken: its content is not that of a %(ending)s file."


class DocumentHandedIn(InvalidState):
    """What belongs to a case stays with it."""

    code = "DOCUMENT_HANDED_IN"
    message = "“%(name)s” was handed in and stays with its case."


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(magics)


def _office(part: str) -> Callable[[bytes], bool]:
    """A zip archive that holds a file of this name and does not swell beyond measure."""

    def check(data: bytes) -> bool:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                size = sum(info.file_size for info in archive.infolist())
                return part in archive.namelist() and size <= FREE_SWELLING + MOST_SWELLING * len(data)
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False

    return check


def _text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False


_OLE = _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
#: Ending → media type, and a look at the content: an ending alone is only what the sender says.
KINDS: Mapping[str, tuple[str, Callable[[bytes], bool]]] = {
    ".pdf": ("application/pdf", _starts(b"%PDF-")),
    ".ofd": ("application/ofd", _office("OFD.xml")),
    ".jpg": ("image/jpeg", _starts(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", _starts(b"\xff\xd8\xff")),
    ".png": ("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    ".docx": (f"{_OPEN_XML}.wordprocessingml.document", _office("word/document.xml")),
    ".xlsx": (f"{_OPEN_XML}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    ".pptx": (f"{_OPEN_XML}.presentationml.presentation", _office("ppt/presentation.xml")),
    ".doc": ("application/msword", _OLE),
    ".xls": ("application/vnd.ms-excel", _OLE),
    ".ppt": ("application/vnd.ms-powerpoint", _OLE),
    ".wps": ("application/vnd.ms-works", _OLE),
    ".txt": ("text/plain", _text),
    ".csv": ("text/csv", _text),
}


def store(
    session: Session,
    file_name: str,
    data: bytes,
    user: User,
    *,
    now: datetime,
    instance_key: int | None = None,
    task_key: int | None = None,
    secrecy: str = UNCLASSED,
) -> Document:
    """Keep a file. `secrecy` is one of `CLASSES`. Raises `FileRefused`, `BadArgument`; the caller commits."""
    if secrecy not in (UNCLASSED, *CLASSES):
        raise BadArgument("“%(name)s” is no class of secrecy.", name=secrecy)
    name = storage.clean(file_name)
    ending = PurePosixPath(name).suffix.lower()
    if ending not in KINDS:
        raise FileRefused(name=name, accepted=", ".join(KINDS))
    content_type, fits = KINDS[ending]
    if not data or not fits(data):
        raise ContentRefused(name=name, ending=ending)
    digest = storage.keep(data)
    document = Document(
        id=secrets.token_hex(16),
        hash=digest,
        file_name=name,
        content_type=content_type,
        size=len(data),
        secrecy=secrecy,
        custom={},
        template=None,
        readers=None,
        instance_key=instance_key,
        task_key=task_key,
        uploaded_by=user.username,
        uploaded_at=now,
        expires_at=None,
    )
    session.add(document)
    session.flush()
    return document


def issue(session: Session, instance: ProcessInstance, issued: Mapping[str, Any], *, now: datetime) -> Document:
    """The row of a document that a template gave; its bytes are kept already. The caller commits."""
    name = str(issued["fileName"])
    document = Document(
        id=str(issued["documentId"]),
        hash=str(issued["hash"]),
        file_name=name,
        content_type=KINDS[PurePosixPath(name).suffix][0],
        size=int(issued["size"]),
        secrecy=UNCLASSED,
        custom={},
        template=str(issued["template"]),
        readers=[str(reader) for reader in issued["readers"]],
        instance_key=instance.key,
        task_key=None,
        uploaded_by="",
        uploaded_at=now,
        expires_at=None,
    )
    session.add(document)
    session.flush()
    return document


def reference(document: Document) -> dict[str, Value]:
    """What an answer holds of a document."""
    return {
        "documentId": document.id,
        "fileName": document.file_name,
        "size": Decimal(document.size),
        "hash": document.hash,
    }


def lookup(session: Session, user: User, root_key: int | None) -> Documents:
    """For `forms.validate`: the true reference of a document that this user may hand in in this tree of instances.

    That is what they uploaded themselves, and what lies in the tree already and they may read.
    """

    def look_up(id: str) -> dict[str, Value] | None:
        document = session.get(Document, id)
        if document is None:
            return None
        own = document.uploaded_by == user.username
        there = _root_of(session, document) == root_key is not None and is_readable(session, document, user)
        return reference(document) if own or there else None

    return look_up


def hand_in(session: Session, answers: Value, instance_key: int, task_key: int | None = None) -> None:
    """The documents among checked answers belong to the instance from now on, and are held by the task."""
    ids = set(files.documents_in(answers))
    if not ids:
        return
    for document in session.scalars(select(Document).where(Document.id.in_(ids), Document.instance_key.is_(None))):
        document.instance_key = instance_key
    secrecy.classify(session, answers)
    if task_key is not None:
        files.hold(session, files.TASK, task_key, answers)


def visible_document(session: Session, id: str, user: User) -> Document:
    """The document, for its sender and addressees, who reads all, and who may see what holds it.

    Raises `NotFound`, or `TradeSecret` to whom only the class of the file keeps it from.
    """
    document = session.get(Document, id) if id.isalnum() else None
    if document is None or document.erased_at is not None:
        raise NotFound()
    if not is_readable(session, document, user):
        if document.secrecy == secrecy.TRADE_SECRET and holders.known(session, user, document):
            raise secrecy.TradeSecret(name=document.file_name)
        raise NotFound()
    return document


def is_readable(session: Session, document: Document, user: User) -> bool:
    """Whether this user may open the document."""
    return bool(holders.readable(session, user, [document]))


def opened(session: Session, id: str, user: User, *, now: datetime) -> Document:
    """The document for somebody who reads it now, which the history of its instance keeps. Raises `NotFound`.

    The caller commits, before it hands out the bytes.
    """
    document = visible_document(session, id, user)
    if document.instance_key is not None:
        instance = acting.lock_instance(session, document.instance_key)
        body = {"document": document.id, "content": document.hash}
        event = events.chained(session, instance, READ, at=now, actor=user, body=body)
        events.append(session, instance, event)
    return document


def withdraw(session: Session, id: str, user: User) -> None:
    """Forget a document that was not handed in; its bytes go with the next sweep. The caller commits.

    Raises `NotFound`, `Forbidden` unless one sent it oneself, or `DocumentHandedIn`.
    """
    document = visible_document(session, id, user)
    if document.uploaded_by != user.username:
        raise Forbidden()
    if document.instance_key is not None:
        raise DocumentHandedIn(name=document.file_name)
    session.delete(document)


def _root_of(session: Session, document: Document) -> int | None:
    if document.instance_key is None:
        return None
    return session.scalar(select(ProcessInstance.root_key).where(ProcessInstance.key == document.instance_key))
