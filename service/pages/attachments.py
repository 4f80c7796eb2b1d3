"""Attached files, handed out as downloads only."""

from flask import Blueprint, Response, g, send_file

from service.documents import storage
from service.operations import documents
from service.web.dispatch import writes

blueprint = Blueprint("pages_attachments", __name__)


@blueprint.get("/documents/<id>")
@writes
def download(id: str) -> Response:
    """The file, if its reader may have it; never shown inside a page of ours."""
    document = documents.opened(g.session, id, g.user, now=g.now)
    return send_file(
        storage.path_of(document.hash),
        mimetype=document.content_type,
        as_attachment=True,
        download_name=document.file_name,
        etag=document.hash,
        max_age=0,
    )
