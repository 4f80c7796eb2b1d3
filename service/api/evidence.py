"""`/api/v1/history/heads` and `/api/v1/process-instances/K/bundle`: what outsiders need to check the history."""

from typing import Any

from flask import Blueprint, Response, g, request, send_file

from service.api.bodies import plain
from service.errors import BadArgument, Forbidden, NotFound
from service.history import tree
from service.models import TreeHead
from service.operations import bundles, trees

blueprint = Blueprint("evidence", __name__, url_prefix="/api/v1")


@blueprint.get("/history/heads")
def show_heads() -> Response:
    """Signed tree heads, the newest first, and the public key; `limit`, and `before` a size pages on."""
    _check_reads()
    before = _number("before", None)
    found = trees.newest_heads(g.session, min(_number("limit", 100) or 100, 1000), before=before)
    signer = trees.signer()
    return plain(
        {"items": [_written(row) for row in found], "verifier": signer.verifier, "fingerprint": signer.fingerprint}
    )


@blueprint.get("/history/heads/<key:size>")
def show_head(size: int) -> Response:
    """One tree head as a signed note, to be kept elsewhere."""
    _check_reads()
    return Response(trees.head(g.session, size).note, mimetype="text/plain")


@blueprint.get("/history/heads/<key:size>/consistency")
def show_consistency(size: int) -> Response:
    """The proof that the tree of this head begins with that of the earlier head `from`."""
    _check_reads()
    old = trees.head(g.session, _number("from", None) or 0)
    if old.size > trees.head(g.session, size).size:
        raise NotFound()
    proof = tree.consistency(trees.subtrees(g.session), old.size, size)
    return plain({"from": old.size, "to": size, "proof": [digest.hex() for digest in proof]})


@blueprint.get("/process-instances/<key:key>/bundle")
def bundle(key: int) -> Response:
    """The evidence bundle of an instance with all that it called; `heads=1,2`: provable from them; `personal=false`."""
    heads = [_whole(text, "heads") for text in request.args.get("heads", "").split(",") if text]
    personal = request.args.get("personal", "true") != "false"
    file = bundles.download(g.session, key, g.user, heads=heads, personal=personal)
    return send_file(
        file, mimetype="application/zip", as_attachment=True, download_name=f"evidence-{key}.zip", max_age=0
    )


def _check_reads() -> None:
    if not g.user.reads_all:
        raise Forbidden()


def _written(row: TreeHead) -> dict[str, Any]:
    return {"size": row.size, "root": row.root, "signedAt": row.signed_at, "note": row.note}


def _number(name: str, default: int | None) -> int | None:
    return _whole(request.args[name], name) if name in request.args else default


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadArgument("%(name)s must be a whole number.", name=name)
    return int(text)
