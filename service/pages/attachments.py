"""Attached files: handed out as downloads, and shown by the browser itself where that is safe."""

from flask import Blueprint, Response, g, jsonify, request, send_file, url_for

from service import access
from service.documents import storage
from service.errors import BadArgument, Forbidden, NotFound, TaskNotOpen
from service.forms.rendering import PREVIEWED, size_text
from service.models import Document
from service.operations import documents, user_tasks
from service.pages import start_page
from service.values import to_json
from service.web.dispatch import writes

blueprint = Blueprint("pages_attachments", __name__)
#: What is shown may load nothing and run nothing. (A browser shows no PDF in a sandbox: its viewer is one by itself.)
NOTHING = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
POLICY = {"application/pdf": NOTHING + "frame-ancestors 'none'", "image": NOTHING + "frame-ancestors 'none'; sandbox"}


@blueprint.get("/documents/<id>")
@writes
def download(id: str) -> Response:
    """The file, if its reader may have it; never shown inside a page of ours."""
    return _sent(documents.opened(g.session, id, g.user, now=g.now), as_attachment=True)


@blueprint.get("/documents/<id>/preview")
@writes
def preview(id: str) -> Response:
    """A picture or a PDF, by itself in a window of its own."""
    document = documents.opened(g.session, id, g.user, now=g.now)
    if not document.file_name.lower().endswith(PREVIEWED):
        raise NotFound()
    response = _sent(document, as_attachment=False)
    kind = document.content_type if document.content_type in POLICY else "image"
    response.headers["Content-Security-Policy"] = POLICY[kind]
    return response


@blueprint.post("/tasks/<key:key>/files")
def to_task(key: int) -> Response:
    """A file for a field of the task's form; the page's script puts the answer into the form."""
    task = user_tasks.visible_user_task(g.session, key, g.user)
    if task.ended_at is not None:
        raise TaskNotOpen(task=task.name)
    if not access.may_fill(g.user, task):
        raise Forbidden()
    return _kept(task.instance_key, task.key)


@blueprint.post("/start/<process_id>/files")
def to_start(process_id: str) -> Response:
    """A file for a field of a start form."""
    start_page.startable(process_id)
    return _kept(None, None)


def _kept(instance_key: int | None, task_key: int | None) -> Response:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise BadArgument("There is no file in the request.")
    upload.stream.seek(0)  # a request that met another transaction is run again
    document = documents.store(
        g.session,
        upload.filename,
        upload.stream.read(),
        g.user,
        now=g.now,
        instance_key=instance_key,
        task_key=task_key,
        secrecy=request.form.get("class") or documents.UNCLASSED,
    )
    shows = document.file_name.lower().endswith(PREVIEWED)
    return jsonify(
        {
            "reference": to_json(documents.reference(document)).decode(),
            "name": document.file_name,
            "size": size_text(document.size),
            "hash": document.hash,
            "url": url_for("pages_attachments.download", id=document.id),
            "preview": url_for("pages_attachments.preview", id=document.id) if shows else None,
        }
    )


def _sent(document: Document, *, as_attachment: bool) -> Response:
    return send_file(
        storage.path_of(document.hash),
        mimetype=document.content_type,
        as_attachment=as_attachment,
        download_name=document.file_name,
        etag=document.hash,
        max_age=0,
    )
