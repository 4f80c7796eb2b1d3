"""`/v2/documents`: files that people attach."""

from typing import Any

from flask import Blueprint, Response, g, request, send_file

from service.api.bodies import NOTHING, answer, multipart, read_json
from service.documents import storage
from service.errors import BadArgument
from service.models import Document
from service.operations import documents, instances
from service.schemas.requests import DocumentMetadataSchema
from service.schemas.results import DocumentReferenceResult
from service.web.dispatch import writes

blueprint = Blueprint("documents", __name__, url_prefix="/v2/documents")
_RESULT = DocumentReferenceResult()
STORE = "uploads"


@blueprint.post("")
def create() -> Response:
    """Keep a file: a multipart request with the part `file` and, as JSON, the part `metadata`."""
    multipart()
    if request.args.get("storeId", STORE) != STORE:
        raise BadArgument("There is one store of documents, named “%(name)s”.", name=STORE)
    file = request.files.get("file")
    if file is None:
        raise BadArgument("The part “file” is missing; send the document in it.")
    given = _metadata()
    instance = None
    if given.get("process_instance_key") is not None:
        instance = instances.visible_instance(g.session, given["process_instance_key"], g.user)
    document = documents.store(
        g.session,
        given.get("file_name") or file.filename or "",
        file.read(),
        g.user,
        now=g.now,
        instance_key=instance.key if instance else None,
    )
    document.custom, document.expires_at = given["custom_properties"] or {}, given.get("expires_at")
    return answer(_RESULT, _presented(document), 201)


@blueprint.get("/<id>")
@writes
def show(id: str) -> Response:
    """The bytes, as an attachment under the name it was sent with."""
    document = documents.opened(g.session, id, g.user, now=g.now)
    if request.args.get("contentHash", document.hash) != document.hash:
        raise BadArgument("The document has another content hash; fetch its reference anew.")
    response = send_file(
        storage.path_of(document.hash),
        mimetype=document.content_type,
        as_attachment=True,
        download_name=document.file_name,
        etag=document.hash,
    )
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@blueprint.delete("/<id>")
def delete(id: str) -> tuple[str, int]:
    """Take back a file that was not handed in yet."""
    documents.withdraw(g.session, id, g.user)
    return NOTHING


def _metadata() -> dict[str, Any]:
    """The part `metadata`: a text field or, as the clients send it, a part with a content type of its own."""
    part = request.files.get("metadata")
    raw = part.read() if part is not None else request.form.get("metadata", "").encode()
    return read_json(DocumentMetadataSchema(), raw)


def _presented(document: Document) -> dict[str, Any]:
    return {
        "store_id": STORE,
        "document_id": document.id,
        "content_hash": document.hash,
        "metadata": {
            "content_type": document.content_type,
            "file_name": document.file_name,
            "expires_at": document.expires_at,
            "size": document.size,
            "process_instance_key": document.instance_key,
            "custom_properties": document.custom,
        },
    }
